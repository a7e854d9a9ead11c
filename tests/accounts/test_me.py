"""Who one is, by the API."""

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditEntry
from tests import doors
from tests.unchanged import nothing_changes


def test_says_who_calls(alice: User) -> None:
    answer = doors.api_client(alice).get("/api/me")
    assert answer.status_code == 200
    content = answer.json()
    assert set(content) == {
        "id",
        "email",
        "phone",
        "name",
        "language",
        "timezone",
        "customer_number",
        "created_at",
        "texts_due",
    }
    assert (content["id"], content["email"], content["customer_number"]) == (str(alice.pk), "alice@example.com", None)


def test_costs_one_query(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    api = doors.api_client(alice)
    with django_assert_num_queries(1):
        api.get("/api/me")


def test_changes_what_is_given_and_nothing_else(alice: User) -> None:
    answer = doors.api_client(alice).patch("/api/me", {"language": "pt-BR"})
    assert (answer.status_code, answer.json()["language"], answer.json()["name"]) == (200, "pt-BR", "Alice Moreau")
    assert AuditEntry.objects.get().metadata == {"fields": ["language"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "other@example.com"}, "unknown_field"),
        ({"customer_number": "CUS-2026-000001"}, "unknown_field"),
        ({"is_staff": True}, "unknown_field"),
        ({"status": "active"}, "unknown_field"),
        ({"language": "xx"}, "invalid_choice"),
        ({"timezone": "Mars/Olympus"}, "unknown_timezone"),
        ({"name": None}, "null"),
        ({"name": "n" * 121}, "max_length"),
    ],
)
def test_refuses_bad_input(alice: User, change: dict[str, object], code: str) -> None:
    api = doors.api_client(alice)
    with nothing_changes():
        answer = api.patch("/api/me", change)
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_is_for_token_holders_only(alice: User) -> None:
    browser = APIClient()
    browser.cookies[settings.SESSION_COOKIE_NAME] = doors.open_key(alice)
    for answer in (APIClient().get("/api/me"), browser.get("/api/me")):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="florin"'
