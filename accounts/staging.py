"""What somebody who signs up by API says about who they are, kept until they have proven their address.

It waits in the sign-up's own session, sealed, and goes with it: nothing of it is stored for somebody who only knows an
address, and nothing reaches an account that another sign-up made.
"""

from django.http import HttpRequest

from accounts.identity import IdentityDetails
from accounts.models import User

KEY = "staged_identity"
STAGED_S = 3600  # resending codes included; whoever comes later sends it again to /api/identity


def offer(request: HttpRequest, details: IdentityDetails | None) -> None:
    """Bring the details of this request to whatever comes of its sign-up."""
    request.offered_identity = details  # type: ignore[attr-defined]  # read by `stage`


def stage(request: HttpRequest, user: User) -> None:
    """Keep what was offered for the account that was just made."""
    details: IdentityDetails | None = getattr(request, "offered_identity", None)
    if details is not None:
        request.session[KEY] = {"user": str(user.pk), "details": details.to_json()}
        request.session.set_expiry(STAGED_S)


def take(request: HttpRequest, user: User) -> IdentityDetails | None:
    """What was kept for this account in this sign-up, once."""
    staged = request.session.pop(KEY, None)
    if staged is None:
        return None
    request.session.set_expiry(None)  # signed in, it lives as long as every other
    return IdentityDetails.from_json(staged["details"]) if staged["user"] == str(user.pk) else None
