"""Proves that an operation refuses, and that refusing it left no trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from config.errors import Refused
from tests.unchanged import nothing_changes


@contextmanager
def refused[Kind: Refused](kind: type[Kind]) -> Iterator[pytest.ExceptionInfo[Kind]]:
    """The block is refused in this way, and every row of every table stays as it was.

    An operation joins the transaction it is called in, so here it gets one of its own, as in a request.
    """
    with nothing_changes(), pytest.raises(kind) as refusal, transaction.atomic():
        yield refusal
