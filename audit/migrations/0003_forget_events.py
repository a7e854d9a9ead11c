"""Forgetting the events of people whose account is closed."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_events")]
    operations = [
        migrations.RunSQL((SQL / "forget_events.sql").read_text(encoding="utf-8"), "drop function audit_forget_events(uuid)")
    ]
