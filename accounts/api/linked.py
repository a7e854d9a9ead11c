"""The API's doors for proofs from outside."""

from dataclasses import asdict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import relay
from accounts.api.signing_in import TRANSPORT_HEADER, SignInView
from accounts.entering import count_nonce, count_try
from accounts.errors import (
    AccountSuspended,
    AddressTaken,
    EthereumProofRefused,
    ProviderRefused,
    RecoveredMeanwhile,
    SecondFactorRequired,
    TooManyAttempts,
)
from accounts.nonces import LIFETIME, issue_nonce, spend_nonce
from accounts.providers.ethereum import prove_address, write_message
from accounts.providers.identity import ETHEREUM
from accounts.serializers.signing_in import TokenAnswer
from accounts.serializers.ways import (
    EthereumNonceAnswer,
    EthereumNonceInput,
    EthereumSignInInput,
    ProviderNonceAnswer,
    ProviderNonceInput,
    ProviderSignInInput,
)
from accounts.social import identity_by_token, issuer_named
from config.api import django_request, read
from config.openapi import refuses
from config.problems import NotFound


class EthereumNonce(SignInView):
    """Begins a sign-in with Ethereum."""

    @refuses(TooManyAttempts)
    @extend_schema(
        operation_id="ethereum_nonce",
        auth=[],
        request=EthereumNonceInput,
        responses={201: EthereumNonceAnswer},
        description="Answers a message of EIP-4361 with a nonce that works once. Let the wallet sign it as it is.",
    )
    def post(self, request: Request) -> Response:
        values, now = read(request, EthereumNonceInput), timezone.now()
        count_nonce(django_request(request))
        nonce = issue_nonce(ETHEREUM, now=now)
        message = write_message(address=values["address"], chain_id=values["chain_id"], nonce=nonce, now=now)
        content = {"message": message, "nonce": nonce, "expires_in": int(LIFETIME.total_seconds())}
        return Response(content, status=status.HTTP_201_CREATED)


class SignInByEthereum(SignInView):
    """Signs in by an Ethereum address, and opens an account for one that is new."""

    @refuses(EthereumProofRefused, SecondFactorRequired, AccountSuspended, RecoveredMeanwhile, TooManyAttempts)
    @extend_schema(
        operation_id="sign_in_by_ethereum",
        auth=[],
        request=EthereumSignInInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs in whoever signed the message; an address that is new here opens an account. A refusal's `reason`"
        " says which rule of EIP-4361 the message broke. Wallets that are contracts (EIP-1271) are not supported.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, EthereumSignInInput)
        count_try(django_request(request))
        identity = prove_address(message=values["message"], signature=values["signature"], now=timezone.now())
        return self.answer(request, relay.relay(request, relay.Enter, {**values, "identity": asdict(identity)}))


class ProviderNonce(SignInView):
    """Begins an app's sign-in at an OpenID Connect issuer."""

    @refuses(NotFound, TooManyAttempts)
    @extend_schema(
        operation_id="provider_nonce",
        auth=[],
        request=ProviderNonceInput,
        responses={201: ProviderNonceAnswer},
        description="Answers a nonce that works once, and the client id to ask the issuer with. Send both to the issuer.",
    )
    def post(self, request: Request) -> Response:
        name = read(request, ProviderNonceInput)["provider"]
        count_nonce(django_request(request))
        client_id = issuer_named(django_request(request), name).app.client_id
        nonce = issue_nonce(purpose_of(name), now=timezone.now())
        content = {"nonce": nonce, "client_id": client_id, "expires_in": int(LIFETIME.total_seconds())}
        return Response(content, status=status.HTTP_201_CREATED)


class SignInByProvider(SignInView):
    """Signs in by an ID token of an OpenID Connect issuer, and opens an account for somebody new."""

    @refuses(
        ProviderRefused, NotFound, AddressTaken, SecondFactorRequired, AccountSuspended, RecoveredMeanwhile, TooManyAttempts
    )
    @extend_schema(
        operation_id="sign_in_by_provider",
        auth=[],
        request=ProviderSignInInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs in whomever the ID token is about; somebody new here opens an account. Its signature, issuer,"
        " audience and times are checked, and its nonce is spent.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, ProviderSignInInput)
        count_try(django_request(request))
        provider = issuer_named(django_request(request), values["provider"])
        identity, nonce = identity_by_token(django_request(request), provider, values["id_token"])
        if not spend_nonce(nonce, purpose_of(values["provider"]), now=timezone.now()):
            raise ProviderRefused
        return self.answer(request, relay.relay(request, relay.Enter, {**values, "identity": asdict(identity)}))


def purpose_of(provider: str) -> str:
    """What a nonce for this issuer is good for."""
    return f"provider:{provider}"
