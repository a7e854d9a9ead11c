"""Agreeing to texts and taking it back, on the page and by API (R47: consents are listed with the version of their text)."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import AccountRestsOnText, TextOutdated
from accounts.legal import due, edition, has_agreed, required_texts, shown, text_in_force
from accounts.models import Consent, User
from accounts.operations import grant_consents, withdraw_consent
from audit.models import AuditEntry
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes, refused

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Consent.Kind
NOON = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
NEWS = text_in_force(Kind.MARKETING).version
REQUIRED = {text.kind: text.version for text in required_texts()}

type Browser = Callable[[User], Client]
type Api = Callable[[User], APIClient]


def agree(user: User, *kinds: Consent.Kind, now: dt.datetime = NOON) -> list[Consent]:
    return grant_consents(user=user, versions={kind: text_in_force(kind).version for kind in kinds}, now=now)


class TestGranting:
    """Agreeing."""

    def test_keeps_version_time_language_and_address(self, alice: User, client_for: Browser) -> None:
        with time_machine.travel(NOON, tick=False):
            client_for(alice).post("/profile/consents/marketing/agree/", {"version": NEWS}, REMOTE_ADDR="192.0.2.7")
        kept = Consent.objects.get(user=alice)
        assert (kept.kind, kept.text_version, kept.language) == ("marketing", NEWS, "en")
        assert (kept.granted_at, kept.withdrawn_at, kept.ip_address) == (NOON, None, "192.0.2.7")
        entry = AuditEntry.objects.get(action="consent.granted", customer=alice)
        assert entry.metadata == {"kind": "marketing", "text_version": NEWS}

    def test_keeps_the_language_it_was_read_in(self, bruno: User, client_for: Browser) -> None:
        client_for(bruno).post("/profile/consents/marketing/agree/", {"version": NEWS})
        assert Consent.objects.get(user=bruno).language == "pt-BR"

    def test_changes_nothing_when_it_stands_already(self, alice: User, client_for: Browser) -> None:
        agree(alice, Kind.MARKETING)
        with nothing_changes("django_session", "accounts_session"):
            client_for(alice).post("/profile/consents/marketing/agree/", {"version": NEWS})
        assert Consent.objects.filter(user=alice).count() == 1

    @pytest.mark.parametrize("version", ["2020-01-01", "", "x" * 500])
    def test_refuses_a_version_that_is_not_in_force(self, alice: User, version: str) -> None:
        with refused(TextOutdated):
            grant_consents(user=alice, versions={Kind.MARKETING: version}, now=NOON)

    def test_of_two_grants_at_once_one_is_a_row(self, alice: User) -> None:
        answers = together([partial(agree, alice, Kind.TERMS, Kind.PRIVACY) for _ in range(4)])
        assert not [each for each in answers if isinstance(each, Exception)]
        assert sorted(Consent.objects.filter(user=alice).values_list("kind", flat=True)) == ["privacy", "terms"]
        assert AuditEntry.objects.filter(action="consent.granted").count() == 2

    def test_is_whole_when_all_required_texts_are_agreed_to(self) -> None:
        zoe = UserFactory.create(agreed_edition="")
        assert [text.kind for text in due(zoe)] == [Kind.TERMS, Kind.PRIVACY]
        agree(zoe, Kind.TERMS)
        assert (has_agreed(zoe), [text.kind for text in due(zoe)]) == (False, [Kind.PRIVACY])
        agree(zoe, Kind.PRIVACY)
        zoe.refresh_from_db()
        assert (zoe.agreed_edition, due(zoe)) == (edition(), [])

    def test_of_news_makes_nothing_whole(self) -> None:
        zoe = UserFactory.create(agreed_edition="")
        agree(zoe, Kind.MARKETING)
        assert not has_agreed(User.objects.get(pk=zoe.pk))


class TestWithdrawing:
    """Taking it back."""

    def test_keeps_the_row_with_its_day(self, alice: User, client_for: Browser) -> None:
        agree(alice, Kind.MARKETING)
        later = NOON + dt.timedelta(days=3)
        with time_machine.travel(later, tick=False):
            client_for(alice).post("/profile/consents/marketing/withdraw/")
        kept = Consent.objects.get(user=alice)
        assert (kept.granted_at, kept.withdrawn_at) == (NOON, later)
        assert AuditEntry.objects.filter(action="consent.withdrawn", customer=alice).count() == 1

    def test_can_be_followed_by_another_consent(self, alice: User) -> None:
        for hours in (0, 2):
            agree(alice, Kind.MARKETING, now=NOON + dt.timedelta(hours=hours))
            withdraw_consent(user=alice, kind=Kind.MARKETING, now=NOON + dt.timedelta(hours=hours + 1))
        agree(alice, Kind.MARKETING, now=NOON + dt.timedelta(hours=5))
        assert Consent.objects.filter(user=alice).count() == 3
        assert Consent.objects.filter(user=alice, withdrawn_at=None).count() == 1

    @pytest.mark.parametrize("kind", [Kind.TERMS, Kind.PRIVACY])
    def test_refuses_what_the_account_rests_on(self, alice: User, kind: Consent.Kind) -> None:
        agree(alice, Kind.TERMS, Kind.PRIVACY)
        with refused(AccountRestsOnText):
            withdraw_consent(user=alice, kind=kind, now=timezone.now())

    def test_changes_nothing_when_nothing_stands(self, alice: User) -> None:
        with nothing_changes():
            assert withdraw_consent(user=alice, kind=Kind.MARKETING, now=NOON) == 0

    def test_leaves_other_people_alone(self, alice: User, mallory: User, client_for: Browser) -> None:
        agree(alice, Kind.MARKETING)
        client_for(mallory).post("/profile/consents/marketing/withdraw/")
        assert Consent.objects.get(user=alice).withdrawn_at is None

    def test_happens_once_when_asked_twice_at_once(self, alice: User) -> None:
        agree(alice, Kind.MARKETING)
        later = NOON + dt.timedelta(hours=1)
        counts = together([partial(withdraw_consent, user=alice, kind=Kind.MARKETING, now=later) for _ in range(3)])
        assert sorted(counts, key=str) == [0, 0, 1]


class TestPage:
    """Your consents."""

    def test_lists_each_with_version_and_days(self, alice: User, client_for: Browser) -> None:
        agree(alice, Kind.TERMS, Kind.PRIVACY, Kind.MARKETING)
        withdraw_consent(user=alice, kind=Kind.MARKETING, now=NOON + dt.timedelta(days=1))
        page = client_for(alice).get("/profile/consents/").content.decode()
        assert f"/texts/terms/{REQUIRED[Kind.TERMS]}/" in page
        assert f"/texts/privacy/{REQUIRED[Kind.PRIVACY]}/" in page
        assert page.count("Version of 26 November 2026") == 3
        assert page.count("Agreed on 27 November 2026") == 3
        assert page.count("Withdrawn on 28 November 2026") == 1

    def test_shows_nothing_of_others(self, alice: User, mallory: User, client_for: Browser) -> None:
        agree(alice, Kind.TERMS, Kind.PRIVACY)
        assert "Agreed on" not in client_for(mallory).get("/profile/consents/").content.decode()

    @pytest.mark.parametrize("path", ["agree", "withdraw"])
    def test_knows_no_other_texts(self, alice: User, client_for: Browser, path: str) -> None:
        client = client_for(alice)
        with nothing_changes("django_session"):
            assert client.post(f"/profile/consents/face/{path}/", {"version": NEWS}).status_code == 404

    def test_says_what_a_refused_withdrawal_means(self, alice: User, client_for: Browser) -> None:
        agree(alice, Kind.TERMS)
        client = client_for(alice)
        with nothing_changes("django_session"):
            answer = client.post("/profile/consents/terms/withdraw/")
        assert answer.status_code == 409
        assert "Your account rests on this" in answer.content.decode()


class TestApi:
    """The same by API."""

    def test_lists_texts_to_everybody(self) -> None:
        texts = APIClient().get("/api/texts").json()["texts"]
        assert [(each["kind"], each["needed"]) for each in texts] == [
            ("terms", True),
            ("privacy", True),
            ("marketing", False),
        ]
        assert texts[0]["url"].endswith(f"/texts/terms/{REQUIRED[Kind.TERMS]}/")

    def test_agrees_lists_and_withdraws(self, alice: User, api_for: Api) -> None:
        api = api_for(alice)
        given = api.post("/api/consents", {"kind": "marketing", "text_version": NEWS})
        assert (given.status_code, given.json()["withdrawn_at"]) == (201, None)
        assert api.post("/api/consents", {"kind": "marketing", "text_version": NEWS}).json() == given.json()
        assert api.delete("/api/consents/marketing").status_code == 204
        [kept] = api.get("/api/consents").json()["results"]
        assert (kept["id"], kept["text_version"]) == (given.json()["id"], NEWS)
        assert kept["withdrawn_at"] is not None

    def test_lists_nothing_of_others(self, alice: User, mallory: User, api_for: Api) -> None:
        agree(alice, Kind.MARKETING)
        assert api_for(mallory).get("/api/consents").json()["results"] == []

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"kind": "marketing", "text_version": "2020-01-01"}, 409, "text_outdated"),
            ({"kind": "face", "text_version": NEWS}, 400, "invalid_input"),
            ({"kind": "marketing"}, 400, "invalid_input"),
            ({"kind": "marketing", "text_version": NEWS, "user": "somebody"}, 400, "invalid_input"),
        ],
    )
    def test_refuses_what_was_not_shown(self, alice: User, api_for: Api, body: dict[str, str], status: int, code: str) -> None:
        api = api_for(alice)
        with nothing_changes():
            answer = api.post("/api/consents", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    @pytest.mark.parametrize(("kind", "status"), [("terms", 409), ("privacy", 409), ("face", 404)])
    def test_refuses_to_withdraw_the_rest(self, alice: User, api_for: Api, kind: str, status: int) -> None:
        agree(alice, Kind.TERMS, Kind.PRIVACY)
        api = api_for(alice)
        with nothing_changes():
            assert api.delete(f"/api/consents/{kind}").status_code == status


class TestDatabase:
    """What the database itself refuses."""

    @pytest.mark.parametrize(
        "change",
        ["kind = 'privacy'", "text_version = '2020-01-01'", "granted_at = now()", "language = 'es'", "user_id = user_id"],
    )
    def test_lets_the_application_write_a_withdrawal_only(self, alice: User, change: str) -> None:
        agree(alice, Kind.TERMS)
        with nothing_changes(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _run(f"update accounts_consent set {change}")

    def test_lets_the_application_delete_nothing(self, alice: User) -> None:
        agree(alice, Kind.TERMS)
        with nothing_changes(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Consent.objects.all().delete()

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({}, "consent_stands_once"),
            ({"kind": "face"}, "consent_kind_valid"),
            ({"text_version": "yesterday"}, "consent_version_is_a_date"),
            ({"language": "fr"}, "consent_language_valid"),
            ({"withdrawn_at": NOON - dt.timedelta(days=1)}, "consent_withdrawn_later"),
        ],
    )
    def test_keeps_its_rules(self, alice: User, changes: dict[str, object], rule: str) -> None:
        agree(alice, Kind.MARKETING)
        row = {"user": alice, "kind": "marketing", "text_version": NEWS, "language": "en", "granted_at": NOON, **changes}
        with nothing_changes(), pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Consent.objects.create(**row)


def test_only_texts_in_force_count_as_shown() -> None:
    sent = {"terms_version": REQUIRED[Kind.TERMS], "privacy_version": "2020-01-01", "marketing_version": NEWS}
    assert shown(sent) == {Kind.TERMS: REQUIRED[Kind.TERMS]}
    assert shown({}) == {}


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
