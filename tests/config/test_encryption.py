"""Encrypted values open at their own place, with a key that is named, and nowhere else."""

import base64
import os
from dataclasses import replace

import pytest
from pytest_django import Settings

from config.encryption import Place, TamperedValueError, UnknownKeyError, current_key_name, decrypt, encrypt, is_encrypted

HERE = Place("people", "secret", "018f-1")
SECRET = "canary 4929 é".encode()


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def test_opens_what_it_encrypted() -> None:
    for content in (SECRET, b"", b"x" * 100_000):
        encrypted = encrypt(content, place=HERE)
        assert is_encrypted(encrypted)
        assert decrypt(encrypted, place=HERE) == content


def test_never_writes_the_same_twice() -> None:
    assert len({encrypt(SECRET, place=HERE) for _ in range(1000)}) == 1000


def test_shows_nothing_of_the_content() -> None:
    encrypted = encrypt(SECRET, place=HERE)
    assert b"canary" not in base64.urlsafe_b64decode(encrypted.split(":")[1] + "==")


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, row="018f-2"),
        replace(HERE, column="secret2"),
        replace(HERE, table="persons"),
        Place("people", "secre", "t018f-1"),
        Place('people", "secret', "", "018f-1"),
    ],
)
def test_does_not_open_at_another_place(elsewhere: Place) -> None:
    encrypted = encrypt(SECRET, place=HERE)
    with pytest.raises(TamperedValueError, match="moved from another place"):
        decrypt(encrypted, place=elsewhere)


def test_does_not_open_with_any_character_changed() -> None:
    encrypted = encrypt(SECRET, place=HERE)
    for position in range(len("test:"), len(encrypted)):
        other = "A" if encrypted[position] != "A" else "Q"
        with pytest.raises(TamperedValueError) as caught:
            decrypt(encrypted[:position] + other + encrypted[position + 1 :], place=HERE)
        assert "people.secret of row 018f-1" in str(caught.value)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "no_value",
    ["", "canary", "test:", "test:short", "1970-01-01", ":" + "A" * 40, "test:" + "A" * 37 + "=", "test:" + "A" * 39 + "\n"],
)
def test_takes_nothing_else_for_an_encrypted_value(no_value: str) -> None:
    assert not is_encrypted(no_value)
    with pytest.raises(TamperedValueError, match="no encrypted value"):
        decrypt(no_value, place=HERE)


def test_keeps_opening_with_older_keys_and_encrypts_with_the_first(settings: Settings) -> None:
    old, new = key("k1"), key("k2")
    settings.FIELD_ENCRYPTION_KEYS = [old]
    encrypted = encrypt(SECRET, place=HERE)
    settings.FIELD_ENCRYPTION_KEYS = [new, old]

    assert decrypt(encrypted, place=HERE) == SECRET
    assert current_key_name() == "k2"
    assert encrypt(SECRET, place=HERE).startswith("k2:")


def test_says_which_key_is_gone(settings: Settings) -> None:
    encrypted = encrypt(SECRET, place=HERE)
    settings.FIELD_ENCRYPTION_KEYS = [key("k2")]
    with pytest.raises(UnknownKeyError, match=r"people\.secret of row 018f-1: .* 'test'"):
        decrypt(encrypted, place=HERE)


def test_notices_another_key_of_the_same_name(settings: Settings) -> None:
    encrypted = encrypt(SECRET, place=HERE)
    settings.FIELD_ENCRYPTION_KEYS = [key("test")]
    with pytest.raises(TamperedValueError):
        decrypt(encrypted, place=HERE)


def test_notices_that_a_value_was_given_another_keys_name(settings: Settings) -> None:
    material = key("k1").split(":")[1]
    settings.FIELD_ENCRYPTION_KEYS = [f"k1:{material}", f"k2:{material}"]
    encrypted = encrypt(SECRET, place=HERE)
    with pytest.raises(TamperedValueError):
        decrypt("k2" + encrypted.removeprefix("k1"), place=HERE)
