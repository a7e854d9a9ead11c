"""`manage.py rotate_keys`: everything with today's key, nothing lost, whatever else happens meanwhile."""

import base64
import os
from collections.abc import Callable
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import IdentityProfile, User
from config.encrypted_fields import EncryptedField
from config.encryption import TamperedValueError, UnknownKeyError
from config.rotation import encrypted_fields, rotate, rows_left
from tests.factories import UserFactory
from tests.people import BORN, CANARIES, DETAILS, identify
from tests.threads import together

COLUMNS = sorted(CANARIES)


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def run(*arguments: str) -> tuple[int, str, str]:
    """The command's exit status and what it said."""
    out, err = StringIO(), StringIO()
    try:
        call_command("rotate_keys", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def people(number: int) -> list[IdentityProfile]:
    return [identify(UserFactory.create(), ssn_last4=f"{place:04d}") for place in range(1, number + 1)]


def key_names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(COLUMNS)} from accounts_identityprofile")
        return {value.partition(":")[0] for row in cursor.fetchall() for value in row if value}


@pytest.fixture
def changed(settings: Settings) -> Callable[[], None]:
    """Calling it puts a new key before the ones there are."""
    numbers = count(2)

    def change() -> None:
        settings.FIELD_ENCRYPTION_KEYS = [key(f"k{next(numbers)}"), *settings.FIELD_ENCRYPTION_KEYS]

    return change


@pytest.mark.django_db
def test_writes_everything_anew_and_then_the_old_key_may_go(changed: Callable[[], None], settings: Settings) -> None:
    rows = people(7)
    without = identify(UserFactory.create(), ssn_last4="", address_line2="", phone="")
    changed()

    status, out, _err = run("--batch", "3")

    assert status == 0, out
    assert "0 rows left" in out
    assert "'k2': older keys may go" in out
    assert key_names() == {"k2"}
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    for place, row in enumerate(rows, start=1):
        read = IdentityProfile.objects.get(pk=row.pk)
        assert (read.ssn_last4, read.date_of_birth, read.address_line1) == (f"{place:04d}", BORN, DETAILS.address_line1)
    assert IdentityProfile.objects.get(pk=without.pk).ssn_last4 is None


@pytest.mark.django_db
def test_finds_every_encrypted_field_from_the_models() -> None:
    found = encrypted_fields()

    assert set(found) >= {IdentityProfile}
    assert {field.name for field in found[IdentityProfile]} == set(CANARIES)
    assert all(isinstance(field, EncryptedField) for fields in found.values() for field in fields)


@pytest.mark.django_db
def test_only_says_what_is_left_when_asked(changed: Callable[[], None]) -> None:
    people(2)
    changed()

    status, out, err = run("--check")

    assert status == 1
    assert "2 rows left with an older key" in out
    assert "keep the older keys" in err
    assert key_names() == {"test"}


@pytest.mark.django_db
def test_goes_on_where_it_was_stopped(changed: Callable[[], None]) -> None:
    people(5)
    changed()
    stopped = rotate(IdentityProfile, batch=2)
    assert next(stopped).rows == 2
    stopped.close()
    assert rows_left(IdentityProfile) == 3

    assert [progress.rows for progress in rotate(IdentityProfile, batch=2)] == [2, 1]
    assert key_names() == {"k2"}
    assert list(rotate(IdentityProfile, batch=2)) == []


@pytest.mark.django_db
def test_leaves_what_does_not_open_and_names_it(changed: Callable[[], None]) -> None:
    first, second, third = people(3)
    with connection.cursor() as cursor:
        cursor.execute(
            "update accounts_identityprofile set ssn_last4 = (select ssn_last4 from accounts_identityprofile where id = %s)"
            " where id = %s returning ssn_last4",
            [first.pk, second.pk],
        )
        moved = cursor.fetchone()[0]
    changed()

    status, out, err = run()

    assert status == 1
    assert "1 rows left" in out
    assert f"ssn_last4 of row {second.pk}" in err
    assert not any(canary in out + err for canary in CANARIES.values())
    assert IdentityProfile.objects.values_list("ssn_last4", flat=True).get(pk=second.pk) == moved
    assert IdentityProfile.objects.get(pk=third.pk).ssn_last4 == "0003"
    with pytest.raises(TamperedValueError):
        IdentityProfile.objects.get(pk=second.pk).ssn_last4  # noqa: B018 the look is what fails


@pytest.mark.django_db
def test_says_which_key_is_missing(settings: Settings) -> None:
    people(1)
    settings.FIELD_ENCRYPTION_KEYS = [key("k2")]

    status, _out, err = run()

    assert status == 1
    assert "'test', which FIELD_ENCRYPTION_KEYS does not name" in err
    with pytest.raises(UnknownKeyError):
        IdentityProfile.objects.get().ssn_last4  # noqa: B018 the look is what fails


@pytest.mark.django_db(transaction=True)
def test_loses_nothing_that_people_write_meanwhile(changed: Callable[[], None]) -> None:
    """Sixty people, each sending other digits again and again, while two rotations run over them (R4)."""
    users: list[User] = [UserFactory.create() for _ in range(60)]
    for user in users:
        identify(user)
    changed()

    def write(mine: list[User]) -> None:
        for turn in range(1, 5):
            for user in mine:
                identify(user, ssn_last4=f"{turn:04d}", address_line1=f"Street {turn}")

    def turn_keys() -> None:
        for _ in range(4):
            for _progress in rotate(IdentityProfile, batch=7):
                pass

    outcomes = together([lambda: write(users[:30]), lambda: write(users[30:]), turn_keys, turn_keys])

    assert outcomes == [None] * 4
    read = list(IdentityProfile.objects.all())
    assert {(row.ssn_last4, row.address_line1, row.date_of_birth) for row in read} == {("0004", "Street 4", BORN)}
    assert (len(read), key_names(), rows_left(IdentityProfile)) == (60, {"k2"}, 0)


@pytest.mark.django_db
def test_refuses_an_empty_batch() -> None:
    with pytest.raises(Exception, match="at least one row"):
        run("--batch", "0")
