"""Who works in a store: members, invitations and the backup owner."""

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import StepUpRequired
from config.api import NothingInput
from config.openapi import refuses
from merchants.api.own import store_of_path
from merchants.errors import (
    AlreadyInTeam,
    ClaimStillWaits,
    InvitationOver,
    LastOwner,
    NoBackupOwner,
    NotInYourRole,
    OwnersAreHere,
    TooManyInvitations,
)
from merchants.models import Store, StoreInvitation, StoreMember
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
from merchants.roles import Act
from merchants.serializers.team import (
    AcceptanceInput,
    BackupOwnerAnswer,
    BackupOwnerInput,
    InvitationAnswer,
    InvitationInput,
    MemberAnswer,
    RoleInput,
)
from payments.api.own import checked


def member_of_path(store: Store, member_id: uuid.UUID) -> StoreMember:
    """The member that the address names.

    :raises Http404: nobody of this store's team.
    """
    return get_object_or_404(store.members.select_related("user", "store"), pk=member_id)


class Members(generics.ListAPIView[StoreMember]):
    """The team of a store."""

    serializer_class = MemberAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        store = store_of_path(self.request, self.kwargs["store_id"], Act.MANAGE_TEAM)
        return store.members.filter(accepted_at__isnull=False).select_related("user")

    @extend_schema(operation_id="store_members", description="Who works in the store. For owners and administrators.")
    @refuses(NotInYourRole)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return self.list(request)


class Member(APIView):
    """One person of a team."""

    @extend_schema(
        operation_id="store_member_role",
        request=RoleInput,
        responses={200: MemberAnswer},
        description="Gives somebody another role. Only owners make owners, and confirm it; a store keeps one owner at least.",
    )
    @refuses(NotInYourRole, LastOwner, StepUpRequired)
    def patch(self, request: Request, store_id: uuid.UUID, member_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.MANAGE_TEAM), checked(request, RoleInput)
        member = member_of_path(store, member_id)
        changed = change_role(member=member, role=values["role"], actor=person(request), now=timezone.now())
        return Response(MemberAnswer(changed).data)

    @extend_schema(
        operation_id="store_member_remove",
        responses={204: None},
        description="Takes somebody out of the team. Their very next request is refused.",
    )
    @refuses(NotInYourRole, LastOwner)
    def delete(self, request: Request, store_id: uuid.UUID, member_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.MANAGE_TEAM)
        checked(request, NothingInput)
        remove_member(member=member_of_path(store, member_id), actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Departures(APIView):
    """Leaving a team."""

    @extend_schema(
        operation_id="store_leave",
        request=NothingInput,
        responses={204: None},
        description="Leaves the team. The only owner can't.",
    )
    @refuses(LastOwner)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.SEE_TODAY)
        checked(request, NothingInput)
        member = store.members.select_related("user", "store").get(user=person(request))
        remove_member(member=member, actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Invitations(generics.ListAPIView[StoreInvitation]):
    """Who is asked to join a team."""

    serializer_class = InvitationAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        store = store_of_path(self.request, self.kwargs["store_id"], Act.MANAGE_TEAM)
        return store.invitations.open(timezone.now())

    @extend_schema(operation_id="store_invitations", description="The invitations that wait for an answer.")
    @refuses(NotInYourRole)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="store_invite",
        request=InvitationInput,
        responses={201: InvitationAnswer},
        description="Sends a link to join the team. It works once, for a week. Only owners invite owners, and confirm it.",
    )
    @refuses(NotInYourRole, TooManyInvitations, StepUpRequired)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.MANAGE_TEAM), checked(request, InvitationInput)
        invitation, _token = invite_member(store=store, actor=person(request), now=timezone.now(), **values)
        return Response(InvitationAnswer(invitation).data, status=status.HTTP_201_CREATED)


class Invitation(APIView):
    """One invitation."""

    @extend_schema(operation_id="store_uninvite", responses={204: None}, description="Makes the link useless.")
    @refuses(NotInYourRole, InvitationOver)
    def delete(self, request: Request, store_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.MANAGE_TEAM)
        checked(request, NothingInput)
        invitation = get_object_or_404(store.invitations.select_related("store"), pk=invitation_id)
        withdraw_invitation(invitation=invitation, actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Acceptances(APIView):
    """Joining a team."""

    @extend_schema(
        operation_id="invitation_accept",
        request=AcceptanceInput,
        responses={201: MemberAnswer},
        description="Joins a store's team with the token of an invitation's link.",
    )
    @refuses(InvitationOver, AlreadyInTeam)
    def post(self, request: Request) -> Response:
        values = checked(request, AcceptanceInput)
        member = accept_invitation(token=values["token"], person=person(request), now=timezone.now())
        return Response(MemberAnswer(member).data, status=status.HTTP_201_CREATED)


class BackupOwner(APIView):
    """Who may claim the store when its owners are silent."""

    @extend_schema(
        operation_id="store_backup_owner_name",
        request=BackupOwnerInput,
        responses={200: BackupOwnerAnswer},
        description="Names somebody of the team, who may ask for the store when no owner was here for long. Confirmed.",
    )
    @refuses(NotInYourRole, StepUpRequired)
    def put(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.MANAGE_OWNERS), checked(request, BackupOwnerInput)
        member = member_of_path(store, values["member"])
        backup = name_backup_owner(store=store, member=member, actor=person(request), now=timezone.now())
        return Response(BackupOwnerAnswer(backup).data)

    @extend_schema(operation_id="store_backup_owner_remove", responses={204: None}, description="Names nobody any more.")
    @refuses(NotInYourRole)
    def delete(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.MANAGE_OWNERS)
        checked(request, NothingInput)
        remove_backup_owner(store=store, actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Claims(APIView):
    """A backup owner's claim of a store."""

    @extend_schema(
        operation_id="store_claim",
        request=NothingInput,
        responses={201: BackupOwnerAnswer},
        description="Asks for the store, as its backup owner. Its owners are told and have some days to be here.",
    )
    @refuses(NoBackupOwner, OwnersAreHere)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.SEE_TODAY)
        checked(request, NothingInput)
        backup = claim_store(store=store, person=person(request), now=timezone.now())
        return Response(BackupOwnerAnswer(backup).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="store_claim_stop", responses={204: None}, description="Ends a claim, as an owner who is here.")
    @refuses(NotInYourRole)
    def delete(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.MANAGE_OWNERS)
        checked(request, NothingInput)
        stop_store_claim(store=store, actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Takeovers(APIView):
    """Becoming an owner after a claim that nobody answered."""

    @extend_schema(
        operation_id="store_take_over",
        request=NothingInput,
        responses={201: MemberAnswer},
        description="Becomes an owner, once the claim has waited and no owner was here.",
    )
    @refuses(NoBackupOwner, OwnersAreHere, ClaimStillWaits)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.SEE_TODAY)
        checked(request, NothingInput)
        member = take_store_over(store=store, person=person(request), now=timezone.now())
        return Response(MemberAnswer(member).data, status=status.HTTP_201_CREATED)
