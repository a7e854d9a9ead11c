"""The assets the platform counts in; `payments/assets.py` says where the list comes from."""

from django.db import migrations

from payments.assets import ASSETS


def load(apps, schema_editor):
    Asset = apps.get_model("payments", "Asset")
    Asset.objects.bulk_create(
        Asset(code=code, scale=fact.scale, name=fact.name, kind=fact.kind) for code, fact in ASSETS.items()
    )


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_initial")]
    # Backwards the table itself goes, in 0002.
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
