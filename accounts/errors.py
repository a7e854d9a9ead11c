"""What people are refused about their account."""

from django.utils.translation import gettext_lazy as _

from config.errors import Prerequisite, Refused


class AccountSuspended(Refused):
    """Right password, but the person may not come in."""

    code = "account_suspended"
    status = 403
    message = _("This account is suspended. Write to support to find out why.")


class TooManyAttempts(Refused):
    """A rate limit; says nothing of whether the account exists."""

    code = "too_many_attempts"
    status = 429
    message = _("Too many attempts. Wait a few minutes, then try again.")


class WrongCredentials(Refused):
    """Unknown address or wrong password: the caller is not told which."""

    code = "wrong_credentials"
    status = 401
    message = _("The e-mail address and the password don't belong together.")


class EmailUnverified(Refused):
    """Carries `session_token`: with it and the mailed code, `/api/auth/verify` signs in."""

    code = "email_unverified"
    status = 403
    message = _("Verify your e-mail address first: we sent you a code.")


class VerificationExpired(Refused):
    """The code is over, or was guessed at too often, or its session token is none."""

    code = "verification_expired"
    status = 409
    message = _("This verification is over. Sign in again to get a new code.")


class SecondFactorRequired(Refused):
    """The first step was right. Carries `session_token` and `methods`: `/api/auth/second-factor` takes the second."""

    code = "second_factor_required"
    status = 401
    message = _("One more step: a code of your authenticator app, a recovery code, or a passkey.")


class SignInExpired(Refused):
    """The half-made sign-in is over, or was ended, or its session token is none."""

    code = "sign_in_expired"
    status = 409
    message = _("This sign-in is over. Start it again.")


class WrongCode(Refused):
    """Not a code of this person's authenticator app, none of their recovery codes, or one that was used before."""

    code = "wrong_code"
    status = 401
    field = "code"
    message = _("This code is not right, or it was used before. Wait for the next one.")


class PasskeyRefused(Refused):
    """Unknown, made for another site, without user verification, a copy, or too late: the caller is not told which."""

    code = "passkey_refused"
    status = 401
    message = _("This passkey was not accepted. Try again, or take another way.")


class PasskeyKnown(Refused):
    """The authenticator gave a passkey that somebody has already."""

    code = "passkey_known"
    status = 409
    message = _("This passkey is in use already. Nothing was added.")


class TooManyPasskeys(Refused):
    """More than anybody needs."""

    code = "too_many_passkeys"
    status = 409
    message = _("You have as many passkeys as an account can have. Remove one first.")


class AuthenticatorAppActive(Refused):
    """There is one already."""

    code = "authenticator_app_active"
    status = 409
    message = _("An authenticator app is set up already. Remove it first if you want another one.")


class NoSecondFactor(Refused):
    """Recovery codes stand in for a factor, and there is none."""

    code = "no_second_factor"
    status = 409
    message = _("Recovery codes stand in for an authenticator app or a passkey. Set one of them up first.")


class PasswordDemanded(Refused):
    """Without its second factor the account hangs on the password, so it is asked for."""

    code = "password_demanded"
    status = 403
    field = "password"
    message = _("Type your password: it alone will guard the account then.")


class LongerPasswordNeeded(Refused):
    """Eight characters are enough beside a second factor only."""

    code = "longer_password_needed"
    status = 409
    message = _("Without a second factor a password needs at least 15 characters. Change it to a longer one first.")


class WrongTextCode(Refused):
    """Not the code that was sent by SMS, or not for this."""

    code = "wrong_text_code"
    status = 400
    field = "code"
    message = _("This is not the code we sent.")


class CodeOver(Refused):
    """Used, too old, or guessed at too often."""

    code = "code_over"
    status = 409
    message = _("This code can't be used any more. Ask for a new one.")


class BackupPhoneTaken(Refused):
    """One phone recovers one account."""

    code = "backup_phone_taken"
    status = 409
    message = _("This phone is the backup of another account. Nothing was changed: take another one.")


class OwnPhone(Refused):
    """A backup that is lost together with what it is the backup of is none."""

    code = "own_phone"
    status = 409
    message = _("You sign in with this phone, so it would be lost with your account. Nothing was changed: take another one.")


class NothingToRecover(Refused):
    """No claim, one that still waits, or its person is here: the caller is not told which."""

    code = "nothing_to_recover"
    status = 409
    message = _("There is nothing to take over now. Nothing was changed.")


class RecoveredMeanwhile(Refused):
    """The account was handed over to its backup phone a moment before the sign-in."""

    code = "recovered_meanwhile"
    status = 409
    message = _(
        "This account was just recovered by its backup phone, so you are not signed in. Write to support if it is yours."
    )


class DeviceLinkRefused(Refused):
    """Unknown, used, cancelled, too late, another app's, or of somebody who may not sign in: the caller is not told which."""

    code = "device_link_refused"
    status = 401
    message = _("This link can't be used, or not any more. Show a new code in the browser and scan that.")


class RefreshTokenRefused(Refused):
    """Not ours, used before, or its session has ended."""

    code = "refresh_token_refused"
    status = 401
    message = _("This refresh token can't be used. Sign in again.")


class EthereumProofRefused(Refused):
    """The message or its signature proves nothing here; `reason` says which of its rules it broke."""

    code = "ethereum_proof_refused"
    status = 401
    message = _("This signature signs nobody in.")


class ProviderRefused(Refused):
    """The answer of a provider proves nothing here: forged, for another sign-in, too old, or it never came."""

    code = "provider_refused"
    status = 401
    message = _("The other side did not confirm who you are. Try again, or sign in another way.")


class ProviderDeclined(Refused):
    """The person, or the provider, said no."""

    code = "provider_declined"
    status = 401
    message = _("You did not allow it there, so nothing happened here.")


class ProviderUnreachable(Refused):
    """The provider did not answer in time."""

    code = "provider_unreachable"
    status = 503
    message = _("The other side does not answer at the moment. Try again later, or sign in another way.")


class AddressTaken(Refused):
    """A provider vouches for an address that an account here has: its owner must sign in and link the two."""

    code = "address_taken"
    status = 409
    message = _(
        "An account here has your e-mail address already. Sign in to it as you usually do, then link the two under You,"
        " Ways to sign in."
    )


class AlreadyLinked(Refused):
    """It is a way into this very account."""

    code = "already_linked"
    status = 409
    message = _("You can sign in with it already.")


class LinkedElsewhere(Refused):
    """It is a way into somebody else's account."""

    code = "linked_elsewhere"
    status = 409
    message = _("It signs in to another account here. Sign in to that one and take it away there first.")


class ProofOver(Refused):
    """The nonce of a proof from outside was spent, is too old, or was never handed out."""

    code = "proof_over"
    status = 409
    message = _("This proof was used already, or is too old. Nothing was changed: begin again.")


class SignInAgain(Refused):
    """The account has nothing to confirm by except signing in, and that was too long ago."""

    code = "sign_in_again"
    status = 403
    message = _("Sign out and in again first, so that we know that it is still you. Nothing was changed.")


class WayNotRemovable(Refused):
    """A password, or a passkey, which is taken away among the second factors."""

    code = "way_not_removable"
    status = 409
    message = _("This way to sign in can't be taken away here. Nothing was changed.")


class LastWayIn(Refused):
    """Taking it away would leave nobody able to sign in."""

    code = "last_way_in"
    status = 409
    message = _("This is the only way into your account. Add another one first, then take this one away. Nothing was changed.")


class NotSuspended(Refused):
    """Nothing to reinstate."""

    code = "not_suspended"
    status = 409
    message = _("This account is not suspended.")


class AlreadySuspended(Refused):
    """Nothing left to suspend."""

    code = "already_suspended"
    status = 409
    message = _("This account is suspended already, or closed.")


class SuspendingOneself(Refused):
    """Staff would lock themselves out."""

    code = "suspending_oneself"
    status = 409
    message = _("You can't suspend your own account.")


class AccessTokenRefused(Refused):
    """`auth_header` is the challenge of RFC 6750 that goes with every such answer."""

    status = 401
    auth_header = 'Bearer realm="florin", error="invalid_token"'


class TokenInvalid(AccessTokenRefused):
    """Forged, for another audience or use, or no token at all."""

    code = "token_invalid"
    message = _("This access token is not valid here.")


class TokenExpired(AccessTokenRefused):
    """Was good until a moment ago."""

    code = "token_expired"
    message = _("This access token has expired. Refresh it.")


class SessionEnded(AccessTokenRefused):
    """Signed out, suspended, or the password was changed."""

    code = "session_ended"
    message = _("This session has ended. Sign in again.")


class StepUpRequired(Prerequisite):
    """Carries `challenge`, the `methods` that answer it and `expires_in` seconds; `words` say what is to be confirmed."""

    code = "step_up_required"
    status = 403
    message = _("Confirm that it is you first. Nothing was done yet: confirm, then send the same again.")


class StepUpOver(Refused):
    """The challenge is too old, used, changed, or somebody else's."""

    code = "step_up_over"
    status = 409
    message = _("This can't be confirmed any more. Nothing was done: begin again.")


class WrongProof(Refused):
    """The code or the password is not right, or the code was used before."""

    code = "wrong_proof"
    status = 403
    message = _("That is not right. Nothing was done: try again.")


class ProofTooWeak(Refused):
    """The account has something stronger, or not this; `methods` are those it accepts."""

    code = "proof_too_weak"
    status = 403
    message = _("This account is confirmed in another way. Nothing was done.")


class IdentityApproved(Refused):
    """What was verified is not the person's to change."""

    code = "identity_approved"
    status = 409
    message = _("Your identity is verified already. Nothing was changed: write to support if something about you has changed.")


class IdentityDecided(Refused):
    """Two reviewers, one decision: the first one's."""

    code = "identity_decided"
    status = 409
    message = _("Somebody has decided about this identity already. Nothing was changed.")


class IdentityChanged(Refused):
    """The reviewer would decide about something they have not seen."""

    code = "identity_changed"
    status = 409
    message = _("The person has sent something else meanwhile. Nothing was changed: look at it again.")


class ReviewingOneself(Refused):
    """Nobody verifies themselves."""

    code = "reviewing_oneself"
    status = 403
    message = _("You can't decide about your own identity. Ask another admin.")


class CustomerNumbersExhausted(Refused):
    """A million people were verified this year: the format of the number is at its end."""

    code = "customer_numbers_exhausted"
    status = 409
    message = _("This year has given all of its customer numbers. Nothing was changed: tell whoever runs the platform.")


class TextOutdated(Refused):
    """A newer version came out since the person was shown this one."""

    code = "text_outdated"
    status = 409
    field = "text_version"
    message = _("This is not the version in force. Read that one, then agree to it. Nothing was changed.")


class AgreementNeeded(Prerequisite):
    """Not agreed to the texts in force, and this begins something new. `texts` are the kinds that are missing."""

    code = "agreement_needed"
    status = 403
    message = _(
        "Agree to the terms of use and the privacy notice in force first. No money moved. Seeing your money and taking it"
        " out needs no agreement."
    )


class AccountRestsOnText(Refused):
    """Terms of use and privacy notice: whoever no longer agrees leaves."""

    code = "account_rests_on_text"
    status = 409
    message = _("Your account rests on this, so it can't be withdrawn while you have one. Nothing was changed.")
