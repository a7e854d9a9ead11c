"""Who may ask which page of the consoles. Whoever is not staff of that console is led to its sign-in page.

What only operations write can be looked at and nothing else: a model that both consoles show is one line of `SHOWN`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.access.policy import ANYBODY, Outcome, Staff, Table, get, post, staff
from tests.access.world import World
from tests.factories import PASSWORD

type Row = Callable[[World], Any]  # the key of a row: a UUID, or a number

SHOWN: dict[str, Row] = {
    "accounts/user": lambda world: world.people["alice"].pk,
    "audit/auditentry": lambda world: world.audit_entry.pk,
    "audit/synclog": lambda world: world.sync_event.pk,
    "merchants/charge": lambda world: world.paid_charge.pk,
    "merchants/dispute": lambda world: world.dispute.pk,
    "merchants/payout": lambda world: world.payout.pk,
    "merchants/store": lambda world: world.store.pk,
    "payments/conversionquote": lambda world: world.quote.pk,
    "payments/posting": lambda world: world.posting.pk,
    "payments/transaction": lambda world: world.transfer.pk,
    "payments/wallet": lambda world: world.wallet.pk,
}


def looked_at(me: Staff, model: str, row: Row) -> dict[str, list[Any]]:
    """The pages of a model that its staff may look at, and nobody may change."""
    name = model.replace("/", "_")

    def at(world: World) -> Mapping[str, Any]:
        return {"object_id": row(world)}

    forbidden = staff(me, Outcome.FORBIDDEN)
    return {
        f"{name}_changelist": [get(staff(me))],
        f"{name}_add": [get(forbidden), post(forbidden, body=lambda _: {"name": "x"})],
        f"{name}_change": [get(staff(me), at=at), post(forbidden, at=at, body=lambda _: {"name": "x", "status": "closed"})],
        f"{name}_delete": [get(forbidden, at=at), post(forbidden, at=at, body=lambda _: {"post": "yes"})],
        f"{name}_history": [get(staff(me), at=at)],
        f"{model}/<path:object_id>/": [get(staff(me), at=at)],
    }


def button(row: Row, **more: str) -> list[Any]:
    """A button of the admin console that asks for a reason: GET shows the question."""

    def at(world: World) -> Mapping[str, Any]:
        return {"object_id": row(world)}

    reason = {"reason": "Reported stolen", "_form_submitted": "True", **more}
    return [get(staff(Staff.ADMIN), at=at), post(staff(Staff.ADMIN), at=at, body=lambda _: reason)]


def console(me: Staff) -> dict[str, list[Any]]:
    """What both consoles have, for the staff of one."""
    new_password = {"old_password": PASSWORD, "new_password1": "kestrel orbit moss", "new_password2": "kestrel orbit moss"}
    content = lambda world: {"content_type_id": "1", "object_id": str(world.wallet.pk)}  # noqa: E731
    field = {"app_label": "payments", "model_name": "wallet", "field_name": "asset"}
    pages: dict[str, list[Any]] = {
        "index": [get(staff(me))],
        "login": [get(ANYBODY), post(ANYBODY, body=lambda _: {"username": "alice@example.com", "password": PASSWORD})],
        "logout": [post(ANYBODY)],
        "password_change": [get(staff(me)), post(staff(me), body=lambda _: new_password)],
        "password_change_done": [get(staff(me))],
        "app_list": [get(staff(me), at=lambda _: {"app_label": "payments"})],
        "search": [get(staff(me), query=lambda _: {"s": "alice"})],
        "jsi18n": [get(staff(me))],
        # Nothing that the consoles show has an address of its own, or may be chosen from.
        "view_on_site": [get(staff(me, Outcome.NOT_FOUND), at=content)],
        "autocomplete": [get(staff(me, Outcome.FORBIDDEN), query=lambda _: field)],
        "(?P<url>.*)$": [get(staff(me, Outcome.NOT_FOUND))],
    }
    for model, row in SHOWN.items():
        pages |= looked_at(me, model, row)
    return pages


AGENT: Table = console(Staff.AGENT)

new_agent = {"email": "bruno@example.com", "username": "bru", "full_name": "Bruno Alves", "phone": ""}

ADMIN: Table = {
    **console(Staff.ADMIN),
    "accounts_user_suspend": button(lambda world: world.people["alice"].pk),
    "accounts_user_reinstate": button(lambda world: world.people["suspended"].pk),
    "accounts_user_take_data": button(lambda world: world.people["alice"].pk),
    "accounts_user_close": button(lambda world: world.people["suspended"].pk),
    "payments_wallet_freeze": button(lambda world: world.wallet.pk),
    "payments_wallet_unfreeze": button(lambda world: world.frozen_wallet.pk),
    **looked_at(Staff.ADMIN, "accounts/identityprofile", lambda world: world.identity.pk),
    "accounts_identityprofile_approve": button(lambda world: world.identity.pk),
    "accounts_identityprofile_reject": button(lambda world: world.identity.pk, grounds="name"),
    **looked_at(Staff.ADMIN, "merchants/bankfile", lambda world: world.bank_file.pk),
    # Where no payout leaves by file.
    "merchants_bankfile_make": [get(staff(Staff.ADMIN, Outcome.FORBIDDEN)), post(staff(Staff.ADMIN, Outcome.FORBIDDEN))],
    "merchants_bankfile_read": [get(staff(Staff.ADMIN, Outcome.FORBIDDEN)), post(staff(Staff.ADMIN, Outcome.FORBIDDEN))],
    "merchants_bankfile_download": [get(staff(Staff.ADMIN), at=lambda world: {"object_id": world.bank_file.pk})],
    **looked_at(Staff.ADMIN, "support/agent", lambda world: world.agent.pk),
    "support_agent_add": [get(staff(Staff.ADMIN)), post(staff(Staff.ADMIN), body=lambda _: new_agent)],
    "support_agent_dismiss": button(lambda world: world.agent.pk),
}
