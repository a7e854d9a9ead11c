"""Freezing one's own account in one press, and unfreezing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import StepUpRequired
from accounts.views.stepup import ask_step_up
from payments.models import AccountFreeze
from payments.operations import freeze_account, unfreeze_account
from payments.views.pages import PersonView


class Freeze(PersonView):
    """Says what freezing does, or since when it is done. POST freezes at once, and asks nothing: there may be no time."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("freeze", {"freeze": AccountFreeze.objects.lasting().filter(user=self.person).first()})

    def post(self, request: HttpRequest) -> HttpResponse:
        freeze_account(user=self.person, now=self.now)
        messages.success(request, _("Your account is frozen. No money can leave it."))
        return redirect("account_freeze")


class Unfreeze(PersonView):
    """Lets money leave again, once the person has shown that it is them."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            unfrozen = unfreeze_account(user=self.person, now=self.now)
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("account_freeze"))
        if unfrozen:
            messages.success(request, _("Your account is unfrozen."))
        return redirect("account_freeze")
