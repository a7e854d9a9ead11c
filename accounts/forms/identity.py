"""Who a person is by law."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.identity import IdentityDetails, IdentityFaultsError, checked
from accounts.models import IdentityProfile
from config.countries import country_choices

PREFILLED = ("first_name", "last_name", "city", "state", "postal_code", "country")  # what is not hidden from its person


def _text(complete: str, **attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": complete, **attrs})


class IdentityForm(forms.Form):
    """Asks for what a review needs. `details` is what was said, once the form is valid."""

    first_name = forms.CharField(
        label=_("First names"),
        max_length=60,
        widget=_text("given-name"),
        help_text=_("As in your passport or identity card. Others go on seeing the name of your profile."),
    )
    last_name = forms.CharField(label=_("Last name"), max_length=60, widget=_text("family-name"))
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        help_text=_("You must be at least 18 years old."),
    )
    country = forms.ChoiceField(
        label=_("Country you live in"), choices=[], widget=forms.Select(attrs={"autocomplete": "country"})
    )
    address_line1 = forms.CharField(label=_("Street and number"), max_length=120, widget=_text("address-line1"))
    address_line2 = forms.CharField(
        label=_("Flat, floor or building (optional)"), max_length=120, required=False, widget=_text("address-line2")
    )
    city = forms.CharField(label=_("City"), max_length=80, required=False, widget=_text("address-level2"))
    state = forms.CharField(
        label=_("State, province or region"),
        max_length=80,
        required=False,
        widget=_text("address-level1"),
        help_text=_("Leave empty what addresses in your country don't have."),
    )
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False, widget=_text("postal-code"))
    ssn_last4 = forms.CharField(
        label=_("Last four digits of your Social Security number"),
        max_length=4,
        required=False,
        widget=_text("off", inputmode="numeric"),
        help_text=_("Only for addresses in the United States. Leave it empty if you have no such number."),
    )
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=40,
        required=False,
        widget=_text("tel", inputmode="tel"),
        help_text=_("In case the review has a question. It does not become a way to sign in."),
    )

    details: IdentityDetails

    def __init__(self, data: Any = None, *, identity: IdentityProfile | None = None) -> None:  # data: a QueryDict or None
        super().__init__(data, initial={name: getattr(identity, name) for name in PREFILLED} if identity else {})
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)  # noqa: S101 declared above
        country.choices = [("", "…"), *country_choices(get_language() or "en")]

    def clean(self) -> dict[str, Any]:
        """Adds what the rules of the chosen country find."""
        if self.errors:
            return self.cleaned_data
        try:
            self.details = checked(IdentityDetails(**self.cleaned_data), today=timezone.localdate())
        except IdentityFaultsError as error:
            for fault in error.faults:
                self.add_error(fault.field, forms.ValidationError(str(fault.message), code=fault.code))
        return self.cleaned_data
