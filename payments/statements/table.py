"""A statement as CSV (RFC 4180, UTF-8): for spreadsheets and programs, however long it is."""

import csv
import datetime as dt
from collections.abc import Iterator

from payments.queries import Statement

COLUMNS = ("date", "type", "name", "note", "confirmation_code", "transaction", "amount", "asset", "balance")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file for the csv module that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_rows(statement: Statement, zone: dt.tzinfo) -> Iterator[str]:
    """The file, row by row: the opening balance, the movements, the closing balance. Times are of `zone`."""
    writer, asset = csv.writer(_Echo()), statement.wallet.asset_id
    opening = statement.totals.opening
    yield writer.writerow(COLUMNS)
    yield writer.writerow([_time(statement.start, zone), "opening_balance", "", "", "", "", "", asset, opening.plain()])
    balance = opening
    for line in statement.lines():
        balance, transaction = line.balance, line.transaction
        yield writer.writerow([
            _time(line.at, zone), transaction.kind, inert(line.name), inert(transaction.notes), transaction.confirmation_code,
            transaction.pk, line.amount.plain(), asset, balance.plain(),
        ])  # fmt: skip
    yield writer.writerow([_time(statement.end, zone), "closing_balance", "", "", "", "", "", asset, balance.plain()])


def inert(text: str) -> str:
    """What somebody wrote, as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _time(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
