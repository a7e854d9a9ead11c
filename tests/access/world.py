"""The people and things that the tables are about: alice's, those she shares with bruno, the greengrocer's, and strangers'."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts import notices
from accounts.models import DeviceLink, IdentityProfile, RecoveryContact, Session, StepUpAct, User
from accounts.operations import add_passkey, link_account, make_device_link, suspend_user
from accounts.passkeys import NewPasskey
from accounts.providers.identity import ETHEREUM, Identity
from accounts.tokens import issue_token_pair
from accounts.views import stepup
from audit.models import AuditEntry, SyncLog
from audit.sync import Synced, record_syncs
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.models import uuid7
from config.sessions import BORN_KEY, SessionStore
from merchants.destinations import as_json, read_iban
from merchants.models import (
    ApiKey,
    BankFile,
    Charge,
    Dispute,
    Payout,
    PayoutDestination,
    Shift,
    Store,
    StoreInvitation,
    StoreMember,
    WebhookDelivery,
    WebhookEndpoint,
)  # fmt: skip
from merchants.operations import (
    add_destination,
    add_endpoint,
    create_charge,
    invite_member,
    make_api_key,
    open_dispute,
    open_shift,
    pay_charge,
    pay_store,
    request_payout,
    send_test,
)  # fmt: skip
from payments.models import ConversionQuote, Posting, Transaction, Wallet
from payments.money import Money
from payments.operations import freeze_wallet, quote_conversion, transfer
from payments.providers.rates import Rate
from payments.views import drafts
from support.admin.identities import note_seen
from support.models import Agent
from support.operations import dismiss_agent
from tests.accounts.ethereum import OTHER_WALLET, WALLET, signed_message
from tests.doors import BACKEND, open_session
from tests.factories import UserFactory, hire, open_store_for, open_wallet_for
from tests.people import identify
from tests.proving import acting, challenge_of, proven

# Words that only the owner of a thing may read.
ALICES_POT, ALICES_NOTE, ALICES_STREET = "Alice's violin pot", "for the second violin", "41 Violin Lane"
RITAS_POT, GREENS_NOTE, INVITED = "Rita's own pot", "kohlrabi and rocket", "friend-of-olivia@example.com"
NEW_PLACE = read_iban("DE89370400440532013000", "Olivia Prado")
NEW_PHONE = "+351912345678"  # everybody has confirmed that they want to sign in with it
LINK_WALLET = {"link": ETHEREUM, "uid": WALLET.address}
WANTED: list[Mapping[str, Any]] = [
    {"phone": NEW_PHONE}, {"backup": NEW_PHONE}, {"backup": None}, LINK_WALLET, {"add": "totp"}, {"add": "passkey"},
]  # fmt: skip


@dataclass(frozen=True)
class World:
    """Everything that exists. Whoever needs one thing more in a table adds a field here."""

    people: dict[str, User]
    cookies: dict[tuple[str, Site], str]  # the key of a session of each person on each site, whatever they may do there
    tokens: dict[str, str]  # an access token of each person
    refresh_token: str  # bruno's
    signed_message: dict[str, str]  # of Sign-In with Ethereum, by a wallet that nobody has linked; everybody may link it
    linked_way: str  # alice's, which she has confirmed that she takes away
    # alice's
    wallet: Wallet
    usd_wallet: Wallet
    frozen_wallet: Wallet
    empty_wallet: Wallet
    quote: ConversionQuote
    other_device: Session
    stop_token: str  # of the notice that somebody claims her account
    passkey: Authenticator  # rita's
    device_link: DeviceLink
    link_token: str  # bruno's
    challenge: str  # to confirm an act, and the same as her browser was asked
    step_up: UUID
    # of alice and bruno
    transfer: Transaction
    posting: Posting
    bruno_wallet: Wallet
    # what people are about to do, by its kind: olivia's refund in the store, bruno's of the transfer, and alice's
    drafts: dict[str, UUID]
    # the greengrocer's
    store: Store
    pending_charge: Charge
    paid_charge: Charge
    payment: Transaction  # alice's, of the paid charge
    other_store: Store  # rita's
    member: StoreMember  # carlos's
    dispute: Dispute  # alice's, about another payment
    shift: Shift  # amara's, which runs
    webhook: WebhookEndpoint
    delivery: WebhookDelivery
    api_key: ApiKey
    destination: PayoutDestination
    payout: Payout  # which amara asked for when she was an owner, and which waits for an approval
    invitation: StoreInvitation  # to a friend of olivia's, whose token nobody here has
    invitation_token: str  # of another one, which everybody may hold
    # staff's
    bank_file: BankFile
    agent: Agent
    identity: IdentityProfile  # alice's, in review
    audit_entry: AuditEntry
    sync_event: SyncLog  # alice's

    @property
    def secrets(self) -> list[str]:
        """What must not stand in any answer to mallory, or to somebody who is not signed in."""
        hidden = [self.wallet, self.usd_wallet, self.quote, self.transfer, self.payment, self.paid_charge]
        codes = [self.transfer.confirmation_code, self.payment.confirmation_code]
        words = [ALICES_POT, ALICES_NOTE, ALICES_STREET, RITAS_POT, GREENS_NOTE, INVITED, self.wallet.address]
        return [*(str(each.pk) for each in hidden), *codes, *words]


def build_world() -> World:
    """Make it, through the real operations."""
    now = timezone.now()
    people, agent = _cast(now)
    alice, bruno, olivia = people["alice"], people["bruno"], people["olivia"]
    wallet, usd_wallet, frozen_wallet, empty_wallet, bruno_wallet = _wallets(people, now)

    store = _staffed_store(olivia, people)
    other_store = open_store_for(people["rita"], name="Rita's Records", symbol="RECORDS")
    later = now + dt.timedelta(hours=1)  # so that neither quote nor charge expires on a machine that is busy
    charges = [
        create_charge(store=store, amount=Money(minor, "EUR"), cashier=people["carlos"], note=note, now=later)
        for minor, note in ((1_234, ""), (4_321, GREENS_NOTE))
    ]
    payment = pay_charge(charge=charges[1], payer_wallet=wallet, actor=alice, key=None, now=now)
    sent = transfer(
        payer=wallet, payee=bruno_wallet, amount=Money(2_500, "EUR"), actor=alice, key=None, notes=ALICES_NOTE, now=now
    )
    rate = Rate(value=Decimal("1.1"), date=now.date(), source="a test")
    quote = quote_conversion(source=wallet, target=usd_wallet, amount=Money(1_000, "EUR"), rate=rate, actor=alice, now=later)
    sessions = {name: _portal_session(person) for name, person in people.items()}
    cookies = {(name, PORTAL): str(session.session_key) for name, session in sessions.items()}
    cookies |= {(name, site): _console_session(person, site) for name, person in people.items() for site in (AGENT, ADMIN)}
    pairs = {name: issue_token_pair(people[name], session=sessions[name], now=now) for name in people}
    pay_store(store=store, amount=Money(1_000, "EUR"), payer_wallet=bruno_wallet, actor=bruno, key=None, now=now)
    paid_out = _paid_out(store, people, sessions, now)
    device_link, link_token = _link_of(sessions["alice"], now)[0], _link_of(sessions["bruno"], now)[1]
    challenge = challenge_of(sessions["alice"], StepUpAct.RAISE_LIMIT, {}, words=ALICES_NOTE)
    return World(
        people=people,
        cookies=cookies,
        tokens={name: pair.access_token for name, pair in pairs.items()},
        refresh_token=pairs["bruno"].refresh_token,
        wallet=Wallet.objects.get(pk=wallet.pk),
        usd_wallet=usd_wallet,
        frozen_wallet=frozen_wallet,
        empty_wallet=empty_wallet,
        quote=quote,
        other_device=open_session(alice),
        stop_token=_claimed(alice, now),
        passkey=_let_accounts_change(sessions, now),
        signed_message=signed_message(now=now),
        linked_way=_linked_way(sessions["alice"], now),
        device_link=device_link,
        link_token=link_token,
        challenge=challenge,
        step_up=_asked(cookies["alice", PORTAL], challenge),
        transfer=sent,
        posting=Posting.objects.get(transaction=sent, wallet=wallet),
        bruno_wallet=bruno_wallet,
        drafts=_drafts(cookies, wallet, bruno_wallet, sent, store, charges[0], payment, paid_out["destination"]),
        store=store,
        pending_charge=charges[0],
        paid_charge=Charge.objects.get(pk=charges[1].pk),
        payment=payment,
        other_store=other_store,
        dispute=_disputed(store, wallet, alice, now),
        **paid_out,
        **_connected(store, olivia, sessions["olivia"], now),
        shift=open_shift(store=store, cashier=people["amara"], now=now),
        member=StoreMember.objects.get(store=store, user=people["carlos"]),
        **_invitations(store, olivia, sessions["olivia"], now),
        agent=agent,
        bank_file=_bank_file(people["admin"], now),
        identity=_looked_at(identify(alice, address_line1=ALICES_STREET), cookies["admin", ADMIN]),
        audit_entry=AuditEntry.objects.filter(customer=alice).latest("created_at"),
        sync_event=_synced(alice, now),
    )


def _wallets(people: Mapping[str, User], now: dt.datetime) -> list[Wallet]:
    """Alice's four and bruno's; the strangers have some, too."""
    alice = people["alice"]
    wallet = open_wallet_for(alice, minor=50_000)
    Wallet.objects.filter(pk=wallet.pk).update(name=ALICES_POT)
    usd_wallet, frozen_wallet, empty_wallet = (open_wallet_for(alice, asset) for asset in ("USD", "GBP", "CHF"))
    freeze_wallet(wallet=frozen_wallet, actor=people["admin"], reason="a look", now=now)
    bruno_wallet = open_wallet_for(people["bruno"], minor=20_000)
    for other in ("mallory", "rita"):
        open_wallet_for(people[other], minor=20_000)
    Wallet.objects.filter(user=people["rita"]).update(name=RITAS_POT)
    return [wallet, usd_wallet, frozen_wallet, empty_wallet, bruno_wallet]


def _synced(alice: User, now: dt.datetime) -> SyncLog:
    told = Synced(uuid7(), "contacts.pulled", "ios.background", {"note": ALICES_NOTE}, success=True, error_message="")
    record_syncs(user_id=alice.pk, events=[told], now=now)
    return SyncLog.objects.get(event_id=told.event_id)


def _cast(now: dt.datetime) -> tuple[dict[str, User], Agent]:
    """Everybody by name, and the agent's job."""
    people = {name: _person(name) for name in ("alice", "bruno", "mallory", "olivia", "amara", "carlos", "rita")}
    staff = {name: _person(name, is_staff=True) for name in ("agent", "dismissed")}
    admin = _person("admin", is_staff=True, is_superuser=True)
    both = _person("both", is_staff=True, is_superuser=True)
    agents = {name: _agent(person) for name, person in {**staff, "both": both}.items()}
    dismiss_agent(agent=agents["dismissed"], actor=admin, reason="left", now=now)
    people |= staff | {"admin": admin, "both": both}
    people["suspended"] = suspend_user(user=_person("suspended"), actor=admin, reason="fraud", now=now)
    return people, agents["agent"]


def _drafts(
    cookies: dict[tuple[str, Site], str],
    wallet: Wallet,
    payee: Wallet,
    sent: Transaction,
    store: Store,
    charge: Charge,
    payment: Transaction,
    destination: PayoutDestination,
) -> dict[str, UUID]:
    """Acts that people have begun in their browsers, as the first step of each keeps them."""
    five = {"amount": 500, "asset": "EUR", "notes": ""}
    alices = {"wallet": str(wallet.pk), **five}
    begun: dict[str, tuple[str, dict[str, Any]]] = {
        "send": ("alice", {**alices, "payee": "bruno@example.com", "payee_wallet": str(payee.pk)}),
        "top_up": ("alice", {**alices, "instrument": "tok_success"}),
        "withdraw": ("alice", {**alices, "instrument": "tok_success"}),
        "pay_store": ("alice", {**alices, "code": store.short_code}),
        "pay_charge": ("alice", {**alices, "amount": charge.amount, "code": charge.code}),
        "refund": ("bruno", {**five, "original": str(sent.pk)}),
        "payout": ("olivia", {"amount": 50, "asset": "EUR", "destination": str(destination.pk)}),
        "store_refund": ("olivia", {**five, "original": str(payment.pk)}),
    }
    kept = {}
    for kind, (name, facts) in begun.items():
        session = SessionStore(cookies[name, PORTAL], PORTAL)
        kept[kind] = drafts.keep(session, kind, facts).id
        session.save()
    return kept


def _let_accounts_change(sessions: Mapping[str, Session], now: dt.datetime) -> Authenticator:
    """Fresh proofs of what all may add, that they let an app in, and that rita removes this passkey and sees her codes."""
    for session in sessions.values():
        for subject in WANTED:
            proven(session, StepUpAct.CHANGE_WAY_IN, subject, now=now)
        for act in (StepUpAct.LINK_DEVICE, StepUpAct.CLOSE_ACCOUNT, StepUpAct.TAKE_DATA):
            proven(session, act, {}, now=now)
    rita = sessions["rita"]
    passkey = _passkey_of(rita.user)
    proven(rita, StepUpAct.CHANGE_WAY_IN, {"remove": passkey.pk}, now=now)
    for codes in ({}, {"renew": True}):
        proven(rita, StepUpAct.SHOW_RECOVERY_CODES, codes, now=now)
    return passkey


def _linked_way(session: Session, now: dt.datetime) -> str:
    """A wallet that signs this session's person in, and a fresh proof that they take it away. Answers its id."""
    way = link_account(user=session.user, identity=Identity(ETHEREUM, OTHER_WALLET.address), now=now)
    proven(session, StepUpAct.CHANGE_WAY_IN, {"remove": way.id}, now=now)
    return way.id


def _claimed(user: User, now: dt.datetime) -> str:
    """Let the holder of a backup phone claim this person's account. Answers what the link of the notice ends with."""
    contact = RecoveryContact.objects.create(user=user, phone="+351961234567", verified_at=now, requested_at=now)
    return notices.stop_link(contact).rstrip("/").rpartition("/")[2]


def _staffed_store(owner: User, people: dict[str, User]) -> Store:
    store = open_store_for(owner)
    hire(store, people["amara"], StoreMember.Role.ADMIN)
    hire(store, people["carlos"], StoreMember.Role.STAFF)
    return store


def _bank_file(admin: User, now: dt.datetime) -> BankFile:
    file = BankFile(created_at=now, kind="answers", reference="B1", made_by=admin, count=0, total=0, asset_id="EUR")
    file.content = "<Document/>"
    file.save()
    return file


def _disputed(store: Store, wallet: Wallet, alice: User, now: dt.datetime) -> Dispute:
    payment = pay_store(store=store, amount=Money(300, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=now)
    return open_dispute(payment=payment, reason="duplicate", actor=alice, note=ALICES_NOTE, now=now)


def _paid_out(store: Store, people: Mapping[str, User], sessions: Mapping[str, Session], now: dt.datetime) -> dict[str, Any]:
    """A place, a payout that waits for its approval, and fresh proofs that olivia adds a place and both approve."""
    olivia, place = people["olivia"], read_iban("PT50000201231234567890154", "Olivia Prado")
    destination = add_destination(store=store, place=place, actor=olivia, now=now)
    asker = _person("otto")
    hire(store, asker, StoreMember.Role.OWNER)
    ask = partial(request_payout, store=store, destination=destination, actor=asker, key=None, now=now)
    payout = ask(amount=Money(100, "EUR"))
    Payout.objects.filter(pk=payout.pk).update(needs_approval=True)
    StoreMember.objects.filter(store=store, user=asker).delete()
    for name in ("olivia", "amara"):
        subject = {"store": str(store.pk), "amount": 100, "asset": "EUR", "place": as_json(place), "approves": str(payout.pk)}
        proven(sessions[name], StepUpAct.PAY_OUT, subject, now=now)
    proven(sessions["olivia"], StepUpAct.ADD_DESTINATION, {"store": str(store.pk), "place": as_json(NEW_PLACE)}, now=now)
    payout.refresh_from_db()
    return {"destination": destination, "payout": payout}


def _connected(store: Store, olivia: User, session: Session, now: dt.datetime) -> dict[str, Any]:
    """A key and a webhook with something on its way, and fresh proofs that olivia makes a key and replaces one."""
    key, _text = make_api_key(store=store, name="Shop floor", scopes=["events:read"], actor=olivia, now=now)
    endpoint, _secret = add_endpoint(store=store, url="https://example.com/hook", event_types=[], actor=olivia, now=now)
    delivery = send_test(endpoint=endpoint, actor=olivia, now=now)
    for subject in ({"scopes": ["events:read"]}, {"rotates": str(key.pk)}):
        proven(session, StepUpAct.MAKE_API_KEY, {"store": str(store.pk), **subject}, now=now)
    return {"webhook": endpoint, "delivery": delivery, "api_key": key}


def _invitations(store: Store, olivia: User, session: Session, now: dt.datetime) -> dict[str, Any]:
    """Two invitations; and fresh proofs that olivia makes somebody an owner, and names her backup owner."""
    ask = partial(invite_member, store=store, role=StoreMember.Role.STAFF, actor=olivia, now=now)
    invitation, _token = ask(email=INVITED)
    _other, token = ask(email="another@example.com")
    carlos = StoreMember.objects.get(store=store, role=StoreMember.Role.STAFF)
    subject = {"store": str(store.pk), "backup": str(carlos.user_id)}
    proven(session, StepUpAct.MANAGE_OWNERS, subject, now=now)
    return {"invitation": invitation, "invitation_token": token}


def _link_of(session: Session, now: dt.datetime) -> tuple[DeviceLink, str]:
    proven(session, StepUpAct.LINK_DEVICE, {}, now=now)
    with acting(session):
        return make_device_link(user=session.user, now=now)


def _asked(session_key: str, challenge: str) -> UUID:
    """What a browser was asked to confirm, as the page that asks keeps it."""
    session, asked_id = SessionStore(session_key, PORTAL), uuid4()
    session[stepup.SESSION_KEY] = [{"id": str(asked_id), "challenge": challenge, "back": "/", "by_button": True}]
    session.save()
    return asked_id


def _looked_at(identity: IdentityProfile, cookie: str) -> IdentityProfile:
    """On the admin console with this session: what its buttons demand."""
    session = SessionStore(cookie, ADMIN)
    note_seen(session, identity)
    session.save()
    return identity


def _console_session(person: User, site: Site) -> str:
    store = SessionStore(site=site)
    store.update({
        SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: person.get_session_auth_hash(),
        BORN_KEY: int(time.time()),
    })  # fmt: skip
    store.create()
    assert store.session_key
    return store.session_key


def _portal_session(person: User) -> Session:
    """Signed in by password this minute, so that pages which ask for it once more do not."""
    session = open_session(person)
    store = SessionStore(session.session_key, PORTAL)
    store["account_authentication_methods"] = [{"method": "password", "at": time.time(), "email": person.email}]
    store.save()
    return session


def _person(name: str, **fields: bool) -> User:
    return UserFactory.create(name=name.title(), email=f"{name}@example.com", **fields)


def _agent(person: User) -> Agent:
    return Agent.objects.create(
        user=person, username=str(person.email).partition("@")[0], full_name=person.name, email=str(person.email)
    )


def _passkey_of(user: User) -> Authenticator:
    """One that nobody signs in with; recovery codes come along."""
    made = NewPasskey("passkey", {"credential": {}, "credential_id": "passkey", "sign_count": 0, "is_synced": True})
    return add_passkey(user=user, passkey=made, name="Phone", now=timezone.now())
