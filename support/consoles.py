"""The two consoles: who may come in, and what each shows."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.sites import UnfoldAdminSite
from unfold.widgets import INPUT_CLASSES

from accounts.authentication import person
from accounts.forms.signing_in import StaffSignInForm
from accounts.known_devices import remember_browser
from accounts.models import IdentityProfile, User
from audit.models import AuditEntry, SyncLog
from config.hosts import PORTAL
from merchants.models import BankFile, Charge, Dispute, Payout, Store
from payments.models import ConversionQuote, Posting, Transaction, Wallet
from support.admin.agents import AgentAdmin
from support.admin.bank_files import BankFileAdmin
from support.admin.customers import CustomerAdmin, SupervisedCustomerAdmin
from support.admin.identities import IdentityAdmin
from support.admin.money import PostingAdmin, QuoteAdmin, SupervisedWalletAdmin, TransactionAdmin, WalletAdmin
from support.admin.stores import ChargeAdmin, DisputeAdmin, PayoutAdmin, StoreAdmin
from support.admin.trail import AuditEntryAdmin, SyncLogAdmin
from support.models import Agent
from support.queries import overview


class SignInForm(StaffSignInForm):
    """The staff's sign-in, dressed as the console's other forms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)


class Console(UnfoldAdminSite):
    """A Django admin site on its own host, for staff."""

    login_form = SignInForm
    login_template = "admin/sign_in.html"
    index_template = "admin/overview.html"
    index_title = _("Overview")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # as Django's
        response = super().login(request, extra_context)
        if request.method == "POST" and isinstance(response, HttpResponseRedirect):
            get_adapter(request).note_sign_in(request, person(request))
            remember_browser(request, response)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # as Django's
        if request.method == "POST":
            get_adapter(request).logout(request)
        return super().logout(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # as Django's
        """Leads to the portal: one place changes passwords, with its limit on tries, its entry in the trail and its mail."""
        return HttpResponseRedirect(f"{settings.PORTAL_ORIGIN}{reverse('account_change_password', urlconf=PORTAL.urlconf)}")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # as Django's
        return super().index(request, {**(extra_context or {}), "overview": overview()})


class AgentConsole(Console):
    """For support agents: they look and search; what changes money or people is the admins'."""

    settings_name = "UNFOLD_AGENT"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_staff and Agent.objects.filter(user_id=user.pk, is_active=True).exists()


class AdminConsole(Console):
    """For admins."""

    settings_name = "UNFOLD_ADMIN"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff and request.user.is_superuser


agent_console = AgentConsole(name="agent")
admin_console = AdminConsole(name="admin")

for console in (agent_console, admin_console):
    console.register(Transaction, TransactionAdmin)
    console.register(Posting, PostingAdmin)
    console.register(ConversionQuote, QuoteAdmin)
    console.register(Store, StoreAdmin)
    console.register(Charge, ChargeAdmin)
    console.register(Payout, PayoutAdmin)
    console.register(Dispute, DisputeAdmin)
    console.register(AuditEntry, AuditEntryAdmin)
    console.register(SyncLog, SyncLogAdmin)

agent_console.register(User, CustomerAdmin)
agent_console.register(Wallet, WalletAdmin)


admin_console.register(User, SupervisedCustomerAdmin)
admin_console.register(Wallet, SupervisedWalletAdmin)

admin_console.register(Agent, AgentAdmin)
admin_console.register(IdentityProfile, IdentityAdmin)
admin_console.register(BankFile, BankFileAdmin)


ENVIRONMENTS = {
    "demo": pgettext_lazy("environment", "demo"),
    "test": pgettext_lazy("environment", "test"),
    "live": pgettext_lazy("environment", "live"),
}


def environment(request: HttpRequest) -> list[str]:
    """The label that is always in view: what kind of money this is."""
    return [
        str(ENVIRONMENTS.get(settings.ENVIRONMENT, settings.ENVIRONMENT)),
        "danger" if settings.ENVIRONMENT == "live" else "warning",
    ]
