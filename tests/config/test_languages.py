"""Every page speaks its reader's language, and no English is left on it (C20).

The pages are those that the access tables name. While they are made, everything that was translated stands in brackets:
a word outside of them is marked nowhere or has no translation, ours or a library's, unless it is somebody's data.
"""

import re
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import psycopg
import pytest
from babel import Locale
from django.conf import LazySettings
from django.conf import settings as project
from django.db.models import CharField, Model, TextField
from django.utils import translation
from django.utils.dates import MONTHS_3
from django.utils.translation import get_language_info
from pytest_django import DjangoDbBlocker

from accounts.models import IdentityProfile, Session, User
from config.encrypted_fields import EncryptedTextField
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.management.commands.translations import source_catalogue
from merchants.models import ApiKey, Charge, Payout, PayoutDestination, Store, StoreInvitation
from payments.assets import ASSETS
from payments.models import Transaction, Wallet
from payments.money import asset_name
from tests.access import accounts, consoles, merchants, payments, product
from tests.access.asking import Asker, undone
from tests.access.policy import Anyone, Case, Person, Staff, nothing
from tests.access.routes import Route, routes_of
from tests.access.world import World, build_world

OPEN, SHUT = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
BETWEEN_TEXTS = "\N{RECORD SEPARATOR}"  # which nobody writes
BRACKETED = re.compile(f"{OPEN}[^{OPEN}{SHUT}]*{SHUT}")
WORD = re.compile(r"[^\W\d_]{2,}")
MESSAGE_AT = {"gettext": 0, "pgettext": 1, "ngettext": 0, "npgettext": 1}  # among the arguments
READ_ATTRIBUTES = {
    "alt",
    "aria-description",
    "aria-label",
    "aria-roledescription",
    "content",
    "placeholder",
    "summary",
    "title",
}
SILENT = {"script", "style"}
# Names, and the words between the numbers of a date.
NAMES = {"Florin", "Id", "Web", "PDF", "CSV", "camt", "QR", "PNG", "SVG", "HTTP", "UTC", "de", "às", "las"}
# Ethereum addresses, actions and keys of the audit trail, addresses, tokens of the sandbox, ids.
IDENTIFIER = re.compile(
    r"""\bEthereum 0x\w{4}…\w{4}|\b0x[0-9A-Fa-f]{40}\b|\b[A-Za-z_]+\.[a-z_]+\b|"[a-z_]+"|https?://\S+|\btok_\w+|\bflk_[\w-]+…?|\bwhsec_[\w+/]+=*|\b[a-z]+:[a-z]+\b|\b[0-9a-f]{32}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"""
)
CODE = re.compile(r"\b(?:[A-Z2-9]{2,3}|[A-Z2-7]{32})\b")  # a short code's groups, initials, the key of an authenticator app
# The example on the landing page, where nobody's data can stand.
EXAMPLES = {"Café Aurora", "Ana Torres", "Lindenhof 12"}
# Pages for developers: the sample of all components, and the meanings of the API's codes, which have one name everywhere.
NOT_FOR_PEOPLE = {"design", "problem_list", "problem_type"}
PAGES = {name: cases for part in (accounts, merchants, payments, product) for name, cases in part.PAGES.items()}
ROUTES = [route for route in routes_of(PORTAL) if route.key in PAGES and route.key not in NOT_FOR_PEOPLE]
CONSOLES = {AGENT: (consoles.AGENT, Staff.AGENT), ADMIN: (consoles.ADMIN, Staff.ADMIN)}
# django-unfold draws its icons as words of a font; keys of a keyboard have one name everywhere.
ICONS = re.compile(r"<span[^>]*material-symbols[^>]*>[^<]*</span>|<kbd.*?</kbd>", re.DOTALL)


@pytest.fixture(scope="module")
def world(django_db_setup: psycopg.Connection, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all tests of this module; each request on it is undone."""
    with django_db_blocker.unblock(), undone():
        yield build_world()


@pytest.fixture(scope="module")
def ours() -> set[str]:
    """What may be the same in two languages, because whoever translated it found it so."""
    return {
        english for message in source_catalogue() for english in ([message.id] if isinstance(message.id, str) else message.id)
    }


@pytest.fixture(params=[code for code, _name in project.LANGUAGES if code != "en"])
def language(
    request: pytest.FixtureRequest, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, world: World, ours: set[str]
) -> Iterator[str]:
    """The language that everybody reads; what is said in it stands in brackets."""
    settings.LANGUAGE_CODE = request.param  # of those who are not signed in
    for name, message_at in MESSAGE_AT.items():
        real = getattr(translation._trans, name)  # type: ignore[attr-defined]
        monkeypatch.setattr(translation._trans, name, bracketing(real, message_at=message_at, ours=ours))  # type: ignore[attr-defined]
    with undone():
        User.objects.update(language=next(code for code in User.Language.values if code.lower() == request.param))
        yield request.param


def bracketing(real: Callable[..., str], *, message_at: int, ours: set[str]) -> Callable[..., str]:
    """A gettext function whose words stand in brackets, if they are translated."""

    def said(*arguments: Any) -> str:  # those of gettext, pgettext, ngettext or npgettext
        words, english = real(*arguments), arguments[message_at]
        return words if words == english and english not in ours else f"{OPEN}{words}{SHUT}"

    return said


class Reader(HTMLParser):
    """The texts of a page: what is seen and what is read out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.languages: list[str | None] = []  # that of the page, then of its parts that have another
        self.silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in SILENT
        if tag != "meta" or ("name", "description") in attrs:
            self.texts += [value for name, value in attrs if value and name in READ_ATTRIBUTES]
        self.languages += [value for name, value in attrs if name == "lang"]

    def handle_endtag(self, tag: str) -> None:
        self.silent = self.silent and tag not in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def leftovers(page: str, data: re.Pattern[str]) -> list[str]:
    """The texts that nobody translated, and that are no data.

    A sentence may hold links: its brackets then open in one text and shut in another.
    """
    unsaid = unbracketed(BETWEEN_TEXTS.join(Reader(page).texts)).split(BETWEEN_TEXTS)
    rests = ((text, CODE.sub(" ", data.sub(" ", IDENTIFIER.sub(" ", text)))) for text in unsaid)
    return [text.strip() for text, rest in rests if set(WORD.findall(rest)) - NAMES]


def unbracketed(text: str) -> str:
    """`text` without what stands in brackets, which may hold others."""
    shorter = BRACKETED.sub(" ", text)
    return text if shorter == text else unbracketed(shorter)


@cache
def data_in(language: str) -> re.Pattern[str]:
    """What people wrote in the world, and names from the CLDR and the tz database, the longest first."""
    locale = Locale.parse(language, sep="-")
    words = {*ASSETS, *EXAMPLES, *locale.territories.values()}
    words |= {str(month) for month in MONTHS_3.values()}  # some of which are the same in Spanish or Portuguese
    words |= {asset_name(asset, language) for asset in ASSETS}
    words |= {zone.replace("_", " ") for zone in zoneinfo.available_timezones()}
    for code, name in project.LANGUAGES:
        words |= {name, get_language_info(code)["name_local"]}
    words |= {"IBAN", f"/directory/{Store.objects.get(symbol='GREENS').symbol}/"}
    words |= {each.place.grouped() for each in PayoutDestination.objects.all()}
    words |= {each.email.partition("@")[0] for each in StoreInvitation.objects.all()}
    words |= {each.place.holder for each in PayoutDestination.objects.all()}
    models: tuple[type[Model], ...] = (
        User, Session, IdentityProfile, Wallet, Store, Charge, Transaction, StoreInvitation, PayoutDestination, Payout,
        ApiKey,
    )  # fmt: skip
    for model in models:
        for column in model._meta.concrete_fields:
            if isinstance(column, CharField | TextField | EncryptedTextField) and not column.choices:
                words |= {getattr(row, column.name) for row in model._default_manager.all()}
    longest_first = sorted((str(each) for each in words if each), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def asked(route: Route) -> Iterator[tuple[Case, Anyone]]:
    """Each way to ask, as somebody signed in and as somebody who is not; forms with nothing in them, too."""
    for case in PAGES[route.key]:
        signed_in = [person for person in (Person.ALICE, Person.BRUNO, Person.OLIVIA) if person in case.who.members]
        for person in [*signed_in[:1], Person.ANONYMOUS]:
            yield case, person
            if case.method == "POST":
                yield replace(case, body=nothing), person


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_speaks_the_readers_language(route: Route, language: str, world: World) -> None:
    data = data_in(language)
    for case, person in asked(route):
        with undone():
            answer = Asker(world, route).ask(case, person)
        if "<html" in answer.text:
            assert Reader(answer.text).languages[0] == language
            assert leftovers(answer.text, data) == [], f"{case.method} as {person.name}"


def test_finds_what_nobody_translated() -> None:
    page = f"<p>{OPEN}Enviar {OPEN}dinheiro{SHUT}{SHUT} para Ana</p><p>Hello Ana</p><img alt='A face'><script>let coin</script>"
    assert leftovers(page, re.compile("Ana")) == ["para Ana", "Hello Ana", "A face"]


def test_takes_a_sentence_with_a_link_for_one() -> None:
    page = f"<p>{OPEN}Lea los <a href='/terms/'>términos</a> antes.{SHUT} <a href='/help/'>Help</a></p>"
    assert leftovers(page, re.compile("Ana")) == ["Help"]


@pytest.mark.django_db
@pytest.mark.parametrize("site", CONSOLES, ids=lambda site: site.name)
def test_speaks_the_language_of_staff(site: Site, language: str, world: World) -> None:
    table, staff = CONSOLES[site]
    data = data_in(language)
    left = {}
    for route in routes_of(site):
        for case in table.get(route.key, []):
            if case.method == "GET" and staff in case.who.members:
                answer = Asker(world, route).ask(case, staff)
                left[route.key] = leftovers(ICONS.sub("", answer.text), data) if "<html" in answer.text else []
    assert {name: texts for name, texts in left.items() if texts} == {}
