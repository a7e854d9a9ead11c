"""The ledger's functions, deferred checks and guards."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_assets")]
    operations = [
        migrations.RunSQL(
            (SQL / "ledger.sql").read_text(encoding="utf-8"), (SQL / "ledger_drop.sql").read_text(encoding="utf-8")
        )
    ]
