"""Pages of a store's team: who works there, inviting, joining, roles, leaving, and the backup owner."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from config.errors import Prerequisite, Refused
from config.problems import refused_on_form
from merchants import roles
from merchants.errors import InvitationOver, LastOwner
from merchants.forms.team import BackupOwnerForm, InviteForm, RoleForm
from merchants.models import StoreBackupOwner, StoreMember
from merchants.operations import (
    accept_invitation,
    change_role,
    claim_store,
    invite_member,
    name_backup_owner,
    remove_backup_owner,
    remove_member,
    stop_store_claim,
    take_store_over,
    withdraw_invitation,
)
from merchants.operations.backup import OPEN_FOR, is_silent
from merchants.operations.team import find_invitation
from merchants.roles import Act, may
from merchants.views.pages import ConfirmedForm, MerchantView, StoreView
from payments.views.pages import INVALID


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One act, and for each role in the order of the columns whether it includes it."""

    words: str
    allowed: list[bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """The backup owner's claim as somebody of the store sees it. `opens_at` is None while nobody asks."""

    name: str
    is_mine: bool
    may_ask: bool
    opens_at: dt.datetime | None
    is_open: bool


def claim_in(view: StoreView) -> Claim | None:
    """What there is to say about the store's backup owner to who looks; None if nothing."""
    backup = StoreBackupOwner.objects.select_related("user").filter(store=view.store, activated_at__isnull=True).first()
    if backup is None:
        return None
    opens_at = backup.requested_at + dt.timedelta(days=settings.RECOVERY_WAIT_DAYS) if backup.requested_at else None
    lives = opens_at is not None and view.now < opens_at + OPEN_FOR
    is_mine, silent = backup.user_id == view.person.pk, is_silent(view.store, backup.requested_at or view.now)
    is_open = opens_at is not None and lives and opens_at <= view.now and silent
    if not is_mine and not (lives and may(view.store.role, Act.MANAGE_OWNERS)):
        return None
    return Claim(
        name=str(backup.user),
        is_mine=is_mine,
        may_ask=is_silent(view.store, view.now) and not lives,
        opens_at=opens_at if lives else None,
        is_open=is_open,
    )


class TeamView(StoreView):
    """A page for those who run the team."""

    needs = Act.MANAGE_TEAM

    @cached_property
    def member(self) -> StoreMember:
        """The member whom the address names.

        :raises Http404: nobody of this team.
        """
        return get_object_or_404(self.store.members.select_related("user", "store"), pk=self.kwargs["member_id"])


class Team(TeamView):
    """Who works here, who is asked to, and the backup owner."""

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        members = list(self.store.members.filter(accepted_at__isnull=False).select_related("user").order_by("accepted_at"))
        backup = StoreBackupOwner.objects.filter(store=self.store, activated_at__isnull=True).select_related("user").first()
        candidates = [member for member in members if member.role != roles.OWNER]
        context = {
            "members": members,
            "changeable": {each.pk for each in members if may(self.store.role, roles.managing(each.role))},
            "invitations": self.store.invitations.open(self.now).order_by("-created_at"),
            "backup": backup,
            "backup_form": BackupOwnerForm(candidates, backup) if candidates else None,
            "claim": claim_in(self),
        }
        return self.page("team", context)


class Invite(TeamView, ConfirmedForm):
    """Asks for an address and a role."""

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self.page("team_invite", {"form": InviteForm(self.store, initial=self.typed())})

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = InviteForm(self.store, request.POST)
        if not form.is_valid():
            return self.page("team_invite", {"form": form}, status=INVALID)
        try:
            invitation, _token = invite_member(
                store=self.store, role=form.cleaned_data["role"], actor=self.person, now=self.now, **form.address()
            )
        except Prerequisite:
            self.keep_typed()
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page("team_invite", {"form": form}, status=refusal.status)
        messages.success(request, _("The invitation to %(address)s is on its way.") % {"address": invitation.address})
        return redirect("store_team", store_id)


class Uninvite(TeamView):
    """Makes the link of an invitation useless."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID, invitation_id: uuid.UUID) -> HttpResponse:
        invitation = get_object_or_404(self.store.invitations.select_related("store"), pk=invitation_id)
        try:
            withdraw_invitation(invitation=invitation, actor=self.person, now=self.now)
            messages.success(request, _("The invitation was taken back: its link opens nothing any more."))
        except InvitationOver as refusal:
            messages.info(request, str(refusal))
        return redirect("store_team", store_id)


class Member(TeamView):
    """Somebody's role."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        return self.page(
            "team_member", {"member": self.member, "form": RoleForm(self.store, initial={"role": self.member.role})}
        )

    def post(self, request: HttpRequest, store_id: uuid.UUID, member_id: uuid.UUID) -> HttpResponse:
        form = RoleForm(self.store, request.POST)
        if not form.is_valid():
            return self.page("team_member", {"member": self.member, "form": form}, status=INVALID)
        try:
            change_role(member=self.member, role=form.cleaned_data["role"], actor=self.person, now=self.now)
        except LastOwner as refusal:
            refused_on_form(form, refusal)
            return self.page("team_member", {"member": self.member, "form": form}, status=refusal.status)
        messages.success(request, _("Saved."))
        return redirect("store_team", store_id)


class RemoveMember(TeamView):
    """Takes somebody out of the team."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID, member_id: uuid.UUID) -> HttpResponse:
        name, is_self = str(self.member.user), self.member.user_id == self.person.pk
        remove_member(member=self.member, actor=self.person, now=self.now)
        messages.success(request, _("%(name)s does not work here any more.") % {"name": name})
        return redirect("stores") if is_self else redirect("store_team", store_id)


class Leave(StoreView):
    """Leaves a team."""

    needs = Act.SEE_TODAY
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        member = self.store.members.select_related("user", "store").get(user=self.person)
        remove_member(member=member, actor=self.person, now=self.now)
        messages.success(request, _("You do not work with %(store)s any more.") % {"store": self.store.name})
        return redirect("stores")


class Roles(StoreView):
    """Who may do what, from the table that decides it."""

    needs = Act.SEE_TODAY

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        rows = [RoleRow(str(roles.WORDS[act]), [may(role, act) for role in StoreMember.Role.values]) for act in Act]
        return self.page("roles", {"rows": rows, "roles": StoreMember.Role.values})


class Join(MerchantView):
    """Where an invitation's link leads."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            return self.page("join", {"invitation": find_invitation(token, now=self.now)})
        except InvitationOver as refusal:
            return self.page("join", {"invitation": None}, status=refusal.status)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            member = accept_invitation(token=token, person=self.person, now=self.now)
        except InvitationOver as refusal:
            return self.page("join", {"invitation": None}, status=refusal.status)
        messages.success(request, _("You work with %(store)s now.") % {"store": member.store.name})
        return redirect("store", member.store_id)


class BackupOwner(StoreView):
    """Names the backup owner, or nobody."""

    needs = Act.MANAGE_OWNERS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        candidates = self.store.members.exclude(role=roles.OWNER).select_related("user")
        form = BackupOwnerForm(list(candidates), None, request.POST)
        if not form.is_valid():
            messages.error(request, _("Choose somebody of the team. Nothing was changed."))
        elif chosen := form.cleaned_data["member"]:
            member = get_object_or_404(candidates, pk=chosen)
            name_backup_owner(store=self.store, member=member, actor=self.person, now=self.now)
            messages.success(request, _("Saved."))
        else:
            remove_backup_owner(store=self.store, actor=self.person, now=self.now)
            messages.success(request, _("Saved."))
        return redirect("store_team", store_id)


class ClaimStore(StoreView):
    """The backup owner asks for the store, or takes it once the claim has waited."""

    needs = Act.SEE_TODAY
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        claim = claim_in(self)
        if claim and claim.is_open:
            take_store_over(store=self.store, person=self.person, now=self.now)
            messages.success(request, _("You own %(store)s now.") % {"store": self.store.name})
        else:
            claim_store(store=self.store, person=self.person, now=self.now)
            messages.success(request, _("The owners were told. If none of them comes back, the store can be yours."))
        return redirect("store", store_id)


class StopClaim(StoreView):
    """An owner is here and ends the claim."""

    needs = Act.MANAGE_OWNERS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        stop_store_claim(store=self.store, actor=self.person, now=self.now)
        messages.success(request, _("The claim is over."))
        return redirect("store_team", store_id)
