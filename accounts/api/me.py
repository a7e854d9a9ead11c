"""The API about the person who calls."""

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.operations import change_profile
from accounts.serializers.people import Profile, ProfileChange
from config.api import read


@method_decorator(never_cache, name="dispatch")
class Me(APIView):
    """The person who calls."""

    @extend_schema(operation_id="me", responses={200: Profile})
    def get(self, request: Request) -> Response:
        """Who calls."""
        return Response(Profile(person(request)).data)

    @extend_schema(operation_id="me_change", request=ProfileChange, responses={200: Profile})
    def patch(self, request: Request) -> Response:
        """Change how one is called and spoken to."""
        user = person(request)
        change = read(request, ProfileChange)
        wanted = {"name": user.name, "language": user.language, "timezone": user.timezone, **change}
        return Response(Profile(change_profile(user=user, **wanted, now=timezone.now())).data)
