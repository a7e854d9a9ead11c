"""The API's door for apps that a signed-in browser lets in."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.signing_in import TRANSPORT_HEADER, SignInView
from accounts.errors import DeviceLinkRefused, TooManyAttempts
from accounts.operations import open_device_link, use_device_link
from accounts.serializers.links import DeviceLinkAnswer, DeviceLinkInput, DeviceLinkToken
from accounts.serializers.signing_in import TokenAnswer
from audit import trail
from config import limits
from config.api import read
from config.limits import Limit
from config.openapi import refuses

GUESSES = Limit(10, 600)  # of an address


class OpenDeviceLink(SignInView):
    """Looks at a link before it is used."""

    @refuses(DeviceLinkRefused, TooManyAttempts)
    @extend_schema(
        operation_id="device_link_open",
        auth=[],
        request=DeviceLinkToken,
        responses={200: DeviceLinkAnswer},
        description="What the app is told before its owner agrees. Whichever app presents a token first is the one it is for:"
        " with another user agent, or from an IPv4 address instead of an IPv6 one, it is refused from then on.",
    )
    def post(self, request: Request) -> Response:
        values, now = read(request, DeviceLinkToken), timezone.now()
        with guesses_counted():
            link = open_device_link(token=values["token"], now=now)
        expires_in = int((link.expires_at - now).total_seconds())
        return Response(DeviceLinkAnswer({**link.session_data, "expires_in": expires_in}).data)


class UseDeviceLink(SignInView):
    """Signs an app in by the code that a signed-in browser shows."""

    @refuses(DeviceLinkRefused, TooManyAttempts)
    @extend_schema(
        operation_id="device_link",
        auth=[],
        request=DeviceLinkInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs the app in as whoever shows the code, once and within two minutes, while the browser that shows it"
        " is signed in. Ten tokens that are none lock an address for ten minutes.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, DeviceLinkInput)
        with guesses_counted():
            pair = use_device_link(token=values["token"], device_name=values["device_name"], now=timezone.now())
        return self.token_answer(request, access_token=pair.access_token, refresh_token=pair.refresh_token, user=pair.user)


@contextmanager
def guesses_counted() -> Iterator[None]:
    """Within it, a token that is refused counts against where it came from.

    :raises TooManyAttempts: there were too many.
    """
    address = trail.origin.get().ip_address
    kept = {f"device-link:{limits.network_of(address)}": GUESSES} if address else {}
    with limits.counted(kept, misses=DeviceLinkRefused, refusal=TooManyAttempts()):
        yield
