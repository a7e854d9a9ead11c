"""The audit trail and what apps synced, as staff see them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User
from support.admin.base import ReadOnlyAdmin, Search
from support.admin.customers import search_customers


def search_trail(text: str) -> Q:
    """By action ("wallet.frozen"), by what it was about, or by the people concerned."""
    if "." in text and "@" not in text:
        return Q(action__startswith=text)
    people = User.objects.filter(search_customers(text)).values("pk")
    return Q(actor__in=people) | Q(customer__in=people) | Q(resource_id=text)


class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to which thing, and how it changed."""

    search_by = Search(search_trail)
    search_help_text = _("Action, person, or the id of what it was about")
    id_field = "resource_id"
    ordering = ["-created_at"]
    list_display = ["created_at", "action", "actor", "customer", "resource_type", "resource_id", "ip_address"]
    list_filter = ["resource_type", ("created_at", RangeDateTimeFilter)]
    list_select_related = ["actor", "customer"]
    fields = [
        "created_at", "action", ("actor", "customer"), ("resource_type", "resource_id"),
        "old_values", "new_values", "metadata", ("ip_address", "user_agent"),
    ]  # fmt: skip


def search_syncs(text: str) -> Q:
    """By what was synced ("contacts.pulled"), or by the person."""
    if "." in text and "@" not in text:
        return Q(event_type__startswith=text)
    return Q(user__in=User.objects.filter(search_customers(text)).values("pk"))


class SyncLogAdmin(ReadOnlyAdmin):
    """What the apps of customers said they synced, and what they failed to."""

    search_by = Search(search_syncs)
    search_help_text = _("What was synced, or a person")
    ordering = ["-created_at"]
    list_display = ["created_at", "user", "event_type", "event_source", "success", "error_message"]
    list_filter = ["success", ("created_at", RangeDateTimeFilter)]
    list_select_related = ["user"]
    fields = [
        "created_at", "user", ("event_type", "event_source"), ("success", "error_message"), "data",
        ("event_id", "session_id"), ("client_ip", "user_agent"),
    ]  # fmt: skip
