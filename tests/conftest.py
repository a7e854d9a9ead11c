"""The database of the test session, and the cast."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.providers.sms import Text
from config import rights
from config.database import APPLICATION, OWNER
from merchants.models import Store, StoreMember
from tests import database, doors
from tests.factories import PASSWORD, UserFactory, hire, open_store_for
from tests.jobs import JobRunner
from tests.mailbox import Mailbox
from tests.texts import Phones, texts_in


def pytest_configure() -> None:
    """Start the embedded server for this session, unless the environment names a database."""
    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.join()
    if settings.DATABASE_ROLES[OWNER]["USER"] == settings.DATABASE_ROLES[APPLICATION]["USER"]:
        raise pytest.UsageError("Tests run as the application's role: set DATABASE_OWNER_URL (a role with createdb) too.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The owner makes and migrates the test database."""
    database.connect_as(OWNER)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[psycopg.Connection]:
    """The migrated database, empty, with the application's role connected; answers the owner's connection."""
    with django_db_blocker.unblock():
        rights.grant(connection)  # again, for the cache table, which is made after the migrations
        owner = database.open_owner_connection()
        database.empty_tables(owner)  # a session that was killed may have left rows
        database.connect_as(APPLICATION)
    with pytest.MonkeyPatch.context() as patch:
        # Django's own way is the flush command, which the application's role may not do.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: database.close_books(owner))
        yield owner
    owner.close()
    with django_db_blocker.unblock():
        database.end_connections()  # as the application, whose they are; a database in use can't be dropped
        database.connect_as(OWNER)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """No test goes on in the language that the one before it asked for last."""
    yield
    translation.deactivate()


@pytest.fixture
def console(db: None) -> Callable[[User, str], Client]:
    """Signs somebody in at the console of that host."""

    def sign_in(person: User, host: str) -> Client:
        client = Client(headers={"host": host})
        answer = client.post("/login/", {"username": person.email, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        return client

    return sign_in


@pytest.fixture
def owner_connection(django_db_setup: psycopg.Connection, transactional_db: None) -> psycopg.Connection:
    """The database owner's connection, for tests that attack as the owner or look past the application's rights."""
    return django_db_setup


@pytest.fixture
def run_jobs(db: None) -> JobRunner:
    """Runs the deferred jobs when called; until then they are rows of the queue."""
    return JobRunner()


@pytest.fixture
def mailbox(run_jobs: JobRunner) -> Mailbox:
    """`mailbox()`: the mails sent so far, those that waited in the queue too."""

    def open_it() -> list[EmailMultiAlternatives]:
        run_jobs()
        return [message for message in mail.outbox if isinstance(message, EmailMultiAlternatives)]

    return open_it


@pytest.fixture
def phones(run_jobs: JobRunner, settings: Settings, tmp_path: Path) -> Phones:
    """`phones()`: the text messages sent so far, those that waited in the queue too."""
    settings.SMS_OUTBOX = tmp_path / "sms"

    def look() -> list[Text]:
        run_jobs()
        return texts_in(settings.SMS_OUTBOX)

    return look


# --- the cast: alice and bruno are customers who know each other, mallory is one who knows too much ---


@pytest.fixture
def alice(db: None) -> User:
    """A customer."""
    return UserFactory.create(name="Alice Moreau", email="alice@example.com")


@pytest.fixture
def bruno(db: None) -> User:
    """Another customer."""
    return UserFactory.create(name="Bruno Alves", email="bruno@example.com", language="pt-BR")


@pytest.fixture
def mallory(db: None) -> User:
    """A customer who tries what she may not."""
    return UserFactory.create(name="Mallory Finch", email="mallory@example.com")


# --- the greengrocer: a store with its owner, an administrator and somebody at the till ---


@pytest.fixture
def olivia(db: None) -> User:
    """The owner of the greengrocer's."""
    return UserFactory.create(name="Olivia Prado", email="olivia@example.com")


@pytest.fixture
def greengrocer(olivia: User) -> Store:
    """Olivia's store, paid in euros."""
    return open_store_for(olivia)


@pytest.fixture
def amara(greengrocer: Store) -> User:
    """An administrator of the greengrocer's."""
    return hire(greengrocer, UserFactory.create(name="Amara Diallo", email="amara@example.com"), StoreMember.Role.ADMIN)


@pytest.fixture
def carlos(greengrocer: Store) -> User:
    """Staff of the greengrocer's, at the till."""
    return hire(greengrocer, UserFactory.create(name="Carlos Reis", email="carlos@example.com"), StoreMember.Role.STAFF)


@pytest.fixture
def admin(db: None) -> User:
    """Somebody who runs Florin, let into the admin console."""
    return UserFactory.create(email="admin@example.com", name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """`client_for(alice)`: a browser in which she is signed in to the portal."""
    return doors.portal_client


@pytest.fixture
def api_for() -> Callable[[User], APIClient]:
    """`api_for(alice)`: an API client with an access token of hers."""
    return doors.api_client
