"""Places that a store is paid out to: reading what was typed, and what lists show of it.

A wrong character in one of these sends money to somebody else, so whatever has check digits is checked by them.
"""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import ClassVar

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import iban as iban_numbers
from stdnum.br import cnpj as cnpj_numbers
from stdnum.br import cpf as cpf_numbers
from stdnum.exceptions import ValidationError as NumberError
from stdnum.us import rtn as routing_numbers

from config.errors import Refused
from payments.models.wallet import ADDRESS_ALPHABET

HOLDER_LIMIT = 70  # ISO 20022: Max70Text
SHORTEST_HOLDER = 2
PIX_EMAIL_LIMIT = 77  # the Banco Central's rules
TYPED_LIMIT = 100
US_ACCOUNT = re.compile(r"[0-9]{4,17}")
WALLET_ADDRESS = re.compile(rf"[{ADDRESS_ALPHABET}]{{12}}")
DOTS = "•••"


class Rail(StrEnum):
    """How a payout travels."""

    PIX = "pix"
    BANK = "bank"
    WALLET = "wallet"


class PixKeyType(StrEnum):
    """What a Pix key can be (Banco Central, DICT)."""

    CPF = "cpf"
    CNPJ = "cnpj"
    EMAIL = "email"
    PHONE = "phone"
    RANDOM = "random"


class BadDestination(Refused):
    """What was typed is no place that money can be sent to; `field` says which part."""

    code = "bad_destination"
    status = 400
    message = _("Money can't be sent there. No money moved: check how you wrote it.")


@dataclass(frozen=True, slots=True)
class Pix:
    """A Pix key in its canonical form."""

    rail: ClassVar[Rail] = Rail.PIX
    asset: ClassVar[str | None] = "BRL"
    key_type: str
    key: str
    holder: str = ""

    def masked(self) -> str:
        """Enough for its owner to know it again."""
        if self.key_type == PixKeyType.CPF:
            return f"{DOTS}.{self.key[3:6]}.{self.key[6:9]}-••"
        if self.key_type == PixKeyType.EMAIL:
            return f"{self.key[0]}{DOTS}{self.key[self.key.index('@') :]}"
        return f"{self.key[:4]}{DOTS}{self.key[-4:]}" if self.key_type == PixKeyType.RANDOM else f"{DOTS} {self.key[-4:]}"

    def grouped(self) -> str:
        """The whole, as people write it."""
        if self.key_type == PixKeyType.CPF:
            return str(cpf_numbers.format(self.key))
        if self.key_type == PixKeyType.CNPJ:
            return str(cnpj_numbers.format(self.key))
        return self.key


@dataclass(frozen=True, slots=True)
class Iban:
    """A bank account by its IBAN (ISO 13616)."""

    rail: ClassVar[Rail] = Rail.BANK
    asset: ClassVar[str | None] = None
    iban: str
    holder: str

    def masked(self) -> str:
        """Enough for its owner to know it again."""
        return f"{self.iban[:2]}{DOTS} {self.iban[-4:]}"

    def grouped(self) -> str:
        """In groups of four."""
        return str(iban_numbers.format(self.iban))


@dataclass(frozen=True, slots=True)
class UsAccount:
    """A bank account in the United States, by its routing number (ABA)."""

    rail: ClassVar[Rail] = Rail.BANK
    asset: ClassVar[str | None] = "USD"
    routing_number: str
    account_number: str
    account_type: str  # checking or savings
    holder: str

    def masked(self) -> str:
        """Enough for its owner to know it again."""
        return f"{DOTS} {self.account_number[-4:]}"

    def grouped(self) -> str:
        """Both numbers."""
        return f"{self.routing_number} / {self.account_number}"


@dataclass(frozen=True, slots=True)
class WalletAddress:
    """A wallet of this platform, by its address."""

    rail: ClassVar[Rail] = Rail.WALLET
    asset: ClassVar[str | None] = None
    address: str
    holder: str = ""

    def masked(self) -> str:
        """An address is no secret."""
        return self.address

    def grouped(self) -> str:
        """As it is."""
        return self.address


type Destination = Pix | Iban | UsAccount | WalletAddress

KINDS: Mapping[str, type[Destination]] = {"pix": Pix, "iban": Iban, "us_account": UsAccount, "wallet": WalletAddress}


def as_json(destination: Destination) -> dict[str, str]:
    """What is kept, encrypted: `{"kind": "iban", "iban": …}`."""
    kind = next(name for name, each in KINDS.items() if isinstance(destination, each))
    return {"kind": kind, **asdict(destination)}


def from_json(values: Mapping[str, str]) -> Destination:
    """What `as_json` kept."""
    return KINDS[values["kind"]](**{name: value for name, value in values.items() if name != "kind"})


def read_pix_key(key_type: str, text: str, *, holder: str = "") -> Pix:
    """The key in the form that the Banco Central keeps it.

    :raises BadDestination: for `key_type` and `key`.
    """
    typed = _plain(text, "key")
    readers = {
        PixKeyType.CPF: lambda: _number(cpf_numbers, typed, "key", _("This is no CPF: its check digits are wrong.")),
        PixKeyType.CNPJ: lambda: _number(cnpj_numbers, typed, "key", _("This is no CNPJ: its check digits are wrong.")),
        PixKeyType.EMAIL: lambda: _pix_email(typed),
        PixKeyType.PHONE: lambda: _pix_phone(typed),
        PixKeyType.RANDOM: lambda: _pix_random(typed),
    }
    if key_type not in readers:
        raise BadDestination(_("Choose what kind of key it is."), field="key_type")
    return Pix(str(key_type), readers[PixKeyType(key_type)](), _holder(holder) if holder else "")


def read_iban(text: str, holder: str) -> Iban:
    """A bank account by its IBAN.

    :raises BadDestination: for `iban` and `holder`.
    """
    number = _number(iban_numbers, _plain(text, "iban"), "iban", _("This is no IBAN: its check digits are wrong."))
    return Iban(number, _holder(holder))


def read_us_account(routing_number: str, account_number: str, account_type: str, holder: str) -> UsAccount:
    """A bank account in the United States.

    :raises BadDestination: for `routing_number`, `account_number`, `account_type` and `holder`.
    """
    routing = _number(
        routing_numbers, _plain(routing_number, "routing_number"), "routing_number",
        _("This is no routing number: its check digit is wrong."),
    )  # fmt: skip
    account = re.sub(r"[\s-]", "", _plain(account_number, "account_number"))
    if not US_ACCOUNT.fullmatch(account):
        raise BadDestination(_("An account number has 4 to 17 digits."), field="account_number")
    if account_type not in {"checking", "savings"}:
        raise BadDestination(_("Choose whether it is a checking or a savings account."), field="account_type")
    return UsAccount(routing, account, account_type, _holder(holder))


def read_wallet_address(text: str) -> WalletAddress:
    """The address of a wallet here; whether there is one, and in which asset, is for others to ask.

    :raises BadDestination: for `address`.
    """
    address = _plain(text, "address").lower()
    if not WALLET_ADDRESS.fullmatch(address):
        raise BadDestination(_("A wallet's address has 12 letters and digits, and stands on its page."), field="address")
    return WalletAddress(address)


def _plain(text: str, field: str) -> str:
    """What was typed, without spaces around it.

    :raises BadDestination: it holds what nobody types: other digits, control characters.
    """
    typed = text.strip()
    if not typed or len(typed) > TYPED_LIMIT or not typed.isascii() or not typed.isprintable():
        raise BadDestination(field=field)
    return typed


def _number(standard: object, typed: str, field: str, words: Promise) -> str:
    """A number in its compact form, its check digits proven by python-stdnum's module for it."""
    try:
        number = str(standard.validate(typed)).upper()  # type: ignore[attr-defined]  # each of its modules has it
    except NumberError:
        raise BadDestination(words, field=field) from None
    if len(set(number)) == 1:  # 111.111.111-11 has right check digits and was never given to anybody
        raise BadDestination(words, field=field)
    return number


def _pix_email(typed: str) -> str:
    try:
        validate_email(typed)
    except ValidationError:
        raise BadDestination(_("This is no e-mail address."), field="key") from None
    if len(typed) > PIX_EMAIL_LIMIT:
        raise BadDestination(_("An e-mail address that is a Pix key has 77 characters at most."), field="key")
    return typed.lower()


def _pix_phone(typed: str) -> str:
    wrong = BadDestination(_("Write the phone with +55 and its area code: +55 11 91234 5678."), field="key")
    try:
        number = phonenumbers.parse(typed, "BR")
    except phonenumbers.NumberParseException:
        raise wrong from None
    if phonenumbers.region_code_for_number(number) != "BR" or not phonenumbers.is_valid_number(number) or number.extension:
        raise wrong
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _pix_random(typed: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", typed):
        raise BadDestination(_("A random key has 32 letters and digits in five groups. Copy it from your bank."), field="key")
    return str(uuid.UUID(typed))


def _holder(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not SHORTEST_HOLDER <= len(name) <= HOLDER_LIMIT or not name.isprintable():
        raise BadDestination(_("Write the name of who holds the account, with 2 to 70 characters."), field="holder")
    return name
