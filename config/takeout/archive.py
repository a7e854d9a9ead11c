"""The file: a JSON array for each table, statements, uploads, and a page that explains them."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
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
SIDES = ("payer_wallet", "payee_wallet")
NAMING = ("kind", "name", "address", "user__name", "user__status")  # what `payments.parties.name_of` asks of a wallet
ENCODER = DjangoJSONEncoder(ensure_ascii=False)

type AnyField = models.Field[Any, Any]


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
    model = apps.get_model(label)
    options = model._meta  # noqa: SLF001 documented
    known: dict[str, AnyField] = {field.name: field for field in (*options.fields, *options.many_to_many)}
    fields = [known[name] for name in part.columns.split()]
    readers = {field.name: _reader(field) for field in fields}
    if model is Transaction:
        readers |= {"payer": lambda row: name_of(row.payer_wallet), "payee": lambda row: name_of(row.payee_wallet)}
    holders = [field.name for field in fields if isinstance(field, models.FileField)]
    uploads: list[FieldFile] = []
    with archive.open(f"tables/{label.lower()}.json", "w", force_zip64=True) as entry:
        entry.write(b"[")
        for number, row in enumerate(_rows(model, fields, part.whose(user))):
            entry.write(b",\n" if number else b"\n")
            entry.write(ENCODER.encode({name: read(row) for name, read in readers.items()}).encode())
            uploads += [upload for name in holders if (upload := getattr(row, name))]
        entry.write(b"\n]\n")
    for upload in uploads:
        with archive.open(f"files/{upload.name}", "w") as entry, upload.open("rb") as content:
            for block in content.chunks(BLOCK):
                entry.write(block)


def _rows(model: type[models.Model], fields: Sequence[AnyField], whose: models.Q) -> Iterator[models.Model]:
    """Whole, a transaction with its wallets and their owners would take several times as long to read."""
    rows = model._default_manager.filter(whose).order_by("pk")  # noqa: SLF001 documented
    rows = rows.prefetch_related(*(field.name for field in fields if field.many_to_many))
    if model is Transaction:
        rows = rows.select_related(*(f"{side}__user" for side in SIDES))
        rows = rows.only(*(field.name for field in fields), *(f"{side}__{name}" for side in SIDES for name in NAMING))
    return iter(rows.iterator(chunk_size=CHUNK))


def _reader(field: AnyField) -> Callable[[Any], Any]:
    """What reads a column of a row as a JSON value, an encrypted one opened for its owner. Rows it points to are not read."""
    if field.many_to_many:
        return lambda row: [each.pk for each in getattr(row, field.name).all()]
    if isinstance(field, models.FileField):
        return lambda row: getattr(row, field.name).name or None
    return attrgetter(field.attname if isinstance(field, models.ForeignKey) else field.name)
