"""What tests look at after money moved."""

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from payments.models import Posting, Transaction, Wallet


def minor_in(wallet: Wallet) -> int:
    """What lies in the wallet now, in minor units."""
    available: int = Wallet.objects.with_balance().get(pk=wallet.pk).available
    return available


def minor_in_system(name: str) -> int:
    """What the platform's wallet of this name holds: `platform:fees:EUR`; zero before its first use."""
    wallet = Wallet.objects.with_balance().filter(kind=Wallet.Kind.SYSTEM, name=name).first()
    return wallet.available if wallet else 0


def legs_of(transaction: Transaction) -> dict[str, int]:
    """The transaction's legs by the name of their wallet."""
    postings = Posting.objects.filter(transaction=transaction).select_related("wallet").order_by("pk")
    legs: dict[str, int] = {}
    for posting in postings:
        legs[posting.wallet.name] = legs.get(posting.wallet.name, 0) + posting.amount
    return legs


def jobs() -> list[str]:
    """The names of the jobs that wait, in their order."""
    return list(ProcrastinateJob.objects.filter(status="todo").order_by("pk").values_list("task_name", flat=True))


def skip_the_wait() -> None:
    """Let the jobs that wait for their time run now: the queue goes by the database's clock, which no test can move."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")


def forget_jobs() -> None:
    """Lose the queue."""
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
