"""A statement as CSV (RFC 4180, UTF-8): for spreadsheets and programs, however long it is."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator

from payments.queries import Statement

COLUMNS = ("date", "type", "name", "note", "confirmation_code", "transaction", "amount", "asset", "balance")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file for the csv module that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_line(cells: Iterable[object]) -> str:
    """One row of a file."""
    row: str = csv.writer(_Echo()).writerow(cells)
    return row


def csv_rows(statement: Statement, zone: dt.tzinfo) -> Iterator[str]:
    """The file, row by row: the opening balance, the movements, the closing balance. Times are of `zone`."""
    asset, opening = statement.wallet.asset_id, statement.totals.opening
    yield csv_line(COLUMNS)
    yield csv_line([_time(statement.start, zone), "opening_balance", "", "", "", "", "", asset, opening.plain()])
    balance = opening
    for line in statement.lines():
        balance, transaction = line.balance, line.transaction
        yield csv_line([
            _time(line.at, zone), transaction.kind, inert(line.name), inert(transaction.notes), transaction.confirmation_code,
            transaction.pk, line.amount.plain(), asset, balance.plain(),
        ])  # fmt: skip
    yield csv_line([_time(statement.end, zone), "closing_balance", "", "", "", "", "", asset, balance.plain()])


def inert(text: str) -> str:
    """What somebody wrote, as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _time(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
