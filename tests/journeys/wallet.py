"""A browser's wallet: an extension that shows its address and signs, as pages see it. The signatures are eth-account's."""

from playwright.sync_api import BrowserContext

from tests.accounts.ethereum import WALLET, sign

EXTENSION = """
window.ethereum = {
  request: async ({ method, params }) => {
    if (method === "eth_requestAccounts") return ["%(address)s"];
    if (method === "eth_chainId") return "%(chain)s";
    if (method === "personal_sign" && params[1] === "%(address)s") return window.askOwner(params[0]);
    throw Object.assign(new Error("This wallet does not do that."), { code: 4200 });
  },
};
"""
DECLINES = """
window.askOwner = async (message) => { throw Object.assign(new Error("User rejected the request."), { code: 4001 }); };
"""


def install_wallet(context: BrowserContext, *, chain_id: int = 1) -> list[str]:
    """Give this browser a wallet whose owner signs whatever is asked. Answers the messages, as they come."""
    asked: list[str] = []

    def ask_owner(message: str) -> str:
        asked.append(bytes.fromhex(message.removeprefix("0x")).decode())
        return sign(asked[-1])

    context.expose_function("askOwner", ask_owner)
    context.add_init_script(EXTENSION % {"address": WALLET.address.lower(), "chain": hex(chain_id)})
    return asked
