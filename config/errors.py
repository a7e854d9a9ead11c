"""Refusals: what a caller asked for and may not have, in words for people and a code for programs."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):  # noqa: N818 - the word of this product for it
    """A request that is refused. Raised inside an operation it rolls everything back: no money moved.

    Subclasses set `code` (stable, part of the API), `status` (HTTP) and `message` (for people).
    `extra` adds members to the RFC 9457 problem, for example the balance that was too short.
    """

    code: str = "refused"
    status: int = 422
    message: str | Promise = _("This can't be done.")
    field: str | None = None

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None, **extra: Any) -> None:
        self.message = message or self.message
        self.field = field or self.field
        self.extra = extra  # JSON values, hence Any
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Prerequisite(Refused):
    """Something else comes first, at a page of its own: the portal leads there and back, programs get the problem."""
