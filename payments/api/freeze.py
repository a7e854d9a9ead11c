"""The API about freezing one's own account."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import StepUpRequired
from config.api import NothingInput
from config.openapi import refuses
from payments.api.own import checked
from payments.models import AccountFreeze
from payments.operations import freeze_account, unfreeze_account
from payments.serializers import FreezeAnswer


class Freeze(APIView):
    """The caller's own freeze."""

    @extend_schema(operation_id="freeze", responses={200: FreezeAnswer})
    def get(self, request: Request) -> Response:
        freeze = AccountFreeze.objects.lasting().filter(user=person(request)).first()
        return Response(_answer(freeze))

    @extend_schema(
        operation_id="freeze_begin",
        request=NothingInput,
        responses={200: FreezeAnswer},
        description="At once no money can leave the caller's wallets, whoever is signed in; it can still come in."
        " Sent again, it changes nothing.",
    )
    def put(self, request: Request) -> Response:
        checked(request, NothingInput)
        return Response(_answer(freeze_account(user=person(request), now=timezone.now())))

    @extend_schema(
        operation_id="freeze_end",
        responses={204: None},
        description="Lets money leave again what the caller froze; wallets that staff froze stay frozen.",
    )
    @refuses(StepUpRequired)
    def delete(self, request: Request) -> Response:
        checked(request, NothingInput)
        unfreeze_account(user=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(freeze: AccountFreeze | None) -> dict[str, object]:
    answer: dict[str, object] = FreezeAnswer(
        {"frozen": freeze is not None, "frozen_at": freeze.created_at if freeze else None}
    ).data
    return answer
