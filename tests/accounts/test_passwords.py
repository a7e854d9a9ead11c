"""Which passwords are taken, and how they are kept."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import override_settings

from accounts.models import User
from config import settings as production


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "all lower case words",
        "ALL UPPER CASE WORDS",
        "827163940571829364",
        "żółw pod starą lipą",
        "五十音順に並べられた言葉の列を書く",
        "🦉🦊🐙🦀🐝🦋🌵🌻🍄🌈⚡️🔥🎈🎻🧭",
        "a2b3c4d5e6f7g8h9",
        "my password is long enough",
        "lantern" * 2 + " orbit",
        "wren orbit lantern moss " * 5,
    ],
)
def test_takes_what_is_long_and_not_predictable(password: str) -> None:
    validate_password(password, User(email="alice@example.com", name="Alice"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("fourteen chars", "password_too_short"),
        ("wren orbit lantern moss " * 6, "password_too_long"),
        ("1234567890123456", "password_predictable"),
        ("9876543210987654", "password_predictable"),
        ("abcdefghijklmnop", "password_predictable"),
        ("qwertyuiopasdfgh", "password_predictable"),
        ("ytrewqytrewqytrewq", "password_predictable"),
        ("aaaaaaaaaaaaaaaaaa", "password_predictable"),
        ("aaaaaaaaaabbbbbbbbbb", "password_predictable"),
        ("PasswordPassword", "password_predictable"),
        ("passwordpasswor", "password_predictable"),
        ("lanternlanternlantern", "password_predictable"),
        ("123456password123456", "password_predictable"),
        ("!!!!!password!!!!!", "password_predictable"),
        ("sunshine20262026", "password_predictable"),
        ("alice@example.com", "password_too_similar"),
        ("Alexandra Wintergreen", "password_too_similar"),
    ],
)
def test_refuses_what_is_short_or_easy_to_guess(password: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, User(email="alice@example.com", name="Alexandra Wintergreen"))
    assert code in {error.code for error in refusal.value.error_list}


@override_settings(PASSWORD_HASHERS=production.PASSWORD_HASHERS)
def test_keeps_argon2id_with_the_parameters_of_owasp() -> None:
    kept = make_password("wren orbit lantern moss")
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("wren orbit lantern moss", kept)
    assert not check_password("wren orbit lantern mos", kept)


@override_settings(PASSWORD_HASHERS=["accounts.passwords.Argon2id", "django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_keeps_a_stronger_or_weaker_hash_anew_at_the_next_sign_in() -> None:
    older = Argon2PasswordHasher()
    older.time_cost, older.memory_cost, older.parallelism = 1, 8, 1
    renewed: list[str] = []
    assert check_password(
        "wren orbit lantern moss", older.encode("wren orbit lantern moss", "somesaltsomesalt"), setter=renewed.append
    )
    assert renewed == ["wren orbit lantern moss"]


def test_the_suite_hashes_quickly_and_production_does_not() -> None:
    assert settings.PASSWORD_HASHERS != production.PASSWORD_HASHERS
    assert production.PASSWORD_HASHERS[0] == "accounts.passwords.Argon2id"
