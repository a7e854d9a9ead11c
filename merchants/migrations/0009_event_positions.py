"""The counter that places events after their commits."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("merchants", "0008_integration")]
    operations = [
        migrations.RunSQL("create sequence merchants_event_position", "drop sequence merchants_event_position"),
    ]
