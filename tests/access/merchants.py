"""Who may ask which address about stores, tills and paying there."""

from tests.access.policy import (
    EVERYBODY,
    MANAGERS,
    NO_ONE,
    OWNER,
    OWNER_NAMED,
    OWNERS,
    PEOPLE,
    TEAM,
    Audience,
    Named,
    Outcome,
    Person,
    Table,
    Values,
    delete,
    get,
    patch,
    post,
    put,
)
from tests.access.world import World


def store(world: World) -> Values:
    return {"store_id": world.store.pk}


def payment(world: World) -> Values:
    return {**store(world), "transaction_id": world.payment.pk}


def payment_elsewhere(world: World) -> Values:
    """The greengrocer's payment, in the address of rita's store."""
    return {"store_id": world.other_store.pk, "transaction_id": world.payment.pk}


def refunding(world: World) -> Values:
    return {**payment(world), "draft_id": world.drafts["store_refund"]}


def charge(world: World) -> Values:
    return {**store(world), "charge_id": world.pending_charge.pk}


def charge_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "charge_id": world.pending_charge.pk}


def store_code(world: World) -> Values:
    return {"code": Named(world.store.short_code)}


def charge_code(world: World) -> Values:
    return {"code": Named(world.pending_charge.code)}


def paying_store(world: World) -> Values:
    return {"code": world.store.short_code, "draft_id": world.drafts["pay_store"]}


def paying_charge(world: World) -> Values:
    return {"code": world.pending_charge.code, "draft_id": world.drafts["pay_charge"]}


def two_euros(world: World) -> Values:
    return {"wallet": world.wallet.pk, "amount": "2.00", "asset": "EUR"}


def svg(values: Values) -> Values:
    return {**values, "kind": "svg"}


def member(world: World) -> Values:
    return {**store(world), "member_id": world.member.pk}


def member_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "member_id": world.member.pk}


def invitation(world: World) -> Values:
    return {**store(world), "invitation_id": world.invitation.pk}


def invitation_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "invitation_id": world.invitation.pk}


def shift(world: World) -> Values:
    return {**store(world), "shift_id": world.shift.pk}


def shift_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "shift_id": world.shift.pk}


def payout(world: World) -> Values:
    return {**store(world), "payout_id": world.payout.pk}


def payout_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "payout_id": world.payout.pk}


def asking_payout(world: World) -> Values:
    return {**store(world), "draft_id": world.drafts["payout"]}


def destination(world: World) -> Values:
    return {**store(world), "destination_id": world.destination.pk}


def destination_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "destination_id": world.destination.pk}


def half_a_euro(world: World) -> Values:
    return {"amount": "0.50", "asset": "EUR", "destination": str(world.destination.pk)}


def webhook(world: World) -> Values:
    return {**store(world), "endpoint_id": world.webhook.pk}


def webhook_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "endpoint_id": world.webhook.pk}


def delivery(world: World) -> Values:
    return {**webhook(world), "delivery_id": world.delivery.pk}


def api_key(world: World) -> Values:
    return {**store(world), "key_id": world.api_key.pk}


def key_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "key_id": world.api_key.pk}


def dispute(world: World) -> Values:
    return {**store(world), "dispute_id": world.dispute.pk}


def dispute_elsewhere(world: World) -> Values:
    return {"store_id": world.other_store.pk, "dispute_id": world.dispute.pk}


def own_dispute(world: World) -> Values:
    return {"dispute_id": world.dispute.pk}


def own_payment(world: World) -> Values:
    return {"transaction_id": world.payment.pk}


def disputed_payment(world: World) -> Values:
    return {"transaction_id": world.dispute.payment_id}


def token(world: World) -> Values:
    return {"token": world.invitation_token}


def in_march(_world: World) -> Values:
    return {"start": "2026-03-01", "end": "2026-03-31"}


def from_march(_world: World) -> Values:
    return {"from": "2026-03-01", "to": "2026-03-31"}


MANAGING = Audience(MANAGERS.members)  # staff get what everybody gets
WITHOUT_SHIFT = Audience(frozenset({Person.OLIVIA, Person.CARLOS}), instead={Person.AMARA: Outcome.CONFLICT})
# Nobody of the team can: the only owner is here, and nobody is named backup owner.
TEAM_REFUSED = Audience(frozenset(), instead=dict.fromkeys((Person.OLIVIA, Person.AMARA, Person.CARLOS), Outcome.CONFLICT))
OWNERS_REFUSED = Audience(frozenset(), instead={**OWNERS.instead, Person.OLIVIA: Outcome.CONFLICT})
# An owner who is the only one can't leave.
LEAVERS = Audience(frozenset({Person.AMARA, Person.CARLOS}), instead={Person.OLIVIA: Outcome.CONFLICT})
# Who works there already can't join once more.
NEWCOMERS = Audience(PEOPLE.members - TEAM.members, others=Outcome.CONFLICT)

# The greengrocer's has no logo.
NOTHING_THERE = Audience(frozenset(), outside=Outcome.NOT_FOUND)
NEW_IBAN = {"iban": "DE89370400440532013000", "holder": "Olivia Prado"}
HOOK = {"url": "https://example.com/other"}
ZOE = {"to": "zoe@example.com", "role": "staff"}
NEW_STORE = {"name": "Zoe's Zebras", "symbol": "ZEBRAS", "category": "other", "asset": "EUR", "city": "Porto", "country": "PT"}
STORE_DETAILS = {
    "name": "Olivia's Greens",
    "category": "grocery",
    "city": "Lisbon",
    "country": "PT",
    "timezone": "Europe/Lisbon",
}

PAGES: Table = {
    # Whoever has the token that the bank was given.
    "pix_hook": [post(Audience(frozenset(), others=Outcome.NOT_FOUND, outside=Outcome.NOT_FOUND))],
    "pay": [get(PEOPLE), get(PEOPLE, query=store_code)],
    # Whoever has the code may look and pay, from their own wallets.
    "pay_store": [
        get(PEOPLE, at=store_code),
        post(OWNER_NAMED, at=store_code, body=lambda world: {"wallet": world.wallet.pk, "amount": "2.00"}),
    ],
    "pay_charge": [
        get(PEOPLE, at=charge_code),
        post(OWNER_NAMED, at=charge_code, body=lambda world: {"wallet": world.wallet.pk}),
    ],
    "pay_store_review": [get(OWNER_NAMED, at=paying_store), post(OWNER_NAMED, at=paying_store)],
    "pay_charge_review": [get(OWNER_NAMED, at=paying_charge), post(OWNER_NAMED, at=paying_charge)],
    "pay_mistyped": [get(PEOPLE, at=lambda world: {"code": world.store.short_code.lower()})],
    "stores": [get(PEOPLE)],
    "store_open": [get(PEOPLE), post(PEOPLE, body=lambda _: NEW_STORE)],
    "symbol_hint": [get(PEOPLE, query=lambda _: {"name": "Zoe's Zebras", "symbol": "ZEBRAS"})],
    "directory": [get(EVERYBODY)],
    "public_store": [get(EVERYBODY, at=lambda world: {"symbol": world.store.symbol})],
    "public_logo": [get(NOTHING_THERE, at=lambda world: {"symbol": world.store.symbol})],
    "join": [get(PEOPLE, at=token), post(NEWCOMERS, at=token)],
    "store_edit": [get(MANAGERS, at=store), post(MANAGERS, at=store, body=lambda _: STORE_DETAILS)],
    "store_logo": [post(MANAGERS, at=store)],
    "store_close": [post(OWNERS, at=store)],
    "store_reopen": [post(OWNERS, at=store)],
    "store_team": [get(MANAGERS, at=store)],
    "store_invite": [
        get(MANAGERS, at=store),
        post(MANAGERS, at=store, body=lambda _: ZOE),
    ],
    "store_uninvite": [post(NO_ONE, at=invitation_elsewhere), post(MANAGERS, at=invitation)],
    "store_backup_owner": [post(OWNERS, at=store, body=lambda world: {"member": world.member.pk})],
    "store_member": [
        get(MANAGERS, at=member),
        get(NO_ONE, at=member_elsewhere),
        post(MANAGERS, at=member, body=lambda _: {"role": "admin"}),
    ],
    "store_member_remove": [post(NO_ONE, at=member_elsewhere), post(MANAGERS, at=member)],
    "store_roles": [get(TEAM, at=store)],
    "store_leave": [post(LEAVERS, at=store)],
    "store_claim": [post(TEAM_REFUSED, at=store)],
    "store_claim_stop": [post(OWNERS, at=store)],
    "store": [get(TEAM, at=store)],
    "store_poster": [get(TEAM, at=store)],
    "store_qr": [get(TEAM, at=lambda world: svg(store(world)))],
    # Staff see today's.
    "store_payments": [get(TEAM, at=store)],
    "store_payment": [get(TEAM, at=payment), get(NO_ONE, at=payment_elsewhere)],
    "store_refund": [
        get(MANAGERS, at=payment),
        get(NO_ONE, at=payment_elsewhere),
        post(MANAGERS, at=payment, body=lambda _: {"amount": "1.00"}),
    ],
    "store_refund_review": [get(MANAGERS, at=refunding), post(MANAGERS, at=refunding)],
    "till": [get(TEAM, at=store), post(TEAM, at=store, body=lambda _: {"amount": "3.00", "note": ""})],
    "developers": [get(OWNERS, at=store)],
    "api_key_new": [
        get(OWNERS, at=store),
        post(OWNERS, at=store, body=lambda _: {"name": "Web", "scopes": "events:read"}),
    ],
    "api_key_rotate": [post(NO_ONE, at=key_elsewhere), post(OWNERS, at=api_key)],
    "api_key_revoke": [post(NO_ONE, at=key_elsewhere), post(OWNERS, at=api_key)],
    "webhook_new": [get(OWNERS, at=store), post(OWNERS, at=store, body=lambda _: HOOK)],
    "webhook": [get(OWNERS, at=webhook), get(NO_ONE, at=webhook_elsewhere), post(OWNERS, at=webhook, body=lambda _: HOOK)],
    "webhook_rotate": [post(NO_ONE, at=webhook_elsewhere), post(OWNERS, at=webhook)],
    "webhook_test": [post(NO_ONE, at=webhook_elsewhere), post(OWNERS, at=webhook)],
    "webhook_remove": [post(NO_ONE, at=webhook_elsewhere), post(OWNERS, at=webhook)],
    "webhook_delivery": [get(OWNERS, at=delivery)],
    "webhook_resend": [post(OWNERS, at=delivery)],
    "statistics": [get(MANAGERS, at=store)],
    "statistics_days": [get(MANAGERS, at=store, query=in_march)],
    "statistics_payments": [get(MANAGERS, at=store, query=in_march)],
    "store_statement": [get(MANAGERS, at=store)],
    "store_statement_csv": [get(MANAGERS, at=store, query=in_march)],
    "store_statement_pdf": [get(MANAGERS, at=store, query=in_march)],
    "store_statement_camt": [get(MANAGERS, at=store, query=in_march)],
    "dispute": [
        get(OWNER, at=own_payment),
        post(OWNER, at=own_payment, body=lambda _: {"reason": "unrecognised", "note": "Not me."}),
    ],
    "dispute_withdraw": [post(OWNER, at=disputed_payment)],
    "store_disputes": [get(MANAGERS, at=store)],
    "store_dispute": [
        get(MANAGERS, at=dispute),
        get(NO_ONE, at=dispute_elsewhere),
        post(MANAGERS, at=dispute, body=lambda _: {"answer": "Two coffees."}),
    ],
    "payouts": [get(MANAGERS, at=store)],
    "payout_new": [
        get(OWNERS, at=store),
        post(OWNERS, at=store, body=lambda world: {"amount": "0.50", "destination": str(world.destination.pk)}),
    ],
    "payout_review": [get(OWNERS, at=asking_payout), post(OWNERS, at=asking_payout)],
    "payout": [get(MANAGERS, at=payout), get(NO_ONE, at=payout_elsewhere)],
    "payout_approve": [post(NO_ONE, at=payout_elsewhere), post(MANAGERS, at=payout, body=lambda _: {"revision": "1"})],
    "payout_cancel": [post(NO_ONE, at=payout_elsewhere), post(OWNERS, at=payout)],
    "payout_change": [
        get(OWNERS, at=payout),
        get(NO_ONE, at=payout_elsewhere),
        post(OWNERS, at=payout, body=lambda world: {"amount": "0.50", "destination": str(world.destination.pk)}),
    ],
    "payout_csv": [get(MANAGERS, at=payout), get(NO_ONE, at=payout_elsewhere)],
    "payout_pdf": [get(MANAGERS, at=payout), get(NO_ONE, at=payout_elsewhere)],
    "payout_destinations": [get(OWNERS, at=store)],
    "payout_destination_new": [
        get(OWNERS, at=lambda world: {**store(world), "kind": "iban"}),
        post(OWNERS, at=lambda world: {**store(world), "kind": "iban"}, body=lambda _: NEW_IBAN),
    ],
    # Only a Pix key is shown there, and the greengrocer's is an account.
    "payout_destination_till": [post(NO_ONE, at=destination_elsewhere), post(OWNERS_REFUSED, at=destination)],
    "payout_destination_remove": [post(NO_ONE, at=destination_elsewhere), post(OWNERS, at=destination)],
    "till_today": [get(TEAM, at=store)],
    "shifts": [get(TEAM, at=store)],
    "shift_open": [post(TEAM, at=store)],
    # Staff see none but their own.
    "shift": [get(MANAGING, at=shift), get(NO_ONE, at=shift_elsewhere)],
    "shift_close": [post(NO_ONE, at=shift_elsewhere), post(MANAGING, at=shift)],
    "till_charge": [get(TEAM, at=charge), get(NO_ONE, at=charge_elsewhere)],
    "till_cancel": [post(NO_ONE, at=charge_elsewhere), post(TEAM, at=charge)],
    "till_qr": [get(TEAM, at=lambda world: svg(charge(world))), get(NO_ONE, at=lambda world: svg(charge_elsewhere(world)))],
}


def api_charge(world: World) -> Values:
    return {"charge_id": world.pending_charge.pk}


API: Table = {
    "api_stores": [get(PEOPLE), post(PEOPLE, body=lambda _: NEW_STORE)],
    "api_own_stores": [get(PEOPLE)],
    "api_store_symbols": [get(PEOPLE, query=lambda _: {"name": "Zoe's Zebras"})],
    "api_store": [get(TEAM, at=store), patch(MANAGERS, at=store, body=lambda _: {"description": "Fresh."})],
    "api_store_closures": [post(OWNERS, at=store)],
    "api_store_openings": [post(OWNERS, at=store)],
    "api_store_members": [get(MANAGERS, at=store)],
    "api_store_member": [
        patch(NO_ONE, at=member_elsewhere, body=lambda _: {"role": "admin"}),
        patch(MANAGERS, at=member, body=lambda _: {"role": "admin"}),
        delete(NO_ONE, at=member_elsewhere),
        delete(MANAGERS, at=member),
    ],
    "api_store_departures": [post(LEAVERS, at=store)],
    "api_store_invitations": [
        get(MANAGERS, at=store),
        post(MANAGERS, at=store, body=lambda _: {"email": "zoe@example.com", "role": "staff"}),
    ],
    "api_store_invitation": [delete(NO_ONE, at=invitation_elsewhere), delete(MANAGERS, at=invitation)],
    "api_acceptances": [post(NEWCOMERS, body=token)],
    "api_store_backup_owner": [
        put(OWNERS, at=store, body=lambda world: {"member": str(world.member.pk)}),
        delete(OWNERS, at=store),
    ],
    "api_store_claims": [post(TEAM_REFUSED, at=store), delete(OWNERS, at=store)],
    "api_store_takeovers": [post(TEAM_REFUSED, at=store)],
    "api_store_by_code": [get(PEOPLE, at=store_code)],
    "api_store_qr": [get(TEAM, at=lambda world: svg(store(world)))],
    "api_store_charges": [post(TEAM, at=store, body=lambda _: {"amount": "3.00", "asset": "EUR"})],
    "api_store_payments": [get(TEAM, at=store), post(OWNER_NAMED, at=store, body=two_euros)],
    "api_store_refunds": [post(NO_ONE, at=payment_elsewhere), post(MANAGERS, at=payment)],
    "api_events": [get(OWNERS, query=lambda world: {"store": world.store.pk})],
    "api_webhooks": [get(OWNERS, at=store), post(OWNERS, at=store, body=lambda _: HOOK)],
    "api_webhook": [
        put(NO_ONE, at=webhook_elsewhere, body=lambda _: HOOK),
        put(OWNERS, at=webhook, body=lambda _: HOOK),
        delete(NO_ONE, at=webhook_elsewhere),
        delete(OWNERS, at=webhook),
    ],
    "api_webhook_secrets": [post(NO_ONE, at=webhook_elsewhere), post(OWNERS, at=webhook)],
    "api_webhook_deliveries": [get(OWNERS, at=webhook), get(NO_ONE, at=webhook_elsewhere)],
    "api_webhook_resends": [post(OWNERS, at=delivery)],
    "api_disputes": [
        get(PEOPLE),
        post(OWNER_NAMED, body=lambda world: {"payment": str(world.payment.pk), "reason": "unrecognised"}),
    ],
    "api_dispute": [get(OWNER, at=own_dispute)],
    "api_dispute_withdrawals": [post(OWNER, at=own_dispute)],
    "api_store_disputes": [get(MANAGERS, at=store)],
    "api_store_dispute": [get(MANAGERS, at=dispute), get(NO_ONE, at=dispute_elsewhere)],
    "api_dispute_rejections": [
        post(NO_ONE, at=dispute_elsewhere),
        post(MANAGERS, at=dispute, body=lambda _: {"answer": "Two coffees."}),
    ],
    "api_store_statistics": [get(MANAGERS, at=store, query=from_march)],
    "api_store_statement": [get(MANAGERS, at=store, query=from_march)],
    "api_payout_destinations": [get(OWNERS, at=store), post(OWNERS, at=store, body=lambda _: {"kind": "iban", **NEW_IBAN})],
    "api_payout_destination": [
        patch(NO_ONE, at=destination_elsewhere, body=lambda _: {"at_till": False}),
        patch(OWNERS_REFUSED, at=destination, body=lambda _: {"at_till": False}),
        delete(NO_ONE, at=destination_elsewhere),
        delete(OWNERS, at=destination),
    ],
    "api_payouts": [
        get(MANAGERS, at=store),
        post(OWNERS, at=store, body=half_a_euro),
    ],
    "api_payout": [
        get(MANAGERS, at=payout),
        get(NO_ONE, at=payout_elsewhere),
        put(NO_ONE, at=payout_elsewhere, body=half_a_euro),
        put(OWNERS, at=payout, body=half_a_euro),
    ],
    "api_payout_approvals": [
        post(NO_ONE, at=payout_elsewhere, body=lambda _: {"revision": 1}),
        post(MANAGERS, at=payout, body=lambda _: {"revision": 1}),
    ],
    "api_payout_cancellations": [post(NO_ONE, at=payout_elsewhere), post(OWNERS, at=payout)],
    "api_store_shifts": [get(TEAM, at=store), post(WITHOUT_SHIFT, at=store)],
    "api_shift": [get(MANAGING, at=shift), get(NO_ONE, at=shift_elsewhere)],
    "api_shift_closures": [post(NO_ONE, at=shift_elsewhere), post(MANAGING, at=shift)],
    "api_charge": [get(TEAM, at=api_charge)],
    "api_charge_qr": [get(TEAM, at=lambda world: svg(api_charge(world)))],
    "api_charge_by_code": [get(PEOPLE, at=charge_code)],
    "api_charge_payments": [post(OWNER_NAMED, at=api_charge, body=lambda world: {"wallet": world.wallet.pk})],
    "api_charge_cancellations": [post(TEAM, at=api_charge)],
}
