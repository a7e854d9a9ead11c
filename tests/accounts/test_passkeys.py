"""Passkeys: who made them, what they may be used for, and what is refused (R22)."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils import timezone
from fido2.utils import websafe_decode, websafe_encode

from accounts import passkeys
from accounts.errors import PasskeyKnown, PasskeyRefused, TooManyPasskeys
from accounts.models import User
from accounts.operations import add_passkey
from accounts.operations.factors import MAX_PASSKEYS
from accounts.passkeys import Purpose
from audit.models import AuditEntry
from tests.authenticator import PRESENT, Passkey, broken_bytes
from tests.threads import together
from tests.unchanged import nothing_changes, refused

HERE = frozenset({settings.PORTAL_ORIGIN})


def make(user: User, passkey: Passkey, **lies: Any) -> passkeys.NewPasskey:
    asked = passkeys.begin_adding(user)
    return passkeys.finish_adding(user=user, token=asked.token, credential=passkey.make(asked.options, **lies), origins=HERE)


def add(user: User, passkey: Passkey) -> Authenticator:
    return add_passkey(user=user, passkey=make(user, passkey), name="Laptop", now=timezone.now())


def use(passkey: Passkey, user: User | None = None, purpose: Purpose = Purpose.SIGN_IN, **lies: Any) -> Authenticator:
    asked = passkeys.begin_proof(purpose, user)
    return answer(asked, passkey.sign(asked.options, **lies), user, purpose)


def answer(
    asked: passkeys.Challenge, credential: Any, user: User | None = None, purpose: Purpose = Purpose.SIGN_IN
) -> Authenticator:
    return passkeys.finish_proof(
        purpose=purpose, user=user, token=asked.token, credential=credential, origins=HERE, now=timezone.now()
    )


@pytest.fixture
def passkey() -> Passkey:
    """Alice's, which counts."""
    return Passkey(b"a passkey of alice", count=1)


class TestAdding:
    """Making one for an account."""

    def test_keeps_what_it_needs_to_recognise_it(self, alice: User, passkey: Passkey) -> None:
        row = add(alice, passkey)
        assert row.data["name"] == "Laptop"
        assert row.data["credential_id"] == websafe_encode(passkey.credential_id)
        assert row.data["sign_count"] == 1
        assert Authenticator.objects.filter(user=alice, type="recovery_codes").exists()
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.customer) == ("passkey.added", alice, alice)

    def test_asks_for_one_that_is_found_without_a_name_and_verifies_its_owner(self, alice: User, passkey: Passkey) -> None:
        add(alice, passkey)
        asked = passkeys.begin_adding(alice).options["publicKey"]
        assert asked["rp"] == {"name": "Florin", "id": "localhost"}
        selection = asked["authenticatorSelection"]
        assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
        assert [each["id"] for each in asked["excludeCredentials"]] == [websafe_encode(passkey.credential_id)]
        assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]

    @pytest.mark.parametrize(
        "lies",
        [
            {"origin": "https://evil.example"},
            {"origin": "http://sub.localhost:8000"},
            {"origin": "http://localhost:8001"},
            {"domain": "evil.example"},
            {"flags": PRESENT},
            {"flags": 0},
            {"challenge": websafe_encode(b"0" * 32)},
            {"type": "webauthn.get"},
            {"cross_origin": True},
        ],
        ids=str,
    )
    def test_refuses_what_was_made_elsewhere_or_without_its_owner(
        self, alice: User, passkey: Passkey, lies: dict[str, Any]
    ) -> None:
        with refused(PasskeyRefused):
            make(alice, passkey, **lies)

    @pytest.mark.parametrize("attestation", broken_bytes(), ids=repr)
    def test_refuses_what_is_no_answer_at_all(self, alice: User, passkey: Passkey, attestation: bytes) -> None:
        asked = passkeys.begin_adding(alice)
        credential = passkey.make(asked.options)
        credential["response"]["attestationObject"] = websafe_encode(attestation)
        with refused(PasskeyRefused):
            passkeys.finish_adding(user=alice, token=asked.token, credential=credential, origins=HERE)

    def test_refuses_another_persons_challenge(self, alice: User, mallory: User, passkey: Passkey) -> None:
        asked = passkeys.begin_adding(alice)
        with refused(PasskeyRefused):
            passkeys.finish_adding(user=mallory, token=asked.token, credential=passkey.make(asked.options), origins=HERE)

    def test_refuses_an_answer_that_was_used(self, alice: User, passkey: Passkey) -> None:
        asked = passkeys.begin_adding(alice)
        credential = passkey.make(asked.options)
        passkeys.finish_adding(user=alice, token=asked.token, credential=credential, origins=HERE)
        with refused(PasskeyRefused):
            passkeys.finish_adding(user=alice, token=asked.token, credential=credential, origins=HERE)

    def test_refuses_an_id_that_somebody_has(self, alice: User, mallory: User, passkey: Passkey) -> None:
        add(alice, passkey)
        copy = make(mallory, Passkey(passkey.credential_id))
        with refused(PasskeyKnown):
            add_passkey(user=mallory, passkey=copy, name="Mine now", now=timezone.now())

    def test_refuses_more_than_anybody_needs(self, alice: User) -> None:
        for number in range(MAX_PASSKEYS):
            add(alice, Passkey(b"number %d" % number))
        one_more = make(alice, Passkey(b"one more"))
        with refused(TooManyPasskeys):
            add_passkey(user=alice, passkey=one_more, name="", now=timezone.now())


class TestUsing:
    """Proving oneself with one."""

    def test_finds_its_owner_without_a_name(self, alice: User, passkey: Passkey) -> None:
        row = add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN).options["publicKey"]
        assert (asked["rpId"], asked["userVerification"], asked.get("allowCredentials")) == ("localhost", "required", None)
        used = use(passkey)
        assert (used.pk, used.user) == (row.pk, alice)
        assert used.last_used_at is not None
        assert used.data["sign_count"] == 2

    @pytest.mark.parametrize(
        "lies",
        [
            {"origin": "https://evil.example"},
            {"origin": "https://localhost:8000"},
            {"origin": "http://sub.localhost:8000"},
            {"origin": "http://localhost:8000.evil.example"},
            {"domain": "evil.example"},
            {"domain": "sub.localhost"},
            {"flags": PRESENT},
            {"flags": 0},
            {"challenge": websafe_encode(b"0" * 32)},
            {"type": "webauthn.create"},
            {"cross_origin": True},
            {"user_handle": b""},
            {"user_handle": b"\xff\xfe"},
            {"user_handle": b"0190b5a0-0000-7000-8000-000000000000"},
            {"key": Passkey(b"another").key},
        ],
        ids=lambda lies: "another key" if "key" in lies else str(lies),
    )
    def test_refuses_what_was_signed_elsewhere_or_without_its_owner(
        self, alice: User, passkey: Passkey, lies: dict[str, Any]
    ) -> None:
        add(alice, passkey)
        with refused(PasskeyRefused):
            use(passkey, **lies)

    def test_refuses_a_counter_that_does_not_move_on_and_writes_it_down(self, alice: User, passkey: Passkey) -> None:
        add(alice, passkey)
        use(passkey)
        use(passkey)
        for count in (3, 2, 0):
            passkey.count = count
            with nothing_changes("audit_auditentry"), pytest.raises(PasskeyRefused):
                use(passkey)
        entries = AuditEntry.objects.filter(action="passkey.copied")
        assert [(entry.customer, entry.actor) for entry in entries] == [(alice, None)] * 3

    def test_takes_passkeys_that_do_not_count(self, alice: User) -> None:
        synced = Passkey(b"in the cloud")
        add(alice, synced)
        assert [use(synced).data["sign_count"] for _ in range(2)] == [0, 0]

    def test_refuses_an_answer_that_was_used(self, alice: User, passkey: Passkey) -> None:
        passkey.count = None
        add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        credential = passkey.sign(asked.options)
        answer(asked, credential)
        with refused(PasskeyRefused):
            answer(asked, credential)

    def test_a_wrong_answer_spends_the_challenge(self, alice: User, passkey: Passkey) -> None:
        add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        for lies in ({"flags": PRESENT}, {}):
            with nothing_changes(), pytest.raises(PasskeyRefused):
                answer(asked, passkey.sign(asked.options, **lies))

    @pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.SECOND_STEP, Purpose.CONFIRM])
    def test_serves_the_purpose_it_was_asked_for_only(self, alice: User, passkey: Passkey, purpose: Purpose) -> None:
        add(alice, passkey)
        asked = passkeys.begin_proof(purpose, alice)
        credential = passkey.sign(asked.options)
        for other in set(Purpose) - {purpose}:
            with refused(PasskeyRefused):
                answer(asked, credential, alice, other)
        with refused(PasskeyRefused):
            answer(asked, credential, None, purpose)
        assert answer(asked, credential, alice, purpose).user == alice

    def test_refuses_another_persons_passkey(self, alice: User, mallory: User, passkey: Passkey) -> None:
        add(alice, passkey)
        hers = Passkey(b"of mallory")
        add(mallory, hers)
        with refused(PasskeyRefused):
            use(hers, alice, Purpose.SECOND_STEP)

    def test_refuses_a_challenge_that_is_too_old(self, alice: User, passkey: Passkey) -> None:
        add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        later = timezone.now() + dt.timedelta(seconds=passkeys.CHALLENGE_S + 1)
        with time_machine.travel(later), refused(PasskeyRefused):
            answer(asked, passkey.sign(asked.options))

    @pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
    @pytest.mark.parametrize("value", [None, 7, "", "&", "\u1234", *map(websafe_encode, broken_bytes()), {"a": 1}], ids=repr)
    def test_refuses_what_is_no_answer_at_all(self, alice: User, passkey: Passkey, member: str, value: object) -> None:
        add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        credential = passkey.sign(asked.options)
        credential["response"][member] = value
        with refused(PasskeyRefused):
            answer(asked, credential)

    @pytest.mark.parametrize("credential", [{}, {"id": 1}, {"rawId": "a", "response": {}}, {"response": []}], ids=str)
    def test_refuses_half_an_answer(self, alice: User, credential: dict[str, object]) -> None:
        with refused(PasskeyRefused):
            answer(passkeys.begin_proof(Purpose.SIGN_IN), credential)

    def test_the_bytes_of_the_id_decide_and_not_its_spelling(self, alice: User, passkey: Passkey) -> None:
        add(alice, passkey)
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        credential = passkey.sign(asked.options)
        credential["id"] = credential["rawId"] = credential["rawId"] + "=="
        assert answer(asked, credential).user == alice
        assert websafe_decode(credential["rawId"]) == passkey.credential_id


def test_one_answer_sent_many_times_at_once_counts_once(transactional_db: None, alice: User) -> None:
    synced = Passkey(b"in the cloud")
    add(alice, synced)
    asked = passkeys.begin_proof(Purpose.SIGN_IN)
    credential = synced.sign(asked.options)
    outcomes = together([lambda: answer(asked, credential)] * 8)
    assert sum(isinstance(outcome, Authenticator) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} == {Authenticator, PasskeyRefused}


def test_two_copies_that_sign_at_once_are_told_apart(transactional_db: None, alice: User) -> None:
    passkey = Passkey(b"copied", count=1)
    add(alice, passkey)
    passkey.count = 2
    asked = [passkeys.begin_proof(Purpose.SIGN_IN) for _ in range(2)]
    credentials = []
    for each in asked:
        passkey.count = 2
        credentials.append(passkey.sign(each.options))
    outcomes = together([partial(answer, *pair) for pair in zip(asked, credentials, strict=True)])
    assert sum(isinstance(outcome, Authenticator) for outcome in outcomes) == 1
