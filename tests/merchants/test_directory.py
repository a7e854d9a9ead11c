"""Finding stores by name, kind and distance."""

import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from merchants import directory
from merchants.directory import BadPlace, Circle
from merchants.models import Store
from tests.factories import open_store_for
from tests.payments.pages.reading import words

type Api = Callable[[User], APIClient]

PLACES = {
    "Suva Coffee": ("-18.1416", "178.4419"), "Apia Books": ("-13.8507", "-171.7514"), "Lisboa Pão": ("38.7132", "-9.1521"),
    "Sintra Azul": ("38.8029", "-9.3817"), "Longyear Ski": ("78.2232", "15.6267"), "Barrow Furs": ("71.2906", "-156.7886"),
}  # fmt: skip


@pytest.fixture
def stores(olivia: User) -> dict[str, Store]:
    made = {}
    for number, (name, (latitude, longitude)) in enumerate(PLACES.items()):
        store = open_store_for(olivia, name=name, symbol=f"PLACE{number}")
        Store.objects.filter(pk=store.pk).update(latitude=Decimal(latitude), longitude=Decimal(longitude), city=name.split()[0])
        made[name] = store
    return made


def near(latitude: float, longitude: float, radius_km: float) -> list[str]:
    return [store.name for store in directory.nearest(directory.listed(), Circle(latitude, longitude, radius_km))]


def test_finds_the_nearest_first(stores: dict[str, Store]) -> None:
    assert near(38.72, -9.14, 50) == ["Lisboa Pão", "Sintra Azul"]
    assert near(38.72, -9.14, 10) == ["Lisboa Pão"]
    (found,) = directory.nearest(directory.listed(), Circle(38.7132, -9.1521, 1))
    assert vars(found)["distance_km"] == pytest.approx(0, abs=1e-6)


def test_looks_across_the_date_line(stores: dict[str, Store]) -> None:
    """Suva and Apia are 1,145 km apart, with the date line between them."""
    assert near(-16, -179.5, 900) == ["Suva Coffee", "Apia Books"]
    assert near(-16, 179.5, 1100) == ["Suva Coffee", "Apia Books"]
    assert near(-16, 179.5, 300) == ["Suva Coffee"]


def test_looks_over_the_pole(stores: dict[str, Store]) -> None:
    assert near(89.5, 0, 2200) == ["Longyear Ski", "Barrow Furs"]
    assert len(near(0, 0, 20_016)) == len(PLACES)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 20_000), st.floats(-90, 90), st.floats(-180, 180))
def test_no_store_in_the_circle_lies_outside_its_boxes(
    latitude: float, longitude: float, radius_km: float, other_latitude: float, other_longitude: float
) -> None:
    def inside(west: float, south: float, east: float, north: float) -> bool:
        slack = 1e-6
        return west - slack <= other_longitude <= east + slack and south - slack <= other_latitude <= north + slack

    across = math.sin(math.radians(other_latitude - latitude) / 2) ** 2
    along = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    share = across + math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude)) * along
    distance_km = 2 * directory.EARTH_KM * math.asin(math.sqrt(min(1, share)))
    if distance_km < radius_km:
        assert any(inside(*box) for box in Circle(latitude, longitude, radius_km).boxes())


@pytest.mark.parametrize(
    "place", [("91", "0", "1"), ("0", "181", "1"), ("0", "0", "0"), ("nan", "0", "1"), ("0", "0", "inf"), ("x", "", "1")]
)
def test_refuses_what_is_no_place(place: tuple[str, str, str]) -> None:
    with pytest.raises(BadPlace):
        Circle.parse(*place)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pao", ["Lisboa Pão"]),
        ("PÃO lisb", ["Lisboa Pão"]),
        ("boo", ["Apia Books"]),
        ("pao books", []),
        ("o' & | ! :*", []),
        ("' \\", None),
    ],
)
def test_finds_words_and_their_beginnings(text: str, found: list[str] | None, stores: dict[str, Store]) -> None:
    names = [store.name for store in directory.saying(directory.listed(), text)]
    assert names == found if found is not None else len(names) == len(PLACES)


def test_both_searches_are_answered_by_an_index(stores: dict[str, Store]) -> None:
    alone = directory.listed().select_related(None)  # where a join may come first, few rows let it
    searches = {
        "store_by_place": directory.nearest(alone, Circle(-16, 179.5, 300)),
        "store_by_words": directory.saying(alone, "lisboa"),
    }
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    for index, stores_found in searches.items():
        assert index in stores_found.explain()


def test_lists_no_store_that_takes_no_payments(stores: dict[str, Store]) -> None:
    Store.objects.filter(name="Lisboa Pão").update(status="suspended")
    assert near(38.72, -9.14, 50) == ["Sintra Azul"]


def test_the_api_is_asked_by_place_by_words_and_by_kind(stores: dict[str, Store], alice: User, api_for: Api) -> None:
    api = api_for(alice)
    (first, second) = api.get("/api/stores", {"lat": "38.72", "lng": "-9.14", "radius_km": "50"}).json()["results"]
    assert (first["name"], second["name"]) == ("Lisboa Pão", "Sintra Azul")
    assert (first["distance_km"], first["url"]) == (1.294, "http://localhost:8000/directory/PLACE2/")
    assert [row["name"] for row in api.get("/api/stores", {"search": "books"}).json()["results"]] == ["Apia Books"]
    assert api.get("/api/stores", {"category": "cafe"}).json()["results"] == []
    assert len(api.get("/api/stores", {"page_size": "4"}).json()["results"]) == 4
    assert api.get("/api/stores", {"lat": "38"}).json()["code"] == "bad_place"


def test_anybody_reads_the_directory_and_a_stores_page(stores: dict[str, Store], client: Client) -> None:
    shown = words(client.get("/directory/", {"lat": "38.72", "lng": "-9.14"}))
    assert "Lisboa Pão Groceries · Lisboa 1.3 km away" in shown
    assert "Apia" not in shown
    page = client.get("/directory/PLACE2/")
    assert "Pay here" in words(page)
    assert 'href="geo:38.713200,-9.152100"' in page.content.decode()
    Store.objects.filter(symbol="PLACE2").update(status="suspended")
    assert client.get("/directory/PLACE2/").status_code == 404
