"""Brings the translations in step with the source: `./run manage translations`, then fill in what is empty.

Django's own `makemessages` asks for GNU gettext on the machine; Babel is installed already, reads the same
markings, and so the tests can find on every machine what nobody translated (docs/translations.md).
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)
# Where people's words are; tests and documents speak to developers.
SOURCES = ("accounts", "audit", "billing", "config", "merchants", "payments", "support", "templates")
SUFFIXES = (".py", ".html", ".txt")


class Command(BaseCommand):
    """Adds what the source says anew, takes away what it no longer says, compiles, and counts what is missing."""

    help = "Bring the translations in step with the source, and compile them."

    def handle(self, *args: object, **options: object) -> None:
        template = source_catalogue()
        for path in catalogue_paths():
            catalogue = read_catalogue(path)
            # A guess from a similar sentence is worse than an empty line: nobody looks at it twice.
            catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
            catalogue.obsolete.clear()
            path.write_text(f"{header_of(path)}\n\n{written(catalogue)}", encoding="utf-8")
            path.with_suffix(".mo").write_bytes(compiled(catalogue))
            missing = [message for message in catalogue if message.id and not all(forms(message))]
            self.stdout.write(f"{catalogue.locale}: {len(catalogue)} messages, {len(missing)} to translate")


def catalogue_paths() -> list[Path]:
    """The catalogue of each language but the source's own."""
    return sorted(Path(settings.BASE_DIR, "locale").glob("*/LC_MESSAGES/django.po"))


def read_catalogue(path: Path) -> Catalog:
    """The catalogue in a file below `locale/LANGUAGE/`."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def header_of(path: Path) -> str:
    """The first entry of a catalogue's file, which is ours to write: language and plural forms, no dates."""
    return path.read_text(encoding="utf-8").partition("\n\n")[0]


def written(catalogue: Catalog) -> str:
    """The messages as text: where each is used without line numbers, so that a moved line changes nothing."""
    text = io.BytesIO()
    write_po(text, catalogue, width=0, omit_header=True, include_lineno=False)
    return text.getvalue().decode().strip() + "\n"


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    return binary.getvalue()


def forms(message: Message) -> list[str]:
    """The words of a translation: one text, or one for each plural form; empty where there are none yet."""
    return [message.string or ""] if message.string is None or isinstance(message.string, str) else list(message.string)


def source_catalogue() -> Catalog:
    """Every message the source marks for translation, in the order of its files."""
    catalogue = Catalog(charset="utf-8")
    for path in _sources():
        place = path.relative_to(settings.BASE_DIR).as_posix()
        for _line, message, comments, context in extract(
            "python", io.BytesIO(_as_python(path)), KEYWORDS, COMMENT_TAGS, strip_comment_tags=True
        ):
            catalogue.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def _sources() -> Iterator[Path]:
    for top in SOURCES:
        for path in sorted(Path(settings.BASE_DIR, top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def _as_python(path: Path) -> bytes:
    """A source file; of a template the markings alone, which Django writes as calls amid blanked text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()
