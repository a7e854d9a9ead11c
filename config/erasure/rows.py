"""Erasing what the tables of `config.erasure.tables` name."""

from typing import Any, cast

from django.apps import apps
from django.db import models

from accounts.models import User
from audit import events
from config.erasure.tables import EMPTIED, GONE, Emptied


def erase_rows(user: User) -> list[str]:
    """Take away what this person's rows say about them, in the caller's transaction. Done twice, it is done once.

    Answers the names of the files that nothing refers to any more. The person's own row is emptied last: what else
    writes about them waits for its lock then, and must not hold one that this waits for.
    """
    for label, whose in GONE.items():
        _rows(label).filter(whose(user)).delete()
    files: list[str] = []
    for label in sorted(EMPTIED, key=lambda label: label == User._meta.label):  # noqa: SLF001 documented
        files += _empty(label, EMPTIED[label], user)
    events.forget(user.pk)
    return files


def _empty(label: str, part: Emptied, user: User) -> list[str]:
    rows, fields = _rows(label).filter(part.whose(user)), [_field(label, name) for name in part.columns.split()]
    uploads = [field.name for field in fields if isinstance(field, models.FileField)]
    files = [name for row in rows.values_list(*uploads) for name in row if name] if uploads else []
    values: dict[str, Any] = {field.name: None if field.null else field.get_default() for field in fields}
    values |= {name: value() for name, value in part.replaced.items()}
    rows.update(**values)
    return files


def _rows(label: str) -> models.QuerySet[Any]:
    return apps.get_model(label)._default_manager.all()  # noqa: SLF001 documented


def _field(label: str, name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", apps.get_model(label)._meta.get_field(name))  # noqa: SLF001 documented
