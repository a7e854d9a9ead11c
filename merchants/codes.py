"""Codes as people type them, and who or what is behind one.

A store's code has six characters, a charge's nine, of an alphabet without I, O, 0 and 1. Looking one up is
counted when nothing is found, so that guessing ends early while somebody who pays all day long never notices.
"""

import re

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from merchants import guesses
from merchants.errors import CodeUnknown
from merchants.models import CHARGE_CODE_LENGTH, STORE_CODE_LENGTH, Charge, Store

BETWEEN_GROUPS = re.compile(r"[\s\-\u2010-\u2015._·]+")
LOOKALIKES = frozenset("IO01")
CODE = re.compile(rf"[A-HJ-NP-Z2-9]{{{STORE_CODE_LENGTH}}}|[A-HJ-NP-Z2-9]{{{CHARGE_CODE_LENGTH}}}")


def read_code(typed: str) -> str:
    """What was typed as codes are written: capitals, nothing between the groups.

    Takes lower case, spaces, hyphens, and the whole address that a QR code holds.

    :raises CodeUnknown: it can't be a code; says so if it holds a letter or digit that no code has.
    """
    last_part = typed.strip().partition("?")[0].rstrip("/").rpartition("/")[2]
    code = BETWEEN_GROUPS.sub("", last_part).upper()
    if CODE.fullmatch(code):
        return code
    if LOOKALIKES.intersection(code) and len(code) in {STORE_CODE_LENGTH, CHARGE_CODE_LENGTH}:
        raise CodeUnknown(_("No code has the letters I and O or the digits 0 and 1. Look at the code once more."))
    raise CodeUnknown(_("A code has 6 or 9 letters and digits. Compare it with the one at the till."))


def find_store(code: str, *, person: User) -> Store:
    """The store with this code (as `read_code` answers it), whatever its status; its wallet selected.

    :raises CodeUnknown, TooManyGuesses:
    """
    with guesses.counted(person):
        store = Store.objects.filter(short_code=code).select_related("settlement_wallet").first()
        if store is None:
            raise CodeUnknown
    return store


def find_charge(code: str, *, person: User) -> Charge:
    """The charge with this code (as `read_code` answers it), whatever its status; store and wallet selected.

    :raises CodeUnknown, TooManyGuesses:
    """
    with guesses.counted(person):
        charge = Charge.objects.filter(code=code).select_related("store__settlement_wallet").first()
        if charge is None:
            raise CodeUnknown
    return charge


def find_payable(code: str, *, person: User) -> Store | Charge:
    """What the code stands for: a charge, or a store that takes any amount.

    :raises CodeUnknown, TooManyGuesses:
    """
    find = find_store if len(code) == STORE_CODE_LENGTH else find_charge
    return find(code, person=person)
