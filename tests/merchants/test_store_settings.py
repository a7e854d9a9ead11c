"""What a store says of itself: symbols, details, its logo; and whether it takes payments."""

import datetime as dt
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditEntry
from config import pictures
from config.pictures import BadPicture
from merchants import symbols
from merchants.errors import NotInYourRole, StoreSuspended
from merchants.models import Store
from merchants.operations import close_idle_stores, close_store, edit_store, pay_store, reopen_store
from payments.money import Money
from tests.factories import open_store_for, open_wallet_for
from tests.mailbox import Mailbox
from tests.payments.pages.reading import words
from tests.refusals import refused

type Browser = Callable[[User], Client]
type Api = Callable[[User], APIClient]

NEW = {"name": "Olivia's Greens", "symbol": "greens", "category": "grocery", "asset": "EUR", "city": "Lisbon", "country": "PT"}


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **saved: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (40, 120, 80)).save(file, kind, **saved)
    return file.getvalue()


def upload(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


# --- symbols ---


@pytest.mark.django_db
def test_suggests_free_symbols_that_suit_the_name(olivia: User) -> None:
    assert symbols.suggestions("Olívia's Greens")[:2] == ["OLIVIASGRE", "OLIVIAS"]
    open_store_for(olivia, symbol="OLIVIAS")
    assert "OLIVIAS" not in symbols.suggestions("Olívia's Greens")
    assert symbols.suggestions("喫茶 琥珀") == ["SHOP", "SHP", "SH2", "SH3"][:1] + symbols.suggestions("喫茶 琥珀")[1:]
    assert not symbols.is_free("OLIVIAS")
    assert symbols.is_free("OLIVIA2")
    assert not symbols.is_free("olivia")


@pytest.mark.django_db(transaction=True)
def test_offers_others_when_a_symbol_is_taken(client_for: Browser, olivia: User, greengrocer: Store) -> None:
    answer = client_for(olivia).post("/stores/new/", {**NEW, "name": "Green Corner"})
    assert answer.status_code == 409
    assert "Free, and close to your name: GREENCORNE" in words(answer)


def test_says_while_one_types_whether_a_symbol_is_free(client_for: Browser, olivia: User, greengrocer: Store) -> None:
    browser = client_for(olivia)
    assert "GREENS is not free." in words(browser.get("/stores/new/symbol/", {"symbol": "greens", "name": "Greens"}))
    assert "GREEN2 is free." in words(browser.get("/stores/new/symbol/", {"symbol": "green2"}))


# --- details ---


def test_changes_what_it_says_and_what_receipts_call_it(client_for: Browser, amara: User, greengrocer: Store) -> None:
    form = {"name": "Amara's Greens", "category": "grocery", "city": "Porto", "country": "PT", "timezone": "Europe/Lisbon",
            "latitude": "41.1496", "longitude": "-8.6109",
            "website": "https://greens.example", "offers_tips": "on"}  # fmt: skip
    answer = client_for(amara).post(reverse("store_edit", args=[greengrocer.pk]), form)

    assert answer.status_code == 302
    greengrocer.refresh_from_db()
    assert (greengrocer.name, greengrocer.city, str(greengrocer.latitude)) == ("Amara's Greens", "Porto", "41.149600")
    assert (greengrocer.settlement_wallet.name, greengrocer.symbol) == ("Amara's Greens", "GREENS")
    entry = AuditEntry.objects.get(action="store.edited")
    assert entry.metadata["changed"] == [
        "city",
        "country",
        "latitude",
        "longitude",
        "name",
        "offers_tips",
        "timezone",
        "website",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", ""), ("latitude", "91"), ("latitude", "41.1"), ("website", "javascript:alert(1)"), ("timezone", "Mars/Base"),
     ("email", "x"), ("instagram", "@a b"), ("phone", "call me"), ("country", "XX")],
)  # fmt: skip
def test_refuses_wrong_details(name: str, value: str, client_for: Browser, olivia: User, greengrocer: Store) -> None:
    form = {"name": "G", "category": "grocery", "city": "Porto", "country": "PT", "timezone": "UTC", name: value}
    assert client_for(olivia).post(reverse("store_edit", args=[greengrocer.pk]), form).status_code == 422
    greengrocer.refresh_from_db()
    assert greengrocer.name == "Olivia's Greens"


def test_the_api_changes_details(api_for: Api, olivia: User, greengrocer: Store) -> None:
    api, address = api_for(olivia), f"/api/stores/{greengrocer.pk}"
    assert api.patch(address, {"description": "Fresh."}).json()["description"] == "Fresh."
    for body in ({"symbol": "OTHER"}, {"asset": "USD"}, {"latitude": "1"}, {"timezone": "x"}, {"website": "javascript:x"}):
        assert api.patch(address, body).status_code == 400


# --- the logo ---


def test_keeps_a_square_without_what_the_camera_said(
    client_for: Browser, olivia: User, greengrocer: Store, client: Client
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-OF-OLIVIA"
    exif[0x8825] = {1: "N", 2: (38.0, 42.0, 47.0)}
    client_for(olivia).post(
        reverse("store_logo", args=[greengrocer.pk]), {"logo": upload(picture("JPEG", exif=exif.tobytes()))}
    )

    answer = client.get("/directory/GREENS/logo")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a FileResponse
    with Image.open(BytesIO(content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("WEBP", (512, 512), {})
    assert b"CAMERA-OF-OLIVIA" not in content
    client_for(olivia).post(reverse("store_logo", args=[greengrocer.pk]))
    assert client.get("/directory/GREENS/logo").status_code == 404


BOMB = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for kind, data in ((b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)), (b"IDAT", b"x"), (b"IEND", b""))
)


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"GIF89a" + b"\0" * 40, picture()[:60],
     BOMB, b"%PDF-1.7", b"", picture("BMP")],
    ids=["svg", "gif", "cut", "bomb", "pdf", "empty", "bmp"],
)  # fmt: skip
def test_takes_nothing_but_pictures(content: bytes) -> None:
    with pytest.raises(BadPicture):
        pictures.square(content, side=64)


def test_takes_no_file_that_is_too_large(client_for: Browser, olivia: User, greengrocer: Store) -> None:
    too_large = upload(picture() + b"\0" * pictures.MAX_BYTES)
    answer = client_for(olivia).post(reverse("store_logo", args=[greengrocer.pk]), {"logo": too_large})
    assert answer.status_code == 422
    greengrocer.refresh_from_db()
    assert not greengrocer.logo


@pytest.mark.django_db(transaction=True)
def test_opens_no_store_whose_logo_is_none(client_for: Browser, olivia: User) -> None:
    answer = client_for(olivia).post("/stores/new/", {**NEW, "logo": upload(b"no picture")})
    assert answer.status_code == 400
    assert not Store.objects.exists()


# --- taking payments ---


@pytest.mark.django_db(transaction=True)
def test_owners_close_and_open_a_store(greengrocer: Store, olivia: User, amara: User, api_for: Api) -> None:
    now = timezone.now()
    with refused(NotInYourRole):
        close_store(store=greengrocer, actor=amara, now=now)
    api = api_for(olivia)
    assert api.post(f"/api/stores/{greengrocer.pk}/closures").json()["status"] == "inactive"
    assert api.post(f"/api/stores/{greengrocer.pk}/openings").json()["status"] == "active"
    Store.objects.update(status="suspended")
    with refused(StoreSuspended):
        reopen_store(store=greengrocer, actor=olivia, now=now)


@pytest.mark.django_db(transaction=True)
def test_closes_a_store_that_nobody_paid_for_90_days(greengrocer: Store, olivia: User, alice: User, mailbox: Mailbox) -> None:
    busy, wallet = open_store_for(olivia, name="Busy", symbol="BUSY"), open_wallet_for(alice, minor=5_000)
    start, day = greengrocer.active_since, dt.timedelta(days=1)
    pay_store(store=busy, amount=Money(100, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=start + 5 * day)
    mailbox()

    assert close_idle_stores(now=start + 90 * day - dt.timedelta(seconds=1)) == 0
    assert close_idle_stores(now=start + 90 * day) == 1

    greengrocer.refresh_from_db()
    assert greengrocer.status == "inactive"
    assert [mail.subject for mail in mailbox()][-1:] == ["Olivia's Greens takes no payments any more"]
    assert AuditEntry.objects.get(action="store.closed").metadata == {"reason": "idle"}
    reopen_store(store=greengrocer, actor=olivia, now=start + 91 * day)
    assert close_idle_stores(now=start + 92 * day) == 0
    assert close_idle_stores(now=start + 96 * day) == 1  # the other one by now


def test_editing_nothing_leaves_no_trace(greengrocer: Store, olivia: User) -> None:
    edit_store(store=greengrocer, actor=olivia, now=timezone.now(), name="Olivia's Greens")
    assert not AuditEntry.objects.filter(action="store.edited").exists()
