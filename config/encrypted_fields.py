"""Columns that nobody can read without the platform's keys."""

import datetime as dt
import json
from typing import Any, Self, overload

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from config.encryption import SHAPE, Place, decrypt, encrypt, is_encrypted


class Ciphertext(str):
    """What the database holds, as it comes out of a fixture: stored again as it is."""

    __slots__ = ()


class Opened[Value]:
    """The attribute that reads and writes an encrypted field: decrypts at each look, keeps nothing decrypted."""

    def __init__(self, field: "EncryptedField[Value]") -> None:
        self.field = field

    @overload
    def __get__(self, row: None, owner: type[models.Model]) -> Self: ...
    @overload
    def __get__(self, row: models.Model, owner: type[models.Model]) -> Value | None: ...
    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Self | Value | None:
        """The value.

        :raises UnreadableValueError: it was tampered with or moved, or its key is gone.
        """
        if row is None:
            return self
        encrypted = getattr(row, self.field.attname)
        return None if encrypted is None else self.field.loads(decrypt(encrypted, place=self.field.place(row)))

    def __set__(self, row: models.Model, value: Value | Ciphertext | None) -> None:
        if not (value is None or isinstance(value, Ciphertext)):
            value = Ciphertext(encrypt(self.field.dumps(value), place=self.field.place(row)))
        setattr(row, self.field.attname, value)


class EncryptedField[Value](models.Field):
    """A value that is encrypted in the database, and in the row as long as nobody looks at it.

    It opens in its own table, column and row only (`config.encryption`), so the row must have its key before the
    value, and a table or column that gets another name needs its values written anew. Looking up, sorting and
    `update()` by value are refused. `row.ATTNAME` (`birth_encrypted` for `birth`) is what the database holds: that is
    what Django saves, dumps to fixtures and loads from them.
    """

    empty_strings_allowed = False

    def get_attname(self) -> str:
        return f"{self.name}_encrypted"

    def get_attname_column(self) -> tuple[str, str]:
        return self.get_attname(), self.db_column or self.name

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, Opened(self))

    def get_internal_type(self) -> str:
        return "TextField"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """The database refuses what was never encrypted, whoever writes it."""
        return f"{connection.ops.quote_name(str(self.column))} ~ '{SHAPE}'"

    def to_python(self, value: Any) -> Any:
        """Called with what fixtures hold; what a program sets never comes by here."""
        return Ciphertext(value) if isinstance(value, str) and is_encrypted(value) else value

    def get_prep_value(self, value: Any) -> str | None:
        """:raises ValueError: this is no encrypted value, so nothing says in which row it would lie."""
        if value is not None and not (isinstance(value, str) and is_encrypted(value)):
            raise ValueError(f"{self} is encrypted: set it on a row and save that.")  # the value itself stays unsaid
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """:raises FieldError: for every look-up but `isnull`."""
        if lookup_name != "isnull":
            raise FieldError(f"{self} is encrypted: nothing can be found by it.")
        return super().get_lookup(lookup_name)

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """Model forms leave it out."""

    def place(self, row: models.Model) -> Place:
        """Where the value of this row opens."""
        if row.pk is None:
            raise ValueError(f"{self} is bound to its row, which has no key yet.")
        return Place(self.model._meta.db_table, str(self.column), str(row.pk))  # noqa: SLF001 documented

    def dumps(self, value: Value) -> bytes:
        raise NotImplementedError

    def loads(self, content: bytes) -> Value:
        raise NotImplementedError


class EncryptedTextField(EncryptedField[str]):
    """A text."""

    def dumps(self, value: str) -> bytes:
        return value.encode()

    def loads(self, content: bytes) -> str:
        return content.decode()


class EncryptedDateField(EncryptedField[dt.date]):
    """A calendar date."""

    def dumps(self, value: dt.date) -> bytes:
        return value.isoformat().encode()

    def loads(self, content: bytes) -> dt.date:
        return dt.date.fromisoformat(content.decode())


class EncryptedJSONField(EncryptedField[Any]):  # JSON values
    """A JSON value. What `row.field` answers is a copy: change it and set it again."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    def loads(self, content: bytes) -> Any:
        return json.loads(content)
