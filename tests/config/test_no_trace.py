"""What is left of somebody whose account was closed, looked for in every column of every table there is (R47).

tests/config/test_erasure.py asks the models; this asks the database, and lets somebody leave traces through the product's own
doors. Each thing they say has the same mark in it.
"""

import base64
import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.legal import text_in_force
from accounts.models import Consent, StepUpAct, User
from accounts.operations import (
    change_profile,
    link_account,
    name_device,
    reinstate_user,
    set_phone,
    submit_identity,
    suspend_user,
)
from accounts.providers.identity import ETHEREUM, Identity
from config.erasure.operations import close_account
from merchants.models import Store, StoreMember
from merchants.operations import create_charge, pay_charge
from payments.models import ImportedClient, Wallet
from payments.money import Money
from payments.operations import open_wallet, transfer
from payments.verification import faults
from support.models import Agent
from support.operations import dismiss_agent
from tests import doors
from tests.accounts.ethereum import WALLET
from tests.factories import PASSWORD, UserFactory, fund, hire, open_wallet_for
from tests.mailbox import Mailbox, code_in
from tests.people import DETAILS
from tests.proving import acting, add_recovery_codes, add_totp, proven
from tests.shown import SHOWN
from tests.texts import Phones

MARK = "quokka"
EMAIL, PHONE, OTHER_EMAIL = f"{MARK}@example.com", "+351912000222", f"{MARK}.two@example.com"
HERE: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.77", "HTTP_USER_AGENT": f"{MARK}-browser/9 (Linux)"}
pytestmark = pytest.mark.django_db
MARKS = (MARK, PHONE, PHONE[1:], HERE["REMOTE_ADDR"], WALLET.address, "Lord_Howe")

# Where marks are left, and why that is right. docs/architecture.md says it in more words.
LEFT = {
    "audit_auditentry.ip_address": "legal claims",
    "audit_auditentry.user_agent": "legal claims",
    "config_idempotencykey.body": "other people's stored answers, for IDEMPOTENCY_KEY_DAYS",
    "django_session.session_data": "browsers of other people, and of nobody known: at most SESSION_COOKIE_AGE",
    "florin_cache.cache_key": "limits on tries from an address: an hour",
    "merchants_charge.note": "the store's, about a sale",
    "payments_importedclient.source_id": "no second import brings them back",
    "payments_transaction.idempotency_key": "the books",
    "payments_transaction.notes": "the books, and the other side's",
    "procrastinate_jobs.args": "the names of the files that were to be removed: FINISHED_JOB_HOURS",
}
GONE = {
    "account_emailaddress.email", "accounts_consent.ip_address", "accounts_identityprofile.first_name",
    "accounts_session.device_name", "accounts_session.ip_address", "accounts_session.user_agent", "accounts_user.avatar",
    "accounts_user.email", "accounts_user.name", "accounts_user.phone", "accounts_user.timezone", "audit_event.ip_address",
    "audit_event.user_agent", "config_idempotencykey.key", "django_admin_log.object_repr", "payments_wallet.address",
    "payments_wallet.auth_server", "payments_wallet.name", "payments_wallet.resource_server",
    "socialaccount_socialaccount.extra_data", "socialaccount_socialaccount.uid", "support_agent.email",
    "support_agent.full_name", "support_agent.phone", "support_agent.username",
}  # fmt: skip


@pytest.fixture
def admin(db: None) -> User:
    """Who looks and closes."""
    return UserFactory.create(is_staff=True, is_superuser=True, name="Ada")


COLUMNS = """
select c.oid::regclass::text, a.attname, a.atttypid = 'bytea'::regtype from pg_attribute a join pg_class c on c.oid = a.attrelid
 where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
   and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
 order by 1, 2
"""


def texts() -> Iterator[tuple[str, str]]:
    """Each value of the database as text, with where it stands; what is packed is unpacked."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, is_bytes in cursor.fetchall():
            value = f"encode({column}, 'escape')" if is_bytes else f'"{column}"::text'
            cursor.execute(f"select {value} from {table}")
            for (text,) in cursor.fetchall():
                yield f"{table}.{column}", _unpacked(table, column, text or "")


def _unpacked(table: str, column: str, text: str) -> str:
    if (table, column) == ("django_session", "session_data"):
        return json.dumps(SessionStore().decode(text), default=str)
    if (table, column) == ("florin_cache", "value"):
        return repr(pickle.loads(base64.b64decode(text)))  # noqa: S301 as config.cache reads it
    return text


def traces() -> set[str]:
    """Where something with a mark stands."""
    return {place for place, text in texts() if any(mark.lower() in text.lower() for mark in MARKS)}


def sign_up(mailbox: Mailbox) -> tuple[User, Client]:
    """As everybody does; and somebody mistypes the password once."""
    browser = Client(**HERE)
    form = {"email": EMAIL, "password1": PASSWORD, "name": f"{MARK} Numbat", "timezone": "Australia/Lord_Howe", **SHOWN}
    browser.post("/signup/", form)
    browser.post("/verify/", {"code": code_in(mailbox()[-1])})
    Client(**HERE).post("/signin/", {"login": EMAIL, "password": "not it"})
    Client(**HERE).post("/signin/", {"login": EMAIL, "password": PASSWORD})  # with a session of its own
    return User.objects.get(email=EMAIL), browser


def give_ways(user: User, browser: Client) -> None:
    """A phone, accounts elsewhere, second factors, a picture and what they agreed to of their own accord."""
    now = timezone.now()
    browser.post("/profile/consents/marketing/agree/", {"version": text_in_force(Consent.Kind.MARKETING).version})
    with acting(session := doors.open_session(user)):
        name_device(user=user, session=session, name=f"{MARK}'s phone", now=now)
        proven(session, StepUpAct.CHANGE_WAY_IN, {"phone": PHONE}, now=now)
        set_phone(user=user, phone=PHONE, now=now)
        change_profile(user=user, name=f"Dr {MARK}", language="es", timezone="Australia/Lord_Howe", now=now)
    for identity in (Identity(ETHEREUM, WALLET.address), Identity("google", f"{MARK}-1", email=OTHER_EMAIL)):
        link_account(user=user, identity=identity, now=now)
    add_totp(user)
    add_recovery_codes(user)
    picture = default_storage.save(f"avatars/{MARK}.png", ContentFile(b"a face"))
    User.objects.filter(pk=user.pk).update(avatar=picture)
    browser.post("/reset/", {"email": EMAIL})


def pay(user: User, browser: Client, bruno: User, greengrocer: Store) -> None:
    """Money in, to a friend and to a store, by API with a key and in the portal; nothing is left."""
    now, api = timezone.now(), doors.api_client(user)
    wallet = fund(open_wallet(user=user, asset="EUR", name=f"{MARK}'s pot", actor=user, now=now), 1_000)
    key = {"idempotency-key": f"{MARK}-0123456789abcdef"}
    body = {"wallet": str(wallet.pk), "amount": "4.00", "asset": "EUR", "note": f"for {MARK}"}
    sent = api.post("/api/transfers", {**body, "payee": {"email": bruno.email}}, headers=key)
    assert sent.status_code == 201, sent.content
    with transaction.atomic():  # it is refused: there is nobody of that name
        browser.post("/send/", {"wallet": str(wallet.pk), "payee": f"{MARK}@nowhere.example", "amount": "1"})
    hire(greengrocer, user, StoreMember.Role.STAFF)
    charge = create_charge(store=greengrocer, amount=Money(600, "EUR"), cashier=user, note=f"{MARK}'s order", now=now)
    pay_charge(charge=charge, payer_wallet=wallet, actor=user, key=None, now=now)
    theirs = doors.api_client(bruno)
    asked = {**body, "wallet": str(Wallet.objects.get(user=bruno).pk), "payee": {"email": EMAIL}, "amount": "1.00"}
    got = theirs.post("/api/transfers", asked, headers={"idempotency-key": "of-bruno-0123456789abc"})
    assert got.status_code == 201, got.content
    transfer(payer=wallet, payee=Wallet.objects.get(user=bruno), amount=Money(100, "EUR"), actor=user, key=None, now=now)


def work_here(user: User, admin: User, greengrocer: Store) -> None:
    """At a store and at a console; and they came from the system before, with a wallet elsewhere."""
    now = timezone.now()
    linked = Wallet.objects.create(
        user=user, kind=Wallet.Kind.LINKED, asset_id="EUR", name=MARK, address=f"https://pay.example/{MARK}",
        auth_server=f"https://{MARK}.example/auth", resource_server=f"https://{MARK}.example/",
    )  # fmt: skip
    client = ImportedClient(source_id=f"{MARK}-77", user=user, wallet=linked, grant_expires_at=now)
    client.grant_token = f"grant of {MARK}"
    client.save()
    console = Client(headers={"host": settings.ADMIN_ALLOWED_HOSTS[0]})
    console.post("/login/", {"username": admin.email, "password": PASSWORD})
    made = console.post("/support/agent/add/", {"email": EMAIL, "username": MARK, "full_name": MARK, "phone": PHONE})
    assert made.status_code == 302, made.content
    dismiss_agent(agent=Agent.objects.get(user=user), actor=admin, reason="left", now=now)


def be_looked_at(user: User, admin: User) -> None:
    """Who they are by law, which was not accepted; and a suspension that was lifted."""
    now = timezone.now()
    submit_identity(user=user, details=replace(DETAILS, first_name=MARK, address_line1=MARK), now=now)
    user = suspend_user(user=user, actor=admin, reason="a look", now=now)
    reinstate_user(user=user, actor=admin, reason="all well", now=now)


def begin_coming_in(user: User) -> None:
    """In browsers that are left open: a password without the second step, and a number without its code."""
    Client(**HERE).post("/signin/", {"login": user.email, "password": PASSWORD})
    Client(**HERE).post("/signin/phone/", {"phone": PHONE})


def test_nothing_is_left_but_what_is_kept_for_a_reason(
    mailbox: Mailbox, phones: Phones, greengrocer: Store, bruno: User, admin: User
) -> None:
    user, browser = sign_up(mailbox)
    open_wallet_for(bruno, minor=1_000)
    give_ways(user, browser)
    pay(user, browser, bruno, greengrocer)
    be_looked_at(user, admin)
    work_here(user, admin, greengrocer)
    user.refresh_from_db()
    begin_coming_in(user)
    picture, before = str(user.avatar.name), traces()

    close_account(user=user, actor=admin, reason="asked by letter", now=timezone.now())
    assert [message.to for message in mailbox() if message.subject == "Tu cuenta está cerrada"] == [[EMAIL]]
    assert phones()[-1].phone == PHONE

    assert traces() == set(LEFT)
    assert before - traces() == GONE
    assert not default_storage.exists(picture)
    assert list(faults()) == []
