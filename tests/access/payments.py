"""Who may ask which address about wallets and money."""

from tests.access.policy import (
    EVERYBODY,
    OWNER,
    OWNER_NAMED,
    PARTIES,
    PAYEE,
    PAYEE_NAMED,
    PEOPLE,
    Table,
    Values,
    delete,
    get,
    patch,
    post,
    put,
)
from tests.access.world import World

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


def wallet(world: World) -> Values:
    return {"wallet_id": world.wallet.pk}


def usd_wallet(world: World) -> Values:
    return {"wallet_id": world.usd_wallet.pk}


def empty_wallet(world: World) -> Values:
    return {"wallet_id": world.empty_wallet.pk}


def sent(world: World) -> Values:
    return {"transaction_id": world.transfer.pk}


def paid(world: World) -> Values:
    return {"transaction_id": world.payment.pk}


def quote(world: World) -> Values:
    return {"quote_id": world.quote.pk}


def refunding(world: World) -> Values:
    return {**sent(world), "draft_id": world.drafts["refund"]}


def to_bruno(world: World) -> Values:
    return {"wallet": world.wallet.pk, "payee": "bruno@example.com", "amount": "5.00", "notes": ""}


def from_card(world: World) -> Values:
    return {"wallet": world.wallet.pk, "amount": "5.00", "instrument": "tok_success"}


def into_dollars(world: World) -> Values:
    return {"wallet": world.wallet.pk, "target": world.usd_wallet.pk, "amount": "5.00"}


PAGES: Table = {
    "home": [get(EVERYBODY)],
    "activity": [get(PEOPLE), get(OWNER_NAMED, query=lambda world: {"wallet": world.wallet.pk})],
    "transaction": [get(PARTIES, at=sent), get(OWNER, at=paid)],
    "transaction_receipt": [get(PARTIES, at=sent), get(OWNER, at=paid)],
    "refund": [get(PAYEE, at=sent), post(PAYEE, at=sent, body=lambda _: {"amount": "1.00"})],
    "refund_review": [get(PAYEE, at=refunding), post(PAYEE, at=refunding)],
    "wallets": [get(PEOPLE)],
    "wallet_open": [get(PEOPLE), post(PEOPLE, body=lambda _: {"asset": "JPY", "name": "Yen"})],
    "wallet": [get(OWNER, at=wallet)],
    "wallet_rename": [get(OWNER, at=wallet), post(OWNER, at=wallet, body=lambda _: {"name": "Mine now"})],
    "wallet_primary": [post(OWNER, at=usd_wallet)],
    "wallet_close": [get(OWNER, at=empty_wallet), post(OWNER, at=empty_wallet)],
    "statement": [get(OWNER, at=wallet)],
    "statement_csv": [get(OWNER, at=wallet, query=lambda _: MARCH)],
    "statement_pdf": [get(OWNER, at=wallet, query=lambda _: MARCH)],
    "statement_camt": [get(OWNER, at=wallet, query=lambda _: MARCH)],
    "account_activity": [get(PEOPLE)],
    "account_freeze": [get(PEOPLE), post(PEOPLE)],
    # Whose account is not frozen is led back; whose is, is asked for a proof first.
    "account_unfreeze": [post(PEOPLE)],
    "limits": [get(PEOPLE)],
    "limit": [
        get(PEOPLE, at=lambda _: {"asset": "EUR"}),
        post(PEOPLE, at=lambda _: {"asset": "EUR"}, body=lambda _: {"per_payment": "5", "per_day": ""}),
    ],
    "limit_keep": [post(PEOPLE, at=lambda _: {"asset": "EUR"})],
    "send": [get(PEOPLE), post(OWNER_NAMED, body=to_bruno)],
    "send_review": [
        get(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["send"]}),
        post(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["send"]}),
    ],
    "exchange": [get(PEOPLE), post(OWNER_NAMED, body=into_dollars)],
    "exchange_quote": [get(OWNER, at=quote), post(OWNER, at=quote)],
    "exchange_again": [post(OWNER, at=quote)],
    "top_up": [get(PEOPLE), post(OWNER_NAMED, body=from_card)],
    "top_up_review": [
        get(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["top_up"]}),
        post(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["top_up"]}),
    ],
    "withdraw": [get(PEOPLE), post(OWNER_NAMED, body=from_card)],
    "withdraw_review": [
        get(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["withdraw"]}),
        post(OWNER_NAMED, at=lambda world: {"draft_id": world.drafts["withdraw"]}),
    ],
}


def funding(world: World, end: str) -> Values:
    return {"wallet": world.wallet.pk, "amount": "5.00", "asset": "EUR", end: "tok_success"}


def transfer(world: World) -> Values:
    return {"wallet": world.wallet.pk, "amount": "5.00", "asset": "EUR", "payee": {"address": world.bruno_wallet.address}}


def dollars(world: World) -> Values:
    wallets = {"source_wallet": world.wallet.pk, "target_wallet": world.usd_wallet.pk}
    return wallets | {"amount": "5.00", "asset": "EUR"}


API: Table = {
    "api_assets": [get(PEOPLE)],
    "api_rates": [get(PEOPLE, query=lambda _: {"source": "EUR", "target": "USD"})],
    "api_wallets": [get(PEOPLE), post(PEOPLE, body=lambda _: {"asset": "JPY", "name": "Yen"})],
    "api_wallet": [get(OWNER, at=wallet), patch(OWNER, at=wallet, body=lambda _: {"name": "Mine now"})],
    "api_wallet_balance": [get(OWNER, at=wallet)],
    "api_wallet_closures": [post(OWNER, at=empty_wallet)],
    "api_wallet_postings": [get(OWNER, at=wallet)],
    "api_wallet_statement": [get(OWNER, at=wallet, query=lambda _: {"from": MARCH["start"], "to": MARCH["end"]})],
    "api_account_activity": [get(PEOPLE)],
    "api_account_activity_summary": [get(PEOPLE)],
    "api_freeze": [get(PEOPLE), put(PEOPLE), delete(PEOPLE)],
    "api_limits": [get(PEOPLE), put(PEOPLE, body=lambda _: {"asset": "EUR", "per_payment": "5.00", "per_day": None})],
    "api_transactions": [get(PEOPLE), get(PEOPLE, query=lambda world: {"wallet": world.wallet.pk})],
    "api_transaction": [get(PARTIES, at=sent), get(OWNER, at=paid)],
    "api_refunds": [post(PAYEE_NAMED, at=sent, body=lambda _: {"amount": "1.00", "asset": "EUR"})],
    "api_deposits": [post(OWNER_NAMED, body=lambda world: funding(world, "source"))],
    "api_withdrawals": [post(OWNER_NAMED, body=lambda world: funding(world, "destination"))],
    "api_transfers": [post(OWNER_NAMED, body=transfer)],
    "api_conversions": [post(OWNER_NAMED, body=lambda world: {"quote": world.quote.pk})],
    "api_quotes": [post(OWNER_NAMED, body=dollars)],
    "api_quote": [get(OWNER, at=quote)],
}
