"""Sending money to somebody: who and how much, review, done."""

from typing import Any

from payments.fees import fee_for
from payments.forms import SendForm
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import transfer
from payments.operations.transfers import check_parties
from payments.parties import name_of
from payments.views.drafts import Draft
from payments.views.steps import OwnWalletStep, ReviewStep, drafted_money, drafted_wallet


class Send(OwnWalletStep):
    """Whom, how much, from where."""

    kind = "send"
    form_class = SendForm
    template = "send"
    url = "send"
    review_url = "send_review"


class SendReview(ReviewStep):
    """What will be sent, to the name that the payee goes by, and what it costs."""

    details = Send
    template = "send_review"

    def review(self, draft: Draft) -> dict[str, Any]:
        payer, payee, amount = self._parties(draft)
        check_parties(payer, payee, amount)
        fee = fee_for(Transaction.Kind.TRANSFER, amount)
        own = payee.user_id == self.person.pk
        return {
            "payer": payer,
            "payee_name": payee.name if own else name_of(payee),
            "payee_identifier": draft.facts["payee"],
            "amount": amount,
            "fee": fee,
            "total": amount + fee,
            "notes": draft.facts["notes"],
        }

    def act(self, draft: Draft) -> Transaction:
        payer, payee, amount = self._parties(draft)
        return transfer(
            payer=payer,
            payee=payee,
            amount=amount,
            actor=self.person,
            key=str(draft.id),
            now=self.now,
            notes=draft.facts["notes"],
        )

    def _parties(self, draft: Draft) -> tuple[Wallet, Wallet, Money]:
        payee = Wallet.objects.select_related("user").get(pk=draft.facts["payee_wallet"])
        return drafted_wallet(self.person, draft), payee, drafted_money(draft)
