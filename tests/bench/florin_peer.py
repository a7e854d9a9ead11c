"""Florin's own `transfer` from Python, measured as tests/bench/hordak_peer.py measures django-hordak.

Each transfer checks its parties, posts two legs, writes the audit entry and queues the receipt, in one commit.
Usage: python -m tests.bench.florin_peer CLIENTS SECONDS. Prints transactions per second.
"""

import multiprocessing
import random
import sys
import time

import django

CHOICE = 1_000  # wallets each client picks from


def post(seconds: int) -> int:
    """Transfer between random wallets, one commit each, until the time is up."""
    django.setup()
    from django.utils import timezone

    from payments.models import Wallet
    from payments.money import Money
    from payments.operations import transfer

    wallets = list(Wallet.objects.filter(kind=Wallet.Kind.PERSONAL).select_related("user")[:CHOICE])
    amount, done, end = Money(5, "EUR"), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        payer, payee = random.sample(wallets, 2)
        transfer(payer=payer, payee=payee, amount=amount, actor=payer.user, key=None, now=timezone.now())
        done += 1
    return done


def main() -> None:
    clients, seconds = int(sys.argv[1]), int(sys.argv[2])
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        done = pool.map(post, [seconds] * clients, chunksize=1)
    print(round(sum(done) / seconds, 1))


if __name__ == "__main__":
    main()
