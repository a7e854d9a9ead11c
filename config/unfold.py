"""How the consoles look: django-unfold's settings in our colours, and the way around each console."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

# The brand's ink blue in eleven steps, and paper greys that carry a little of its warmth.
PRIMARY = {
    "50": "#f2f5fa", "100": "#e3eaf4", "200": "#c4d2e6", "300": "#9db8e8", "400": "#6d8fc4", "500": "#45699f",
    "600": "#1f3a5f", "700": "#1a3252", "800": "#152844", "900": "#101f36", "950": "#0a1424",
}  # fmt: skip
BASE = {
    "50": "#faf8f4", "100": "#f1ede5", "200": "#e2dcd0", "300": "#cfc7b7", "400": "#8f98a8", "500": "#5e6777",
    "600": "#4a5364", "700": "#343d4e", "800": "#2a3242", "900": "#171d2a", "950": "#0f131c",
}  # fmt: skip


def _stylesheet(request: HttpRequest) -> str:
    return static("css/console.css")


def _favicon(request: HttpRequest) -> str:
    return static("img/favicon.svg")


def _mark(request: HttpRequest) -> str:
    return static("img/mark.svg")


def _link(console: str, title: Any, icon: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"{console}:{model}_changelist")}


def _navigation(console: str) -> list[dict[str, Any]]:
    people = [_link(console, _("Customers"), "person", "accounts_user")]
    if console == "admin":
        people.append(_link(console, _("Identities"), "badge", "accounts_identityprofile"))
        people.append(_link(console, _("Agents"), "support_agent", "support_agent"))
    files = [_link(console, _("Bank files"), "description", "merchants_bankfile")] if console == "admin" else []
    return [
        {"items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy(f"{console}:index")}]},
        {"title": _("People"), "separator": True, "items": people},
        {
            "title": _("Money"),
            "separator": True,
            "items": [
                _link(console, _("Transactions"), "receipt_long", "payments_transaction"),
                _link(console, _("Wallets"), "account_balance_wallet", "payments_wallet"),
                _link(console, _("Postings"), "list_alt", "payments_posting"),
                _link(console, _("Quotes"), "currency_exchange", "payments_conversionquote"),
            ],
        },
        {
            "title": _("Stores"),
            "separator": True,
            "items": [
                _link(console, _("Stores"), "storefront", "merchants_store"),
                _link(console, _("Charges"), "point_of_sale", "merchants_charge"),
                _link(console, _("Payouts"), "payments", "merchants_payout"),
                _link(console, _("Disputes"), "contact_support", "merchants_dispute"),
                *files,
            ],
        },
        {
            "title": _("Proof"),
            "separator": True,
            "items": [
                _link(console, _("Audit trail"), "history", "audit_auditentry"),
                _link(console, _("Sync events"), "sync", "audit_synclog"),
            ],
        },
    ]


def look(console: str, title: Any) -> dict[str, Any]:
    """django-unfold's settings for one console."""
    return {
        "SITE_TITLE": title,
        "SITE_HEADER": "Florin",
        "SITE_SUBHEADER": title,
        "SITE_URL": None,
        "SITE_ICON": _mark,
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "ENVIRONMENT": "support.consoles.environment",
        "BORDER_RADIUS": "10px",
        "COLORS": {"base": BASE, "primary": PRIMARY},
        "STYLES": [_stylesheet],
        "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _navigation(console)},
    }
