"""The application's database role may do what config/rights.py says, and nothing more."""

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection

from config import rights
from payments.models import Wallet
from tests.database import as_owner


def refused(statement: str) -> str:
    """The SQLSTATE with which the database refuses the statement."""
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.sqlstate or ""


@pytest.mark.django_db
def test_runs_as_a_role_without_powers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = user")
        assert cursor.fetchone() == ("florin", False, False, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "insert into payments_posting (wallet_id, amount, created_at) select id, 1, now() from accounts_user",
        "update payments_posting set amount = 1",
        "delete from payments_posting",
        "truncate payments_posting cascade",
        "update payments_transaction set status = 'failed'",
        "delete from payments_transaction",
        "insert into payments_inflow (posting_id, wallet_id, amount) select 1, id, 1 from payments_wallet",
        "delete from payments_inflow",
        "update payments_wallet set balance = 1",
        "update payments_wallet set may_overdraw = true",
        "delete from payments_wallet",
        "update payments_asset set scale = 0",
        "update audit_auditentry set action = ''",
        "delete from audit_auditentry",
        "truncate audit_auditentry",
        "delete from django_migrations",
        "truncate accounts_user cascade",
        "alter table payments_posting disable trigger all",
        "drop table payments_posting",
        "select ledger.fold_wallet(null, 1)",
        "create function ledger_post() returns void language sql as ''",
        "set session_replication_role = replica",
        "select setval('payments_posting_id_seq', 1)",
    ],
)
def test_refuses(statement: str) -> None:
    assert refused(statement) == "42501"


@pytest.mark.django_db
def test_refuses_a_wallet_that_opens_with_money() -> None:
    wallet = Wallet(
        kind=Wallet.Kind.SYSTEM, name="platform:fees:EUR", asset_id="EUR", buffered=True, may_overdraw=True, balance=100
    )
    with pytest.raises(ProgrammingError, match="a wallet opens at zero"):
        wallet.save()


@pytest.mark.django_db
def test_opens_and_renames_a_wallet() -> None:
    wallet = Wallet.objects.create(kind=Wallet.Kind.STORE, name="Market", asset_id="EUR", buffered=True)
    Wallet.objects.filter(pk=wallet.pk).update(name="Green market")
    wallet.refresh_from_db()
    assert (wallet.name, wallet.balance) == ("Green market", 0)


@pytest.mark.django_db(transaction=True)
def test_takes_a_right_away_that_the_table_no_longer_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rights.TABLES, "payments_conversionquote", "select")
    try:
        with as_owner():
            rights.grant(connection)
        assert refused("delete from payments_conversionquote") == "42501"
    finally:
        monkeypatch.undo()
        with as_owner():
            rights.grant(connection)
    with connection.cursor() as cursor:
        cursor.execute("delete from payments_conversionquote")


@pytest.mark.django_db
def test_executes_with_the_owners_rights_what_the_table_names() -> None:
    ours = "(prosecdef or proname like 'ledger%') and pronamespace = 'public'::regnamespace"
    with connection.cursor() as cursor:
        cursor.execute(f"select proname from pg_proc where {ours} and has_function_privilege(oid, 'execute')")
        assert {name for (name,) in cursor.fetchall()} == rights.FUNCTIONS


@pytest.mark.django_db
def test_names_only_tables_and_functions_that_exist() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relkind in ('r', 'p', 'v', 'm')")
        assert {name for (name,) in cursor.fetchall()} >= set(rights.TABLES)
        cursor.execute("select proname from pg_proc")
        assert {name for (name,) in cursor.fetchall()} >= rights.FUNCTIONS


@pytest.mark.django_db
def test_deploy_check_accepts_the_application_role() -> None:
    assert list(rights.check_powers(None, databases=["default"])) == []


@pytest.mark.django_db(transaction=True)
def test_deploy_check_refuses_the_owner() -> None:
    with as_owner():
        found = list(rights.check_powers(None, databases=["default"]))
    assert [message.id for message in found] == ["florin.E102"]
