"""What somebody is about to do with money, kept in their session between the first step and the last.

A draft's id is the idempotency key of its act. So the review can be reloaded, left and come back to,
and sent a second time, and the act still happens once. A draft never changes: going back to the first step and
on again makes another one.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from config.models import uuid7

SESSION_KEY = "money_drafts"
KEPT = 8  # of each person; an older one is forgotten and typed again


@dataclass(frozen=True, slots=True)
class Draft:
    """`facts` are what the act needs, as JSON keeps it: ids and amounts in minor units, hence Any."""

    id: uuid.UUID
    facts: Mapping[str, Any]


def keep(session: SessionBase, kind: str, facts: Mapping[str, Any]) -> Draft:
    """Remember a new draft of this kind of act."""
    draft = Draft(uuid7(), facts)
    kept = [*session.get(SESSION_KEY, []), {"id": str(draft.id), "kind": kind, "facts": dict(facts)}]
    session[SESSION_KEY] = kept[-KEPT:]
    return draft


def find(session: SessionBase, kind: str, draft_id: uuid.UUID) -> Draft | None:
    """The draft, unless it is forgotten or of another kind."""
    for kept in session.get(SESSION_KEY, []):
        if kept["id"] == str(draft_id) and kept["kind"] == kind:
            return Draft(draft_id, kept["facts"])
    return None
