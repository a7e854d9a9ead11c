"""Messages and signatures of Sign-In with Ethereum that sign nobody in: refused by name at both doors, changing nothing."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from eth_keys.constants import SECPK1_N
from pytest_django import Settings

from accounts.models import Nonce, User
from tests.accounts.ethereum import OTHER_WALLET, WALLET, ask_message, present, sign
from tests.unchanged import nothing_changes

ORIGIN = "https://pay.example.com"
CYRILLIC_A = "\u0430"
DOT_BELOW = "\u0323"


@dataclass(frozen=True)
class Attack:
    """What is done to a good message before its owner signs it, to the signature, and to the message after that.

    `reason` is why the API refuses it; or the code, if it looks no further than at the form.
    """

    name: str
    reason: str
    message: Callable[[str], str] = lambda message: message
    signature: Callable[[str], str] = lambda signature: signature
    after: Callable[[str], str] = lambda message: message


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def line(name: str, value: Callable[[dt.datetime], dt.datetime] | str) -> Callable[[str], str]:
    """The message with another value in one of its lines; a line that it has not comes last."""

    def change(message: str) -> str:
        said = value if isinstance(value, str) else f"{value(timezone.now()):%Y-%m-%dT%H:%M:%SZ}"
        changed, count = re.subn(rf"^{name}: .*$", f"{name}: {said}", message, flags=re.MULTILINE)
        return changed if count else f"{message}\n{name}: {said}"

    return change


def twin(signature: str) -> str:
    """The other signature of the same key and message, with the high s: valid mathematics, refused since EIP-2."""
    raw = bytes.fromhex(signature[2:])
    high = SECPK1_N - int.from_bytes(raw[32:64])
    return "0x" + (raw[:32] + high.to_bytes(32) + bytes([55 - raw[64]])).hex()


def minutes(count: int) -> Callable[[dt.datetime], dt.datetime]:
    return lambda now: now + dt.timedelta(minutes=count)


ATTACKS = [
    # another place
    Attack("other domain", "other_domain", swap("pay.example.com wants", "pay.example.org wants")),
    Attack("subdomain", "other_domain", swap("pay.example.com wants", "pay.example.com.evil.example wants")),
    Attack("port", "other_domain", swap("pay.example.com wants", "pay.example.com:8443 wants")),
    Attack("userinfo", "other_domain", swap("pay.example.com wants", "pay.example.com@evil.example wants")),
    Attack("domain in capitals", "other_domain", swap("pay.example.com wants", "PAY.example.com wants")),
    Attack("trailing dot", "other_domain", swap("pay.example.com wants", "pay.example.com. wants")),
    Attack("plain http", "other_domain", swap("pay.example.com wants", "http://pay.example.com wants")),
    Attack("homoglyph in the domain", "malformed", swap("pay.example.com wants", f"p{CYRILLIC_A}y.example.com wants")),
    Attack("combining dot in the domain", "malformed", swap("pay.example.com wants", f"pay.example{DOT_BELOW}.com wants")),
    Attack("other URI", "other_uri", line("URI", "https://evil.example")),
    Attack("URI of a longer host", "other_uri", line("URI", f"{ORIGIN}.evil.example/")),
    Attack("URI with userinfo", "other_uri", line("URI", f"{ORIGIN}@evil.example/")),
    Attack("URI by plain http", "other_uri", line("URI", "http://pay.example.com/")),
    Attack("no URI", "malformed", swap(f"URI: {ORIGIN}\n", "")),
    Attack("network we don't know", "unknown_chain", line("Chain ID", "137")),
    Attack("no network", "unknown_chain", line("Chain ID", "0")),
    Attack("negative network", "malformed", line("Chain ID", "-1")),
    Attack("network in Arabic digits", "malformed", line("Chain ID", "\u0661")),
    # another time
    Attack("expired", "expired", line("Expiration Time", minutes(-1))),
    Attack("issued long ago", "expired", line("Issued At", minutes(-11))),
    Attack("issued tomorrow", "not_yet_valid", line("Issued At", minutes(24 * 60))),
    Attack("not before tomorrow", "not_yet_valid", line("Not Before", minutes(24 * 60))),
    Attack("no such day", "malformed", line("Issued At", "2026-02-30T00:00:00Z")),
    Attack("no time zone", "malformed", line("Issued At", "2026-11-26T00:00:00")),
    Attack("never issued", "malformed", swap("Issued At: ", "Issued at: ")),
    # another nonce
    Attack("nonce of nobody", "nonce_unknown", line("Nonce", "a" * 32)),
    Attack("short nonce", "malformed", line("Nonce", "abc1234")),
    Attack("nonce with a space", "malformed", line("Nonce", "abcd efgh")),
    # another form
    Attack("other version", "malformed", line("Version", "2")),
    Attack("address in small letters", "malformed", swap(WALLET.address, WALLET.address.lower())),
    Attack("address with one wrong capital", "malformed", swap(WALLET.address, WALLET.address[:-1] + "a")),
    Attack("homoglyph in the address", "malformed", swap(WALLET.address[-1], CYRILLIC_A)),
    Attack("line break in the statement", "malformed", swap("Sign in to Florin.", "Sign in\nto Florin.")),
    Attack("second URI in the statement", "malformed", swap("Sign in to Florin.", f"Sign in.\n\nURI: {ORIGIN}\nVersion: 1")),
    Attack("carriage returns", "malformed", lambda message: message.replace("\n", "\r\n")),
    Attack("line break at the end", "malformed", lambda message: f"{message}\n"),
    Attack("null byte", "malformed_json", lambda message: f"{message}\x00"),
    Attack("words before it", "malformed", lambda message: f"Hello\n{message}"),
    Attack("lines in another order", "malformed", swap("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1")),
    Attack("request id with a line break", "malformed", lambda message: f"{message}\nRequest ID: a\nResources:\nb"),
    Attack("resource that is none", "malformed", lambda message: f"{message}\nResources:\n- no address"),
    Attack("far too long", "invalid_input", lambda message: f"{message}\nRequest ID: {'a' * 1800}"),
    # another signature
    Attack("tampered statement", "other_signer", after=swap("Sign in to Florin.", "Sign in to Florin!")),
    Attack("tampered network", "other_signer", after=swap("Chain ID: 1", "Chain ID: 10")),
    Attack("somebody else's address", "other_signer", swap(WALLET.address, OTHER_WALLET.address)),
    Attack("twin with the high s", "bad_signature", signature=twin),
    Attack("high s alone", "bad_signature", signature=lambda signature: twin(signature)[:-2] + signature[-2:]),
    Attack("other recovery bit", "other_signer", signature=lambda s: s[:-2] + f"{55 - int(s[-2:], 16):02x}"),
    Attack("recovery bit of a chain", "bad_signature", signature=lambda signature: signature[:-2] + "25"),
    Attack("r of nought", "bad_signature", signature=lambda signature: "0x" + "00" * 32 + signature[66:]),
    Attack("s of nought", "bad_signature", signature=lambda signature: signature[:66] + "00" * 32 + signature[-2:]),
    Attack("r beyond the curve", "bad_signature", signature=lambda signature: "0x" + "ff" * 32 + signature[66:]),
    Attack("nothing signed", "bad_signature", signature=lambda _: "0x" + "00" * 65),
    Attack("compact form", "invalid_input", signature=lambda signature: signature[:-2]),
    Attack("a byte too many", "invalid_input", signature=lambda signature: signature + "00"),
    Attack("no prefix", "invalid_input", signature=lambda signature: signature[2:]),
    Attack("digits that are none", "invalid_input", signature=lambda signature: signature[:-2] + "\u0661\u0661"),
    Attack("spaces inside", "invalid_input", signature=lambda signature: signature[:40] + "  " + signature[42:]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def at_pay_example_com(settings: Settings) -> None:
    """The portal has a name that can be imitated."""
    settings.PORTAL_ORIGIN = ORIGIN


@pytest.fixture
def victim(alice: User) -> User:
    """Alice signs in with her wallet."""
    SocialAccount.objects.create(user=alice, provider="ethereum", uid=WALLET.address)
    return alice


def attempt(attack: Attack, client: Client) -> tuple[str, str]:
    """A fresh message, and what the attack makes of it."""
    message = attack.message(ask_message(client))
    signature = attack.signature(sign(message))
    return attack.after(message), signature


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_signs_nobody_in(client: Client, victim: User, attack: Attack) -> None:
    message, signature = attempt(attack, client)
    with nothing_changes():
        answer = present(client, message, signature)
    assert answer.status_code == (400 if attack.reason in {"invalid_input", "malformed_json"} else 401)
    assert answer.json().get("reason", answer.json()["code"]) == attack.reason


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_opens_no_page(client: Client, victim: User, attack: Attack) -> None:
    message, signature = attempt(attack, client)
    with nothing_changes():
        answer = client.post("/signin/ethereum/", {"message": message, "signature": signature})
    assert answer.status_code == 401
    assert "_auth_user_id" not in client.session


def test_takes_the_same_message_once(client: Client, victim: User) -> None:
    message = ask_message(client)
    signature = sign(message)
    assert present(client, message, signature).status_code == 200
    with nothing_changes():
        answer = present(client, message, signature)
    assert (answer.status_code, answer.json()["reason"]) == (401, "nonce_unknown")


def test_takes_a_nonce_once_whoever_signs(client: Client, victim: User) -> None:
    message = ask_message(client)
    assert present(client, message, sign(message)).status_code == 200
    other = message.replace(WALLET.address, OTHER_WALLET.address)
    with nothing_changes():
        assert present(client, other, sign(other, OTHER_WALLET)).json()["reason"] == "nonce_unknown"


def test_takes_no_message_whose_time_has_passed(client: Client, victim: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        message = ask_message(client)
        clock.shift(dt.timedelta(minutes=10, seconds=1))
        with nothing_changes():
            assert present(client, message, sign(message)).json()["reason"] == "expired"


def test_a_refused_message_leaves_its_nonce(client: Client, victim: User) -> None:
    """Whoever sees a message that is not signed yet can't take it away from its owner."""
    message = ask_message(client)
    present(client, message, sign(message, OTHER_WALLET))
    assert Nonce.objects.count() == 1
    assert present(client, message, sign(message)).status_code == 200


def test_guessing_ends_early(client: Client, victim: User) -> None:
    message = ask_message(client)
    statuses = [present(client, message, "0x" + f"{guess:02x}" * 65).status_code for guess in range(31)]
    assert statuses == [401] * 30 + [429]
