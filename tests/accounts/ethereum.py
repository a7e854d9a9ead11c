"""Wallets for tests. They sign with eth-account, which shares no code with ours."""

import datetime as dt
from typing import Any

from django.test import Client
from eth_account import Account
from eth_account.messages import encode_defunct

from accounts.nonces import issue_nonce
from accounts.providers.ethereum import write_message
from accounts.providers.identity import ETHEREUM

WALLET = Account.from_key("0x" + "4c" * 32)
OTHER_WALLET = Account.from_key("0x" + "5d" * 32)


def ask_message(client: Client, address: str = WALLET.address, chain_id: int = 1) -> str:
    """A fresh message to sign, from the API."""
    answer = client.post(
        "/api/auth/ethereum/nonce", {"address": address.lower(), "chain_id": chain_id}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return str(answer.json()["message"])


def sign(message: str, wallet: Any = WALLET) -> str:  # a LocalAccount, which has no types
    """As `personal_sign` of a browser's wallet answers."""
    return "0x" + wallet.sign_message(encode_defunct(text=message)).signature.hex().removeprefix("0x")


def signed_message(*, now: dt.datetime) -> dict[str, str]:
    """What a wallet's owner sends to sign in."""
    message = write_message(address=WALLET.address, chain_id=1, nonce=issue_nonce(ETHEREUM, now=now), now=now)
    return {"message": message, "signature": sign(message)}


def present(client: Client, message: str, signature: str, **options: Any) -> Any:
    """Bring a signed message to the API."""
    body = {"message": message, "signature": signature}
    return client.post("/api/auth/ethereum", body, content_type="application/json", **options)
