"""Stores are found by their words and by their place; stores that are there keep the time zone of their owner."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
ZONES = """
update merchants_store s set active_since = created_at, timezone = coalesce(
    (select u.timezone from merchants_storemember m join accounts_user u on u.id = m.user_id
      where m.store_id = s.id and m.role = 'owner' order by m.created_at limit 1), 'UTC')
"""
DROP = "drop index store_by_words, store_by_place; drop function store_words(text), store_place(numeric, numeric)"


class Migration(migrations.Migration):
    dependencies = [("merchants", "0004_store_life"), ("accounts", "0017_manage_owners")]
    operations = [
        migrations.RunSQL((SQL / "search.sql").read_text(encoding="utf-8"), DROP),
        migrations.RunSQL(ZONES, migrations.RunSQL.noop),
    ]
