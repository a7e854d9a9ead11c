"""The enumerations of the tables that every payment writes, as domains."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            (SQL / "domains.sql").read_text(encoding="utf-8"),
            "drop domain wallet_kind, wallet_status, transaction_kind, transaction_rail, transaction_status, transaction_amount,"
            " posting_amount, confirmation_code",
        )
    ]
