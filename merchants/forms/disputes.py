"""Forms about disputes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.models import Dispute


class DisputeForm(forms.Form):
    """What a customer asks about a payment."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        choices=Dispute.Reason.choices,
        initial=Dispute.Reason.UNRECOGNISED,
    )
    note = forms.CharField(
        label=_("More about it (optional)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The store reads it. Your name is not shown to it."),
    )


class RejectionForm(forms.Form):
    """Why a store does not give a payment back."""

    answer = forms.CharField(
        label=_("Why not?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customer reads it: what was bought, when, and what you can show."),
    )
