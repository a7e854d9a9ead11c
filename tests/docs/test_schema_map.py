"""docs/schema.md names every table and column that stands."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

PAGE = (Path(settings.BASE_DIR) / "docs" / "schema.md").read_text(encoding="utf-8")
APPS = ("accounts", "payments", "merchants", "billing", "support", "audit", "config")
EVERYWHERE = {"id", "pk", "created_at", "updated_at"}
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_names_each_table_with_its_columns(model: type[Model]) -> None:
    row = re.search(rf"^\| \*\*{model.__name__}\*\* \| `{model._meta.db_table}` \| (.*?) \| .* \|$", PAGE, flags=re.MULTILINE)

    assert row, f"{model.__name__} has no row"
    fields = {field.name for field in [*model._meta.local_fields, *model._meta.local_many_to_many]}
    assert set(re.findall(r"`(\w+)`", row[1])) - EVERYWHERE == fields - EVERYWHERE


def test_names_no_table_that_is_gone() -> None:
    assert set(re.findall(r"^\| \*\*(\w+)\*\* \|", PAGE, flags=re.MULTILINE)) == {model.__name__ for model in MODELS}
