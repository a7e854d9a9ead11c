"""The API about where the caller is signed in."""

import uuid

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.devices import is_this
from accounts.models import Session
from accounts.operations import name_device, sign_out_devices
from accounts.serializers.sessions import SessionAnswer, SessionNameInput
from accounts.sessions import ended_sessions, living_sessions
from config.api import NothingInput, read


@method_decorator(never_cache, name="dispatch")
class Sessions(generics.ListAPIView[Session]):
    """Where the caller is signed in."""

    queryset = Session.objects.none()  # says what the list is of
    serializer_class = SessionAnswer

    def get_queryset(self) -> QuerySet[Session]:
        return living_sessions(person(self.request), now=timezone.now())

    @extend_schema(
        operation_id="sessions",
        responses={200: SessionAnswer(many=True)},
        description="Every device that is signed in, in the portal, a console or by API, the one that signed in last first.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="sessions_end",
        responses={204: None},
        description="Signs out every device but the one that calls. Their next request is refused.",
    )
    def delete(self, request: Request) -> Response:
        read(request, NothingInput)
        user, now = person(request), timezone.now()
        others = [session for session in living_sessions(user, now=now) if not is_this(session)]
        sign_out_devices(user=user, sessions=others, now=now)
        return Response(status=status.HTTP_204_NO_CONTENT)


@method_decorator(never_cache, name="dispatch")
class EndedSessions(generics.ListAPIView[Session]):
    """Where the caller was signed in."""

    queryset = Session.objects.none()  # says what the list is of
    serializer_class = SessionAnswer

    def get_queryset(self) -> QuerySet[Session]:
        return ended_sessions(person(self.request), now=timezone.now())

    @extend_schema(
        operation_id="sessions_ended",
        responses={200: SessionAnswer(many=True)},
        description="Devices that were signed out or whose time ran out, in the last 90 days.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)


@method_decorator(never_cache, name="dispatch")
class SessionDetail(APIView):
    """One signed-in device of the caller."""

    @extend_schema(operation_id="session_name", request=SessionNameInput, responses={200: SessionAnswer})
    def patch(self, request: Request, session_id: uuid.UUID) -> Response:
        """Give it a name, or take the name away with an empty one."""
        values, user, now = read(request, SessionNameInput), person(request), timezone.now()
        session = get_object_or_404(living_sessions(user, now=now), pk=session_id)
        named = name_device(user=user, session=session, name=values["device_name"], now=now)
        return Response(SessionAnswer(named).data)

    @extend_schema(
        operation_id="session_end",
        responses={204: None},
        description="Signs it out; its next request is refused. The one that calls may sign itself out.",
    )
    def delete(self, request: Request, session_id: uuid.UUID) -> Response:
        read(request, NothingInput)
        user, now = person(request), timezone.now()
        if not sign_out_devices(user=user, sessions=living_sessions(user, now=now).filter(pk=session_id), now=now):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
