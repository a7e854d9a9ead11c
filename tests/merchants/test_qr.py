"""QR codes: where they lead, and that they are images."""

import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import segno
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from config.qr import PNG_MODULE_PX
from merchants import qr
from merchants.models import Charge, Store
from merchants.operations import create_charge
from payments.money import Money

type Api = Callable[[User], APIClient]


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=Money(1250, "EUR"), cashier=carlos, now=timezone.now())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[segno.QRCode]:
    """The codes that were drawn, in order."""
    codes: list[segno.QRCode] = []
    make = segno.make

    def make_and_note(content: str, **options: Any) -> segno.QRCode:  # segno's options
        codes.append(make(content, **options))
        return codes[-1]

    monkeypatch.setattr(segno, "make", make_and_note)
    return codes


def modules_of_png(data: bytes) -> list[list[bool]]:
    """The dark modules of a code drawn in two colours, read back from the image's own pixels."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colours = struct.unpack(">IIBB", data[16:26])
    assert (width, depth, colours) == (height, 1, 3)  # square, one bit a pixel, a palette
    chunks, place = b"", 8
    palette = b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        chunks += body if kind == b"IDAT" else b""
        palette = body if kind == b"PLTE" else palette
        place += length + 12
    rows = lines_of_png(zlib.decompress(chunks), (width + 7) // 8)
    dark = 0 if sum(palette[:3]) < sum(palette[3:6]) else 1
    middles = range(PNG_MODULE_PX // 2, height, PNG_MODULE_PX)
    return [[(rows[row][column // 8] >> (7 - column % 8) & 1) == dark for column in middles] for row in middles]


def lines_of_png(raw: bytes, width_bytes: int) -> list[bytes]:
    """The lines of pixels; each says whether it stands for itself (0) or for its difference to the one above (2)."""
    lines = [bytes(width_bytes)]
    for start in range(0, len(raw), width_bytes + 1):
        kind, line = raw[start], raw[start + 1 : start + 1 + width_bytes]
        assert kind in {0, 2}
        above = lines[-1] if kind else bytes(width_bytes)
        lines.append(bytes((now + before) % 256 for now, before in zip(line, above, strict=True)))
    return lines[1:]


def test_leads_to_the_portal_by_https(greengrocer: Store, charge: Charge, settings: Settings) -> None:
    settings.PORTAL_ORIGIN = "https://pay.example.com"

    assert qr.pay_address(greengrocer) == f"https://pay.example.com/pay/{greengrocer.short_code}"
    assert qr.pay_address(greengrocer, Money(1250, "EUR")) == (
        f"https://pay.example.com/pay/{greengrocer.short_code}?amount=12.50"
    )
    assert qr.pay_address(charge) == f"https://pay.example.com/pay/{charge.code}"


def test_draws_the_address_and_nothing_else(
    api_for: Api, greengrocer: Store, charge: Charge, carlos: User, drawn: list[segno.QRCode]
) -> None:
    api = api_for(carlos)
    store = f"/api/stores/{greengrocer.pk}"
    paths = [f"{store}/qr.svg", f"{store}/qr.png", f"{store}/qr.png?amount=12.50", f"/api/charges/{charge.pk}/qr.svg"]

    assert [api.get(path).status_code for path in paths] == [200, 200, 200, 200]

    home = "http://localhost:8000/pay/"
    addresses = [home + greengrocer.short_code] * 2 + [f"{home}{greengrocer.short_code}?amount=12.50", home + charge.code]
    for code, address in zip(list(drawn), addresses, strict=True):
        expected = segno.make(address, error="m", micro=False)
        assert (code.matrix, code.error) == (expected.matrix, expected.error)
        assert code.error in {"M", "Q", "H"}


def test_is_a_png_with_a_white_edge(api_for: Api, greengrocer: Store, carlos: User) -> None:
    answer = api_for(carlos).get(f"/api/stores/{greengrocer.pk}/qr.png")

    assert answer.headers["Content-Type"] == "image/png"
    modules = modules_of_png(answer.content)
    expected = segno.make(qr.pay_address(greengrocer), error="m", micro=False)
    inner = [row[4:-4] for row in modules[4:-4]]
    assert inner == [[bool(module) for module in row] for row in expected.matrix]
    assert not any(any(row) for row in modules[:4] + modules[-4:])
    assert not any(any(row[:4] + row[-4:]) for row in modules)


def test_is_an_svg_with_a_white_edge(api_for: Api, greengrocer: Store, carlos: User) -> None:
    answer = api_for(carlos).get(f"/api/stores/{greengrocer.pk}/qr.svg")

    assert answer.headers["Content-Type"] == "image/svg+xml"
    drawing = ET.fromstring(answer.content)  # noqa: S314 drawn by us
    size = segno.make(qr.pay_address(greengrocer), error="m", micro=False).symbol_size(border=4)[0]
    assert drawing.attrib["viewBox"] == f"0 0 {size} {size}"
    background, modules = list(drawing)
    assert (background.attrib["fill"], modules.attrib["stroke"]) == ("#fff", "#161b26")
    assert "style" not in answer.content.decode()


def test_is_kept_by_the_asker_alone(
    api_for: Api, client_for: Callable[[User], Client], greengrocer: Store, carlos: User
) -> None:
    for answer in (
        api_for(carlos).get(f"/api/stores/{greengrocer.pk}/qr.png"),
        client_for(carlos).get(f"/stores/{greengrocer.pk}/qr.png"),
    ):
        assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"


@pytest.mark.parametrize(("kind", "query", "status", "code"), [
    ("gif", "", 404, "not_found"),
    ("svg", "?amount=12.345", 400, "invalid_amount"),
    ("svg", "?amount=", 400, "invalid_amount"),
    ("svg", "?amount=-1", 400, "invalid_amount"),
])  # fmt: skip
def test_refuses_what_is_no_image_of_a_code(
    kind: str, query: str, status: int, code: str, api_for: Api, greengrocer: Store, carlos: User
) -> None:
    answer = api_for(carlos).get(f"/api/stores/{greengrocer.pk}/qr.{kind}{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
