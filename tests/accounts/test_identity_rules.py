"""What an identity has to say, and where."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from accounts.identity import IdentityDetails, IdentityFaultsError, age_on, checked, needed_in
from config.countries import country_choices
from tests.people import CANARIES, DETAILS

TODAY = dt.date(2026, 11, 25)
LISBON = replace(DETAILS, country="PT", city="Lisboa", state="", postal_code="1200-161", ssn_last4="", phone="21 342 0000")


def faults(details: IdentityDetails, today: dt.date = TODAY) -> dict[str, str]:
    with pytest.raises(IdentityFaultsError) as caught:
        checked(details, today=today)
    assert not any(canary in str(caught.value) for canary in CANARIES.values())
    return {fault.field: fault.code for fault in caught.value.faults}


def test_takes_a_good_one() -> None:
    assert checked(DETAILS, today=TODAY) == DETAILS


def test_writes_numbers_and_codes_in_one_form() -> None:
    kept = checked(replace(LISBON, country="GB", city="London", postal_code="sw1a 1aa", phone="020 7946 0000"), today=TODAY)
    assert (kept.postal_code, kept.phone) == ("SW1A 1AA", "+442079460000")
    assert checked(LISBON, today=TODAY).phone == "+351213420000"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"date_of_birth": dt.date(2008, 11, 26)}, {"date_of_birth": "too_young"}),
        ({"date_of_birth": TODAY}, {"date_of_birth": "impossible_date"}),
        ({"date_of_birth": dt.date(2030, 1, 1)}, {"date_of_birth": "impossible_date"}),
        ({"date_of_birth": dt.date(1905, 1, 1)}, {"date_of_birth": "impossible_date"}),
        ({"first_name": "1234"}, {"first_name": "invalid_name"}),
        ({"last_name": "-"}, {"last_name": "invalid_name"}),
        ({"country": "XX"}, {"country": "unknown_country"}),
        ({"country": "us"}, {"country": "unknown_country"}),
        ({"postal_code": "9460"}, {"postal_code": "invalid_postal_code"}),
        ({"postal_code": "94607; drop"}, {"postal_code": "invalid_postal_code"}),
        ({"postal_code": "", "city": "", "state": ""}, {"postal_code": "required", "city": "required", "state": "required"}),
        ({"ssn_last4": "123"}, {"ssn_last4": "invalid_digits"}),
        ({"ssn_last4": "0000"}, {"ssn_last4": "invalid_digits"}),
        ({"ssn_last4": "12a4"}, {"ssn_last4": "invalid_digits"}),
        ({"ssn_last4": "١٢٣٤"}, {"ssn_last4": "invalid_digits"}),
        ({"phone": "12"}, {"phone": "invalid_phone"}),
        ({"phone": "call me"}, {"phone": "invalid_phone"}),
        ({"phone": "+1 415 555 0132 ext. 9"}, {"phone": "invalid_phone"}),
    ],
)
def test_says_what_is_wrong(change: dict[str, Any], fault: dict[str, str]) -> None:
    assert faults(replace(DETAILS, **change)) == fault


def test_wants_no_social_security_digits_from_elsewhere() -> None:
    assert faults(replace(LISBON, ssn_last4="7391")) == {"ssn_last4": "not_there"}


def test_asks_for_what_addresses_there_have() -> None:
    assert needed_in("US") == {"city", "state", "postal_code"}
    assert needed_in("PT") == {"city", "postal_code"}
    assert needed_in("AE") == {"state"}


def test_knows_what_addresses_need_in_every_country() -> None:
    for code, _name in country_choices("en"):
        assert needed_in(code) <= {"city", "state", "postal_code"}
        address = replace(LISBON, country=code, city="Town", state="State", postal_code="", phone="")
        wrong = set() if "postal_code" not in needed_in(code) else {"postal_code"}
        if wrong:
            assert faults(address) == {"postal_code": "required"}
        else:
            assert checked(address, today=TODAY).country == code


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (dt.date(2008, 11, 25), dt.date(2026, 11, 24), 17),
        (dt.date(2008, 11, 25), dt.date(2026, 11, 25), 18),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), 17),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), 18),
    ],
)
def test_counts_full_years(born: dt.date, day: dt.date, age: int) -> None:
    assert age_on(day, born) == age


def test_shows_nothing_by_accident() -> None:
    assert not any(canary in f"{DETAILS!r} {DETAILS}" for canary in [*CANARIES.values(), "Alice", "Oakland"])
    assert IdentityDetails.from_json(DETAILS.to_json()) == DETAILS
