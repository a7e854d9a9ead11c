"""The worked examples of docs/chart-of-accounts.md, run as they stand."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from payments import operations
from payments.models import Posting, Transaction, Wallet
from payments.money import Money
from payments.providers.rates import Rate

PAGE = Path(settings.BASE_DIR) / "docs" / "chart-of-accounts.md"


def examples() -> str:
    """All python blocks as one program whose line numbers are the page's."""
    lines, inside = [], False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        inside = line == "```python" or (inside and not fence)
    return "\n".join(lines)


def test_examples_hold(alice: User, bruno: User) -> None:
    now = timezone.now()
    a = operations.open_wallet(user=alice, asset="EUR", name="a", actor=alice, now=now)
    usd = operations.open_wallet(user=alice, asset="USD", name="usd", actor=alice, now=now)
    b = operations.open_wallet(user=bruno, asset="EUR", name="b", actor=bruno, now=now)
    shop = Wallet.objects.create(kind=Wallet.Kind.STORE, name="shop", asset_id="EUR", buffered=True)

    def legs(transaction: Transaction) -> dict[str, int]:
        sums = Posting.objects.filter(transaction=transaction).values_list("wallet__name").annotate(Sum("amount"))
        return dict(sums)

    def total(asset: str) -> int:
        held = Wallet.objects.filter(asset=asset).with_balance()
        return sum(wallet.available for wallet in held)

    names: dict[str, Any] = {name: getattr(operations, name) for name in operations.__all__}
    names |= {"Decimal": Decimal, "Money": Money, "Rate": Rate, "Wallet": Wallet}
    names |= {"alice": alice, "bruno": bruno, "a": a, "b": b, "usd": usd, "shop": shop, "now": now}
    names |= {"legs": legs, "total": total}

    exec(compile(examples(), str(PAGE), "exec"), names)  # noqa: S102 our own documentation

    assert names["exchanged"].status == "completed"


def test_page_has_an_example_for_each_money_act() -> None:
    called = set(re.findall(r"\b([a-z_]+)\(", examples()))

    assert {"start_deposit", "transfer", "refund", "hold", "capture", "release", "convert", "start_withdrawal"} <= called
