"""Agreeing to texts, and taking it back."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import get_language

from accounts.errors import AccountRestsOnText, TextOutdated
from accounts.legal import REQUIRED, due, edition, has_agreed, text_in_force
from accounts.models import Consent, User
from audit import trail
from config.database import operation


@operation
def grant_consents(*, user: User, versions: Mapping[Consent.Kind, str], now: dt.datetime) -> list[Consent]:
    """Write down that this person agreed to these texts in the versions they were shown; agreeing twice changes nothing.

    Every sign-up calls it in its own commit, with `accounts.legal.shown` of what came with it. The language is the one of the
    page or call at hand.

    :raises TextOutdated: one of them is not in force any more.
    """
    if any(version != text_in_force(kind).version for kind, version in versions.items()):
        raise TextOutdated
    if not versions:
        return []
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two grants at once are one after the other
    granted = [_grant(locked, kind, version, now) for kind, version in versions.items()]
    if not has_agreed(locked) and not due(locked):
        locked.agreed_edition = edition()
        locked.save(update_fields=["agreed_edition", "updated_at"])
    user.agreed_edition = locked.agreed_edition
    return granted


@operation
def withdraw_consent(*, user: User, kind: Consent.Kind, now: dt.datetime) -> int:
    """Take back what was agreed to, in every version. Returns how many rows that were; none if nothing stood.

    :raises AccountRestsOnText: it ends with the account.
    """
    if kind in REQUIRED:
        raise AccountRestsOnText
    standing = list(Consent.objects.select_for_update().filter(user=user, kind=kind, withdrawn_at__isnull=True).order_by("pk"))
    for consent in standing:
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
        _record("consent.withdrawn", consent, user, now)
    return len(standing)


def _grant(user: User, kind: Consent.Kind, version: str, now: dt.datetime) -> Consent:
    spoken = {language.lower(): language for language in User.Language.values}
    consent, is_new = Consent.objects.get_or_create(
        user=user,
        kind=kind,
        text_version=version,
        withdrawn_at=None,
        defaults={
            "language": spoken.get((get_language() or "").lower(), User.Language.ENGLISH),
            "granted_at": now,
            "ip_address": trail.origin.get().ip_address,
        },
    )
    if is_new:
        _record("consent.granted", consent, user, now)
    return consent


def _record(action: str, consent: Consent, user: User, now: dt.datetime) -> None:
    which = {"kind": consent.kind, "text_version": consent.text_version}
    trail.record(action, actor=user, resource=consent, customer_id=user.pk, now=now, metadata=which)
