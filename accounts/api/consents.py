"""The API about the texts that people agree to."""

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AccountRestsOnText, TextOutdated
from accounts.legal import texts_in_force
from accounts.models import Consent
from accounts.operations import grant_consents, withdraw_consent
from accounts.serializers.texts import ConsentAnswer, ConsentInput, TextsAnswer
from config.api import NothingInput, read
from config.openapi import refuses


class Texts(APIView):
    """The texts that people agree to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="texts",
        auth=[],
        responses={200: TextsAnswer},
        description="Each text in the version in force. Show the needed ones before a sign-up, and send their versions"
        " with it as `terms_version` and `privacy_version`.",
    )
    def get(self, request: Request) -> Response:
        return Response(TextsAnswer({"texts": texts_in_force()}).data)


@method_decorator(never_cache, name="dispatch")
class Consents(generics.ListAPIView[Consent]):
    """What the caller has agreed to."""

    queryset = Consent.objects.none()  # says what the list is of
    serializer_class = ConsentAnswer

    def get_queryset(self) -> QuerySet[Consent]:
        return Consent.objects.filter(user=person(self.request))

    @extend_schema(
        operation_id="consents",
        responses={200: ConsentAnswer(many=True)},
        description="Everything the caller has agreed to, earlier versions and what was withdrawn too.",
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    @refuses(TextOutdated)
    @extend_schema(
        operation_id="consent_grant",
        request=ConsentInput,
        responses={201: ConsentAnswer},
        description="Agrees to a text in the version that was shown. Agreeing again answers what stands already.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, ConsentInput)
        versions = {Consent.Kind(values["kind"]): values["text_version"]}
        [consent] = grant_consents(user=person(request), versions=versions, now=timezone.now())
        return Response(ConsentAnswer(consent).data, status=status.HTTP_201_CREATED)


@method_decorator(never_cache, name="dispatch")
class ConsentDetail(APIView):
    """What the caller agrees to of one kind."""

    @refuses(AccountRestsOnText)
    @extend_schema(
        operation_id="consent_withdraw",
        responses={204: None},
        description="Withdraws it, in every version. It stays in the list with its day; nothing stands any more afterwards.",
    )
    def delete(self, request: Request, kind: str) -> Response:
        read(request, NothingInput)
        if kind not in Consent.Kind.values:
            raise Http404
        withdraw_consent(user=person(request), kind=Consent.Kind(kind), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
