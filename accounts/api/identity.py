"""The API about who the caller is by law."""

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import IdentityApproved
from accounts.identity import shown
from accounts.models import IdentityProfile, User
from accounts.operations import submit_identity
from accounts.serializers.identity import NO_IDENTITY, IdentityAnswer, IdentityInput
from config.api import read
from config.openapi import refuses


@method_decorator(never_cache, name="dispatch")
class Identity(APIView):
    """Who the caller is by law, and whether the platform has verified it."""

    @extend_schema(operation_id="identity", responses={200: IdentityAnswer})
    def get(self, request: Request) -> Response:
        """What was sent and what became of it. Personal values are hidden."""
        user = person(request)
        return _answer(user, IdentityProfile.objects.filter(user=user).first())

    @refuses(IdentityApproved)
    @extend_schema(operation_id="identity_submit", request=IdentityInput, responses={200: IdentityAnswer})
    def put(self, request: Request) -> Response:
        """Send it for review, instead of what was sent before."""
        user = person(request)
        details = read(request, IdentityInput)["identity"]
        return _answer(user, submit_identity(user=user, details=details, now=timezone.now()))


def _answer(user: User, identity: IdentityProfile | None) -> Response:
    if identity is None:
        return Response({**dict.fromkeys(IdentityAnswer().fields), "kyc_status": NO_IDENTITY})
    return Response({**IdentityAnswer(shown(identity)).data, "customer_number": user.customer_number})
