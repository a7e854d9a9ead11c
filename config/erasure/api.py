"""The API that closes the caller's account."""

from typing import Any

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import SignInAgain, StepUpRequired
from config.api import NothingInput, read
from config.erasure.errors import (
    ClosingFrozenAccount,
    ClosingFrozenWallet,
    DisputeOpen,
    MoneyLeft,
    MoneyUnderWay,
    OnlyOwner,
    StaffAccount,
)
from config.erasure.operations import close_own_account, obstacles
from config.openapi import refuses


class ObstacleAnswer(serializers.Serializer[Any]):
    """Something that has to be done before: the code and the words of the refusal."""

    code = serializers.CharField()
    detail = serializers.CharField(source="message")


class ObstaclesAnswer(serializers.Serializer[Any]):
    """All that stands in the way; nothing, if the account can be closed."""

    obstacles = ObstacleAnswer(many=True)


class ClosureAnswer(serializers.Serializer[Any]):
    """When the account was closed."""

    closed_at = serializers.DateTimeField(source="created_at")


@method_decorator(never_cache, name="dispatch")
class Closure(APIView):
    """The end of the caller's account."""

    @extend_schema(operation_id="account_obstacles", responses={200: ObstaclesAnswer})
    def get(self, request: Request) -> Response:
        """What stands in the way of closing the caller's account."""
        return Response(ObstaclesAnswer({"obstacles": list(obstacles(person(request)))}).data)

    @refuses(
        StaffAccount,
        ClosingFrozenAccount,
        ClosingFrozenWallet,
        DisputeOpen,
        MoneyLeft,
        MoneyUnderWay,
        OnlyOwner,
        StepUpRequired,
        SignInAgain,
    )
    @extend_schema(
        operation_id="account_close",
        request=NothingInput,
        responses={201: ClosureAnswer},
        description="Closes the caller's account for good and erases what the platform knows about them, but for what the law"
        " makes it keep. Every session and token of theirs ends with this answer.",
    )
    def post(self, request: Request) -> Response:
        read(request, NothingInput)
        closure = close_own_account(user=person(request), now=timezone.now())
        return Response(ClosureAnswer(closure).data, status=status.HTTP_201_CREATED)
