"""Jobs of this app, by name: operations enqueue them without importing the code that runs them."""

from typing import Any

from procrastinate.contrib.django import app


def enqueue(task: str, **arguments: Any) -> None:
    """Queue `merchants.<task>` in the caller's transaction: it exists if and only if that commits.

    `arguments` are JSON values, hence Any.
    """
    app.configure_task(f"merchants.{task}").defer(**arguments)
