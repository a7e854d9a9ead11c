"""Taking everything about oneself away (R46)."""

import io
import json
import re
import tracemalloc
import uuid
from collections.abc import Mapping
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import WrongProof
from accounts.models import User
from audit.models import AuditEntry
from config.takeout.archive import write_archive
from config.takeout.tables import LEFT, TAKEN
from merchants.models import Store
from payments.models import Transaction
from payments.money import Money
from payments.operations import freeze_account, transfer, unfreeze_account
from tests import doors
from tests.factories import PASSWORD, fund, open_wallet_for
from tests.mailbox import Mailbox
from tests.people import CANARIES, identify
from tests.proving import confirm, confirmed
from tests.unchanged import nothing_changes

PAGE, API = "/profile/data/", "/api/me/data"
type Tables = Mapping[str, list[dict[str, Any]]]


def reaching_people() -> list[type[models.Model]]:
    """Every table from whose rows a chain of keys leads to a person."""
    found: set[type[models.Model]] = {User}
    while more := {
        model for model in apps.get_models(include_auto_created=True) if model not in found and _leads(model, found)
    }:
        found |= more
    return sorted(found, key=lambda model: model._meta.label)


def _leads(model: type[models.Model], found: set[type[models.Model]]) -> bool:
    return any(
        field.related_model in found for field in model._meta.get_fields() if field.is_relation and not field.auto_created
    )


PEOPLES = reaching_people()


@pytest.mark.parametrize("model", PEOPLES, ids=lambda model: model._meta.label)
def test_takes_each_table_or_says_why_not(model: type[models.Model]) -> None:
    label = model._meta.label
    assert (label in TAKEN) != (label in LEFT), f"{label}: add a line to config/takeout/tables.py"


def test_speaks_of_no_table_that_is_gone() -> None:
    assert {*TAKEN, *LEFT} == {model._meta.label for model in PEOPLES}


@pytest.mark.parametrize("label", TAKEN)
def test_takes_each_column_or_withholds_it(label: str) -> None:
    part, options = TAKEN[label], apps.get_model(label)._meta
    columns = {field.name for field in [*options.local_fields, *options.local_many_to_many]}
    taken, withheld = set(part.columns.split()), set(part.withheld.split())
    assert taken | withheld == columns
    assert not taken & withheld


def take(user: User) -> tuple[ZipFile, Tables]:
    file = io.BytesIO()
    write_archive(user, file, zone=timezone.get_current_timezone(), now=timezone.now())
    archive = ZipFile(file)
    tables = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    return archive, {name.removeprefix("tables/").removesuffix(".json"): rows for name, rows in tables.items()}


def test_opens_what_is_encrypted_for_its_owner(alice: User) -> None:
    identify(alice)
    _archive, tables = take(alice)
    (identity,) = tables["accounts.identityprofile"]
    assert {name: identity[name] for name in CANARIES} == CANARIES


def test_names_others_as_their_receipt_does_and_tells_nothing_else(alice: User, bruno: User, mallory: User) -> None:
    wallet, theirs = open_wallet_for(alice, minor=5_000), open_wallet_for(bruno)
    open_wallet_for(mallory, minor=1_000)
    transfer(
        payer=wallet, payee=theirs, amount=Money(1_250, "EUR"), kind=Transaction.Kind.TRANSFER, actor=alice,
        key=str(uuid.uuid4()), now=timezone.now(), notes="for the violin",
    )  # fmt: skip
    archive, tables = take(alice)
    sent = next(row for row in tables["payments.transaction"] if row["kind"] == "transfer")
    assert (sent["amount"], sent["asset"], sent["payer"], sent["payee"]) == (1_250, "EUR", "Alice Moreau", "Bruno Alves")
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for secret in (str(bruno.email), str(bruno.pk), str(theirs.pk), theirs.address, str(mallory.pk), "Mallory"):
        assert secret not in whole
    statement = archive.read(f"statements/EUR-{wallet.address}.csv").decode()
    assert "for the violin" in statement
    assert re.search(r"closing_balance.*37\.50", statement)


def test_takes_a_store_for_its_owner_alone(greengrocer: Store, olivia: User, carlos: User) -> None:
    assert [row["name"] for row in take(olivia)[1]["merchants.store"]] == ["Olivia's Greens"]
    hers = take(carlos)[1]
    assert hers["merchants.store"] == []
    assert [row["role"] for row in hers["merchants.storemember"]] == ["staff"]


def test_takes_uploads_along(alice: User) -> None:
    alice.avatar.name = default_storage.save("avatars/alice.png", ContentFile(b"a picture"))
    alice.save(update_fields=["avatar"])
    try:
        archive, _tables = take(alice)
        assert archive.read(f"files/{alice.avatar.name}") == b"a picture"
    finally:
        default_storage.delete(alice.avatar.name)


def test_holds_no_secret(alice: User) -> None:
    session = doors.open_session(alice)
    archive, _tables = take(alice)
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert alice.password not in whole
    assert str(session.session_key) not in whole
    assert session.password_mark not in whole


def test_keeps_few_rows_in_memory(alice: User) -> None:
    wallet = open_wallet_for(alice)
    for _number in range(3):
        fund(wallet, 100)
    entry = AuditEntry(
        actor=alice, customer=alice, action="user.signed_in", resource_type="accounts.user", user_agent="x" * 400
    )
    for _batch in range(4):
        AuditEntry.objects.bulk_create(
            AuditEntry(
                actor=alice, customer=alice, action=entry.action, resource_type=entry.resource_type, user_agent=entry.user_agent
            )
            for _row in range(5_000)
        )
    tracemalloc.start()
    try:
        with io.BytesIO() as file:
            write_archive(alice, file, zone=timezone.get_current_timezone(), now=timezone.now())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 25 * 1024 * 1024


def asked(browser: Client) -> Any:  # the test client's own kind of answer
    """Press the button, and show who it is when that is asked."""
    answer = browser.post(PAGE)
    assert browser.post(answer.headers["Location"], {"password": PASSWORD}).headers["Location"] == PAGE
    return browser.post(PAGE)


def test_asks_who_it_is_before_anything_is_told(alice: User) -> None:
    browser = doors.portal_client(alice)
    with nothing_changes("django_session"):
        answer = browser.post(PAGE)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/confirm/act/")
    assert browser.post(answer.headers["Location"], {"password": "wrong orbit lantern moss"}).status_code == WrongProof.status
    assert browser.post(PAGE).status_code == 302


def test_sends_the_file_and_a_mail_that_says_so(alice: User, bruno: User, mailbox: Mailbox) -> None:
    browser = doors.portal_client(alice)
    assert b"Download your data" in browser.get(PAGE).content

    answer = asked(browser)

    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    archive = ZipFile(io.BytesIO(answer.getvalue()))
    assert json.loads(archive.read("tables/accounts.user.json"))[0]["email"] == "alice@example.com"
    assert AuditEntry.objects.filter(action="user.data_taken", actor=alice).count() == 1
    assert [message.subject for message in mailbox()] == ["Your data was saved to a file"]


def test_asks_the_database_no_more_for_many_rows_than_for_few(alice: User, bruno: User) -> None:
    wallet, theirs = open_wallet_for(alice, minor=5_000), open_wallet_for(bruno)
    counts = []
    for times in (1, 3):
        for _time in range(times):
            transfer(payer=wallet, payee=theirs, amount=Money(1, "EUR"), actor=alice, key=None, notes="", now=timezone.now())
            freeze_account(user=alice, now=timezone.now())
            unfreeze_account(user=alice, now=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            take(alice)
        counts.append(len(asked))
    assert counts[0] == counts[1]


class TestByAPI:
    """The same file, for apps."""

    def test_sends_the_file_after_a_fresh_proof(self, alice: User, mailbox: Mailbox) -> None:
        User.objects.filter(pk=alice.pk).update(language="pt-BR")
        wallet, api = open_wallet_for(alice, minor=1_250), doors.api_client(alice)
        with nothing_changes():
            assert api.post(API).json()["code"] == "step_up_required"

        answer = confirmed(api, lambda: api.post(API))

        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
            200, "application/zip", "max-age=0, no-cache, no-store, must-revalidate, private",
        )  # fmt: skip
        archive = ZipFile(io.BytesIO(answer.getvalue()))
        assert json.loads(archive.read("tables/accounts.user.json"))[0]["email"] == "alice@example.com"
        assert f"statements/EUR-{wallet.address}.csv" in archive.namelist()
        assert "Tudo o que" in archive.read("README.txt").decode()
        assert AuditEntry.objects.filter(action="user.data_taken", actor=alice).count() == 1
        assert "Seus dados foram salvos em um arquivo" in [message.subject for message in mailbox()]
        with nothing_changes():
            assert api.post(API).json()["code"] == "step_up_required"  # one proof, one file

    def test_takes_no_body_and_no_stranger(self, alice: User) -> None:
        api = doors.api_client(alice)
        with nothing_changes():
            assert api.post(API, {"user": "somebody else"}).status_code == 400
            assert APIClient().post(API).status_code == 401

    def test_gives_nothing_for_somebody_elses_proof(self, alice: User, mallory: User) -> None:
        victim, thief = doors.api_client(alice), doors.api_client(mallory)
        challenge = victim.post(API).json()["challenge"]
        assert confirm(thief, challenge).json()["code"] == "step_up_over"
        assert confirm(victim, challenge).status_code == 200
        assert thief.post(API).json()["code"] == "step_up_required"

    def test_makes_six_in_an_hour_with_those_of_the_page(self, alice: User) -> None:
        api, browser = doors.api_client(alice), doors.portal_client(alice)
        for _time in range(3):
            asked(browser).getvalue()
            confirmed(api, lambda: api.post(API)).getvalue()
        seventh = confirmed(api, lambda: api.post(API))
        assert (seventh.status_code, seventh.json()["code"]) == (429, "too_many_attempts")


def test_stops_whoever_asks_again_and_again(alice: User) -> None:
    browser = doors.portal_client(alice)
    codes = []
    for _time in range(7):
        answer = asked(browser)
        answer.getvalue()  # read to its end, it is closed
        codes.append(answer.status_code)
    assert codes == [200] * 6 + [429]
