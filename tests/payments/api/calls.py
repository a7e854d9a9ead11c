"""Calls of the API that the tests repeat."""

import uuid
from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts.models import User

type ApiFor = Callable[[User], APIClient]


def post(client: APIClient, path: str, body: Any, *, key: str | None = None, **headers: Any) -> Any:  # a test response
    """Send a keyed write; every call has a key of its own unless it is given one."""
    return client.post(path, body, format="json", headers={"Idempotency-Key": key or str(uuid.uuid4())} | headers)


def codes_in(answer: Any) -> list[str]:
    """The codes of what is wrong with the input."""
    return [error["code"] for error in answer.json()["errors"]]
