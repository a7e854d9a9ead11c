"""Who of the demo world is verified: made after everything else, because it is encrypted with this installation's own key."""

import datetime as dt

from accounts.identity import IdentityDetails, checked
from accounts.models import IdentityProfile, User
from accounts.operations import approve_identity, reject_identity, submit_identity

SAID = {
    "alice@florin.example": IdentityDetails(
        first_name="Alice", last_name="Moreau", date_of_birth=dt.date(1987, 3, 29), address_line1="Rua do Alecrim 41",
        address_line2="2.º Esq.", city="Lisboa", postal_code="1200-014", country="PT",
    ),
    "bruno@florin.example": IdentityDetails(
        first_name="Bruno", last_name="Alves", date_of_birth=dt.date(1991, 11, 2), address_line1="Rua Augusta 1508",
        city="São Paulo", state="SP", postal_code="01304-001", country="BR",
    ),
    "olivia@florin.example": IdentityDetails(
        first_name="Olívia", last_name="Tavares", date_of_birth=dt.date(1979, 6, 14), address_line1="Rua das Flores 8",
        city="Lisboa", postal_code="1200-192", country="PT", phone="+351 912 345 678",
    ),
    "larkloaf@florin.example": IdentityDetails(
        first_name="Imogen", last_name="Lark", date_of_birth=dt.date(1968, 1, 30), address_line1="1128 Valencia Street",
        address_line2="Apt 3", city="San Francisco", state="CA", postal_code="94110", country="US", ssn_last4="4418",
    ),
    "carlos@florin.example": IdentityDetails(
        first_name="Carlos", last_name="Prado", date_of_birth=dt.date(2001, 9, 9), address_line1="Rua da Rosa",
        city="Lisboa", postal_code="1200-383", country="PT",
    ),
}  # fmt: skip
APPROVED = ("alice@florin.example", "bruno@florin.example")
REJECTED = "carlos@florin.example"
REASON = "The street is there, and the number of the house is missing."


def introduce(now: dt.datetime) -> None:
    """Let some of them say who they are, through the operations: two verified, one turned down, two waiting."""
    admin = User.objects.get(email="admin@florin.example")
    sent = now - dt.timedelta(days=3)
    for email, details in SAID.items():
        person = User.objects.filter(email=email).first()
        if person is not None:  # a small world has not all of them
            sent += dt.timedelta(hours=7)
            identity = submit_identity(user=person, details=checked(details, today=sent.date()), now=sent)
            _decide(identity, email, admin, sent + dt.timedelta(hours=2))


def _decide(identity: IdentityProfile, email: str, admin: User, now: dt.datetime) -> None:
    if email in APPROVED:
        approve_identity(identity=identity, submitted_at=identity.submitted_at, actor=admin, now=now)
    if email == REJECTED:
        grounds = IdentityProfile.Grounds.ADDRESS
        reject_identity(
            identity=identity, submitted_at=identity.submitted_at, grounds=grounds, reason=REASON, actor=admin, now=now
        )
