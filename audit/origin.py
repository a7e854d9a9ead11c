"""Where the act at hand comes from."""

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; `config.middleware` sets it for the length of the request.

    Whoever finds out who is signed in adds by which session: its id when an access token named it, or the
    key that a browser's cookie holds. `device_id` is an app's own name for the device it runs on, which nobody vouches
    for. `NOWHERE` is the platform itself at work: a job, a command.
    """

    ip_address: str | None = None
    user_agent: str = ""
    device_id: str = ""
    session_id: uuid.UUID | None = None
    session_key: str | None = field(default=None, repr=False)


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def signed_in_by(*, session_id: uuid.UUID | None = None, session_key: str | None = None) -> None:
    """Add to the request's origin which session acts."""
    origin.set(replace(origin.get(), session_id=session_id, session_key=session_key))
