"""The API by which somebody takes their data away."""

from django.db import transaction
from django.http import FileResponse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.attempts import count_attempt
from accounts.authentication import person
from accounts.errors import SignInAgain, StepUpRequired, TooManyAttempts
from accounts.middleware import zone_of
from config.api import NothingInput, django_request, read
from config.openapi import refuses
from config.takeout.operations import allow_own_takeout
from config.takeout.views import archive_response

FILE = OpenApiResponse(OpenApiTypes.BINARY, "A ZIP: `tables/*.json`, `statements/*.csv`, `files/`, and a README.txt.")


@method_decorator(never_cache, name="dispatch")
class Data(APIView):
    """Everything the platform knows about the caller."""

    @refuses(StepUpRequired, SignInAgain, TooManyAttempts)
    @extend_schema(
        operation_id="data_take",
        request=NothingInput,
        responses={(200, "application/zip"): FILE},
        description="Everything about the caller as one file, made on the way and nowhere kept. They are told about it.",
    )
    def post(self, request: Request) -> FileResponse:
        read(request, NothingInput)
        user, now = person(request), timezone.now()
        with transaction.atomic():  # a try too many leaves the proof unused
            allow_own_takeout(user=user, now=now)
            count_attempt(django_request(request), "take_data", user=user)
        with translation.override(user.language.lower()):
            return archive_response(user, zone=zone_of(user), now=now)
