"""What every table shares, and the stored answers of keyed requests."""

import uuid

import pgtrigger
import uuid_utils.compat
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def uuid7() -> uuid.UUID:
    """A time-ordered identifier (RFC 9562, version 7), so that new rows land at the end of an index."""
    return uuid_utils.compat.uuid7()


NEVER_TRUNCATED = pgtrigger.Trigger(
    name="never_truncated",
    operation=pgtrigger.Truncate,
    when=pgtrigger.Before,
    level=pgtrigger.Statement,
    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
)
NEVER_DELETED = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), NEVER_TRUNCATED]
APPEND_ONLY = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), NEVER_TRUNCATED]


class Record(models.Model):
    """A row with a UUIDv7 key and its time of creation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        abstract = True


class MutableRecord(Record):
    """A row that changes: `updated_at` stays true under raw SQL as well, because a trigger keeps it."""

    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True
        triggers = [
            pgtrigger.Trigger(
                name="touch_updated_at",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at"),
                func="NEW.updated_at = clock_timestamp(); RETURN NEW;",
            )
        ]


class IdempotencyKey(Record):
    """A key some caller sent, the request it stood for, and the answer it got.

    The row, the work and the answer are one commit, so a key without an answer is never visible.
    Keys belong to their caller: the same text from two callers is two keys.
    """

    caller = models.UUIDField()
    key = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once_per_caller")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.key


class Tally(models.Model):
    """The places that tries have taken of one limit (`config.limits`): who tries what, and when each place was taken.

    Not logged by PostgreSQL: a tally costs no write to disk, and a crash of the database forgets it.
    """

    key = models.CharField(max_length=120, primary_key=True)
    most = models.PositiveIntegerField()
    window_s = models.PositiveIntegerField()
    taken = ArrayField(models.DateTimeField())
    expires_at = models.DateTimeField()  # no index: it would have to be written at each try

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(taken__len__lte=F("most")), name="tally_within_limit")]

    def __str__(self) -> str:
        return self.key
