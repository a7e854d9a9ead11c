"""The world that these attacks are about."""

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from accounts import sessions
from tests.access.asking import undone
from tests.access.world import World, build_world


@pytest.fixture(scope="module")
def world(django_db_setup: psycopg.Connection, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all tests of this module; each request on it is undone. Nobody in it grows idle, however long they take."""
    with django_db_blocker.unblock(), undone(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "ACTIVITY_STEP", dt.timedelta(days=1))
        yield build_world()
