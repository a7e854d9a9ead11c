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
from accounts.errors import AccountSuspended, EthereumProofRefused, TooManyAttempts
from accounts.nonces import LIFETIME, issue_nonce
from accounts.providers.ethereum import prove_address, write_message
from accounts.providers.identity import ETHEREUM
from accounts.serializers import EthereumInput, EthereumNonceAnswer, EthereumNonceInput, TokenAnswer
from config.openapi import refuses


class EthereumNonce(SignInView):
    """Begins a sign-in with Ethereum."""

    input_class = EthereumNonceInput

    @refuses(TooManyAttempts)
    @extend_schema(
        operation_id="ethereum_nonce",
        auth=[],
        request=EthereumNonceInput,
        responses={201: EthereumNonceAnswer},
        description="Answers a message of EIP-4361 with a nonce that works once. Let the wallet sign it as it is.",
    )
    def post(self, request: Request) -> Response:
        values, now = self.input(request), timezone.now()
        count_nonce(request._request)  # noqa: SLF001 allauth counts on the request that REST framework wraps
        nonce = issue_nonce(ETHEREUM, now=now)
        message = write_message(address=values["address"], chain_id=values["chain_id"], nonce=nonce, now=now)
        content = {"message": message, "nonce": nonce, "expires_in": int(LIFETIME.total_seconds())}
        return Response(content, status=status.HTTP_201_CREATED)


class SignInByEthereum(SignInView):
    """Signs in by an Ethereum address, and opens an account for one that is new."""

    input_class = EthereumInput

    @refuses(EthereumProofRefused, AccountSuspended, TooManyAttempts)
    @extend_schema(
        operation_id="sign_in_by_ethereum",
        auth=[],
        request=EthereumInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs in whoever signed the message; an address that is new here opens an account. A refusal's `reason`"
        " says which rule of EIP-4361 the message broke. Wallets that are contracts (EIP-1271) are not supported.",
    )
    def post(self, request: Request) -> Response:
        values = self.input(request)
        count_try(request._request)  # noqa: SLF001 as above
        identity = prove_address(message=values["message"], signature=values["signature"], now=timezone.now())
        return self.answer(request, relay.relay(request, relay.Enter, asdict(identity)))
