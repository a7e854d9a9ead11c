"""One calm way through every act that moves money: what, review, done.

The first step keeps a draft and leads to the review's address; the review's button does the act once per
draft and leads to the receipt. Each step is a page of its own that can be reloaded, so nothing needs scripts.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.errors import Refused
from config.idempotency import FORM_KEY, KeyedForm, redirect_once
from config.problems import refused_on_form
from payments.forms import ActForm, DraftForm
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.views import drafts
from payments.views.drafts import Draft
from payments.views.pages import INVALID, PersonView

FORGOTTEN = _("That form was left too long, so write it once more. If you had confirmed it already, it is in your activity.")


class DetailsStep(PersonView):
    """The first step: what is wanted. `url` and `review_url` are names of addresses."""

    kind: ClassVar[str]
    template: ClassVar[str]
    url: ClassVar[str]
    review_url: ClassVar[str]
    form_class: ClassVar[type[DraftForm]]

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        return self.show(self.form(initial=self.initial()))

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.show(form, status=INVALID)
        draft = drafts.keep(request.session, self.kind, form.facts())
        return redirect(self.review_url, draft_id=draft.id, **names)

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> DraftForm:
        """The form with what was sent, or with what it starts with."""
        raise NotImplementedError

    def initial(self) -> Mapping[str, Any]:
        """What the form starts with: the draft that is to be changed, or what the address says."""
        draft_id = _uuid(self.request.GET.get("draft", ""))
        draft = drafts.find(self.request.session, self.kind, draft_id) if draft_id else None
        if draft:
            return self.form_class.typed(draft.facts)
        return {name: self.request.GET[name] for name in self.form_class.from_address if name in self.request.GET}

    def address(self, **query: str) -> str:
        """Where this step is."""
        return reverse(self.url, kwargs=self.kwargs, query=query)

    def show(self, form: DraftForm, *, status: int = 200) -> HttpResponse:
        return self.page(self.template, {"form": form, "action": self.address(), **self.about()}, status=status)

    def about(self) -> dict[str, Any]:
        """What the template shows beside the form."""
        return {}

    def show_refused(self, draft: Draft, refusal: Refused) -> HttpResponse:
        """The form as it was typed, with the words of what refused the act."""
        form = self.form(self.form_class.typed(draft.facts))
        form.errors.clear()  # what the form has against it now is only another way to say the same
        refused_on_form(form, refusal)
        return self.show(form, status=refusal.status)


class OwnWalletStep(DetailsStep):
    """The first step of an act from or into one of the person's own wallets."""

    form_class: ClassVar[type[ActForm]]

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> ActForm:
        return self.form_class(self.person, data, initial=initial)


class ReviewStep(PersonView):
    """The second step: what will happen, said in full, and the button that does it."""

    details: ClassVar[type[DetailsStep]]
    template: ClassVar[str]

    def get(self, request: HttpRequest, draft_id: uuid.UUID, **names: Any) -> HttpResponse:
        draft, step, done = self.find(draft_id), self._details(names), self._done(draft_id)
        if done or draft is None:
            return done or self._forgotten(step)
        try:
            return self.page(self.template, {"back": step.address(draft=str(draft.id)), **self.review(draft)})
        except Refused as refusal:
            return step.show_refused(draft, refusal)

    def post(self, request: HttpRequest, draft_id: uuid.UUID, **names: Any) -> HttpResponse:
        draft, step = self.find(draft_id), self._details(names)
        if draft is None:
            return self._done(draft_id) or self._forgotten(step)
        form = KeyedForm({FORM_KEY: str(draft.id)})
        form.full_clean()
        try:
            return redirect_once(request, form=form, work=lambda: self.receipt(self.act(draft)))
        except Refused as refusal:
            return step.show_refused(draft, refusal)

    def find(self, draft_id: uuid.UUID) -> Draft | None:
        """What was drafted, unless it is forgotten."""
        return drafts.find(self.request.session, self.details.kind, draft_id)

    def review(self, draft: Draft) -> dict[str, Any]:
        """What the template shows.

        :raises Refused: what was drafted can't be done any more.
        """
        raise NotImplementedError

    def act(self, draft: Draft) -> Transaction:
        """Does it, in the commit of the draft's key.

        :raises Refused: as the operation does.
        """
        raise NotImplementedError

    def receipt(self, transaction: Transaction) -> str:
        """Where the last step is."""
        return receipt_address(transaction)

    def _details(self, names: Mapping[str, Any]) -> DetailsStep:
        """The first step of the same act: `names` is the rest of the address."""
        step = self.details()
        step.setup(self.request, **names)
        return step

    def _done(self, draft_id: uuid.UUID) -> HttpResponse | None:
        """The way to the receipt, if this was done before: Back leads to what happened, not to a second try."""
        done = Transaction.objects.filter(initiated_by=self.person, idempotency_key=str(draft_id)).first()
        return redirect(self.receipt(done)) if done else None

    def _forgotten(self, step: DetailsStep) -> HttpResponse:
        messages.info(self.request, FORGOTTEN)
        return redirect(step.address())


def receipt_address(transaction: Transaction) -> str:
    """Where the last step is: the transaction's own page, which shows that it has just been done."""
    return f"{reverse('transaction', args=[transaction.pk])}?done"


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def drafted_wallet(person: User, draft: Draft) -> Wallet:
    """The person's wallet that the draft is about.

    :raises Http404: it is not theirs any more.
    """
    return get_object_or_404(Wallet.objects.owned_by(person).with_balance(), pk=draft.facts["wallet"])


def drafted_money(draft: Draft) -> Money:
    """The draft's amount."""
    return Money(draft.facts["amount"], draft.facts["asset"])
