"""Proves the ledger: derives everything again from the postings and finds what disagrees.

Each check is one query over whole tables that answers the rows breaking its rule. A transaction at
repeatable read sees one instant, so payments may go on meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

WORK_MEM = "256MB"  # so that a million postings are grouped in memory


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of the books: `query` answers (id, what) for each row of `table` that breaks it."""

    rule: str
    table: str
    query: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that breaks a rule, and how."""

    rule: str
    table: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.rule}: {self.what}"


CHECKS = (
    Check(
        "the postings of a transaction sum to zero in each asset",
        "payments_transaction",
        """
        select p.transaction_id, 'off by ' || sum(p.amount) || ' ' || w.asset_id
          from payments_posting p join payments_wallet w on w.id = p.wallet_id
         group by p.transaction_id, w.asset_id having sum(p.amount) <> 0
        """,
    ),
    Check(
        "a posting belongs to a transaction and a wallet",
        "payments_posting",
        """
        select p.id, 'transaction ' || p.transaction_id || ', wallet ' || p.wallet_id
          from payments_posting p
          left join payments_transaction t on t.id = p.transaction_id
          left join payments_wallet w on w.id = p.wallet_id
         where t.id is null or w.id is null
        """,
    ),
    Check(
        "a wallet holds the sum of its postings",
        "payments_wallet",
        """
        with posted as (select wallet_id, sum(amount) as amount from payments_posting group by wallet_id),
             waiting as (select wallet_id, sum(amount) as amount from payments_inflow group by wallet_id)
        select w.id, 'holds ' || w.balance + coalesce(i.amount, 0) || ', postings sum to ' || coalesce(p.amount, 0)
          from payments_wallet w
          left join posted p on p.wallet_id = w.id
          left join waiting i on i.wallet_id = w.id
         where w.balance + coalesce(i.amount, 0) <> coalesce(p.amount, 0)
        """,
    ),
    Check(
        "only a system wallet may be below zero",
        "payments_wallet",
        "select id, 'balance ' || balance from payments_wallet where balance < 0 and not may_overdraw",
    ),
    Check(
        "an inflow is its posting, on a buffered wallet",
        "payments_inflow",
        """
        select i.posting_id, 'inflow ' || i.amount || ', posting ' || coalesce(p.amount::text, 'none')
          from payments_inflow i
          left join payments_posting p on p.id = i.posting_id and p.wallet_id = i.wallet_id and p.amount = i.amount
          left join payments_wallet w on w.id = i.wallet_id and w.buffered
         where p.id is null or w.id is null
        """,
    ),
    Check(
        "each posting continues the balance of the one before it",
        "payments_posting",
        """
        select id, 'after ' || before || ' and ' || amount || ' comes ' || balance_after
          from (
            select p.id, p.amount, p.balance_after,
                   coalesce(lag(p.balance_after) over (partition by p.wallet_id order by p.id), 0) as before
              from payments_posting p join payments_wallet w on w.id = p.wallet_id and not w.buffered
          ) as chained
         where balance_after is distinct from before + amount
        """,
    ),
    Check(
        "what is settled has moved, what failed or was cancelled has not",
        "payments_transaction",
        """
        with moved as (
            select transaction_id, sum(abs(amount)) as touched, max(abs(amount)) as net
              from (select transaction_id, wallet_id, sum(amount) as amount from payments_posting group by 1, 2) as by_wallet
             group by transaction_id
        )
        select t.id, t.status || ' with ' || coalesce(m.net, 0) || ' moved'
          from payments_transaction t left join moved m on m.transaction_id = t.id
         where t.status = 'completed' and coalesce(m.net, 0) = 0
            or t.status in ('failed', 'cancelled') and coalesce(m.net, 0) <> 0
        """,
    ),
    Check(
        "a completed transaction gave its payee its amount",
        "payments_transaction",
        """
        with received as (
            select transaction_id, wallet_id, sum(amount) as amount from payments_posting group by 1, 2
        )
        select t.id, 'amount ' || t.amount || ', payee received ' || coalesce(r.amount, 0)
          from payments_transaction t
          left join received r on r.transaction_id = t.id and r.wallet_id = t.payee_wallet_id
         where t.status = 'completed' and t.kind <> 'conversion' and coalesce(r.amount, 0) <> t.amount
        """,
    ),
    Check(
        "an exchange is what its quote says",
        "payments_transaction",
        """
        with moved as (
            select transaction_id, wallet_id, sum(amount) as amount from payments_posting group by 1, 2
        )
        select t.id, 'quoted ' || q.target_amount || ', received ' || coalesce(m.amount, 0)
          from payments_conversionquote q
          join payments_transaction t on t.id = q.transaction_id
          left join moved m on m.transaction_id = t.id and m.wallet_id = q.target_wallet_id
         where q.target_amount <> coalesce(m.amount, 0) or q.source_amount <> t.amount
            or q.source_wallet_id <> t.payer_wallet_id or q.target_wallet_id <> t.payee_wallet_id
        """,
    ),
    Check(
        "only pending transactions hold money",
        "payments_transaction",
        """
        select t.id, t.status || ', holds ' || sum(p.amount)
          from payments_posting p
          join payments_wallet w on w.id = p.wallet_id and w.kind = 'system' and w.name like 'platform:holds:%'
          join payments_transaction t on t.id = p.transaction_id
         group by t.id, t.status having sum(p.amount) < 0 or t.status <> 'pending' and sum(p.amount) <> 0
        """,
    ),
    Check(
        "refunds never exceed what was paid",
        "payments_transaction",
        """
        select t.id, 'paid ' || t.amount || ', refunded ' || sum(r.amount)
          from payments_transaction r join payments_transaction t on t.id = r.refund_of_id
         where r.status in ('pending', 'completed')
         group by t.id, t.amount, t.status having sum(r.amount) > t.amount or t.status <> 'completed'
        """,
    ),
    Check(
        "a refund gives back to the payer, in the asset that was paid",
        "payments_transaction",
        """
        select r.id, 'refund of ' || t.id
          from payments_transaction r join payments_transaction t on t.id = r.refund_of_id
         where r.asset_id <> t.asset_id or r.payer_wallet_id <> t.payee_wallet_id or r.payee_wallet_id <> t.payer_wallet_id
        """,
    ),
)


_ALSO: list[Check] = []


def prove_also(*checks: Check) -> None:
    """Add what rows of a higher floor must agree with in the books; for an app's `ready`."""
    _ALSO.extend(check for check in checks if check not in _ALSO)


def all_checks() -> tuple[Check, ...]:
    """The ledger's own rules and those of the floors above."""
    return (*CHECKS, *_ALSO)


def faults(most: int = 1) -> Iterator[Fault]:
    """The rows that break a rule, at most `most` for each rule; none when the books are true.

    Must not run inside another transaction, but in tests, whose data nobody else changes.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local work_mem = '{WORK_MEM}'")
        if not _in_test_transaction():
            cursor.execute("set transaction isolation level repeatable read, read only")
        for check in all_checks():
            cursor.execute(f"select * from ({check.query}) as found limit {int(most)}")  # noqa: S608 our own text
            yield from (Fault(check.rule, check.table, str(row), what) for row, what in cursor.fetchall())


def _in_test_transaction() -> bool:
    """Whether an outer transaction has begun, so that its isolation can't change any more."""
    return len(connection.savepoint_ids) > 0
