"""Forms about what a store is and says of itself."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.countries import country_choices
from config.pictures import MAX_BYTES, BadPicture
from merchants import symbols
from merchants.models import Store
from payments.currencies import currency_choices, suggested_currency

type Group = tuple[str | Promise, tuple[str, ...]]


class LogoField(forms.FileField):
    """A picture. What it is by its content, the operation finds out; what is far too large is not even read."""

    widget = forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})

    def clean(self, content: Any, initial: Any = None) -> Any:  # an uploaded file or None, as Django's
        upload = super().clean(content, initial)
        if upload and upload.size > MAX_BYTES:
            raise ValidationError(str(BadPicture.message), code=BadPicture.code)
        return upload


class StoreForm(forms.Form):
    """What a store says of itself, in four groups."""

    GROUPS: ClassVar[tuple[Group, ...]] = (
        (_("What it is"), ("name", "category", "description")),
        (
            _("Where it is"),
            ("address_line1", "address_line2", "city", "state", "postal_code", "country", "latitude", "longitude", "timezone"),
        ),
        (_("How to reach it"), ("email", "phone", "website", "instagram")),
        (_("At the till"), ("offers_tips",)),
    )  # fmt: skip

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As your customers know it: it stands on their receipts."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    category = forms.ChoiceField(label=_("What it is"), choices=[])
    description = forms.CharField(
        label=_("In a few words (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    address_line1 = forms.CharField(
        label=_("Street and number (optional)"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    address_line2 = forms.CharField(
        label=_("Floor, door (optional)"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    city = forms.CharField(label=_("City"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "address-level2"}))
    state = forms.CharField(
        label=_("State or region (optional)"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code (optional)"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    country = forms.ChoiceField(label=_("Country"), choices=[])
    latitude = forms.DecimalField(
        label=_("Latitude (optional)"), min_value=-90, max_value=90, max_digits=9, decimal_places=6, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "data-place": "latitude"}),
    )  # fmt: skip
    longitude = forms.DecimalField(
        label=_("Longitude (optional)"), min_value=-180, max_value=180, max_digits=9, decimal_places=6, required=False,
        help_text=_("With both, customers nearby find you. Maps show them in degrees: 38.713210 and -9.152140."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "data-place": "longitude"}),
    )  # fmt: skip
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=[], help_text=_("When the store's days begin, in its numbers and at its till.")
    )
    email = forms.EmailField(label=_("E-mail (optional)"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=20,
        required=False,
        validators=[RegexValidator(r"^[+0-9 ().-]{5,20}$", _("Write a phone number, such as +351 213 456 789."))],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    website = forms.URLField(
        label=_("Website (optional)"), max_length=200, required=False, assume_scheme="https",
    )  # fmt: skip
    instagram = forms.RegexField(
        r"^[A-Za-z0-9._]{1,30}$",
        label=_("Instagram (optional)"),
        required=False,
        error_messages={"invalid": _("Write the name of the account, without @ and without its address.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    offers_tips = forms.BooleanField(label=_("Offer to add a tip at the till"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        categories = [(value, label[:1].upper() + label[1:]) for value, label in Store.Category.choices]
        self._choices("category", [("", "…"), *categories])
        self._choices("country", [("", "…"), *country_choices(get_language() or "en")])
        self._choices("timezone", [(name, name.replace("_", " ")) for name in sorted(available_timezones())])

    @classmethod
    def of(cls, store: Store, data: Mapping[str, Any] | None = None) -> "StoreForm":
        """The form with what the store says now."""
        return cls(data, initial={name: getattr(store, name) for name in cls.base_fields})

    def groups(self) -> list[tuple[str | Promise, list[BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.GROUPS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if ("latitude" in cleaned and "longitude" in cleaned) and (cleaned["latitude"] is None) != (
            cleaned["longitude"] is None
        ):
            self.add_error("longitude", _("Give latitude and longitude together, or neither."))
        return cleaned

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        field.choices = choices


class OpenStoreForm(StoreForm):
    """What a store needs before its first payment, and what never changes of it."""

    GROUPS: ClassVar[tuple[Group, ...]] = (
        (_("What it is"), ("name", "symbol", "category", "asset", "description")),
        *StoreForm.GROUPS[1:3],
        (_("How it looks"), ("logo",)),
    )  # fmt: skip

    symbol = forms.RegexField(
        symbols.SYMBOL.pattern,
        label=_("Short name"),
        help_text=_("2 to 10 capital letters or digits, for lists and labels. No other store may have it."),
        error_messages={"invalid": _("Write 2 to 10 letters from A to Z or digits, nothing else.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    asset = forms.ChoiceField(
        label=_("Currency"), choices=[], help_text=_("What customers pay in, and what arrives. It can't be changed later.")
    )
    logo = LogoField(label=_("Logo (optional)"), required=False, help_text=_("PNG, JPEG or WebP. It is cut to a square."))

    def __init__(self, person: User, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"timezone": person.timezone})
        super().__init__(_capitals(data, "symbol"), **kwargs)
        del self.fields["offers_tips"]
        self.fields["timezone"].required = False
        self._choices("asset", currency_choices(get_language() or "en"))
        self.fields["asset"].initial = suggested_currency(person)
        for name in ("name", "symbol"):
            self.fields[name].widget.attrs["data-symbol-source"] = ""

    def suggestions(self) -> list[str]:
        """Free symbols that suit the name that was typed."""
        return symbols.suggestions(str(self.data.get("name", ""))) if self.data.get("name") else []

    def details(self) -> dict[str, Any]:
        """What the operation takes: all but the logo; a time zone only if one was chosen."""
        return {name: value for name, value in self.cleaned_data.items() if name != "logo" and (name != "timezone" or value)}


class LogoForm(forms.Form):
    """Another logo, or none."""

    logo = LogoField(label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, 5 MB at most. It is cut to a square."))


class DirectoryForm(forms.Form):
    """Which stores somebody looks for. Everything may be left out."""

    search = forms.CharField(
        label=_("Name or town"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )
    category = forms.ChoiceField(label=_("Kind"), required=False, choices=[])
    lat = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput(attrs={"data-place": "latitude"}))
    lng = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput(attrs={"data-place": "longitude"}))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        categories = [(value, label[:1].upper() + label[1:]) for value, label in Store.Category.choices]
        field.choices = [("", _("All kinds")), *categories]


def _capitals(data: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    """What was sent, with one field in capitals, so that it is shown as it will be kept."""
    if data is None:
        return None
    return {**{key: data[key] for key in data}, name: str(data.get(name, "")).strip().upper()}
