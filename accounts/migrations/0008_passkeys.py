"""A passkey belongs to one account, whoever sends its id; the index finds it when it signs in."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0007_factors"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(
            sql="create unique index passkey_once on mfa_authenticator ((data -> 'credential_id')) where type = 'webauthn'",
            reverse_sql="drop index passkey_once",
        ),
    ]
