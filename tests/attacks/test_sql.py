"""What somebody who holds the application's database role can't do (R12).

The role may execute ledger_post, ledger_settle and ledger_fold, so whoever holds it can move money between
wallets as the application itself could, from a provider's wallet and from anybody's too: whose money may be
moved is the application's to know. What it can't do is make money, lose it, book what is not true, or change
what happened.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from config import rights
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import complete_deposit, hold, open_wallet, refund, start_deposit, transfer

TABLES = (
    "payments_asset", "payments_wallet", "payments_transaction", "payments_posting", "payments_inflow",
    "audit_auditentry", "accounts_user", "django_migrations",
)  # fmt: skip


@pytest.fixture
def names(alice: User, bruno: User) -> dict[str, str]:
    """Some history to attack, and its identifiers for the attacks' texts."""
    now = timezone.now()
    a = open_wallet(user=alice, asset="EUR", name="a", actor=alice, now=now)
    b = open_wallet(user=bruno, asset="EUR", name="b", actor=bruno, now=now)
    usd = open_wallet(user=alice, asset="USD", name="usd", actor=alice, now=now)
    store = Wallet.objects.create(kind=Wallet.Kind.STORE, name="store", asset_id="EUR", buffered=True)
    deposit = start_deposit(
        wallet=a, amount=Money(9_000, "EUR"), provider="sandbox", source="x", actor=alice, key=None, now=now
    )
    complete_deposit(deposit=deposit, provider_reference="x", now=now)
    sent = transfer(payer=a, payee=b, amount=Money(2_000, "EUR"), actor=alice, key=None, now=now)
    back = refund(original=sent, amount=Money(1_500, "EUR"), actor=bruno, key=None, reason="", now=now)
    held = hold(payer=a, payee=b, amount=Money(100, "EUR"), actor=alice, key=None, now=now)
    asked = start_deposit(wallet=a, amount=Money(700, "EUR"), provider="sandbox", source="x", actor=alice, key=None, now=now)
    system = {wallet.name: str(wallet.pk) for wallet in Wallet.objects.filter(kind=Wallet.Kind.SYSTEM)}
    return {
        "a": str(a.pk), "b": str(b.pk), "usd": str(usd.pk), "store": str(store.pk), "alice": str(alice.pk),
        "sent": str(sent.pk), "back": str(back.pk), "held": str(held.pk), "deposit": str(deposit.pk),
        "asked": str(asked.pk),
        "external": system["external:sandbox:EUR"], "holds": system["platform:holds:EUR"],
    }  # fmt: skip


def fingerprint() -> str:
    """Every row of the tables under attack."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"select t::text from {table} t order by 1")
            digest.update(repr(cursor.fetchall()).encode())
    return digest.hexdigest()


# A statement that the database can't even read proves nothing.
MISSPELT = {"42601": "syntax", "42703": "column", "42P01": "table", "42883": "function"}


@contextmanager
def refused() -> Iterator[None]:
    """The block is refused, for a reason of the database's and not for a slip in the attack, and leaves no trace."""
    before = fingerprint()
    with pytest.raises(DatabaseError) as caught:
        yield
    state = getattr(caught.value.__cause__, "sqlstate", None)
    assert state not in MISSPELT, caught.value
    assert fingerprint() == before


def attempt(statement: str) -> None:
    """Run it to its commit: what is deferred until then is asked for as well."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("set constraints all immediate")


REWRITES = [
    f"{act} {table}{rest}"
    for table in (*TABLES[2:6], "payments_asset", "django_migrations")
    for act, rest in (("delete from", ""), ("truncate", " cascade"))
] + [
    "update payments_transaction set amount = 1",
    "update payments_transaction set status = 'completed' where status = 'pending'",
    "update payments_transaction set notes = 'never happened'",
    "update payments_posting set amount = amount * 2",
    "update payments_posting set wallet_id = '{b}'",
    "update payments_inflow set amount = amount + 1",
    "update payments_asset set scale = 0",
    "update audit_auditentry set actor_id = null",
    "update audit_auditentry set created_at = now()",
    "delete from payments_wallet where id = '{usd}'",
    "truncate payments_wallet cascade",
]  # fmt: skip

WALLET = "insert into payments_wallet (id, created_at, updated_at, kind, user_id, name, address, asset_id, balance, buffered, may_overdraw, opening_balance, is_primary, status, auth_server, resource_server) values (uuidv7(), now(), now(), "  # noqa: E501 one statement
RICH = WALLET + "'personal', '{alice}', 'x', 'x', 'EUR', 100000, false, false, 0, false, 'active', '', '')"
MADE_MONEY = [
    RICH,
    "update payments_wallet set balance = balance + 100 where id = '{a}'",
    "update payments_wallet set may_overdraw = true where id = '{a}'",
    "update payments_wallet set buffered = true where id = '{a}'",
    "update payments_wallet set asset_id = 'KWD' where id = '{a}'",
    "update payments_wallet set kind = 'system' where id = '{a}'",
    "update payments_wallet set user_id = null where id = '{a}'",
    "update payments_wallet set opening_balance = 5 where id = '{a}'",
    WALLET + "'personal', '{alice}', 'x', 'x', 'EUR', 0, false, true, 0, false, 'active', '', '')",
    WALLET + "'personal', '{alice}', 'x', 'x', 'EUR', 0, true, false, 0, false, 'active', '', '')",
    WALLET + "'personal', null, 'x', 'x', 'EUR', 0, false, false, 0, false, 'active', '', '')",
    WALLET + "'store', '{alice}', 'x', 'x', 'EUR', 0, true, false, 0, false, 'active', '', '')",
    WALLET + "'treasure', '{alice}', 'x', 'x', 'EUR', 0, false, false, 0, false, 'active', '', '')",
    "insert into payments_posting (transaction_id, wallet_id, amount, created_at) values ('{sent}', '{a}', 500, now())",
    "insert into payments_inflow (posting_id, wallet_id, amount) values (1, '{store}', 500)",
    "insert into payments_asset (code, scale, name, kind) values ('GOLD', 2, 'Gold', 'fiat')",
    "insert into payments_transaction select * from payments_transaction limit 1",
    "copy payments_posting (transaction_id, wallet_id, amount, created_at) from stdin",
]

BELOW_THE_LEDGER = [
    "set role florin_owner",
    "set session authorization postgres",
    "set session_replication_role = replica",
    "alter table payments_posting disable trigger all",
    "alter table payments_wallet drop constraint wallet_floor",
    "alter table payments_posting add column x int",
    "drop table payments_posting",
    "drop function ledger_fold",
    "create or replace function ledger_fold(p_limit integer) returns integer language sql as 'select 1'",
    "create function public.uuid_hash_extended(uuid, bigint) returns bigint language sql as 'select 1'",
    "create schema mine",
    "alter role florin superuser",
    "create role mallory login superuser",
    "alter role all set session_replication_role = replica",
    "alter system set session_replication_role = replica",
    "alter default privileges for role florin_owner grant all on tables to florin",
    "select * from pg_authid",
    "copy (select 1) to program 'true'",
    "copy payments_asset from program 'true'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "load '$libdir/dblink'",
    "create extension dblink",
    "create language plpython3u",
    "create publication everything for all tables",
    "select pg_create_logical_replication_slot('mine', 'pgoutput')",
    "lock table payments_posting in access exclusive mode",
    "select setval('payments_posting_id_seq', 1)",
    "create table public.mine (x int)",
    "insert into django_migrations (app, name, applied) values ('payments', '0099_mine', now())",
    "create trigger t before insert on payments_posting for each row execute function suppress_redundant_updates_trigger()",
    "create rule r as on update to audit_auditentry do instead nothing",
    "select set_config('pgtrigger.ignore', '{{payments_posting:append_only}}', true); delete from payments_posting",
    "select set_config('florin.ledger', 'on', true); update payments_wallet set balance = 1 where id = '{a}'",
]

LEGS = "array['{a}', '{b}']::uuid[], array[-1, 1]::bigint[], array[false, false]"
# What the three functions are made of, and the word by which the rules know that one of them is at work.
INSIDE_THE_LEDGER = [
    "select ledger.fold_wallet('{store}', null)",
    "select ledger.move('{sent}', 'EUR', null, now(), " + LEGS + ")",
    "select ledger.pay('{sent}', 'EUR', null, now(), '{a}', -1, false, '{b}', 1, false, '{a}', '{b}', 1)",
    "select ledger.wait('{store}', 1, 'EUR', now())",
    "grant usage on schema ledger to florin",
    "create function ledger.mine() returns integer language sql as 'select 1'",
    "drop schema ledger cascade",
    "alter schema ledger rename to mine",
    "alter function ledger_fold reset all",
    "alter function ledger_fold security invoker",
    "create temp table t (id uuid); create trigger t after insert on t for each row execute function ledger.on_wallet()",
    f"set local search_path = ledger, public; {RICH}",
    ("create function pg_temp.pg_function_is_visible(oid) returns boolean language sql as $$ select true $$;"
     f" set local search_path = pg_temp, public; {RICH}"),
    "update payments_wallet set name = 'platform:mine:EUR' where id = '{holds}'",
    "update payments_wallet set status = 'closed' where id = '{a}'",
    "update payments_wallet set status = 'open' where id = '{a}'",
]  # fmt: skip


@pytest.mark.parametrize(
    "attacks",
    [REWRITES, MADE_MONEY, BELOW_THE_LEDGER, INSIDE_THE_LEDGER],
    ids=["rewrites", "made_money", "below_the_ledger", "inside_the_ledger"],
)
def test_refuses(attacks: list[str], names: dict[str, str], subtests: pytest.Subtests) -> None:
    for attack in attacks:
        with subtests.test(attack), refused():
            attempt(attack.format(**names))


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ledger_post by hand; names in braces stand for identifiers."""

    kind: str = "transfer"
    status: str = "completed"
    payer: str = "{a}"
    payee: str = "{b}"
    amount: str = "500"
    asset: str = "EUR"
    refund_of: str = "null"
    codes: str = "array['ABCDEF']"

    def sql(self, names: dict[str, str], wallets: str, amounts: str, waits: str = "array[false, false]") -> str:
        values = [
            "uuidv7()", f"'{self.kind}'", "'ledger'", f"'{self.status}'", "'{alice}'", f"'{self.payer}'", f"'{self.payee}'",
            self.amount, f"'{self.asset}'", self.refund_of, self.codes, "null", "''", "'{{}}'", "now()",
            wallets, amounts, waits,
        ]  # fmt: skip
        return f"select ledger_post({', '.join(values)})".format(**names)


def legs(names: dict[str, str], *waiting: str, **amounts: int) -> tuple[str, str, str]:
    """The three arrays of legs by the names of their wallets, in the order of their ids."""
    ordered = sorted(amounts.items(), key=lambda leg: names[leg[0]])
    return (
        "array[" + ", ".join(f"'{names[name]}'" for name, _amount in ordered) + "]::uuid[]",
        "array[" + ", ".join(str(amount) for _name, amount in ordered) + "]::bigint[]",
        "array[" + ", ".join(str(name in waiting).lower() for name, _amount in ordered) + "]",
    )


@pytest.mark.parametrize(
    ("to_a", "to_b"), [(-500, 501), (-500, 499), (500, 500), (-500, -500), (-8_500, 8_500), (-(2**62), 2**62)]
)
def test_refuses_legs_that_do_not_balance_or_overdraw(to_a: int, to_b: int, names: dict[str, str]) -> None:
    with refused():
        attempt(Call().sql(names, *legs(names, a=to_a, b=to_b)))


def test_refuses_legs_of_two_assets(names: dict[str, str]) -> None:
    with refused():
        attempt(Call(payee="{usd}").sql(names, *legs(names, a=-500, usd=500)))


@pytest.mark.parametrize(
    "waits", ["array[true, true]", "array[true, false]", "array[false, true]", "null", "array[null, null]::boolean[]"]
)
def test_refuses_a_leg_that_claims_to_wait_on_an_unbuffered_wallet(waits: str, names: dict[str, str]) -> None:
    statement = Call().sql(names, *legs(names, a=-500, b=500)[:2], waits)

    if "true" in waits:
        with refused():
            attempt(statement)
    else:  # no word is the same as "does not wait"
        attempt(statement)
        assert Wallet.objects.with_balance().get(pk=names["b"]).available == 1_000


@pytest.mark.parametrize(
    ("wallets", "amounts"),
    [
        ("array['{a}', '{a}']::uuid[]", "array[-500, 500]::bigint[]"),
        ("array['{a}']::uuid[]", "array[0]::bigint[]"),
        ("array['{a}']::uuid[]", "array[500]::bigint[]"),
        ("'{{}}'::uuid[]", "'{{}}'::bigint[]"),
        ("null", "null"),
        ("array[null, '{a}']::uuid[]", "array[-500, 500]::bigint[]"),
        ("array['{a}', uuidv7()]::uuid[]", "array[-500, 500]::bigint[]"),
        ("array['{a}', '{b}']::uuid[]", "array[null, 500]::bigint[]"),
        ("array['{a}', '{b}']::uuid[]", "array[-500]::bigint[]"),
        ("array['{a}', '{b}']::uuid[]", "array[-500, 500, 0]::bigint[]"),
        ("array['{a}', '{b}']::uuid[]", "array[-500, 500, 500]::bigint[]"),
        ("array[['{a}', '{b}']]::uuid[]", "array[[-500, 500]]::bigint[]"),
        ("'[0:1]={{{a},{b}}}'::uuid[]", "'[0:1]={{-500,500}}'::bigint[]"),
        ("array(select uuidv7() from generate_series(1, 20000))", "array_fill(1::bigint, array[20000])"),
        ("array_fill('{a}'::uuid, array[20000])", "array_fill(1::bigint, array[20000])"),
    ],
)
def test_refuses_malformed_legs(wallets: str, amounts: str, names: dict[str, str]) -> None:
    with refused():
        attempt(Call().sql(names, wallets, amounts))


@pytest.mark.parametrize(
    "changed",
    [
        Call(kind="gift"),
        Call(status="maybe"),
        Call(amount="0"),
        Call(amount="-500"),
        Call(amount="null"),
        Call(asset="USD"),
        Call(asset="XXX"),
        Call(payer="{usd}"),
        Call(payee="{usd}"),
        Call(codes="array['abc123']"),
        Call(codes="'{{}}'"),
        Call(kind="refund"),
        Call(kind="refund", refund_of="'{sent}'", amount="501"),
        Call(kind="refund", refund_of="'{sent}'"),  # the wrong way round
        Call(kind="refund", refund_of="'{back}'"),
        Call(kind="refund", refund_of="'{held}'"),
        Call(refund_of="'{sent}'"),
    ],
)
def test_refuses_facts_that_are_not_true(changed: Call, names: dict[str, str]) -> None:
    with refused():
        attempt(changed.sql(names, *legs(names, a=-500, b=500)))


@pytest.mark.parametrize(
    ("call", "amounts"),
    [
        (Call(), {"a": -501, "b": 100, "store": 401}),  # says 500
        (Call(), {"a": -100, "b": 500, "store": -400}),  # the store has nothing
        (Call(payee="{store}"), {"a": -500, "b": 500}),
        (Call(payer="{store}", payee="{a}"), {"store": -500, "a": 500}),
        (Call(asset="USD", payer="{usd}"), {"a": -500, "b": 500}),
        (Call(kind="conversion", payee="{usd}"), {"a": -500, "usd": 500}),
        (Call(status="pending"), {"holds": -500, "a": 500}),  # what others have on hold
        (Call(status="pending"), {"a": 500, "b": -500}),
        (Call(status="pending", payee="{a}"), {}),
        (Call(status="pending", asset="USD"), {}),
        (Call(status="failed"), {"a": -500, "b": 500}),
        (Call(status="cancelled"), {}),
        (Call(payer="{external}", payee="{a}", amount="9223372036854775807"), {"external": -(2**63 - 1), "a": 2**63 - 1}),
    ],
)
def test_refuses_legs_that_are_not_what_is_said(call: Call, amounts: dict[str, int], names: dict[str, str]) -> None:
    with refused():
        attempt(call.sql(names, *legs(names, **amounts)))


def test_refuses_an_amount_that_stands_beside_the_legs(names: dict[str, str]) -> None:
    wallets, amounts, waits = legs(names, a=-500, b=500)

    with refused():
        attempt(Call(amount="7").sql(names, wallets, f"{amounts} || 7::bigint", waits))


def test_refuses_to_let_a_stores_debit_wait(names: dict[str, str]) -> None:
    with refused():
        attempt(Call(payer="{store}", payee="{a}").sql(names, *legs(names, "store", store=-500, a=500)))


def test_sees_the_real_tables_when_others_take_their_names(names: dict[str, str]) -> None:
    shadow = (
        "create temp table payments_wallet as select * from public.payments_wallet;"
        " update pg_temp.payments_wallet set balance = 99999999;"
        " create temp table payments_transaction as select * from public.payments_transaction;"
        " create temp table accounts_user as select * from public.accounts_user;"
    )
    with refused():
        attempt(shadow + Call().sql(names, *legs(names, a=-8_500, b=8_500)))

    attempt(shadow + Call().sql(names, *legs(names, a=-500, b=500)) + "; drop table pg_temp.payments_wallet")

    assert Wallet.objects.with_balance().get(pk=names["b"]).available == 1_000


@pytest.mark.parametrize(
    ("which", "rest", "amounts"),
    [
        ("held", "'completed', 100", {"holds": -100, "a": 99, "b": 1}),  # says 100
        ("held", "'completed', 60", {"holds": -60, "b": 60}),  # leaves 40
        ("held", "'completed', 101", {"holds": -101, "b": 101}),
        ("held", "'completed', 100", {"holds": -100, "store": 100}),
        ("held", "'failed', 100", {"holds": -100, "b": 100}),
        ("held", "'cancelled', 100", {"holds": -100, "a": 50, "b": 50}),
        ("held", "'pending', 100", {"holds": -100, "a": 100}),
        ("deposit", "'completed', 9000", {"external": -9_000, "a": 9_000}),  # again
        ("asked", "'completed', 700", {"external": -700, "a": 600, "b": 100}),  # says 700
        ("asked", "'completed', 701", {"external": -701, "a": 701}),
        ("asked", "'failed', 700", {"external": -700, "a": 700}),
        ("asked", "'completed', 700", {"external": -700, "b": 700}),
    ],
)
def test_refuses_ends_that_are_not_what_is_said(which: str, rest: str, amounts: dict[str, int], names: dict[str, str]) -> None:
    arrays = ", ".join(legs(names, **amounts))

    with refused():
        attempt(f"select ledger_settle('{names[which]}', {rest}, '', '', '{{}}', now(), {arrays})")


def test_refuses_an_end_without_a_time(names: dict[str, str]) -> None:
    arrays = ", ".join(legs(names, external=-700, a=700))

    with refused():
        attempt(f"select ledger_settle('{names['asked']}', 'completed', 700, '', '', '{{}}', null, {arrays})")


@pytest.mark.parametrize(
    "arguments",
    [
        "'{sent}', 'failed', 2000",
        "'{deposit}', 'completed', 9000",
        "'{held}', 'pending', 100",
        "'{held}', 'completed', 100",
        "'{held}', 'completed', 1000",
        "'{held}', 'nonsense', 100",
        "'{held}', 'cancelled', 100",
        "uuidv7(), 'completed', 100",
    ],
)
def test_refuses_to_settle_what_is_settled_or_leaves_a_hold(arguments: str, names: dict[str, str]) -> None:
    call = f"select ledger_settle({arguments}, '', '', '{{{{}}}}', now(), '{{{{}}}}', '{{{{}}}}', '{{{{}}}}')"

    with refused():
        attempt(call.format(**names))


def test_lends_the_owners_rights_in_these_functions_only(db: None) -> None:
    """Neither extensions nor the queue's functions run with more rights than their caller's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where p.prosecdef and p.prorettype <> 'trigger'::regtype"
            " and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')"
        )
        assert sorted(name for (name,) in cursor.fetchall()) == sorted(rights.FUNCTIONS)


def test_sees_nothing_of_the_ledgers_inside(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select has_schema_privilege('ledger', 'usage') or has_schema_privilege('ledger', 'create')")
        assert cursor.fetchone() == (False,)


def test_has_no_extension_that_reaches_outside(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select extname from pg_extension")
        extensions = {name for (name,) in cursor.fetchall()}

    assert not extensions & {"dblink", "postgres_fdw", "file_fdw", "adminpack", "plpython3u", "plperlu"}


def test_can_give_itself_no_rights(names: dict[str, str]) -> None:
    attempt("grant all on payments_posting to florin")  # a warning is all it gets

    with connection.cursor() as cursor:
        cursor.execute("select has_table_privilege('payments_posting', 'insert, update, delete, truncate')")
        assert cursor.fetchone() == (False,)


def test_keeps_a_correct_call_possible(names: dict[str, str]) -> None:
    attempt(Call().sql(names, *legs(names, a=-500, b=500)))

    assert Wallet.objects.with_balance().get(pk=names["b"]).available == 1_000
    assert Transaction.objects.filter(amount=500).count() == 1
