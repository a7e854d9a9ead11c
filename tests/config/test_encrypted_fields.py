"""Encrypted fields: clear to a program that holds the row and the key, to nobody else."""

import datetime as dt
import json
import uuid
from io import StringIO

import psycopg
import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import isolate_apps

from accounts.models import IdentityProfile, User
from config.encrypted_fields import EncryptedJSONField
from config.encryption import TamperedValueError
from tests.people import BORN, CANARIES, identify

TABLE = "accounts_identityprofile"
COLUMNS = sorted(CANARIES)


@pytest.fixture
def identity(alice: User) -> IdentityProfile:
    return identify(alice)


def raw(identity: IdentityProfile) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(COLUMNS)} from {TABLE} where id = %s", [identity.pk])
        return dict(zip(COLUMNS, cursor.fetchone(), strict=True))


def execute(statement: str, *values: str | uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_opens_what_was_stored(identity: IdentityProfile) -> None:
    read = IdentityProfile.objects.get(pk=identity.pk)

    assert (read.date_of_birth, read.ssn_last4, read.address_line1) == (BORN, "7391", CANARIES["address_line1"])


def test_stores_nothing_that_can_be_read(identity: IdentityProfile) -> None:
    stored = raw(identity)

    assert all(text.startswith("test:") for text in stored.values())
    assert not any(canary in text for canary in CANARIES.values() for text in stored.values())


def test_keeps_nothing_open_in_the_row(identity: IdentityProfile) -> None:
    read = IdentityProfile.objects.get(pk=identity.pk)
    assert read.ssn_last4 == "7391"

    assert not any(canary in repr(vars(read)) for canary in CANARIES.values())


def test_knows_absence(alice: User) -> None:
    identity = identify(alice, ssn_last4="", address_line2="")
    read = IdentityProfile.objects.get(pk=identity.pk)

    assert (read.ssn_last4, read.address_line2) == (None, None)
    assert list(IdentityProfile.objects.filter(ssn_last4__isnull=True)) == [identity]


def test_reads_columns_left_out_when_asked(identity: IdentityProfile) -> None:
    assert IdentityProfile.objects.defer("ssn_last4").get(pk=identity.pk).ssn_last4 == "7391"


@pytest.mark.parametrize("column", COLUMNS)
def test_finds_a_value_that_raw_sql_moved_to_another_row(column: str, identity: IdentityProfile, bruno: User) -> None:
    other = identify(bruno)
    execute(f"update {TABLE} set {column} = %s where id = %s", raw(identity)[column], other.pk)

    with pytest.raises(TamperedValueError, match=rf"{TABLE}\.{column} of row {other.pk}"):
        getattr(IdentityProfile.objects.get(pk=other.pk), column)


def test_finds_a_value_that_raw_sql_moved_to_another_column(identity: IdentityProfile) -> None:
    execute(f"update {TABLE} set address_line2 = address_line1, address_line1 = address_line2 where id = %s", identity.pk)
    read = IdentityProfile.objects.get(pk=identity.pk)

    for column in ("address_line1", "address_line2"):
        with pytest.raises(TamperedValueError, match=column):
            getattr(read, column)


def test_finds_a_row_that_was_given_anothers_key(identity: IdentityProfile, bruno: User) -> None:
    execute(f"update {TABLE} set id = %s where id = %s", bruno.pk, identity.pk)

    with pytest.raises(TamperedValueError):
        IdentityProfile.objects.get(pk=bruno.pk).date_of_birth  # noqa: B018 the look is what fails


def test_takes_an_older_value_of_the_same_place_for_genuine(identity: IdentityProfile, alice: User) -> None:
    """What binding can't find; the trail's entry of the change is what tells."""
    before = raw(identity)["ssn_last4"]
    identify(alice, ssn_last4="1111")
    execute(f"update {TABLE} set ssn_last4 = %s where id = %s", before, identity.pk)

    assert IdentityProfile.objects.get(pk=identity.pk).ssn_last4 == "7391"


@pytest.mark.parametrize("clear", ["7391", "", "test:7391", "k1:" + "=" * 60])
def test_the_database_refuses_what_was_not_encrypted(clear: str, identity: IdentityProfile) -> None:
    with pytest.raises(DatabaseError, match="accounts_identityprofile_ssn_last4_check"):
        execute(f"update {TABLE} set ssn_last4 = %s where id = %s", clear, identity.pk)


def test_refuses_to_write_a_value_without_its_row(identity: IdentityProfile) -> None:
    for write in (
        lambda: IdentityProfile.objects.update(ssn_last4="7391"),
        lambda: IdentityProfile.objects.filter(pk=identity.pk).update(date_of_birth=BORN),
    ):
        with pytest.raises(ValueError, match="set it on a row") as caught, transaction.atomic():
            write()
        assert "7391" not in str(caught.value)
    assert IdentityProfile.objects.get(pk=identity.pk).date_of_birth == BORN


def test_refuses_to_look_up_by_value(identity: IdentityProfile) -> None:
    for lookup in ({"ssn_last4": "7391"}, {"address_line1__icontains": "canary"}, {"date_of_birth__year": 1987}):
        with pytest.raises(FieldError, match="nothing can be found by it"):
            IdentityProfile.objects.filter(**lookup).exists()


def test_gives_what_is_stored_where_rows_are_not_made(identity: IdentityProfile) -> None:
    assert IdentityProfile.objects.values_list("ssn_last4", flat=True).get() == raw(identity)["ssn_last4"]


def test_survives_a_fixture_encrypted(identity: IdentityProfile, owner_connection: psycopg.Connection) -> None:
    written = StringIO()
    call_command("dumpdata", "accounts.IdentityProfile", stdout=written)
    (row,) = json.loads(written.getvalue())
    assert not any(canary in row["fields"][column] for canary in CANARIES.values() for column in COLUMNS)

    stored = raw(identity)
    read = IdentityProfile.objects.get(pk=identity.pk)
    read.ssn_last4 = "0001"
    read.save()
    for row in serializers.deserialize("json", written.getvalue()):
        row.save()
    assert raw(identity) == stored
    assert IdentityProfile.objects.get(pk=identity.pk).ssn_last4 == "7391"


@isolate_apps("config")
def test_keeps_json_and_wants_a_row_with_a_key() -> None:
    class Destination(models.Model):  # noqa: DJ008 nobody reads it
        number = models.BigAutoField(primary_key=True)
        details = EncryptedJSONField(null=True)

        class Meta:
            app_label = "config"

    row = Destination(number=7, details={"pix": "alice@example.com", "parts": [1, None, "é"]})
    assert row.details == {"pix": "alice@example.com", "parts": [1, None, "é"]}
    assert "alice" not in json.dumps(vars(row)["details_encrypted"])
    row.details = None
    assert row.details is None
    with pytest.raises(ValueError, match="no key yet"):
        Destination(details={})
    row.number = 8
    row.details_encrypted = Destination(number=7, details=[]).details_encrypted  # type: ignore[attr-defined]
    with pytest.raises(TamperedValueError):
        row.details  # noqa: B018 the look is what fails


def test_stays_closed_to_forms() -> None:
    assert [field.formfield() for field in IdentityProfile._meta.local_concrete_fields if field.name in CANARIES] == [None] * 5
    assert dt.date.fromisoformat(CANARIES["date_of_birth"]) == BORN
