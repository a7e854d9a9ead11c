"""Amounts of money: exact integers with their asset, and the few places where they meet decimals."""

import re
import secrets
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, localcontext
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal, get_currency_name, get_currency_symbol
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from payments.assets import ASSETS

MAX_MINOR = 2**63 - 1  # what a bigint column holds
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # of confirmation, store and charge codes
CODE_LENGTH = 6
GROUPS_OF_THREE = re.compile(r"[0-9]{1,3}(,[0-9]{3})+", re.ASCII)
PLAIN_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
BASIS_POINTS = 10_000
EXACT = Context(prec=100)  # more digits than any amount times any rate has: only the named roundings round
RATE_DIGITS = 6  # significant ones, as the European Central Bank publishes


class InvalidAmount(Refused):
    """An amount that is not a positive number the asset can express."""

    code = "invalid_amount"
    status = 400
    field = "amount"
    message = _("Write an amount such as 12.50.")


class UnknownAsset(Refused):
    """An asset code that the platform does not know."""

    code = "unknown_asset"
    status = 400
    field = "asset"
    message = _("This currency is not known here.")


class AssetMismatch(Refused):
    """Two amounts or wallets of different assets where one is needed."""

    code = "asset_mismatch"
    message = _("The two wallets hold different currencies. No money moved: exchange first, or choose another wallet.")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` minor units of the asset with code `asset`; may be negative.

    Adding and comparing wants the same asset on both sides, and raises `AssetMismatch` otherwise.
    """

    amount: int
    asset: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"money is an integer of minor units, not {type(self.amount).__name__}")
        if self.asset not in ASSETS:
            raise UnknownAsset

    @property
    def scale(self) -> int:
        """How many decimals the asset has."""
        return ASSETS[self.asset].scale

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact: 1250 minor units of EUR are Decimal("12.50")."""
        return Decimal(self.amount).scaleb(-self.scale)

    def __str__(self) -> str:
        return f"{self.plain()} {self.asset}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.asset)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.asset)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.asset)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def _same(self, other: "Money") -> int:
        if other.asset != self.asset:
            raise AssetMismatch
        return other.amount

    def plain(self) -> str:
        """The amount as the API writes it: a decimal string with a point and all its decimals."""
        return f"{self.decimal:.{self.scale}f}"


def parse_plain(text: object, asset: str) -> Money:
    """Read a positive amount as the API writes it ("12.50").

    :raises InvalidAmount: not a string of digits with at most one point, zero, more decimals than
        the asset has, or beyond 64 bits.
    :raises UnknownAsset: no such asset.
    """
    if asset not in ASSETS:
        raise UnknownAsset
    if not isinstance(text, str) or not PLAIN_DECIMAL.fullmatch(text):
        raise InvalidAmount(_('Write the amount as a text of digits with a point, such as "12.50", above zero.'))
    return from_decimal(Decimal(text), asset)


def parse_typed(text: str, asset: str, locale: str) -> Money:
    """Read a positive amount as a person types it in their language ("1.234,50" in Portuguese).

    Group separators are accepted only where they belong, so "1,5" is never taken for fifteen.

    :raises InvalidAmount: as `parse_plain`.
    """
    if asset not in ASSETS:
        raise UnknownAsset
    symbols = _locale(locale).number_symbols["latn"]
    decimal_sign, group = symbols["decimal"], symbols["group"]
    cleaned = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    group = " " if group in "\u00a0\u202f" else group
    whole, sign, fraction = cleaned.partition(decimal_sign)
    if group in whole:
        if not GROUPS_OF_THREE.fullmatch(whole.replace(group, ",")):
            raise InvalidAmount
        whole = whole.replace(group, "")
    plain = f"{whole or '0'}.{fraction}" if sign and fraction else whole
    if not PLAIN_DECIMAL.fullmatch(plain):
        raise InvalidAmount
    return from_decimal(Decimal(plain), asset)


def from_decimal(value: Decimal, asset: str) -> Money:
    """An exact positive amount in major units as money; never rounds.

    :raises InvalidAmount: zero or less, too many decimals, or beyond 64 bits.
    """
    if asset not in ASSETS:
        raise UnknownAsset
    with localcontext(EXACT):
        minor = value.scaleb(ASSETS[asset].scale)
    if minor <= 0:
        raise InvalidAmount(_("The amount must be above zero."))
    if minor != minor.to_integral_value():
        raise InvalidAmount(
            _("%(asset)s has %(scale)s decimals; write no more than that.") % {"asset": asset, "scale": ASSETS[asset].scale}
        )
    if minor > MAX_MINOR:
        raise InvalidAmount(_("This amount is larger than any wallet can hold."))
    return Money(int(minor), asset)


def convert(source: Money, rate: Decimal, target_asset: str) -> Money:
    """What `source` is worth at `rate` target units per source unit, rounded half to even."""
    with localcontext(EXACT):
        minor = (source.decimal * rate).scaleb(ASSETS[target_asset].scale)
        return Money(int(minor.to_integral_value(ROUND_HALF_EVEN)), target_asset)


def fee_on(amount: Money, basis_points: int) -> Money:
    """`basis_points` ten-thousandths of `amount`, rounded up to the next minor unit."""
    exact = Decimal(amount.amount) * basis_points / BASIS_POINTS
    return Money(int(exact.to_integral_value(ROUND_UP)), amount.asset)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@dataclass(frozen=True, slots=True)
class Shown:
    """Money cut for display: sign, whole part with groups, fraction with its sign, unit."""

    sign: str
    whole: str
    fraction: str
    unit: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.fraction} {self.unit}"


def show(money: Money, language: str) -> Shown:
    """Cut money for a reader of `language`: 125040 EUR in "pt-BR" is 1.250 ,40 EUR."""
    locale = _locale(language)
    whole, _point, fraction = f"{abs(money.decimal):.{money.scale}f}".partition(".")
    grouped = format_decimal(int(whole), format="#,##0", locale=locale)
    sign = "\u2212" if money.amount < 0 else ""
    point = locale.number_symbols["latn"]["decimal"]
    return Shown(sign, grouped, f"{point}{fraction}" if fraction else "", money.asset)


def show_rate(rate: Decimal, language: str) -> str:
    """A rate in the reader's form, to `RATE_DIGITS` significant digits: what it is applied with is in the quote."""
    rounded = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_EVEN).plus(rate)
    return format_decimal(rounded, format="#,##0.############", locale=_locale(language), decimal_quantization=False)


def asset_name(asset: str, language: str) -> str:
    """The asset's name in the reader's language; currencies from the CLDR, our own from `ASSETS`."""
    name = get_currency_name(asset, locale=_locale(language))
    return name if name and name != asset else ASSETS[asset].name


def asset_symbol(asset: str, language: str) -> str:
    """The sign people write for it (€), or its code."""
    return get_currency_symbol(asset, locale=_locale(language))


def new_code() -> str:
    """A confirmation code: six characters that survive being read aloud, from a cryptographic source."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
