"""What apps say they synced, and forgetting it when their person closes the account."""

from pathlib import Path
import config.models
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"
DROP = "drop function audit_forget_events(uuid)"


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_forget_events'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SyncLog',
            fields=[
                ('id', models.UUIDField(default=config.models.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('event_id', models.UUIDField(verbose_name="the app's id")),
                ('event_type', models.CharField(max_length=64, verbose_name='what was synced')),
                ('event_source', models.CharField(max_length=64, verbose_name='where')),
                ('data', models.JSONField(default=dict, verbose_name='details')),
                ('success', models.BooleanField(default=True, verbose_name='worked')),
                ('error_message', models.CharField(blank=True, default='', max_length=500, verbose_name='what went wrong')),
                ('session_id', models.UUIDField(null=True, verbose_name='session')),
                ('client_ip', models.GenericIPAddressField(null=True, verbose_name='IP address')),
                ('user_agent', models.CharField(blank=True, default='', max_length=400, verbose_name='user agent')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'sync event',
                'verbose_name_plural': 'sync events',
                'ordering': ['-created_at'],
                'indexes': [models.Index(models.F('user'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='sync_by_user'), models.Index(fields=['created_at'], name='sync_by_age')],
                'constraints': [models.UniqueConstraint(fields=('user', 'event_id'), name='sync_event_once'), models.CheckConstraint(condition=models.Q(('success', False), ('error_message', ''), _connector='OR'), name='sync_error_only_of_failures')],
            },
        ),
        migrations.RunSQL(
            (SQL / "forget_syncs.sql").read_text(encoding="utf-8"),
            [DROP, (SQL / "forget_events.sql").read_text(encoding="utf-8")],
        ),
    ]
