"""Forms about who works in a store."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.phones import read_number
from merchants.models import Store, StoreBackupOwner, StoreMember
from merchants.roles import managing, may

ROLES = [
    (StoreMember.Role.STAFF.value, _("Staff: takes payments and sees today")),
    (StoreMember.Role.ADMIN.value, _("Administrator: also sees the numbers, gives back and runs the team")),
    (StoreMember.Role.OWNER.value, _("Owner: everything, payouts too")),
]


class RoleForm(forms.Form):
    """A role that the person who asks may give."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect, choices=[])

    def __init__(self, store: Store, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        field.choices = [(role, words) for role, words in ROLES if may(store.role, managing(role))]


class InviteForm(RoleForm):
    """Whom to ask to join, and as what."""

    to = forms.CharField(
        label=_("E-mail or mobile phone"),
        max_length=254,
        help_text=_("A phone with its country code: +351912345678."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    field_order = ["to", "role"]

    def clean_to(self) -> str:
        typed: str = self.cleaned_data["to"].strip()
        if "@" not in typed:
            return read_number(typed)
        try:
            validate_email(typed)
        except ValidationError:
            raise ValidationError(_("This is no e-mail address. Compare it with the one you were given.")) from None
        return typed

    def address(self) -> dict[str, str]:
        """What was typed, as the operation takes it."""
        to = self.cleaned_data["to"]
        return {"email": to} if "@" in to else {"phone": to}


class BackupOwnerForm(forms.Form):
    """Somebody of the team, or nobody."""

    member = forms.ChoiceField(label=_("Backup owner"), required=False, choices=[])

    def __init__(
        self, members: Sequence[StoreMember], current: StoreBackupOwner | None, data: Mapping[str, Any] | None = None
    ) -> None:
        chosen = next((str(member.pk) for member in members if current and member.user_id == current.user_id), "")
        super().__init__(data, initial={"member": chosen})
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        field.choices = [("", _("Nobody")), *((str(member.pk), str(member.user)) for member in members)]
