"""Support agents, provisioned by admins."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from support.admin.base import ReadOnlyAdmin, ReasonForm, Search, asked, perform, staff
from support.models import Agent
from support.operations import NoSuchPerson, dismiss_agent, provision_agent


class ProvisionForm(forms.ModelForm):
    """Makes an agent of the person with this e-mail address."""

    class Meta:
        model = Agent
        fields = ["email", "username", "full_name", "phone"]
        widgets = {
            "email": UnfoldAdminEmailInputWidget,
            "username": UnfoldAdminTextInputWidget,
            "full_name": UnfoldAdminTextInputWidget,
            "phone": UnfoldAdminTextInputWidget,
        }
        help_texts = {"email": _("Of an account that exists already; it becomes staff. They sign in with its password.")}

    def clean_email(self) -> str:
        """Says at the field what `provision_agent` would refuse."""
        email: str = self.cleaned_data["email"]
        if not User.objects.filter(email__iexact=email, status=User.Status.ACTIVE, agent__isnull=True).exists():
            raise forms.ValidationError(NoSuchPerson.message)
        return email


class AgentAdmin(ReadOnlyAdmin):
    """Who may enter the agent console."""

    search_by = Search(lambda text: Q(full_name__icontains=text) | Q(username__istartswith=text) | Q(email__iexact=text))
    search_help_text = _("Name, username or e-mail")
    ordering = ["full_name"]
    list_display = ["full_name", "username", "email", "phone", "is_active", "created_at"]
    list_filter = ["is_active"]
    fields = ["email", "username", "full_name", "phone"]
    form = ProvisionForm
    actions_detail = ["dismiss"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Adding is an operation like every other write."""
        provision_agent(agent=obj, actor=staff(request), now=timezone.now())

    @asked
    @action(
        description=_("Dismiss"),
        icon="person_off",
        variant=ActionVariant.DANGER,
        permissions=["dismiss"],
        dialog={"title": _("Take away this agent's access? It ends with their next request."), "form_class": ReasonForm},
    )
    def dismiss(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        agent, reason = Agent.objects.get(pk=object_id), form.cleaned_data["reason"]
        return perform(
            request,
            reverse("admin:support_agent_change", args=[object_id]),
            _("%(name)s has no access any more.") % {"name": agent},
            lambda: dismiss_agent(agent=agent, actor=staff(request), reason=reason, now=timezone.now()),
        )

    def has_dismiss_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and Agent.objects.filter(pk=object_id, is_active=True).exists()
