"""Telephone numbers as people type them, in the form in which they are kept (E.164)."""

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberType

# What a message reaches at the price of a message: nothing that the platform would pay somebody for calling.
REACHED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
SHOWN_DIGITS = 2


WRITE_IT = _("Write the number of a mobile phone with its country code: +351912345678.")
NOT_THERE = _("We can't send codes to numbers of this country.")


def read_number(text: str) -> str:
    """The number in E.164.

    :raises ValidationError: we can't send codes there.
    """
    typed = text.strip()
    try:
        number = phonenumbers.parse(f"+{typed[2:]}" if typed.startswith("00") else typed, None)
    except phonenumbers.NumberParseException:
        raise ValidationError(WRITE_IT, code="invalid_phone") from None
    if number.extension or phonenumbers.number_type(number) not in REACHED:  # of a number that can't be, it is unknown
        raise ValidationError(WRITE_IT, code="invalid_phone")
    if settings.SMS_COUNTRIES and phonenumbers.region_code_for_number(number) not in settings.SMS_COUNTRIES:
        raise ValidationError(NOT_THERE, code="invalid_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def hidden(number: str) -> str:
    """Enough of a number for its owner to know it again."""
    return f"••••••{number[-SHOWN_DIGITS:]}"


def spaced(number: str) -> str:
    """The number as its country groups it, for people; as it is if it is none."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number
