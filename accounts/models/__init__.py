"""People and how they get in, by topic."""

from accounts.models.session import Session, TokenFamily
from accounts.models.user import User, UserManager

__all__ = ["Session", "TokenFamily", "User", "UserManager"]
