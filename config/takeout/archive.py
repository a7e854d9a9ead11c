"""The file: a JSON array for each table, statements, uploads, and a page that explains them."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from accounts.models import User
from config.takeout.tables import TAKEN, Part
from payments.models import Transaction, Wallet
from payments.parties import name_of
from payments.queries import statement
from payments.statements.table import csv_rows

CHUNK = 1000  # rows that are in memory at once
BLOCK = 64 * 1024  # bytes of an upload that are
TRANSACTION = "payments.Transaction"
WALLETS = ("payer_wallet__user", "payee_wallet__user")


def write_archive(user: User, file: IO[bytes], *, zone: dt.tzinfo, now: dt.datetime) -> None:
    """Write everything about this person as a ZIP. Texts are in the language at hand, times of statements in `zone`."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(now))
        for label, part in TAKEN.items():
            _write_table(archive, label, part, user)
        for wallet in Wallet.objects.filter(user=user).order_by("pk"):
            # From before its first posting to after its last.
            found = statement(wallet, wallet.created_at - dt.timedelta(days=1), now)
            with archive.open(f"statements/{wallet.asset_id}-{wallet.address}.csv", "w") as entry:
                for row in csv_rows(found, zone):
                    entry.write(row.encode())


def _readme(now: dt.datetime) -> str:
    lines = (
        _("Everything Florin knows about you, as of %(when)s (UTC).") % {"when": f"{now.astimezone(dt.UTC):%Y-%m-%d %H:%M}"},
        _("tables/ holds one JSON file for each kind of record. Amounts are in minor units: 1250 EUR is 12.50 euros."),
        _("statements/ holds the movements of each of your wallets, for a spreadsheet. files/ holds what you uploaded."),
        _("Passwords, keys and codes are left out, and of other people there is only the name that a receipt shows."),
    )
    return "\r\n\r\n".join(lines) + "\r\n"


def _write_table(archive: ZipFile, label: str, part: Part, user: User) -> None:
    uploads: list[FieldFile] = []
    with archive.open(f"tables/{label.lower()}.json", "w", force_zip64=True) as entry:
        entry.write(b"[")
        for number, row in enumerate(_rows(label, part, user)):
            entry.write(b",\n" if number else b"\n")
            entry.write(json.dumps(_taken(row, part), cls=DjangoJSONEncoder, ensure_ascii=False).encode())
            uploads += [value for name in part.columns.split() if isinstance(value := getattr(row, name), FieldFile) and value]
        entry.write(b"\n]\n")
    for upload in uploads:
        with archive.open(f"files/{upload.name}", "w") as entry, upload.open("rb") as content:
            for block in content.chunks(BLOCK):
                entry.write(block)


def _rows(label: str, part: Part, user: User) -> Iterator[models.Model]:
    model = apps.get_model(label)
    rows = model._default_manager.filter(part.whose(user)).order_by("pk")  # noqa: SLF001 documented
    if label == TRANSACTION:
        rows = rows.select_related(*WALLETS)
    return iter(rows.iterator(chunk_size=CHUNK))


def _taken(row: models.Model, part: Part) -> dict[str, Any]:
    """The row as JSON values, encrypted ones opened for their owner."""
    values = {name: _value(row, name) for name in part.columns.split()}
    if isinstance(row, Transaction):
        values |= {"payer": name_of(row.payer_wallet), "payee": name_of(row.payee_wallet)}
    return values


def _value(row: models.Model, name: str) -> Any:
    field = row._meta.get_field(name)  # noqa: SLF001 documented
    if field.many_to_many:
        return [each.pk for each in getattr(row, name).all()]
    if isinstance(field, models.ForeignKey):
        return getattr(row, field.attname)
    value = getattr(row, name)
    return value.name or None if isinstance(value, FieldFile) else value
