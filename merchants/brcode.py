"""BR Codes: what a Pix QR code holds, for any Brazilian bank's app.

Banco Central do Brasil, "Manual de Padrões para Iniciação do Pix", after EMV QR Code (Merchant-Presented Mode): fields of
two digits of id, two of length, and the value; the last one is a checksum over all of it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from merchants.destinations import Pix
from merchants.models import Charge
from payments.money import Money, parse_plain

GUI = "br.gov.bcb.pix"
NO_TXID = "***"
NAME_ROOM, CITY_ROOM, FIELD_ROOM = 25, 15, 99
TXID = re.compile(r"[A-Za-z0-9]{1,25}|\*\*\*")
CRC_HEAD = "6304"
POLYNOMIAL, WORD, TOP_BIT, BYTE_BITS = 0x1021, 0xFFFF, 0x8000, 8


class BrokenBRCodeError(ValueError):
    """The text is no BR Code, or can't become one."""


@dataclass(frozen=True, slots=True)
class BRCode:
    """What a code asks for. A static one has a Pix `key`, a dynamic one the `url` (without https://) of a charge at a bank.

    `amount` is in BRL; without one the payer names it. `txid` tells the payee which payment it is.
    """

    name: str
    city: str
    key: str = ""
    url: str = ""
    amount: Money | None = None
    txid: str = NO_TXID
    text: str = ""

    def __str__(self) -> str:
        """The code's text with its checksum.

        :raises BrokenBRCodeError: something does not fit, or is missing.
        """
        if bool(self.key) == bool(self.url):
            raise BrokenBRCodeError("a code has a key or an address, one of the two")
        if not TXID.fullmatch(self.txid):
            raise BrokenBRCodeError("a txid has 1 to 25 letters and digits")
        account = _field("00", GUI) + (_field("01", self.key) if self.key else _field("25", self.url))
        if self.text and self.key:
            account += _field("02", _ascii(self.text, FIELD_ROOM - len(account) - 4))
        fields = [
            _field("00", "01"),
            _field("01", "12") if self.url else "",
            _field("26", account),
            _field("52", "0000"),
            _field("53", "986"),
            _field("54", self.amount.plain()) if self.amount else "",
            _field("58", "BR"),
            _field("59", _ascii(self.name, NAME_ROOM)),
            _field("60", _ascii(self.city, CITY_ROOM)),
            _field("62", _field("05", self.txid)),
        ]
        unsigned = "".join(fields) + CRC_HEAD
        return f"{unsigned}{crc16(unsigned.encode('ascii')):04X}"


def pix_code(charge: Charge) -> str:
    """The code by which customers of any Brazilian bank pay a charge straight to the store's own Pix key; "" without one.

    Florin takes no part in that payment and does not see it. Needs the store and its settlement wallet selected.
    """
    store = charge.store
    if store.asset != "BRL":
        return ""
    shown = store.destinations.filter(at_till=True).first()
    if shown is None:
        return ""
    place = shown.place
    assert isinstance(place, Pix)  # noqa: S101 the database says so
    return str(BRCode(name=store.name, city=store.city or store.country, key=place.key, amount=charge.money, txid=charge.code))


def parse_brcode(payload: str) -> BRCode:
    """Read a code.

    :raises BrokenBRCodeError: its checksum or a length is wrong, or it is not of Pix.
    """
    if not payload.isascii() or payload[-8:-4] != CRC_HEAD or f"{crc16(payload[:-4].encode()):04X}" != payload[-4:].upper():
        raise BrokenBRCodeError("the checksum is wrong")
    fields = dict(_fields(payload[:-8]))
    account, more = dict(_fields(fields.get("26", ""))), dict(_fields(fields.get("62", "")))
    if account.get("00", "").lower() != GUI or (fields.get("53"), fields.get("58")) != ("986", "BR"):
        raise BrokenBRCodeError("this is no Pix code")
    return BRCode(
        name=fields.get("59", ""),
        city=fields.get("60", ""),
        key=account.get("01", ""),
        url=account.get("25", ""),
        amount=parse_plain(fields["54"], "BRL") if "54" in fields else None,
        txid=more.get("05", NO_TXID),
        text=account.get("02", ""),
    )


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF, not reflected."""
    crc = WORD
    for byte in data:
        crc ^= byte << BYTE_BITS
        for _bit in range(BYTE_BITS):
            crc = ((crc << 1) ^ POLYNOMIAL if crc & TOP_BIT else crc << 1) & WORD
    return crc


def _field(number: str, value: str) -> str:
    if not value or len(value) > FIELD_ROOM or not value.isascii():
        raise BrokenBRCodeError(f"field {number} does not fit")
    return f"{number}{len(value):02d}{value}"


def _fields(text: str) -> Iterator[tuple[str, str]]:
    while text:
        head, length = text[:2], text[2:4]
        if not (head.isdigit() and length.isdigit()) or len(text) < 4 + int(length):
            raise BrokenBRCodeError("a length is wrong")
        yield head, text[4 : 4 + int(length)]
        text = text[4 + int(length) :]


def _ascii(text: str, room: int) -> str:
    """Without accents and cut to its room; what is in another script altogether is left out."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(each if each.isprintable() else " " for each in folded).split())[:room].strip() or "LOJA"[:room]
