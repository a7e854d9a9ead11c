"""What stores took, day by day."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
DROP = """
drop function merchants_refresh_statistics();
drop materialized view merchants_statistics_until;
drop materialized view merchants_storedailystats;
drop view merchants_storemovement;
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0009_event_positions"), ("payments", "0008_spending_limits")]
    operations = [
        migrations.RunSQL((SQL / "statistics.sql").read_text(encoding="utf-8"), DROP),
        migrations.CreateModel(
            name="StoreDailyStats",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id", "date", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("date", models.DateField()),
                ("timezone", models.CharField(max_length=64)),
                ("transaction_count", models.BigIntegerField()),
                ("revenue", models.BigIntegerField()),
                ("refunded", models.BigIntegerField()),
                ("unique_customers", models.BigIntegerField()),
                ("average", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "day of a store",
                "verbose_name_plural": "days of stores",
                "db_table": "merchants_storedailystats",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="StoreMovement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("date", models.DateField()),
                ("hour", models.IntegerField()),
                ("paid", models.BigIntegerField()),
                ("refunded", models.BigIntegerField()),
                ("tip", models.BigIntegerField()),
                ("method", models.CharField(max_length=20)),
            ],
            options={
                "verbose_name": "movement of a store",
                "verbose_name_plural": "movements of stores",
                "db_table": "merchants_storemovement",
                "managed": False,
            },
        ),
    ]
