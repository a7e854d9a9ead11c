"""Writes encrypted fields anew with today's key, while the product runs.

Rows are taken in the order of their keys, a batch and a commit at a time, each locked while it is written: whoever
changes a row meanwhile comes before or after, and nothing is lost. A run that was stopped goes on where it is needed.
"""

import uuid
from collections.abc import Generator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, models, transaction

from config.encrypted_fields import EncryptedField
from config.encryption import UnreadableValueError, current_key_name

type Key = uuid.UUID | int | str


@dataclass(slots=True)
class Progress:
    """What one batch did: rows looked at whose values had an older key, and what could not be opened."""

    rows: int = 0
    broken: list[UnreadableValueError] = field(default_factory=list)


def encrypted_fields() -> dict[type[models.Model], list[EncryptedField]]:
    """Every encrypted field of every model, found from the models, so that a new one can't be forgotten."""
    found = {model: _fields_of(model) for model in apps.get_models() if model._meta.managed}  # noqa: SLF001 documented
    return {model: fields for model, fields in found.items() if fields}


def rows_left(model: type[models.Model]) -> int:
    """How many rows have a value of an older key."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {_table(model)} where {_is_old(model)}", _old_values(model))  # noqa: S608 our own names
        return cursor.fetchone()[0]


def rotate(model: type[models.Model], *, batch: int) -> Generator[Progress]:
    """Encrypt anew what has an older key, a commit for each batch of rows."""
    after: Key | None = None
    while True:
        with transaction.atomic():
            rows = _lock_next(model, after=after, batch=batch)
            progress = _renew(rows, _fields_of(model))
        if not rows:
            return
        after = rows[-1].pk
        yield progress


def _lock_next(model: type[models.Model], *, after: Key | None, batch: int) -> list[models.Model]:
    beyond = {"pk__gt": after} if after is not None else {}
    rows = model._base_manager.filter(**beyond).extra(where=[_is_old(model)], params=_old_values(model))  # noqa: SLF001, S610 documented; our own names
    names = [each.name for each in _fields_of(model)]
    return list(rows.only("pk", *names).order_by("pk").select_for_update(no_key=True, of=("self",))[:batch])


def _renew(rows: list[models.Model], fields: list[EncryptedField]) -> Progress:
    progress = Progress(rows=len(rows))
    whole = []
    for row in rows:
        try:
            for each in fields:
                setattr(row, each.name, getattr(row, each.name))  # opened with the key it names, encrypted with today's
        except UnreadableValueError as error:
            progress.broken.append(error)
        else:
            whole.append(row)
    if whole:
        _write(whole, fields)
    return progress


def _write(rows: list[models.Model], fields: list[EncryptedField]) -> None:
    """One statement for all rows: a list of each column's new values beside the list of keys."""
    model = type(rows[0])
    key = model._meta.pk  # noqa: SLF001 documented
    assert key is not None  # noqa: S101 every model has one
    quote = connection.ops.quote_name
    names = [quote(str(each.column)) for each in fields]
    lists = ", ".join([f"%s::{key.db_type(connection)}[]", *["%s::text[]"] * len(fields)])
    sets = ", ".join(f"{name} = fresh.{name}" for name in names)
    statement = (
        f"update {_table(model)} as old set {sets} from unnest({lists}) as fresh (row_key, {', '.join(names)})"  # noqa: S608 our own names
        f" where old.{quote(str(key.column))} = fresh.row_key"
    )
    values = [[row.pk for row in rows], *([getattr(row, each.attname) for row in rows] for each in fields)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _fields_of(model: type[models.Model]) -> list[EncryptedField]:
    return [each for each in model._meta.local_concrete_fields if isinstance(each, EncryptedField)]  # noqa: SLF001 documented


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 documented


def _is_old(model: type[models.Model]) -> str:
    """A condition on a row: one of its values has another key than today's. Takes `_old_values`."""
    quote = connection.ops.quote_name
    return " or ".join(f"not starts_with({_table(model)}.{quote(str(each.column))}, %s)" for each in _fields_of(model))


def _old_values(model: type[models.Model]) -> list[str]:
    return [f"{current_key_name()}:"] * len(_fields_of(model))
