"""Where a store can be paid out to: what is read, and what is refused."""

import pytest

from merchants.destinations import (
    BadDestination,
    Destination,
    Iban,
    Pix,
    as_json,
    from_json,
    read_iban,
    read_pix_key,
    read_us_account,
    read_wallet_address,
)

HOSTILE = ["", " ", "\x00", "x" * 101, "١٢٣", "\uff11\uff12\uff13", "a\nb", "\u202e123"]


@pytest.mark.parametrize(
    ("kind", "typed", "key", "masked"),
    [
        ("cpf", "390.533.447-05", "39053344705", "•••.533.447-••"),
        ("cnpj", "11.222.333/0001-81", "11222333000181", "••• 0181"),
        ("email", " Loja@Example.com ", "loja@example.com", "l•••@example.com"),
        ("phone", "(11) 91234-5678", "+5511912345678", "••• 5678"),
        ("phone", "+55 11 91234 5678", "+5511912345678", "••• 5678"),
        ("random", "123E4567E12B12D1A456426655440000", "123e4567-e12b-12d1-a456-426655440000", "123e•••0000"),
    ],
)
def test_reads_a_pix_key(kind: str, typed: str, key: str, masked: str) -> None:
    read = read_pix_key(kind, typed)
    assert (read.key_type, read.key, read.masked()) == (kind, key, masked)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("cpf", "390.533.447-06"), ("cpf", "111.111.111-11"), ("cpf", "11222333000181"), ("cnpj", "11.222.333/0001-82"),
        ("cnpj", "39053344705"), ("email", "loja"), ("email", f"{'l' * 70}@example.com"), ("phone", "+351912345678"),
        ("phone", "+55 11 1234"), ("phone", "+5511912345678;ext=9"), ("random", "123e4567-e12b-12d1-a456-42665544000"),
        ("random", "{123e4567-e12b-12d1-a456-426655440000}"), ("evp", "x"), ("", "x"),
    ],
)  # fmt: skip
def test_refuses_a_key_that_is_none(kind: str, typed: str) -> None:
    with pytest.raises(BadDestination) as refusal:
        read_pix_key(kind, typed)
    assert refusal.value.field == ("key" if kind in {"cpf", "cnpj", "email", "phone", "random"} else "key_type")


def test_reads_an_iban() -> None:
    read = read_iban("pt50 0002 0123 1234 5678 9015 4", "  Olívia   Prado ")
    assert (read.iban, read.holder, read.masked()) == ("PT50000201231234567890154", "Olívia Prado", "PT••• 0154")
    assert read.grouped() == "PT50 0002 0123 1234 5678 9015 4"


@pytest.mark.parametrize("typed", ["PT50000201231234567890155", "PT5000020123123456789015", "XX00", "DE89370400440532013001"])
def test_refuses_an_iban_with_a_wrong_digit(typed: str) -> None:
    with pytest.raises(BadDestination) as refusal:
        read_iban(typed, "Olivia")
    assert refusal.value.field == "iban"


@pytest.mark.parametrize("holder", ["", "O", "x" * 71, "a\x00b", "a\u202eb"])
def test_wants_to_know_who_holds_the_account(holder: str) -> None:
    with pytest.raises(BadDestination) as refusal:
        read_iban("PT50000201231234567890154", holder)
    assert refusal.value.field == "holder"


def test_reads_an_account_in_the_united_states() -> None:
    read = read_us_account("111000025", "12-3456 789", "checking", "Olivia Prado")
    assert (read.routing_number, read.account_number, read.masked()) == ("111000025", "123456789", "••• 6789")


@pytest.mark.parametrize(
    ("routing", "account", "kind", "field"),
    [
        ("111000026", "123456789", "checking", "routing_number"),
        ("11100002", "123456789", "checking", "routing_number"),
        ("111000025", "123", "checking", "account_number"),
        ("111000025", "12345678901234567890", "savings", "account_number"),
        ("111000025", "123456789", "gold", "account_type"),
    ],
)
def test_refuses_a_wrong_account(routing: str, account: str, kind: str, field: str) -> None:
    with pytest.raises(BadDestination) as refusal:
        read_us_account(routing, account, kind, "Olivia Prado")
    assert refusal.value.field == field


def test_reads_a_wallets_address() -> None:
    assert read_wallet_address(" ABCDEFGH2345 ").address == "abcdefgh2345"
    for wrong in ("abcdefgh234", "abcdefgh2341", "abcdefghil10"):
        with pytest.raises(BadDestination):
            read_wallet_address(wrong)


@pytest.mark.parametrize("typed", HOSTILE)
def test_refuses_what_nobody_types(typed: str) -> None:
    for read in (
        lambda: read_pix_key("email", typed),
        lambda: read_pix_key("cpf", typed),
        lambda: read_iban(typed, "Olivia"),
        lambda: read_us_account(typed, "123456", "checking", "Olivia"),
        lambda: read_us_account("111000025", typed, "checking", "Olivia"),
        lambda: read_wallet_address(typed),
    ):
        with pytest.raises(BadDestination):
            read()


@pytest.mark.parametrize(
    "destination",
    [
        Pix("cpf", "39053344705"),
        Iban("PT50000201231234567890154", "Olivia"),
        read_us_account("111000025", "123456789", "savings", "Olivia"),
        read_wallet_address("abcdefgh2345"),
    ],
)
def test_keeps_it_as_json(destination: Destination) -> None:
    assert from_json(as_json(destination)) == destination
