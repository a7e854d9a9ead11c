"""People and how they get in, by topic."""

from accounts.models.closure import Closure
from accounts.models.code import PhoneCode
from accounts.models.consent import Consent
from accounts.models.factor import FactorSecret
from accounts.models.identity import CustomerNumberYear, IdentityProfile
from accounts.models.link import DeviceLink
from accounts.models.nonce import Nonce
from accounts.models.recovery import RecoveryContact
from accounts.models.session import Session, TokenFamily
from accounts.models.stepup import StepUp, StepUpAct, StepUpMethod
from accounts.models.user import User, UserManager

__all__ = [
    "Closure",
    "Consent",
    "CustomerNumberYear",
    "DeviceLink",
    "FactorSecret",
    "IdentityProfile",
    "Nonce",
    "PhoneCode",
    "RecoveryContact",
    "Session",
    "StepUp",
    "StepUpAct",
    "StepUpMethod",
    "TokenFamily",
    "User",
    "UserManager",
]
