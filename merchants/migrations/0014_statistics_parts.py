"""What the kept days are made of."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "statistics_parts.sql"
BACK = """
create or replace function merchants_refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    refresh materialized view concurrently public.merchants_storedailystats;
    refresh materialized view public.merchants_statistics_until;
end $$;
drop materialized view merchants_storepartstats;
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0013_pix_at_till")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), BACK)]
