"""The ledger's functions, and the rules for whoever writes without them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


def script(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_assets")]
    operations = [migrations.RunSQL(script("ledger.sql") + script("rules.sql"), script("ledger_drop.sql"))]
