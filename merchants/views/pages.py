"""What the pages about stores start from: somebody who works there."""

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from merchants import qr
from merchants.errors import NotInYourRole
from merchants.models import Store
from merchants.roles import Act, acts_of, may
from payments.views.pages import PersonView

TYPED = "merchants.typed"
SWITCHED_TO = 8  # the others are behind "All stores"


class MerchantView(PersonView):
    """A page whose template is in `merchants/`."""

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        return render(self.request, f"merchants/{template}.html", context, status=status)


class StoreView(MerchantView):
    """A page of a store, for those who work there and whose role includes `needs`."""

    needs: ClassVar[Act] = Act.TAKE_PAYMENT

    @cached_property
    def store(self) -> Store:
        """The store that the address names, with its wallet and the person's role.

        :raises Http404: they do not work there, or there is no such store.
        :raises NotInYourRole: their role does not include what this page is for.
        """
        stores = Store.objects.run_by(self.person).select_related("settlement_wallet")
        store: Store = get_object_or_404(stores, pk=self.store_id)
        if not may(store.role, self.needs):
            raise NotInYourRole
        return store

    @property
    def store_id(self) -> uuid.UUID:
        found: uuid.UUID = self.kwargs["store_id"]
        return found

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        own = {"store": self.store, "acts": acts_of(self.store.role), "other_stores": self._others()}
        with timezone.override(self.store.zone):  # a store's day is the same for everybody who works there
            return super().page(template, {**own, **context}, status=status)

    def _others(self) -> list[Store]:
        """Other stores where the person works, to switch to."""
        return list(Store.objects.run_by(self.person).exclude(pk=self.store.pk).order_by("name")[:SWITCHED_TO])


class ConfirmedForm(StoreView):
    """A page whose form may have to be confirmed first: what was typed is there again when its person comes back."""

    def keep_typed(self) -> None:
        """Remember what was sent, in the session, until the page is asked for."""
        sent = {name: self.request.POST.getlist(name) for name in self.request.POST if name != "csrfmiddlewaretoken"}
        self.request.session[TYPED] = {"path": self.request.path, "sent": sent}

    def typed(self) -> dict[str, Any]:
        """What was typed here before it was confirmed, once."""
        kept = self.request.session.get(TYPED)
        if not kept or kept["path"] != self.request.path:
            return {}
        del self.request.session[TYPED]
        return {name: values if len(values) > 1 else values[0] for name, values in kept["sent"].items() if values}


class KeptImage(PersonView):
    """Lets the asker's own browser keep the image, which other pages of a person forbid."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if response.headers.get("Content-Type", "").startswith("image/"):
            response.headers["Cache-Control"] = qr.KEPT
            del response.headers["Expires"]
        return response
