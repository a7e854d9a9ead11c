"""Composition: what starts with the project."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The site's own app."""

    name = "config"

    def ready(self) -> None:
        from config import checks, rights  # noqa: F401 - registers the checks

        post_migrate.connect(rights.grant_after_migrate, sender=self)
