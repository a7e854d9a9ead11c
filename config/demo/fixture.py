"""The demo world as a fixture, and how it is loaded so that its history ends today.

`manage.py loaddata demo` loads it as it was written. To write it anew, in an empty database:

    manage.py seed_demo --customers 7 --days 110 --end 2026-11-20T18:00
    manage.py dumpdata $(python -m config.demo.fixture) --output config/fixtures/demo.json.xz
"""

import datetime as dt
import lzma
import re
import tempfile
from pathlib import Path

from django.core.management import call_command

from config.demo.business import do_business
from config.demo.consents import let_agree
from config.demo.identities import introduce
from merchants import statistics

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "demo.json.xz"
END = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)  # when its history ends
MODELS = (
    "accounts.User",
    "accounts.CustomerNumberYear",
    "account.EmailAddress",
    "payments.Wallet",
    "payments.Transaction",
    "payments.Posting",
    "payments.Inflow",
    "payments.ConversionQuote",
    "merchants.Store",
    "merchants.StoreMember",
    "merchants.Charge",
    "support.Agent",
    "audit.AuditEntry",
)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def shifted(text: str, by: dt.timedelta) -> str:
    """The fixture's text with every instant moved by the same time, so that all stays in order."""

    def later(found: re.Match[str]) -> str:
        return (dt.datetime.fromisoformat(found[0]) + by).isoformat().replace("+00:00", "Z")

    return INSTANT.sub(later, text)


def load(now: dt.datetime, *, verbosity: int = 1) -> None:
    """Load the demo world with its history ending now. Needs the owner's rights and an empty database."""
    text = shifted(lzma.decompress(FIXTURE.read_bytes()).decode(), now - END)
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(folder) / "demo.json"
        moved.write_text(text, encoding="utf-8")
        call_command("loaddata", str(moved), verbosity=verbosity)
    introduce(now)
    let_agree(now)
    do_business(now)
    statistics.refresh()


if __name__ == "__main__":
    print(*MODELS)  # noqa: T201 for the shell
