"""Rows whose code is drawn at random."""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from merchants.errors import SymbolTaken
from merchants.models import Charge, Store

CODES_TO_TRY = 5  # with a million stores, one new code in a thousand is taken
SYMBOL_ONCE = "merchants_store_symbol_key"
CODE_ONCE = frozenset({"merchants_store_short_code_key", "merchants_charge_code_key"})


class NoFreeCodeError(Exception):
    """Every code drawn was taken: the codes have become too short for how many there are."""


def with_free_code[Row: (Store, Charge)](insert: Callable[[], Row]) -> Row:
    """Insert a row whose code is drawn at random, drawing again while another row has it."""
    for _try in range(CODES_TO_TRY):
        try:
            with transaction.atomic():
                return insert()
        except IntegrityError as error:
            constraint = error.__cause__.diag.constraint_name if isinstance(error.__cause__, UniqueViolation) else None
            if constraint == SYMBOL_ONCE:
                raise SymbolTaken from None
            if constraint not in CODE_ONCE:
                raise
    raise NoFreeCodeError
