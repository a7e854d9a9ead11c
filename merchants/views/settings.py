"""What a store says of itself: changing it, its logo, and whether it takes payments."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from config.pictures import BadPicture
from config.problems import refused_on_form
from merchants.forms.stores import LogoForm, StoreForm
from merchants.operations import close_store, edit_store, reopen_store, set_logo
from merchants.roles import Act
from merchants.views.pages import StoreView
from payments.views.pages import INVALID


class EditStore(StoreView):
    """The store's details, its logo, and closing it."""

    needs = Act.EDIT_STORE

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self._shown(StoreForm.of(self.store))

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = StoreForm.of(self.store, request.POST)
        if not form.is_valid():
            return self._shown(form, status=INVALID)
        edit_store(store=self.store, actor=self.person, now=self.now, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("store_edit", store_id)

    def _shown(self, form: StoreForm, *, logo_form: LogoForm | None = None, status: int = 200) -> HttpResponse:
        return self.page("store_edit", {"form": form, "logo_form": logo_form or LogoForm()}, status=status)


class Logo(EditStore):
    """Shows another logo, or none."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = LogoForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._shown(StoreForm.of(self.store), logo_form=form, status=INVALID)
        upload = form.cleaned_data["logo"]
        try:
            set_logo(store=self.store, picture=upload.read() if upload else None, actor=self.person, now=self.now)
        except BadPicture as refusal:
            refusal.field = "logo"
            refused_on_form(form, refusal)
            return self._shown(StoreForm.of(self.store), logo_form=form, status=refusal.status)
        messages.success(request, _("Saved."))
        return redirect("store_edit", store_id)


class CloseStore(StoreView):
    """Stops taking payments."""

    needs = Act.CLOSE_STORE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        close_store(store=self.store, actor=self.person, now=self.now)
        messages.success(request, _("%(store)s takes no payments now.") % {"store": self.store.name})
        return redirect("store", store_id)


class ReopenStore(StoreView):
    """Takes payments again."""

    needs = Act.CLOSE_STORE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        reopen_store(store=self.store, actor=self.person, now=self.now)
        messages.success(request, _("%(store)s takes payments again.") % {"store": self.store.name})
        return redirect("store", store_id)
