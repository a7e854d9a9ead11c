"""The app of people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People: signing up and in, sessions, tokens."""

    name = "accounts"
    verbose_name = _("Accounts")
