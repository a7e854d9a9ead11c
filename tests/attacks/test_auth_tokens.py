"""Forged, borrowed and stale access tokens: each is refused on a writing route, and nothing changes."""

import base64
import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from config.sealing import derive_key
from tests import doors
from tests.unchanged import nothing_changes

KEY = derive_key(settings.SECRET_KEY, "tokens")
type Forgery = Callable[[User, dict[str, Any]], str]  # from a victim and the claims of a good token


def signed(claims: dict[str, Any], key: bytes | str = KEY, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=header or None)


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def changed(**claims: Any) -> Forgery:
    return lambda _user, good: signed({**good, **claims})


def without(claim: str) -> Forgery:
    return lambda _user, good: signed({name: value for name, value in good.items() if name != claim})


def with_a_changed_payload(user: User, good: dict[str, Any]) -> str:
    header, _payload, signature = signed(good).split(".")
    payload = base64.urlsafe_b64encode(json.dumps({**good, "user_id": str(uuid.uuid4())}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"


def with_a_cut_signature(user: User, good: dict[str, Any]) -> str:
    return signed(good).rsplit(".", 1)[0] + "."


def with_a_flipped_bit(user: User, good: dict[str, Any]) -> str:
    token = signed(good)
    head, signature = token.rsplit(".", 1)
    flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
    flipped[0] ^= 1
    return f"{head}.{base64.urlsafe_b64encode(bytes(flipped)).rstrip(b'=').decode()}"


FORGERIES: dict[str, Forgery] = {
    "no token": lambda _user, _good: "",
    "a word": lambda _user, _good: "token",
    "three dots": lambda _user, _good: "...",
    "not ASCII": lambda _user, good: signed(good).replace(".", "é", 1),
    "100 kB of dots": lambda _user, _good: "." * 100_000,
    "algorithm none": lambda _user, good: raw({"alg": "none", "typ": "JWT"}, good),
    "algorithm None": lambda _user, good: raw({"alg": "None", "typ": "JWT"}, good),
    "no algorithm": lambda _user, good: raw({"typ": "JWT"}, good),
    "another HMAC": lambda _user, good: signed(good, key=KEY * 2, algorithm="HS512"),
    "an empty key": lambda _user, good: raw({"alg": "HS256"}, good, b"\0" * 32),
    "another key": lambda _user, good: signed(good, key="k" * 64),
    "the secret key itself": lambda _user, good: signed(good, key=settings.SECRET_KEY),
    "a key in the header": lambda _user, good: signed(good, key="k" * 64, jwk={"kty": "oct", "k": "aw"}),
    "a changed payload": with_a_changed_payload,
    "a cut signature": with_a_cut_signature,
    "a flipped bit": with_a_flipped_bit,
    "another issuer": changed(iss="https://florin.evil.example"),
    "no issuer": without("iss"),
    "another audience": changed(aud="https://other.example/api"),
    "the audience of refresh tokens": changed(aud=f"{settings.TOKEN_ISSUER}/auth"),
    "no audience": without("aud"),
    "another use": changed(token_use="refresh"),
    "no use": without("token_use"),
    "no end": without("exp"),
    "an end that is no number": changed(exp="tomorrow"),
    "a start in the future": changed(iat=4_000_000_000),
    "no session": without("sid"),
    "another session": changed(sid="999999999"),
    "a session that is no number": changed(sid="1 or 1=1"),
    "a session beyond 64 bits": changed(sid=str(2**80)),
    "a person that is no id": changed(user_id="alice"),
    "another person": changed(user_id=str(uuid.uuid4())),
    "no id": without("jti"),
    "lists for values": changed(sid=["1"], user_id=["1"]),
    "a refresh token": lambda user, _good: doors.open_tokens(user).refresh_token,
    "the session's own key": lambda user, _good: doors.open_key(user),
}


def refused(token: str, code: set[str]) -> None:
    with nothing_changes():
        answer = APIClient().patch("/api/me", {"name": "Mallory was here"}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"] in code
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_changes_nothing(alice: User, name: str) -> None:
    good = jwt.decode(doors.open_tokens(alice).access_token, options={"verify_signature": False})
    refused(FORGERIES[name](alice, good), {"token_invalid", "session_ended"})


def test_the_token_that_the_forgeries_are_made_from_is_good(alice: User) -> None:
    good = jwt.decode(doors.open_tokens(alice).access_token, options={"verify_signature": False})
    answer = APIClient().patch("/api/me", {"name": "Alice"}, headers={"Authorization": f"Bearer {signed(good)}"})
    assert answer.status_code == 200


def test_a_token_of_one_person_never_opens_the_session_of_another(alice: User, mallory: User) -> None:
    mine = jwt.decode(doors.open_tokens(mallory).access_token, options={"verify_signature": False})
    hers = doors.open_session(alice)
    refused(signed({**mine, "sid": str(hers.pk)}), {"session_ended"})


def test_is_over_after_fifteen_minutes(alice: User) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        token = doors.open_tokens(alice).access_token
        clock.shift(899)
        assert APIClient().get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        clock.shift(1)
        refused(token, {"token_expired"})


def test_is_over_when_its_session_is(alice: User) -> None:
    token = doors.open_tokens(alice).access_token
    Session.objects.update(expire_date=timezone.now())
    refused(token, {"session_ended"})


def test_a_key_that_was_replaced_opens_until_it_is_taken_away(alice: User, settings: Settings) -> None:
    pair, old_key = doors.open_tokens(alice), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key of this installation, as long as it must be", [old_key]
    assert APIClient().get("/api/me", headers={"Authorization": f"Bearer {pair.access_token}"}).status_code == 200
    renewed = APIClient().post("/api/auth/refresh", {"refresh_token": pair.refresh_token}).json()

    settings.SECRET_KEY_FALLBACKS = []
    refused(pair.access_token, {"token_invalid"})
    header = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert APIClient().get("/api/me", headers=header).status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "Token", "JWT", ""])
def test_only_bearer_tokens_are_read(alice: User, scheme: str) -> None:
    token = doors.open_tokens(alice).access_token
    with nothing_changes():
        answer = APIClient().patch("/api/me", {"name": "x"}, headers={"Authorization": f"{scheme} {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("place", ["?access_token={}", "?token={}"])
def test_tokens_in_addresses_are_not_read(alice: User, place: str) -> None:
    token = doors.open_tokens(alice).access_token
    assert APIClient().get("/api/me" + place.format(token)).status_code == 401


@pytest.mark.parametrize("name", [name for name in FORGERIES if name not in {"a refresh token", "not ASCII", "100 kB of dots"}])
def test_a_forged_refresh_token_changes_nothing(alice: User, name: str) -> None:
    pair = doors.open_tokens(alice)
    good = jwt.decode(pair.refresh_token, options={"verify_signature": False})
    forged = FORGERIES[name](alice, good)
    if name in {"another use", "the audience of refresh tokens"}:
        forged = pair.access_token  # for a refresh token these two are what an access token is
    with nothing_changes():
        answer = APIClient().post("/api/auth/refresh", {"refresh_token": forged})
    assert answer.status_code in {400, 401}
    assert tokens.verify(pair.refresh_token, use="refresh").user_id == alice.pk
