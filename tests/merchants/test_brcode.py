"""BR Codes, which Brazilian banks' apps scan."""

from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from config import qr
from merchants.brcode import BRCode, BrokenBRCodeError, crc16, parse_brcode
from payments.money import Money

# The example of the Banco Central's manual.
KNOWN = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA"
    "62070503***63041D3D"
)
KEY = "123e4567-e12b-12d1-a456-426655440000"


def test_writes_and_reads_the_manuals_example() -> None:
    assert str(BRCode(name="Fulano de Tal", city="BRASILIA", key=KEY)) == KNOWN
    assert parse_brcode(KNOWN) == BRCode(name="Fulano de Tal", city="BRASILIA", key=KEY)


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_a_camera_reads_it() -> None:
    code = str(
        BRCode(name="Padaria São João", city="São Paulo", key="+5511912345678", amount=Money(1250, "BRL"), txid="ABC123")
    )
    with Image.open(BytesIO(qr.png(code))) as picture:
        (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == code
    assert parse_brcode(found.text).amount == Money(1250, "BRL")


def test_a_dynamic_code_leads_to_the_banks_charge() -> None:
    code = str(BRCode(name="Loja", city="Recife", url="pix.bank.example/qr/v2/9d36b84f"))
    assert "010212" in code
    assert parse_brcode(code).url == "pix.bank.example/qr/v2/9d36b84f"


@given(
    st.text(max_size=60), st.text(max_size=60), st.integers(1, 10**11), st.from_regex(r"[A-Za-z0-9]{1,25}", fullmatch=True),
    st.text(max_size=80),
)  # fmt: skip
def test_whatever_a_store_is_called_the_code_can_be_read(name: str, city: str, minor: int, txid: str, text: str) -> None:
    code = str(BRCode(name=name, city=city, key=KEY, amount=Money(minor, "BRL"), txid=txid, text=text))
    read = parse_brcode(code)
    assert (read.key, read.amount, read.txid) == (KEY, Money(minor, "BRL"), txid)
    assert 1 <= len(read.name) <= 25
    assert 1 <= len(read.city) <= 15
    assert code.isascii()


@pytest.mark.parametrize(
    "code",
    [
        KNOWN[:-1] + "E", KNOWN.replace("Fulano", "Fulana"), "", "6304FFFF", KNOWN[:-8], "é" + KNOWN,
        KNOWN[:20] + "99" + KNOWN[22:],
    ],
)  # fmt: skip
def test_refuses_what_was_changed(code: str) -> None:
    with pytest.raises(BrokenBRCodeError):
        parse_brcode(code)


def test_refuses_a_right_checksum_over_something_else() -> None:
    for unsigned in ("000201", "00020126060002xx5303986" + "5802BR", "0002019999", "00020126990014br.gov.bcb.pix"):
        signed = f"{unsigned}6304"
        with pytest.raises(BrokenBRCodeError):
            parse_brcode(f"{signed}{crc16(signed.encode()):04X}")


@pytest.mark.parametrize(
    "wrong", [{}, {"key": KEY, "url": "a"}, {"key": "k" * 80}, {"key": KEY, "txid": "a-b"}, {"key": KEY, "txid": ""}]
)
def test_writes_nothing_that_does_not_fit(wrong: dict[str, str]) -> None:
    with pytest.raises(BrokenBRCodeError):
        str(BRCode(name="Loja", city="Recife", **wrong))  # type: ignore[arg-type]  # texts alone
