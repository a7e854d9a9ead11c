"""What people say about who they are, with words that can be looked for everywhere."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils import timezone

from accounts.identity import IdentityDetails
from accounts.models import IdentityProfile, User
from accounts.operations import submit_identity

BORN = dt.date(1987, 3, 29)
# Whoever finds one of these outside its encrypted column has found a leak.
CANARIES = {
    "date_of_birth": "1987-03-29",
    "ssn_last4": "7391",
    "address_line1": "41 Canary Wharf Lane",
    "address_line2": "Flat Oriole 9",
    "phone": "+14155550132",
}
DETAILS = IdentityDetails(
    first_name="Alice",
    last_name="Moreau",
    date_of_birth=BORN,
    address_line1=CANARIES["address_line1"],
    address_line2=CANARIES["address_line2"],
    city="Oakland",
    state="CA",
    postal_code="94607",
    country="US",
    ssn_last4=CANARIES["ssn_last4"],
    phone=CANARIES["phone"],
)
PAYLOAD: dict[str, Any] = DETAILS.to_json()


def identify(user: User, *, now: dt.datetime | None = None, **changes: Any) -> IdentityProfile:
    """Put this person's details up for review."""
    return submit_identity(user=user, details=replace(DETAILS, **changes), now=now or timezone.now())
