"""Paying in a store: the code, what and from which wallet, review; the receipt is the payment's own page."""

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from merchants.codes import find_charge, find_store
from merchants.errors import CodeUnknown, TooManyGuesses
from merchants.forms import CodeForm, PayChargeForm, PayStoreForm
from merchants.models import STORE_CODE_LENGTH, Charge, Store
from merchants.operations import check_payable, pay_charge, pay_store
from merchants.queries import stores_paid_by
from merchants.views.pages import MerchantView
from payments.fees import fee_for
from payments.forms.acts import DraftForm, typed_amount
from payments.models import Transaction, Wallet
from payments.money import InvalidAmount, parse_plain
from payments.views.drafts import Draft
from payments.views.pages import INVALID
from payments.views.steps import DetailsStep, ReviewStep, drafted_money, drafted_wallet, receipt_address

PAID_BEFORE = 4  # stores that are offered to pay again
CLOSED = "closed"  # beside the statuses of a charge, why a code can't be paid


class CodeView(MerchantView):
    """A page that asks for a code when it has none that leads somewhere."""

    def ask(self, form: CodeForm, *, status: int = 200) -> HttpResponse:
        stores = stores_paid_by(self.person, limit=PAID_BEFORE)
        return self.page("pay_enter", {"form": form, "stores": stores}, status=status)


class EnterCode(CodeView):
    """Where a code is typed by hand. An address that is almost a code's leads here too, and on."""

    def get(self, request: HttpRequest, code: str = "") -> HttpResponse:
        typed = {"code": code} if code else request.GET
        if "code" not in typed:
            return self.ask(CodeForm())
        form = CodeForm(typed)
        if not form.is_valid():
            return self.ask(form, status=INVALID)
        found = form.cleaned_data["code"]
        return redirect("pay_store" if len(found) == STORE_CODE_LENGTH else "pay_charge", code=found)


class PayStep(CodeView, DetailsStep):
    """The first step: who is paid and how much, and from which wallet. Also says, calmly, why it is too late."""

    template = "pay"

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        return self._refused() or super().get(request, **names)

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        refused = self._refused()
        if not refused and self._state() != Charge.Status.PENDING:
            return self.show(self.form(), status=HTTPStatus.CONFLICT)
        return refused or super().post(request, **names)

    @property
    def store(self) -> Store:
        raise NotImplementedError

    @property
    def charge(self) -> Charge | None:
        return None

    def show(self, form: DraftForm, *, status: int = 200) -> HttpResponse:
        state = self._state()
        if state == Charge.Status.PENDING:
            return super().show(form, status=status)
        context = {"state": state, "store": self.store, "charge": self.charge, "receipt": self._own_receipt()}
        return self.page("pay_over", context, status=status)

    def about(self) -> dict[str, Any]:
        others = Wallet.objects.owned_by(self.person).filter(status=Wallet.Status.ACTIVE).exclude(asset=self.store.asset)
        return {"store": self.store, "charge": self.charge, "has_other_currencies": others.exists()}

    def _refused(self) -> HttpResponse | None:
        """The page that asks for a code, if this one leads nowhere or too many were tried."""
        try:
            _looked_up = self.store
        except (CodeUnknown, TooManyGuesses) as refusal:
            form = CodeForm({"code": self.kwargs["code"]})
            if form.is_valid():
                form.add_error("code", str(refusal))
            return self.ask(form, status=refusal.status)
        return None

    def _state(self) -> str:
        if self.charge and (status := self.charge.status_at(self.now)) != Charge.Status.PENDING:
            return status
        return Charge.Status.PENDING if self.store.is_open else CLOSED

    def _own_receipt(self) -> str | None:
        """The receipt, if it was this person who paid the charge."""
        payment = self.charge.transaction if self.charge else None
        own = payment and payment.payer_wallet.user_id == self.person.pk
        return receipt_address(payment) if payment and own else None


class PayCharge(PayStep):
    """What a till asks for."""

    kind = "pay_charge"
    url = "pay_charge"
    review_url = "pay_charge_review"
    form_class = PayChargeForm

    @cached_property
    def charge(self) -> Charge:
        return find_charge(self.kwargs["code"], person=self.person)

    @property
    def store(self) -> Store:
        return self.charge.store

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> DraftForm:
        return PayChargeForm(self.charge, self.person, data, initial=initial)


class PayStore(PayStep):
    """A store that takes any amount; the address of its QR code may name one."""

    kind = "pay_store"
    url = "pay_store"
    review_url = "pay_store_review"
    form_class = PayStoreForm

    @cached_property
    def store(self) -> Store:
        return find_store(self.kwargs["code"], person=self.person)

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> DraftForm:
        return PayStoreForm(self.store, self.person, data, initial=initial)

    def initial(self) -> Mapping[str, Any]:
        initial = dict(super().initial())
        if "amount" not in initial and "amount" in self.request.GET:
            try:
                initial["amount"] = typed_amount(parse_plain(self.request.GET["amount"], self.store.asset))
            except InvalidAmount:
                return initial  # somebody wrote the address by hand; the form asks
        return initial


class PayReview(MerchantView, ReviewStep):
    """The second step: what will be paid, and the button that does it."""

    template = "pay_review"
    details: ClassVar[type[PayStep]]

    def review(self, draft: Draft) -> dict[str, Any]:
        amount, step = drafted_money(draft), self._step(draft)
        check_payable(step.store, amount, charge=step.charge, now=self.now)
        fee = fee_for(Transaction.Kind.PAYMENT, amount)
        return {
            "store": step.store,
            "charge": step.charge,
            "wallet": drafted_wallet(self.person, draft),
            "amount": amount,
            "fee": fee,
            "total": amount + fee,
            "notes": draft.facts["notes"],
        }

    def _step(self, draft: Draft) -> PayStep:
        """The first step of the same code.

        :raises Http404: the draft is about another one.
        :raises CodeUnknown, TooManyGuesses:
        """
        if draft.facts["code"] != self.kwargs["code"]:
            raise Http404
        step = self.details()
        step.setup(self.request, code=self.kwargs["code"])
        return step


class PayChargeReview(PayReview):
    """What a till asks for, once more before it is paid."""

    details = PayCharge

    def act(self, draft: Draft) -> Transaction:
        charge = self._step(draft).charge
        if charge is None:
            raise Http404
        wallet = drafted_wallet(self.person, draft)
        return pay_charge(charge=charge, payer_wallet=wallet, actor=self.person, key=str(draft.id), now=self.now)


class PayStoreReview(PayReview):
    """An open amount, once more before it is paid."""

    details = PayStore

    def act(self, draft: Draft) -> Transaction:
        return pay_store(
            store=self._step(draft).store,
            amount=drafted_money(draft),
            payer_wallet=drafted_wallet(self.person, draft),
            actor=self.person,
            key=str(draft.id),
            notes=draft.facts["notes"],
            now=self.now,
        )
