"""Events, in a table that PostgreSQL parts by month. Django sees an ordinary one."""

from pathlib import Path

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    (SQL / "events.sql").read_text(encoding="utf-8"),
                    "drop table audit_event; drop function audit_make_event_parts(integer)",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.UUIDField(default=config.models.uuid7, editable=False, primary_key=True, serialize=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when")),
                        ("name", models.CharField(max_length=64, verbose_name="act")),
                        ("properties", models.JSONField(default=dict, verbose_name="details")),
                        ("session_id", models.UUIDField(null=True, verbose_name="session")),
                        ("device_id", models.CharField(blank=True, default="", max_length=64, verbose_name="device")),
                        ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                        ("user_agent", models.CharField(blank=True, default="", max_length=400, verbose_name="user agent")),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "event",
                        "verbose_name_plural": "events",
                        "indexes": [
                            models.Index("user", models.F("created_at").desc(), models.F("id").desc(), name="event_by_user"),
                            models.Index("name", models.F("created_at").desc(), name="event_by_name"),
                        ],
                    },
                ),
            ],
        )
    ]
