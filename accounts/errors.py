"""What people are refused about their account."""

from django.utils.translation import gettext_lazy as _

from config.errors import Refused


class AccountSuspended(Refused):
    code = "account_suspended"
    status = 403
    message = _("This account is suspended. Write to support to find out why.")


class TooManyAttempts(Refused):
    code = "too_many_attempts"
    status = 429
    message = _("Too many attempts. Wait a few minutes, then try again.")


class WrongCredentials(Refused):
    code = "wrong_credentials"
    status = 401
    message = _("The e-mail address and the password don't belong together.")


class EmailUnverified(Refused):
    """Carries `session_token`: with it and the mailed code, `/api/auth/verify` signs in."""

    code = "email_unverified"
    status = 403
    message = _("Verify your e-mail address first: we sent you a code.")


class VerificationExpired(Refused):
    code = "verification_expired"
    status = 409
    message = _("This verification is over. Sign in again to get a new code.")


class RefreshTokenRefused(Refused):
    code = "refresh_token_refused"
    status = 401
    message = _("This refresh token can't be used. Sign in again.")


class NotSuspended(Refused):
    code = "not_suspended"
    status = 409
    message = _("This account is not suspended.")


class AlreadySuspended(Refused):
    code = "already_suspended"
    status = 409
    message = _("This account is suspended already, or closed.")


class SuspendingOneself(Refused):
    code = "suspending_oneself"
    status = 409
    message = _("You can't suspend your own account.")


class AccessTokenRefused(Refused):
    """`auth_header` is the challenge of RFC 6750 that goes with every such answer."""

    status = 401
    auth_header = 'Bearer realm="florin", error="invalid_token"'


class TokenInvalid(AccessTokenRefused):
    code = "token_invalid"
    message = _("This access token is not valid here.")


class TokenExpired(AccessTokenRefused):
    code = "token_expired"
    message = _("This access token has expired. Refresh it.")


class SessionEnded(AccessTokenRefused):
    code = "session_ended"
    message = _("This session has ended. Sign in again.")
