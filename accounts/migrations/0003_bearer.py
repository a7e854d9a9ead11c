"""The look-up behind every call of the API."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions"), ("sessions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            (SQL / "bearer.sql").read_text(encoding="utf-8"),
            "drop function accounts_bearer(uuid, uuid, timestamptz); drop function accounts_password_mark(text)",
        )
    ]
