"""What people agree to: each text in each version it ever had, the one in force last. This is the only place that names them.

A version is called by its first day. A new one is a new template beside the old ones
(`templates/texts/<kind>/<version>.html`) and its name here; whoever agreed to an older one is asked at their next page. A
text that people have agreed to never changes: tests/accounts/test_legal.py knows each by its digest.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.errors import AgreementNeeded
from accounts.models import Consent, User

Kind = Consent.Kind
type Shown = Mapping[Kind, str]  # texts that somebody had before them, each with its version

VERSIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TERMS: ("2026-11-26",),
    Kind.PRIVACY: ("2026-11-26",),
    Kind.MARKETING: ("2026-11-26",),
}
# What an account rests on. The others are free to give and to withdraw.
REQUIRED = (Kind.TERMS, Kind.PRIVACY)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one of its versions."""

    kind: Kind
    version: str

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.kind.label)

    @property
    def in_force_since(self) -> dt.date:
        """Its first day."""
        return dt.date.fromisoformat(self.version)

    @property
    def is_in_force(self) -> bool:
        """Whether no newer version has come out."""
        return self.version == VERSIONS[self.kind][-1]

    @property
    def is_required(self) -> bool:
        """Whether an account rests on it."""
        return self.kind in REQUIRED

    @property
    def template(self) -> str:
        """Where its words stand."""
        return f"texts/{self.kind.value}/{self.version}.html"


def text_in_force(kind: Kind) -> Text:
    """The version in force."""
    return Text(kind, VERSIONS[kind][-1])


def texts_in_force() -> list[Text]:
    """Every text, in the version in force."""
    return [text_in_force(kind) for kind in VERSIONS]


def required_texts() -> list[Text]:
    """What an account rests on, in the version in force."""
    return [text_in_force(kind) for kind in REQUIRED]


def text_named(kind: str, version: str) -> Text | None:
    """The text of that kind and version, one that is not in force any more too; None if there never was one."""
    known = kind in Kind.values and version in VERSIONS[Kind(kind)]
    return Text(Kind(kind), version) if known else None


def edition() -> str:
    """The day on which the youngest of the required texts came into force: what `User.agreed_edition` is compared with."""
    return max(text.version for text in required_texts())


def has_agreed(user: User) -> bool:
    """Whether this person agrees to the required texts as they are now. No query.

    Or to later ones: while a release comes out or is taken back, processes with older texts may still answer.
    """
    return user.agreed_edition >= edition()


def due(user: User) -> list[Text]:
    """The required texts that this person has not agreed to as they are now. No query if there are none."""
    if has_agreed(user):
        return []
    standing = set(Consent.objects.filter(user=user, withdrawn_at__isnull=True).values_list("kind", "text_version"))
    return [text for text in required_texts() if (text.kind.value, text.version) not in standing]


def demand_agreement(user: User) -> None:
    """Refuse to begin something new for somebody who has not agreed to the texts in force. No query if they have.

    Operations call it that put money into an account, spend or exchange it, or open something. Those that let people take
    their money out, give it back or leave do not ask: nobody is locked in by a new text.

    :raises AgreementNeeded: with what is missing.
    """
    if not has_agreed(user):
        raise AgreementNeeded(texts=[text.kind.value for text in due(user)])


def shown(values: Mapping[str, object]) -> Shown:
    """The texts in force that a sign-up says it has shown, by `terms_version` and `privacy_version`.

    Others are left out and not refused: whoever had a page open while a text changed is asked once they are in.
    """
    return {text.kind: text.version for text in required_texts() if values.get(_field(text.kind)) == text.version}


def as_fields(texts: Shown) -> dict[str, str]:
    """The same as it travels: fields of a form, of a request or of a session, for `shown` to read."""
    return {_field(kind): version for kind, version in texts.items()}


def _field(kind: Kind) -> str:
    return f"{kind.value}_version"
