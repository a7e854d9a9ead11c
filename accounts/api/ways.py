"""The API of the ways in."""

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.linked import purpose_of
from accounts.authentication import person
from accounts.entering import count_try
from accounts.errors import (
    AlreadyLinked,
    EthereumProofRefused,
    LastWayIn,
    LinkedElsewhere,
    ProofOver,
    ProviderRefused,
    SignInAgain,
    StepUpRequired,
    TooManyAttempts,
    WayNotRemovable,
)
from accounts.operations import link_by_nonce, remove_way
from accounts.providers.ethereum import verify_address
from accounts.providers.identity import ETHEREUM
from accounts.serializers.ways import EthereumInput, ProviderInput, WayAnswer, WaysAnswer
from accounts.social import identity_by_token, issuer_named
from accounts.ways import way_named, ways_of
from config.api import NothingInput, django_request, read
from config.openapi import refuses
from config.problems import NotFound

KEPT_GOOD = " Its nonce is spent only when it is linked: after `step_up_required`, confirm and send the same again."


@method_decorator(never_cache, name="dispatch")
class Ways(APIView):
    """How one can sign in."""

    @extend_schema(operation_id="ways", responses={200: WaysAnswer})
    def get(self, request: Request) -> Response:
        """Every way in of the caller's account."""
        return Response(WaysAnswer({"ways": ways_of(person(request))}).data)


@method_decorator(never_cache, name="dispatch")
class LinkEthereum(APIView):
    """An Ethereum address as a way in."""

    @refuses(EthereumProofRefused, ProofOver, AlreadyLinked, LinkedElsewhere, StepUpRequired, SignInAgain, TooManyAttempts)
    @extend_schema(
        operation_id="link_ethereum",
        request=EthereumInput,
        responses={201: WayAnswer},
        description="Lets the address that signed the message of `/api/auth/ethereum/nonce` sign in to the caller's account."
        + KEPT_GOOD,
    )
    def post(self, request: Request) -> Response:
        values, now = read(request, EthereumInput), timezone.now()
        count_try(django_request(request))
        identity, nonce = verify_address(message=values["message"], signature=values["signature"], now=now)
        way = link_by_nonce(user=person(request), identity=identity, nonce=nonce, purpose=ETHEREUM, now=now)
        return Response(WayAnswer(way).data, status=status.HTTP_201_CREATED)


@method_decorator(never_cache, name="dispatch")
class LinkProvider(APIView):
    """An account at an OpenID Connect issuer as a way in."""

    @refuses(NotFound, ProviderRefused, ProofOver, AlreadyLinked, LinkedElsewhere, StepUpRequired, SignInAgain, TooManyAttempts)
    @extend_schema(
        operation_id="link_provider",
        request=ProviderInput,
        responses={201: WayAnswer},
        description="Lets whom the ID token is about sign in to the caller's account." + KEPT_GOOD,
    )
    def post(self, request: Request) -> Response:
        values, now, http = read(request, ProviderInput), timezone.now(), django_request(request)
        count_try(http)
        provider = issuer_named(http, values["provider"])
        identity, nonce = identity_by_token(http, provider, values["id_token"])
        purpose = purpose_of(values["provider"])
        way = link_by_nonce(user=person(request), identity=identity, nonce=nonce, purpose=purpose, now=now)
        return Response(WayAnswer(way).data, status=status.HTTP_201_CREATED)


@method_decorator(never_cache, name="dispatch")
class Way(APIView):
    """One way in."""

    @refuses(NotFound, LastWayIn, WayNotRemovable, StepUpRequired, SignInAgain)
    @extend_schema(
        operation_id="remove_way",
        responses={204: None},
        description="Takes a way in away: the phone, an account elsewhere or an Ethereum address, by the `id` of"
        " `GET /api/ways`. A password is changed and a passkey is taken away elsewhere.",
    )
    def delete(self, request: Request, way_id: str) -> Response:
        read(request, NothingInput)
        user = person(request)
        remove_way(user=user, way=way_named(user, way_id), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
