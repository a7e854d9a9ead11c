"""Places of IP addresses come from a file of the operator's, or not at all."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone, translation
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from pytest_django import Settings

from accounts.models import User
from config.places import place_of
from tests import doors
from tests.factories import PASSWORD
from tests.mailbox import Mailbox

LISBON = {
    "city": {"names": {"en": "Lisbon", "es": "Lisboa", "pt-BR": "Lisboa"}},
    "country": {"iso_code": "PT", "names": {"en": "Portugal"}},
}
GERMANY = {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}
OSAKA = {"city": {"names": {"en": "Osaka"}}}
HOME = "203.0.113.7"


def write(path: Path, places: dict[str, dict[str, Any]]) -> None:
    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    for network, record in places.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))


@pytest.fixture
def database(tmp_path: Path, settings: Settings) -> Path:
    """A file that knows a few addresses."""
    path = tmp_path / "cities.mmdb"
    write(
        path,
        {"203.0.113.0/24": LISBON, "2001:db8:1::/48": LISBON, "198.51.100.0/25": GERMANY, "198.51.100.128/25": OSAKA,
         "192.0.2.0/24": {}},
    )  # fmt: skip
    settings.GEOIP_DATABASE = str(path)
    return path


@pytest.mark.parametrize(
    ("address", "language", "place"),
    [
        (HOME, "en", "Lisbon, Portugal"),
        (HOME, "es", "Lisboa, Portugal"),
        (HOME, "pt-br", "Lisboa, Portugal"),
        ("2001:db8:1::5", "en", "Lisbon, Portugal"),
        ("198.51.100.1", "es", "Alemania"),
        ("198.51.100.200", "pt-br", "Osaka"),
        ("192.0.2.1", "en", ""),
        ("10.0.0.1", "en", ""),
        ("2001:db8:9::1", "en", ""),
        (None, "en", ""),
    ],
)
def test_names_city_and_country_in_the_readers_language(database: Path, address: str | None, language: str, place: str) -> None:
    with translation.override(language):
        assert place_of(address) == place


def test_names_nothing_without_a_file(settings: Settings) -> None:
    settings.GEOIP_DATABASE = ""
    assert place_of(HOME) == ""


def test_reads_a_new_file_from_its_arrival_on(database: Path, tmp_path: Path) -> None:
    assert place_of(HOME) == "Lisbon, Portugal"
    write(tmp_path / "new.mmdb", {"203.0.113.0/24": GERMANY})
    (tmp_path / "new.mmdb").rename(database)
    assert place_of(HOME) == "Germany"


@pytest.mark.parametrize("content", [None, b"", b"no database at all"])
def test_a_file_that_is_none_shows_nothing_and_does_not_start(
    database: Path, alice: User, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    assert not [error for error in run_checks() if error.id == "florin.E036"]
    database.unlink()
    if content is not None:
        database.write_bytes(content)
    assert place_of(HOME) == ""
    assert "geoip.unreadable" in caplog.text
    assert Client(REMOTE_ADDR=HOME).post("/signin/", {"login": alice.email, "password": PASSWORD}).status_code == 302
    assert [error for error in run_checks() if error.id == "florin.E036"]


def test_a_file_that_is_cut_short_costs_nobody_their_page(database: Path, alice: User) -> None:
    whole = database.read_bytes()
    browser = doors.portal_client(alice, REMOTE_ADDR=HOME)
    for length in range(0, len(whole), 97):
        shutil.copyfile(database, database.with_suffix(".part"))
        database.with_suffix(".part").write_bytes(whole[:length])
        database.with_suffix(".part").rename(database)
        assert browser.get("/profile/devices/").status_code == 200


def test_is_shown_where_people_look_for_what_they_do_not_know(database: Path, alice: User, mailbox: Mailbox) -> None:
    User.objects.update(last_login=timezone.now())  # whoever never was here is told of no new device
    browser = Client(REMOTE_ADDR=HOME, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    browser.post("/signin/", {"login": alice.email, "password": PASSWORD})
    device = alice.sessions.get()
    for page in ("/profile/devices/", f"/profile/devices/{device.pk}/", "/profile/activity/"):
        assert "Lisbon, Portugal" in browser.get(page).content.decode(), page
    listed = doors.api_client(alice).get("/api/sessions").json()["results"]
    assert "Lisbon, Portugal" in [session["place"] for session in listed]
    acts = doors.api_client(alice).get("/api/me/activity").json()["results"]
    assert "Lisbon, Portugal" in [act["place"] for act in acts]
    assert f"{HOME} (Lisbon, Portugal)" in mailbox()[-1].body
