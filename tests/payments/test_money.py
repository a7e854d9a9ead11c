"""Exact arithmetic (R11): what is read, shown, converted and charged, to the minor unit."""

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.assets import ASSETS
from payments.money import (
    MAX_MINOR,
    AssetMismatch,
    InvalidAmount,
    Money,
    UnknownAsset,
    convert,
    fee_on,
    from_decimal,
    new_code,
    parse_plain,
    parse_typed,
    show,
)

LANGUAGES = ["en", "pt-BR", "es"]

assets = st.sampled_from(sorted(ASSETS))
minor = st.integers(min_value=1, max_value=MAX_MINOR)


@given(minor, assets)
def test_reads_back_what_the_api_writes(amount: int, asset: str) -> None:
    money = Money(amount, asset)

    assert parse_plain(money.plain(), asset) == money


@given(minor, assets, st.sampled_from(LANGUAGES))
def test_reads_back_what_a_page_shows(amount: int, asset: str, language: str) -> None:
    money = Money(amount, asset)
    shown = show(money, language)

    assert parse_typed(shown.whole + shown.fraction, asset, language) == money


@given(minor, assets, st.integers(min_value=0, max_value=10_000))
def test_fee_is_the_exact_share_rounded_up(amount: int, asset: str, basis_points: int) -> None:
    fee = fee_on(Money(amount, asset), basis_points)

    assert fee.amount * 10_000 >= amount * basis_points
    assert (fee.amount - 1) * 10_000 < amount * basis_points


@given(
    minor,
    assets,
    assets,
    st.decimals(min_value="0.000001", max_value="100000", places=6, allow_nan=False),
)
def test_conversion_is_within_half_a_minor_unit(amount: int, source: str, target: str, rate: Decimal) -> None:
    received = convert(Money(amount, source), rate, target)

    with localcontext(Context(prec=200)):
        exact = Money(amount, source).decimal * rate
        assert abs(received.decimal - exact) * 2 <= Decimal(1).scaleb(-ASSETS[target].scale)


@given(st.lists(st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR), min_size=1, max_size=20))
def test_parts_sum_to_the_whole(parts: list[int]) -> None:
    total = Money(0, "EUR")
    for part in parts:
        total = total + Money(part, "EUR")

    assert total == Money(sum(parts), "EUR")


@pytest.mark.parametrize(
    ("text", "asset", "amount"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("0.01", "EUR", 1),
        ("007", "EUR", 700),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("3", "CREDIT", 3),
        ("0.000001", "USDC", 1),
        ("92233720368547758.07", "EUR", MAX_MINOR),
        ("9223372036854775807", "JPY", MAX_MINOR),
    ],
)
def test_reads_an_api_amount(text: str, asset: str, amount: int) -> None:
    assert parse_plain(text, asset) == Money(amount, asset)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "+1", "0", "0.00", "1,50", "1.", ".5", "1.501", "1e3", "NaN", "Infinity", "0x10", "1_000", "1 000",
        "\u0661\u0662", "\uff11\uff12", "1\n", "92233720368547758.08", "9" * 40, "1.0.0", None, 12, 12.5, True,
        ["1"], {"amount": "1"},
    ],
)  # fmt: skip
def test_refuses_what_is_no_api_amount(text: object) -> None:
    with pytest.raises(InvalidAmount):
        parse_plain(text, "EUR")


@pytest.mark.parametrize("text", ["0.5", "1.1", "12.50"])
def test_refuses_decimals_that_the_asset_does_not_have(text: str) -> None:
    with pytest.raises(InvalidAmount, match="JPY has 0 decimals"):
        parse_plain(text, "JPY")


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("1,234.50", "en", 123_450),
        ("1234.5", "en", 123_450),
        ("12", "en", 1200),
        (" 12.50 ", "en", 1250),
        ("1.234,50", "pt-BR", 123_450),
        ("1234,5", "pt-BR", 123_450),
        ("1.234", "pt-BR", 123_400),
        ("1.234,50", "es", 123_450),
        ("0,99", "es", 99),
        ("12.345.678,90", "es", 1_234_567_890),
    ],
)
def test_reads_what_people_type(text: str, language: str, amount: int) -> None:
    assert parse_typed(text, "EUR", language) == Money(amount, "EUR")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1,5", "en"),  # fifteen, or one and a half? Neither: ask again
        ("1.5.0", "en"),
        ("12,34.50", "en"),
        ("1234,567.00", "en"),
        (",5", "en"),
        ("1.5", "pt-BR"),
        ("1,234,50", "pt-BR"),
        ("-5", "es"),
        ("cinco", "es"),
        ("\u0665", "en"),
        ("", "en"),
        ("1,,000", "en"),
    ],
)
def test_refuses_what_could_be_read_two_ways(text: str, language: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_typed(text, "EUR", language)


@pytest.mark.parametrize(
    ("amount", "asset", "language", "shown"),
    [
        (125_040, "EUR", "en", "1,250.40 EUR"),
        (125_040, "EUR", "pt-BR", "1.250,40 EUR"),
        (125_040, "EUR", "es", "1.250,40 EUR"),
        (-123_456_789, "EUR", "en", "\u22121,234,567.89 EUR"),
        (1_234_567, "JPY", "en", "1,234,567 JPY"),
        (1_234_567, "KWD", "pt-BR", "1.234,567 KWD"),
        (5, "CREDIT", "es", "5 CREDIT"),
        (0, "EUR", "en", "0.00 EUR"),
    ],
)
def test_shows_money_in_the_readers_form(amount: int, asset: str, language: str, shown: str) -> None:
    assert str(show(Money(amount, asset), language)) == shown


def test_never_mixes_assets() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")

    for act in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro <= dollar):
        with pytest.raises(AssetMismatch):
            act()
    assert euro != dollar


@pytest.mark.parametrize("amount", [1.0, 12.5, True, "1", Decimal(1), None])
def test_is_never_made_of_anything_but_an_integer(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]  # what is tried here


def test_knows_only_the_assets_it_ships() -> None:
    with pytest.raises(UnknownAsset):
        Money(1, "XXX")
    with pytest.raises(UnknownAsset):
        parse_plain("1", "eur")


def test_rounds_half_to_even_when_it_converts() -> None:
    assert convert(Money(1, "EUR"), Decimal("0.5"), "EUR") == Money(0, "EUR")
    assert convert(Money(3, "EUR"), Decimal("0.5"), "EUR") == Money(2, "EUR")
    assert convert(Money(100, "JPY"), Decimal("0.0065"), "EUR") == Money(65, "EUR")


def test_takes_exact_decimals_only() -> None:
    assert from_decimal(Decimal("1E+2"), "EUR") == Money(10_000, "EUR")
    with pytest.raises(InvalidAmount):
        from_decimal(Decimal("0.001"), "EUR")


def test_codes_have_no_letter_that_reads_like_another() -> None:
    codes = {new_code() for _draw in range(500)}

    assert len(codes) > 490
    assert not set("".join(codes)) & set("IO01")
