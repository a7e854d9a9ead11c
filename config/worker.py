"""The process that runs jobs."""

from typing import cast

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


def worker_app() -> App:
    """The app for a worker: it fetches jobs over connections of its own, while tasks keep Django's.

    `manage.py procrastinate worker` swaps the one connector that both use. A job deferred by a task
    would then be committed at once, on another connection, whatever becomes of the task's own transaction.
    """
    connector = cast("DjangoConnector", app.connector)  # contrib.django makes no other
    return app.with_connector(connector.get_worker_connector())
