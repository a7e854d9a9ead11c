"""The API about limits."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import StepUpRequired
from config.openapi import refuses
from payments.api.own import checked
from payments.limits import LimitView, limit_of, limits_of
from payments.models.limit import Caps
from payments.money import InvalidAmount, Money, UnknownAsset
from payments.operations import set_limit
from payments.serializers import LimitAnswer, LimitInput, LimitsAnswer


class Limits(APIView):
    """What the caller lets leave their wallets."""

    @extend_schema(operation_id="limits", responses={200: LimitsAnswer})
    def get(self, request: Request) -> Response:
        found = limits_of(person(request), now=timezone.now())
        return Response(LimitsAnswer({"limits": [_answer(limit) for limit in found]}).data)

    @extend_schema(
        operation_id="limits_set",
        request=LimitInput,
        responses={200: LimitAnswer},
        description="What is lower than before holds at once; what is higher wants a fresh proof, and waits.",
    )
    @refuses(StepUpRequired, UnknownAsset, InvalidAmount)
    def put(self, request: Request) -> Response:
        wanted, user, now = checked(request, LimitInput), person(request), timezone.now()
        set_limit(user=user, asset=wanted["asset"], caps=wanted["caps"], now=now)
        return Response(LimitAnswer(_answer(limit_of(user, wanted["asset"], now=now))).data)


def _answer(limit: LimitView) -> dict[str, Any]:
    return {
        "asset": limit.asset,
        **_plain(limit.caps, limit.asset),
        "spent": Money(limit.spent, limit.asset).plain(),
        "next": _plain(limit.later, limit.asset) if limit.later else None,
        "raised_at": limit.raised_at,
    }


def _plain(caps: Caps, asset: str) -> dict[str, str | None]:
    return {
        name: None if minor is None else Money(minor, asset).plain()
        for name, minor in zip(Caps._fields, caps, strict=True)
    }  # fmt: skip
