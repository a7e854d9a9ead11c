"""Columns whose rule is a PostgreSQL domain.

For the tables every payment writes: PostgreSQL parses each check constraint of a table again in
every statement (a third of a payment's cost when measured), but a domain's only once a session,
and only where a value is assigned.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class DomainMixin(models.Field):
    """A column of the domain `domain`, which a migration creates with its CHECK."""

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        self.domain = domain
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "domain": self.domain}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.domain


class DomainField(DomainMixin, models.CharField):
    """A text of a domain."""


class DomainAmountField(DomainMixin, models.BigIntegerField):
    """Minor units of a domain."""
