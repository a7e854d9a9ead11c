"""The app of people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: signing up and in, sessions, tokens."""

    name = "accounts"
