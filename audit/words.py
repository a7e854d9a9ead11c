"""What acts are called when people read about them."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# By the name that the trail and the events have for it; tests/test_architecture.py finds one that is missing.
ACTS: dict[str, Promise] = {
    "limit.raised": pgettext_lazy("act", "Limit to be raised"),
    "limit.set": pgettext_lazy("act", "Limit set"),
    "account.frozen": pgettext_lazy("act", "Account frozen"),
    "account.unfrozen": pgettext_lazy("act", "Account unfrozen"),
    "agent.dismissed": pgettext_lazy("act", "Access as an agent taken away"),
    "agent.provisioned": pgettext_lazy("act", "Access as an agent given"),
    "charge.created": pgettext_lazy("act", "Charge made"),
    "consent.granted": pgettext_lazy("act", "Agreed to a text"),
    "consent.withdrawn": pgettext_lazy("act", "No longer agreed to a text"),
    "conversion.quoted": pgettext_lazy("act", "Asked for an exchange rate"),
    "identity.approved": pgettext_lazy("act", "Identity verified"),
    "identity.rejected": pgettext_lazy("act", "Identity not accepted"),
    "identity.submitted": pgettext_lazy("act", "Identity sent for review"),
    "passkey.added": pgettext_lazy("act", "Passkey added"),
    "passkey.copied": pgettext_lazy("act", "Copy of a passkey refused"),
    "passkey.removed": pgettext_lazy("act", "Passkey removed"),
    "passkey.renamed": pgettext_lazy("act", "Passkey renamed"),
    "recovery_code.used": pgettext_lazy("act", "Recovery code used"),
    "recovery_codes.renewed": pgettext_lazy("act", "New recovery codes made"),
    "session.ended": pgettext_lazy("act", "Device signed out"),
    "session.named": pgettext_lazy("act", "Device named"),
    "step_up.confirmed": pgettext_lazy("act", "Confirmed with a fresh proof"),
    "step_up.failed": pgettext_lazy("act", "Wrong proof for something that wants one"),
    "step_up.used": pgettext_lazy("act", "Did what was confirmed"),
    "store.opened": pgettext_lazy("act", "Store opened"),
    "totp.added": pgettext_lazy("act", "Authenticator app set up"),
    "totp.removed": pgettext_lazy("act", "Authenticator app removed"),
    "user.closed": pgettext_lazy("act", "Account closed"),
    "user.data_taken": pgettext_lazy("act", "Data saved to a file"),
    "user.email_changed": pgettext_lazy("act", "E-mail address changed"),
    "user.email_released": pgettext_lazy("act", "E-mail address given to who proved it"),
    "user.email_verified": pgettext_lazy("act", "E-mail address verified"),
    "user.imported": pgettext_lazy("act", "Brought over from the system before"),
    "user.password_changed": pgettext_lazy("act", "Password changed"),
    "user.password_reset": pgettext_lazy("act", "Password set anew by a link"),
    "user.phone_changed": pgettext_lazy("act", "Phone changed"),
    "user.profile_changed": pgettext_lazy("act", "Profile changed"),
    "user.reinstated": pgettext_lazy("act", "Let in again"),
    "user.second_factor_failed": pgettext_lazy("act", "Wrong second step of a sign-in"),
    "user.sign_in_failed": pgettext_lazy("act", "Somebody tried to sign in and failed"),
    "user.signed_in": pgettext_lazy("act", "Signed in"),
    "user.signed_out": pgettext_lazy("act", "Signed out"),
    "user.signed_up": pgettext_lazy("act", "Signed up"),
    "user.suspended": pgettext_lazy("act", "Suspended"),
    "user.way_added": pgettext_lazy("act", "Way to sign in added"),
    "user.way_removed": pgettext_lazy("act", "Way to sign in taken away"),
    "wallet.closed": pgettext_lazy("act", "Wallet closed"),
    "wallet.frozen": pgettext_lazy("act", "Wallet frozen"),
    "wallet.linked": pgettext_lazy("act", "Wallet elsewhere linked"),
    "wallet.made_primary": pgettext_lazy("act", "Primary wallet chosen"),
    "wallet.opened": pgettext_lazy("act", "Wallet opened"),
    "wallet.renamed": pgettext_lazy("act", "Wallet renamed"),
    "wallet.unfrozen": pgettext_lazy("act", "Wallet unfrozen"),
}


def words_for(act: str) -> str:
    """What people read; of an act that the code no longer knows, its name."""
    return str(ACTS.get(act) or act.replace("_", " ").replace(".", " ").capitalize())
