"""django-hordak posting two-leg transactions from Python; runs in its own environment (tests/bench/hordak.lock).

Usage: hordak_peer.py SOCKET_DIR DATABASE CLIENTS SECONDS. Prints transactions per second.
"""

import multiprocessing
import random
import sys
import time
from typing import Any

import django
from django.conf import settings

ACCOUNTS = 1_000


def configure(socket_dir: str, database: str) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": database, "USER": "postgres", "HOST": socket_dir,
            }
        },
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        HORDAK_CURRENCIES=["EUR"],
        HORDAK_INTERNAL_CURRENCY="EUR",
        DEFAULT_CURRENCY="EUR",
        SECRET_KEY="benchmark",
    )  # fmt: skip
    django.setup()


def post(arguments: tuple[str, str, list[int], int]) -> int:
    """Transfer between random accounts, one commit each, until the time is up."""
    socket_dir, database, keys, seconds = arguments
    if not settings.configured:
        configure(socket_dir, database)
    from django.db import transaction
    from hordak.models import Account
    from moneyed import Money

    accounts: list[Any] = list(Account.objects.filter(pk__in=keys))
    amount, done, end = Money("0.05", "EUR"), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        payer, payee = random.sample(accounts, 2)
        with transaction.atomic():
            payer.transfer_to(payee, amount)
        done += 1
    return done


def main() -> None:
    socket_dir, database, clients, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    configure(socket_dir, database)
    from django.core.management import call_command
    from django.db import connections
    from hordak.models import Account, AccountType

    call_command("migrate", verbosity=0)
    for number in range(Account.objects.count(), ACCOUNTS):
        Account.objects.create(name=f"Account {number}", type=AccountType.asset, currencies=["EUR"])
    keys = list(Account.objects.values_list("pk", flat=True))
    connections.close_all()
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        done = pool.map(post, [(socket_dir, database, keys, seconds)] * clients, chunksize=1)
    print(round(sum(done) / seconds, 1))


if __name__ == "__main__":
    main()
