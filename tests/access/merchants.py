"""Who may ask which address about stores, tills and paying there."""

from tests.access.policy import MANAGERS, NO_ONE, OWNER_NAMED, PEOPLE, TEAM, Named, Table, Values, get, post
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


NEW_STORE = {"name": "Zoe's Zebras", "symbol": "ZEBRAS", "category": "other", "asset": "EUR", "city": "Porto", "country": "PT"}

PAGES: Table = {
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
    "store": [get(TEAM, at=store)],
    "store_poster": [get(TEAM, at=store)],
    "store_qr": [get(TEAM, at=lambda world: svg(store(world)))],
    "store_payments": [get(TEAM, at=store)],
    "store_payment": [get(TEAM, at=payment), get(NO_ONE, at=payment_elsewhere)],
    "store_refund": [
        get(MANAGERS, at=payment),
        get(NO_ONE, at=payment_elsewhere),
        post(MANAGERS, at=payment, body=lambda _: {"amount": "1.00"}),
    ],
    "store_refund_review": [get(MANAGERS, at=refunding), post(MANAGERS, at=refunding)],
    "till": [get(TEAM, at=store), post(TEAM, at=store, body=lambda _: {"amount": "3.00", "note": ""})],
    "till_charge": [get(TEAM, at=charge), get(NO_ONE, at=charge_elsewhere)],
    "till_cancel": [post(NO_ONE, at=charge_elsewhere), post(TEAM, at=charge)],
    "till_qr": [get(TEAM, at=lambda world: svg(charge(world))), get(NO_ONE, at=lambda world: svg(charge_elsewhere(world)))],
}


def api_charge(world: World) -> Values:
    return {"charge_id": world.pending_charge.pk}


API: Table = {
    "api_stores": [get(PEOPLE), post(PEOPLE, body=lambda _: NEW_STORE)],
    "api_store": [get(TEAM, at=store)],
    "api_store_by_code": [get(PEOPLE, at=store_code)],
    "api_store_qr": [get(TEAM, at=lambda world: svg(store(world)))],
    "api_store_charges": [post(TEAM, at=store, body=lambda _: {"amount": "3.00", "asset": "EUR"})],
    "api_store_payments": [get(TEAM, at=store), post(OWNER_NAMED, at=store, body=two_euros)],
    "api_store_refunds": [post(NO_ONE, at=payment_elsewhere), post(MANAGERS, at=payment)],
    "api_charge": [get(TEAM, at=api_charge)],
    "api_charge_qr": [get(TEAM, at=lambda world: svg(api_charge(world)))],
    "api_charge_by_code": [get(PEOPLE, at=charge_code)],
    "api_charge_payments": [post(OWNER_NAMED, at=api_charge, body=lambda world: {"wallet": world.wallet.pk})],
    "api_charge_cancellations": [post(TEAM, at=api_charge)],
}
