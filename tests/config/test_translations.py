"""The catalogues say everything that the source says, whole (C20)."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from django.conf import settings
from django.utils.translation import to_locale

from accounts.models import User
from config.management.commands.translations import catalogue_paths, forms, read_catalogue, source_catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
TAG = re.compile(r"</?[a-z][^>]*>")
SENTENCE_ENDS = (".", ":", "?")
# What an error says about money is said in the same words everywhere.
MONEY_WORDS = {"pt_BR": "enhum valor foi movimentado", "es": "o se movió dinero"}

type Key = tuple[str | None, str]


@pytest.fixture(scope="module")
def source() -> Catalog:
    """Every sentence that is marked for translation."""
    return source_catalogue()


@pytest.fixture(params=catalogue_paths(), ids=lambda path: path.parts[-3])
def path(request: pytest.FixtureRequest) -> Path:
    """The file of each language's catalogue."""
    found: Path = request.param
    return found


@pytest.fixture
def catalogue(path: Path) -> Catalog:
    """Each language's catalogue."""
    return read_catalogue(path)


def sentences(catalogue: Catalog) -> dict[Key, Message]:
    """The messages by context and English words; the header is none."""
    return {(message.context, english(message)[0]): message for message in catalogue if message.id}


def english(message: Message) -> list[str]:
    """What the source says: one sentence, or one for one thing and one for several."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def pairs(catalogue: Catalog) -> list[tuple[str, str]]:
    """Each translated form beside the English it stands for."""
    return [
        (english(message)[min(form, len(english(message)) - 1)], words)
        for message in sentences(catalogue).values()
        for form, words in enumerate(forms(message))
    ]


def test_has_a_catalogue_for_each_language_people_can_choose() -> None:
    offered = {code for code, _name in settings.LANGUAGES}
    assert {path.parts[-3] for path in catalogue_paths()} == {to_locale(code) for code in offered - {"en"}}
    assert {code.lower() for code in User.Language.values} == offered


def test_translates_every_sentence_and_no_other(source: Catalog, catalogue: Catalog) -> None:
    wanted, had = sentences(source), sentences(catalogue)
    missing = [key for key in wanted if key not in had or not all(forms(had[key]))]
    gone = [key for key in had if key not in wanted]
    assert (missing, gone) == ([], []), "./run manage translations"


def test_has_every_plural_form(source: Catalog, catalogue: Catalog) -> None:
    several = {key for key, message in sentences(source).items() if message.pluralizable}
    assert several
    had = sentences(catalogue)
    assert {key: len(forms(had[key])) for key in several} == dict.fromkeys(several, catalogue.num_plurals)


def test_guesses_nothing(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_keeps_placeholders_and_tags(catalogue: Catalog) -> None:
    for pattern in (PLACEHOLDER, TAG):
        parts = [
            (said, words, sorted(pattern.findall(said)), sorted(pattern.findall(words))) for said, words in pairs(catalogue)
        ]
        assert [(said, words) for said, words, before, after in parts if before != after] == []


def test_ends_sentences_as_the_source_does(catalogue: Catalog) -> None:
    assert [
        (said, words) for said, words in pairs(catalogue) for end in SENTENCE_ENDS if said.endswith(end) != words.endswith(end)
    ] == []
    assert [words for said, words in pairs(catalogue) if words != words.strip() or "  " in words] == []


def test_says_whether_money_moved(catalogue: Catalog) -> None:
    words_for = MONEY_WORDS[str(catalogue.locale)]
    told = [(said, words) for said, words in pairs(catalogue) if "No money moved" in said]
    assert len(told) > 20
    assert [(said, words) for said, words in told if words_for not in words] == []


def test_opens_spanish_questions() -> None:
    spanish = read_catalogue(next(path for path in catalogue_paths() if path.parts[-3] == "es"))
    assert [words for _said, words in pairs(spanish) if words.count("?") != words.count("¿")] == []


def test_is_compiled(path: Path, catalogue: Catalog) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    stale = [
        message.id
        for message in sentences(catalogue).values()
        if isinstance(message.id, str)
        and message.string != (read.pgettext(message.context, message.id) if message.context else read.gettext(message.id))
    ]
    assert stale == [], "./run environment"
    assert [read.ngettext("%(count)s payment", "%(count)s payments", count) for count in (1, 2, 1_000_000)] == [
        forms(sentences(catalogue)[None, "%(count)s payment"])[form] for form in (0, 2, 1)
    ]
