"""Topping up from outside and withdrawing to it: what, review, then a receipt that waits for the provider's answer."""

from typing import Any

from payments.fees import fee_for
from payments.forms import TopUpForm, WithdrawForm
from payments.models import Transaction
from payments.operations import start_deposit, start_withdrawal
from payments.providers.funding import Instrument, UnknownToken, funding_provider
from payments.views.drafts import Draft
from payments.views.steps import OwnWalletStep, ReviewStep, drafted_money, drafted_wallet


class TopUp(OwnWalletStep):
    """How much, into which wallet, from which card or account."""

    kind = "top_up"
    form_class = TopUpForm
    template = "top_up"
    url = "top_up"
    review_url = "top_up_review"


class TopUpReview(ReviewStep):
    """What will be collected, and where it goes."""

    details = TopUp
    template = "top_up_review"

    def review(self, draft: Draft) -> dict[str, Any]:
        return {
            "wallet": drafted_wallet(self.person, draft),
            "amount": drafted_money(draft),
            "instrument": chosen_instrument(self, draft),
        }

    def act(self, draft: Draft) -> Transaction:
        return start_deposit(
            wallet=drafted_wallet(self.person, draft),
            amount=drafted_money(draft),
            provider=funding_provider().name,
            source=chosen_instrument(self, draft).token,
            actor=self.person,
            key=str(draft.id),
            now=self.now,
        )


class Withdraw(OwnWalletStep):
    """How much, from which wallet, to which card or account."""

    kind = "withdraw"
    form_class = WithdrawForm
    template = "withdraw"
    url = "withdraw"
    review_url = "withdraw_review"


class WithdrawReview(ReviewStep):
    """What will be paid out, what it costs, and where it goes."""

    details = Withdraw
    template = "withdraw_review"

    def review(self, draft: Draft) -> dict[str, Any]:
        amount = drafted_money(draft)
        fee = fee_for(Transaction.Kind.WITHDRAWAL, amount)
        return {
            "wallet": drafted_wallet(self.person, draft),
            "amount": amount,
            "fee": fee,
            "total": amount + fee,
            "instrument": chosen_instrument(self, draft),
        }

    def act(self, draft: Draft) -> Transaction:
        return start_withdrawal(
            wallet=drafted_wallet(self.person, draft),
            amount=drafted_money(draft),
            provider=funding_provider().name,
            destination=chosen_instrument(self, draft).token,
            actor=self.person,
            key=str(draft.id),
            now=self.now,
        )


def chosen_instrument(step: ReviewStep, draft: Draft) -> Instrument:
    """The card or account that was chosen.

    :raises UnknownToken: it can't be used any more.
    :raises FundingUnavailable: nothing from outside can.
    """
    for instrument in funding_provider().instruments(step.person):
        if instrument.token == draft.facts["instrument"]:
            return instrument
    raise UnknownToken
