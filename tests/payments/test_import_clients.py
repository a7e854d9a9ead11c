"""`manage.py import_clients`: old clients come over once, whole, and each row that does not is named with its reason."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Consent, User
from audit.models import AuditEntry, Event
from payments.imports import RowFault, read_rows
from payments.models import ImportedClient, Wallet
from payments.operations import import_clients
from tests import doors
from tests.factories import PASSWORD, UserFactory, open_wallet_for
from tests.mailbox import Mailbox, link_in
from tests.threads import together
from tests.unchanged import nothing_changes

COLUMNS = (
    "id", "name", "wallet_address", "asset_code", "asset_scale", "auth_server", "resource_server", "grant_token",
    "grant_expires_at", "email", "phone", "language",
)  # fmt: skip
TOKEN = "gnap-token-canary-7f3a"
ANA = {
    "id": "41",
    "name": "Ana Ribeiro",
    "wallet_address": "https://wallet.example/ana",
    "asset_code": "EUR",
    "asset_scale": "2",
    "auth_server": "https://auth.wallet.example",
    "resource_server": "https://wallet.example",
    "grant_token": TOKEN,
    "grant_expires_at": "2099-01-01T00:00:00Z",
    "email": "Ana@example.com",
    "phone": "+351 912 345 678",
    "language": "pt-BR",
}
BARE = {"id": "42", "name": "Ben", "wallet_address": "$wallet.example", "asset_code": "usd", "asset_scale": "2"}


class Run(NamedTuple):
    """What the command said: on the screen, as errors, and in its report, a row for each line."""

    out: str
    err: str
    report: list[dict[str, str]]


type Import = Callable[..., Run]
type Write = Callable[[Iterable[dict[str, str]]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of these rows."""

    def to_file(rows: Iterable[dict[str, str]]) -> Path:
        path = tmp_path / "clients.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return to_file


@pytest.fixture
def run(tmp_path: Path) -> Import:
    """Runs the command on a file, with `--commit` unless told otherwise."""

    def command(path: Path, *arguments: str, commit: bool = True) -> Run:
        out, err, report = StringIO(), StringIO(), tmp_path / "report.csv"
        flags = ["--commit"] if commit else []
        call_command("import_clients", str(path), "--report", str(report), *flags, *arguments, stdout=out, stderr=err)
        with report.open(encoding="utf-8", newline="") as file:
            return Run(out.getvalue(), err.getvalue(), list(csv.DictReader(file)))

    return command


def many(number: int) -> Iterable[dict[str, str]]:
    for place in range(number):
        yield {
            **ANA,
            "id": str(place),
            "wallet_address": f"https://wallet.example/{place}",
            "email": f"client{place}@example.com",
            "phone": f"+35191{place:07d}",
        }


# --- what becomes of a client ---


@pytest.mark.django_db
def test_agrees_to_nothing_for_them_and_asks_at_their_first_page(
    write: Write, run: Import, client_for: Callable[[User], Client]
) -> None:
    run(write([ANA]))
    assert not Consent.objects.exists()
    assert client_for(User.objects.get()).get("/wallets/").headers["Location"] == "/agree/?next=%2Fwallets%2F"


@pytest.mark.django_db
def test_makes_a_person_and_their_wallet_elsewhere(write: Write, run: Import) -> None:
    answer = run(write([ANA]))

    client = ImportedClient.objects.select_related("user", "wallet").get()
    user, wallet = client.user, client.wallet
    assert (user.name, user.email, user.phone, user.language) == ("Ana Ribeiro", "ana@example.com", "+351912345678", "pt-BR")
    assert (user.status, user.has_usable_password(), user.last_login) == ("active", False, None)
    assert EmailAddress.objects.get(user=user).verified
    assert (wallet.kind, wallet.user, wallet.address) == (Wallet.Kind.LINKED, user, "https://wallet.example/ana")
    assert (wallet.asset_id, wallet.name, wallet.is_primary) == ("EUR", "wallet.example", False)
    assert (wallet.auth_server, wallet.resource_server) == ("https://auth.wallet.example", "https://wallet.example")
    assert (client.source_id, client.grant_token) == ("41", TOKEN)
    assert answer.out.startswith("1 clients were made, 0 of them without a way in.")
    assert answer.report == [
        {
            "line": "2", "id": "41", "outcome": "created", "reason": "", "words": "", "user": str(user.pk),
            "wallet": str(wallet.pk),
        }
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["seaside7", "SeaSide7", "https://florin.example/seaside7/", "$florin.example/seaside7"])
def test_makes_a_personal_wallet_of_an_address_of_ours(write: Write, run: Import, settings: Settings, address: str) -> None:
    settings.PORTAL_ORIGIN = "https://florin.example"
    run(write([{**ANA, "wallet_address": address}]))
    wallet = Wallet.objects.get()
    assert (wallet.kind, wallet.address, wallet.is_primary) == (Wallet.Kind.PERSONAL, "seaside7", True)


@pytest.mark.django_db
def test_takes_what_has_to_be_there_and_no_more(write: Write, run: Import) -> None:
    answer = run(write([BARE]))

    client = ImportedClient.objects.select_related("user", "wallet").get()
    assert (client.user.email, client.user.phone, client.user.language) == (None, None, "en")
    assert (client.wallet.address, client.wallet.asset_id) == ("https://wallet.example/.well-known/pay", "USD")
    assert (client.grant_token, client.grant_expires_at) == (None, None)
    assert "1 of them without a way in" in answer.out


@pytest.mark.django_db
def test_writes_it_down_without_personal_values(write: Write, run: Import) -> None:
    run(write([ANA]))
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(entry.action, entry.actor) for entry in entries] == [("user.imported", None), ("wallet.linked", None)]
    assert entries[0].metadata == {"source_id": "41", "grant": True}
    told = str([vars(entry) for entry in entries]) + str([vars(event) for event in Event.objects.all()])
    assert not any(value in told for value in (TOKEN, "ana@example.com", "912345678", "Ribeiro"))


@pytest.mark.django_db
def test_leaves_out_a_grant_that_has_ended(write: Write, run: Import) -> None:
    run(write([{**ANA, "grant_expires_at": "2020-01-01 00:00:00+00"}]))
    client = ImportedClient.objects.get()
    assert (client.grant_token, client.grant_expires_at) == (None, None)


@pytest.mark.django_db
def test_keeps_the_token_where_nobody_reads_it(write: Write, run: Import) -> None:
    """Not in a column, the report or the screen, whether the row is taken or not."""
    answer = run(write([ANA, {**ANA, "id": "43"}, {**ANA, "id": "44", "grant_token": f"{TOKEN}\x07"}]))
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(t::text, '') from payments_importedclient t")
        stored = cursor.fetchone()[0]
    assert [row["reason"] for row in answer.report] == ["", "duplicate_wallet", "not_printable"]
    assert TOKEN not in stored + str(answer)


# --- the way in ---


@pytest.mark.django_db
def test_a_client_comes_in_by_a_link_to_their_address(write: Write, run: Import, mailbox: Mailbox) -> None:
    run(write([ANA]), "--invite")
    invitation = mailbox()[-1]
    assert invitation.to == ["ana@example.com"]
    browser = Client()
    assert browser.get(link_in(invitation)).status_code == 200
    browser.post(link_in(invitation), {"email": "ana@example.com"})
    browser.post(browser.get(link_in(mailbox()[-1])).headers["Location"], {"password1": PASSWORD})

    answer = Client().post("/signin/", {"login": "ana@example.com", "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert User.objects.get(email="ana@example.com").last_login is not None


@pytest.mark.django_db
def test_nobody_comes_in_before_they_have_chosen_a_password(write: Write, run: Import) -> None:
    run(write([ANA]))
    for password in ("", "!", User.objects.get().password, TOKEN):
        assert Client().post("/signin/", {"login": "ana@example.com", "password": password}).status_code != 302


@pytest.mark.django_db
def test_invites_each_once_and_nobody_without_an_address(write: Write, run: Import, mailbox: Mailbox) -> None:
    path = write([ANA, BARE])
    assert "1 people were sent an invitation." in run(path, "--invite").out
    assert "0 people were sent an invitation." in run(path, "--invite").out
    assert len(mailbox()) == 1


@pytest.mark.django_db
def test_signing_up_with_the_address_ends_at_the_same_account(write: Write, run: Import, mailbox: Mailbox) -> None:
    run(write([ANA]))
    Client().post("/signup/", {"email": "ana@example.com", "password1": PASSWORD})
    assert User.objects.get().email == "ana@example.com"
    assert not User.objects.get().has_usable_password()
    assert [mail.to for mail in mailbox()] == [["ana@example.com"]]


# --- a wallet elsewhere is not money here ---


@pytest.mark.django_db
def test_no_money_moves_in_or_out_of_a_wallet_elsewhere(write: Write, run: Import, alice: User) -> None:
    """Its money is not in these books: neither its owner nor a payer gets at it, by page or by API."""
    run(write([ANA]))
    wallet, ana = Wallet.objects.get(), User.objects.get(email="ana@example.com")
    mine = open_wallet_for(alice, minor=50_00)
    api, other = doors.api_client(ana), doors.api_client(alice)
    money = {"amount": "1.00", "asset": "EUR"}
    with nothing_changes("config_idempotencykey", "accounts_session", "accounts_user"):  # when they were last here
        answers = [
            api.post("/api/deposits", {**money, "wallet": str(wallet.pk), "source": "tok_success"}, headers=key("a")),
            api.post("/api/withdrawals", {**money, "wallet": str(wallet.pk), "destination": "tok_success"}, headers=key("b")),
            api.post("/api/transfers", {**money, "wallet": str(wallet.pk), "payee": {"email": alice.email}}, headers=key("c")),
            other.post("/api/transfers", {**money, "wallet": str(mine.pk), "payee": {"email": ana.email}}, headers=key("d")),
            other.post(
                "/api/transfers", {**money, "wallet": str(mine.pk), "payee": {"address": wallet.address}}, headers=key("e")
            ),
        ]
    assert [answer.status_code >= 400 for answer in answers] == [True] * 5
    assert api.get(f"/api/wallets/{wallet.pk}").status_code == 404


def key(letter: str) -> dict[str, str]:
    return {"idempotency-key": f"wallet-elsewhere-{letter}"}


@pytest.mark.django_db
def test_its_owner_sees_where_it_is(write: Write, run: Import, alice: User) -> None:
    run(write([ANA]))
    browser = doors.portal_client(User.objects.get(email="ana@example.com"))
    browser.post("/agree/", {"action": "later"})
    page = browser.get("/wallets/").content.decode()
    assert "Carteiras em outros lugares" in page
    assert "https://wallet.example/ana" in page
    assert "https://wallet.example/ana" not in doors.portal_client(alice).get("/wallets/").content.decode()


# --- what is left out ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "no_id"),
        ({"id": "4" * 81}, "too_long"),
        ({"name": " "}, "no_name"),
        ({"name": "Ana\x00"}, "not_printable"),
        ({"name": "Ana\u202eobeR"}, "not_printable"),
        ({"asset_code": "XXX"}, "unknown_asset"),
        ({"asset_scale": "9"}, "wrong_scale"),
        ({"asset_scale": "two"}, "wrong_scale"),
        ({"wallet_address": "http://wallet.example/ana"}, "invalid_wallet_address"),
        ({"wallet_address": "https://ana:secret@wallet.example/ana"}, "invalid_wallet_address"),
        ({"wallet_address": "https://127.0.0.1/ana"}, "invalid_wallet_address"),
        ({"wallet_address": "https://[::1]/ana"}, "invalid_wallet_address"),
        ({"wallet_address": "https://wallet.example:99999/ana"}, "invalid_wallet_address"),
        ({"wallet_address": "https://wallet.example/ana?x=1"}, "invalid_wallet_address"),
        ({"wallet_address": "javascript://wallet.example/%0aalert(1)"}, "invalid_wallet_address"),
        ({"wallet_address": "https://wallet.example/<script>"}, "invalid_wallet_address"),
        ({"wallet_address": "a-b"}, "invalid_wallet_address"),
        ({"wallet_address": f"https://wallet.example/{'a' * 200}"}, "too_long"),
        ({"auth_server": "ftp://auth.example"}, "invalid_auth_server"),
        ({"resource_server": "localhost"}, "invalid_resource_server"),
        ({"grant_expires_at": "tomorrow"}, "invalid_grant_expires_at"),
        ({"email": "ana"}, "invalid_email"),
        ({"email": '"ana ana"@example.com'}, "invalid_email"),
        ({"phone": "912345678"}, "invalid_phone"),
        ({"language": "fr"}, "unknown_language"),
    ],
)
def test_leaves_out_what_it_can_not_take(write: Write, run: Import, change: dict[str, str], reason: str) -> None:
    answer = run(write([BARE, {**ANA, **change}]))
    assert [row["reason"] for row in answer.report] == ["", reason]
    assert "Line 3" in answer.err
    assert f"1 rows left out: {reason}" in answer.out
    assert list(ImportedClient.objects.values_list("source_id", flat=True)) == ["42"]
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("again", "reason"),
    [
        ({"id": "41"}, "duplicate_id"),
        ({"wallet_address": "$Wallet.Example/ana"}, "duplicate_wallet"),
        ({"email": "ANA@example.com"}, "duplicate_email"),
        ({"phone": "+351912345678"}, "duplicate_phone"),
    ],
)
def test_takes_the_first_of_two_that_share_something(write: Write, run: Import, again: dict[str, str], reason: str) -> None:
    answer = run(write([ANA, {**BARE, **again}]))
    assert answer.report[1]["reason"] == reason
    assert "Line 2 has the same" in answer.report[1]["words"]
    assert ImportedClient.objects.count() == 1


@pytest.mark.django_db
def test_a_byte_that_is_no_utf8_spoils_its_row_alone(write: Write, run: Import) -> None:
    path = write([ANA, BARE])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"Ben", b"Jos\xe9"))
    answer = run(path)
    assert [row["reason"] for row in answer.report] == ["", "not_utf8"]


@pytest.mark.django_db
def test_rows_of_other_lengths_are_left_out(write: Write, run: Import) -> None:
    path = write([ANA])
    path.write_text(path.read_text() + "50,Short\n" + ",".join(["51", *["x"] * 12]) + "\n")
    assert [row["reason"] for row in run(path).report] == ["", "too_few_cells", "too_many_cells"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,name\n1,Ana\n",
        "id,name,wallet_address,asset_code,asset_scale,balance\n1,Ana,$a.example/x,EUR,2,100\n",
        "id,id,name,wallet_address,asset_code,asset_scale\n1,1,Ana,$a.example/x,EUR,2\n",
        'id,name,wallet_address,asset_code,asset_scale\n1,"Ana"x,$a.example/x,EUR,2\n',
        'id,name,wallet_address,asset_code,asset_scale\n1,"Ana,$a.example/x,EUR,2\n',
    ],
)
def test_refuses_a_file_that_is_another(tmp_path: Path, run: Import, text: str) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(text)
    with nothing_changes(), pytest.raises(CommandError):
        run(path)


@pytest.mark.django_db
def test_refuses_a_file_that_is_not_there(tmp_path: Path, run: Import) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.csv")


@pytest.mark.django_db
def test_what_somebody_has_here_stays_theirs(write: Write, run: Import, alice: User) -> None:
    UserFactory.create(email="boss@example.com", email_verified=False, is_staff=True)
    UserFactory.create(email=None, phone="+351912000000")
    wallet = open_wallet_for(alice)
    rows = [
        {**BARE, "id": "1", "wallet_address": "$a.example/1", "email": str(alice.email)},
        {**BARE, "id": "2", "wallet_address": "$a.example/2", "email": "boss@example.com"},
        {**BARE, "id": "3", "wallet_address": "$a.example/3", "phone": "+351912000000"},
        {**BARE, "id": "4", "wallet_address": wallet.address},
    ]
    path = write(rows)
    with nothing_changes():
        answer = run(path)
    assert [row["reason"] for row in answer.report] == ["email_taken", "email_taken", "phone_taken", "wallet_taken"]


@pytest.mark.django_db
def test_takes_an_address_from_who_claims_it_and_never_proved_it(write: Write, run: Import) -> None:
    squatter = UserFactory.create(email="ana@example.com", email_verified=False)
    run(write([ANA]))
    squatter.refresh_from_db()
    assert (squatter.email, squatter.status) == (None, "deleted")
    assert ImportedClient.objects.get().user.email == "ana@example.com"


@pytest.mark.django_db
def test_no_cell_of_the_report_is_a_formula(write: Write, run: Import) -> None:
    report = run(write([{**ANA, "id": "=HYPERLINK(1)"}, {**ANA, "id": "@x", "asset_code": "=1+1"}])).report
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in report for cell in row.values())


# --- again, at once, and killed ---


@pytest.mark.django_db
def test_says_what_it_would_do_and_writes_nothing(write: Write, run: Import) -> None:
    path = write([ANA, {**BARE, "asset_code": "XXX"}])
    with nothing_changes():
        answer = run(path, commit=False)
    assert "1 clients would be made" in answer.out
    assert "Nothing was written: say --commit to write." in answer.out
    assert [row["outcome"] for row in answer.report] == ["created", "left out"]
    with pytest.raises(CommandError, match="--invite needs --commit"):
        run(path, "--invite", commit=False)


@pytest.mark.django_db
def test_a_second_run_changes_nothing(write: Write, run: Import) -> None:
    path = write([ANA, BARE])
    run(path)
    with nothing_changes():
        answer = run(path)
    assert [(row["outcome"], row["reason"]) for row in answer.report] == [("present", "already_imported")] * 2
    assert answer.out.startswith("0 clients were made")
    assert not answer.err


@pytest.mark.django_db(transaction=True)
def test_imports_at_the_same_moment_double_nobody(write: Write, run: Import) -> None:
    path = write(many(60))
    with path.open("rb") as lines:
        clients = [row.client for row in read_rows(lines, now=timezone.now()) if row.client]
    outcomes = together([partial(import_clients, clients=clients, now=timezone.now())] * 4)
    faults = [sum(isinstance(each, RowFault) for each in outcome) for outcome in outcomes if isinstance(outcome, list)]
    assert sorted(faults) == [0, 60, 60, 60]
    assert (User.objects.count(), Wallet.objects.count(), ImportedClient.objects.count()) == (60, 60, 60)


@pytest.mark.django_db
def test_somebody_who_takes_a_phone_in_that_moment_costs_that_row_alone(
    write: Write, run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a sign-up had committed after the import looked."""
    UserFactory.create(email=None, phone="+351912345678")
    monkeypatch.setattr("payments.operations.imports._faults", lambda _clients: {})
    answer = run(write([BARE, ANA]))
    assert [row["reason"] for row in answer.report] == ["", "taken_meanwhile"]
    assert list(ImportedClient.objects.values_list("source_id", flat=True)) == ["42"]


@pytest.mark.django_db
def test_costs_four_statements_for_each_client(write: Write, run: Import) -> None:
    """The trail and events of a person and a wallet; everything else is written for a whole batch."""
    path = write(many(300))
    with CaptureQueriesContext(connection) as asked:
        run(path)
    assert 300 * 4 < len(asked) < 300 * 4 + 25


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_clients_come_over_whole_though_the_first_run_is_killed(write: Write, run: Import) -> None:
    path = write(many(10_000))
    code = (
        "import sys, django; django.setup()\n"
        "from django.db import connection; connection.settings_dict['NAME'] = sys.argv[2]\n"
        "from django.core.management import call_command; call_command('import_clients', sys.argv[1], commit=True)"
    )
    environment = os.environ | {"PYTHONPATH": str(project.BASE_DIR), "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    name = str(connection.settings_dict["NAME"])
    first = subprocess.Popen([sys.executable, "-c", code, str(path), name], env=environment, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while ImportedClient.objects.count() < 1000 and time.monotonic() < end:
        assert first.poll() is None
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=15)
    made = ImportedClient.objects.count()
    assert 1000 <= made < 10_000
    assert made % 500 == 0

    answer = run(path)

    assert answer.out.startswith(f"{10_000 - made} clients were made")
    assert (User.objects.count(), Wallet.objects.count(), EmailAddress.objects.count()) == (10_000, 10_000, 10_000)
    assert ImportedClient.objects.count() == 10_000
    assert AuditEntry.objects.filter(action="user.imported").count() == 10_000
