"""Who the banks are that payouts leave by, and who we are to them: the settings `PIX_API` and `BANK_FILE`."""

from dataclasses import dataclass

from environ import Env


@dataclass(frozen=True, slots=True)
class PixApi:
    """A bank's Pix API: where it is, our credentials, and the Pix `key` that payouts leave from.

    `certificate` is a PEM file with ours and its key (mutual TLS), `authority` one with another authority than the public
    ones; `webhook_token` stands in the address that the bank tells news to.
    """

    url: str = ""
    client_id: str = ""
    client_secret: str = ""
    key: str = ""
    certificate: str = ""
    authority: str = ""
    webhook_token: str = ""

    @classmethod
    def of(cls, env: Env) -> "PixApi":
        """As the environment has it."""
        return cls(
            url=env("PIX_API_URL", default=""),
            client_id=env("PIX_API_CLIENT_ID", default=""),
            client_secret=env("PIX_API_CLIENT_SECRET", default=""),
            key=env("PIX_API_KEY", default=""),
            certificate=env("PIX_API_CERTIFICATE", default=""),
            authority=env("PIX_API_AUTHORITY", default=""),
            webhook_token=env("PIX_WEBHOOK_TOKEN", default=""),
        )


@dataclass(frozen=True, slots=True)
class BankAccount:
    """The account that bank files pay from: its holder, IBAN and, where the bank wants it, BIC."""

    name: str = ""
    iban: str = ""
    bic: str = ""

    @classmethod
    def of(cls, env: Env) -> "BankAccount":
        """As the environment has it."""
        return cls(
            name=env("BANK_FILE_NAME", default=""),
            iban=env("BANK_FILE_IBAN", default=""),
            bic=env("BANK_FILE_BIC", default=""),
        )
