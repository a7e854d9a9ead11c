"""The paper that documents are printed on: type, colours, header, footer, and what text can be drawn."""

import datetime as dt
import re
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align

from payments.money import Money, show

FONT = "source-sans"
FONT_FILES = {"": "SourceSansPro-Regular.ttf", "B": "SourceSansPro-Semibold.ttf"}
MARK = Path(settings.BASE_DIR) / "config" / "static" / "img" / "mark.svg"

INK, SOFT, LINE, GOLD, WARN = (22, 27, 38), (74, 83, 100), (226, 220, 208), (184, 134, 47), (138, 90, 0)
MARGIN_MM = 18
MARK_MM = 9
HAIRLINE_MM = 1 / 5
HEADER_MM = 30  # where the text begins
FOOTER_MM = 16
ELLIPSIS = "\u2026"


class Paper(FPDF):
    """A4 pages under the mark. Lengths are millimetres, sizes of type are points.

    `language` is the reader's; texts come translated by whoever draws them.
    """

    def __init__(self, *, title: str, language: str, sandbox: bool = False) -> None:
        super().__init__(format="A4")
        self.language = language
        self.sandbox = sandbox
        for style, name in FONT_FILES.items():
            self.add_font(FONT, style, str(_font_file(name)))
        self.set_margins(MARGIN_MM, HEADER_MM, MARGIN_MM)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0  # texts stand flush with the rules
        self.set_title(title)
        self.set_creator("Florin")
        self.set_lang(language)

    @property
    def bottom(self) -> int:
        """Where the room for text ends."""
        return int(self.h) - FOOTER_MM - 6

    def header(self) -> None:
        """The mark and the name, on every page."""
        self.image(BytesIO(_mark()), x=MARGIN_MM, y=11, w=MARK_MM, h=MARK_MM)
        self.type(13, bold=True)
        self.text(MARGIN_MM + MARK_MM + 3, 17, "Florin")
        if self.sandbox:
            self.type(9, colour=WARN, bold=True)
            self.right_text(17, _("Sandbox: no real money moved."))
        self.set_y(HEADER_MM)

    def footer(self) -> None:
        """Which page of how many."""
        self.type(8, colour=SOFT)
        self.set_y(-FOOTER_MM)
        page = _("Page %(page)d of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, 5, page)

    def type(self, size: int, *, colour: tuple[int, int, int] = INK, bold: bool = False) -> None:
        """Choose the type for what is drawn next."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*colour)

    def title_block(self, title: str, subtitle: str) -> None:
        """A heading and a line under it."""
        self.type(22, bold=True)
        self.cell(0, 10, self.fit(title, self.epw), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.type(11, colour=SOFT)
        self.cell(0, 6, self.fit(subtitle, self.epw), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(5)

    def fact(self, label: str, text: str, *, label_width: int = 42) -> None:
        """A label and what it says; long texts wrap."""
        self.type(9, colour=SOFT)
        self.cell(label_width, 6, label)
        self.type(10)
        self.multi_cell(self.epw - label_width, 6, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rule(self, *, colour: tuple[int, int, int] = LINE) -> None:
        """A hairline across the page at the current height."""
        self.set_draw_color(*colour)
        self.set_line_width(HAIRLINE_MM)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def right_text(self, y: int, text: str) -> None:
        """One line that ends at the right margin."""
        self.text(self.w - self.r_margin - self.get_string_width(text), y, text)

    def fit(self, text: str, width: Any) -> str:  # fpdf's lengths are of several number types
        """As much of the text as `width` has room for in the current type."""
        if self.get_string_width(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.get_string_width(text[:middle] + ELLIPSIS) <= width else (low, middle - 1)
        return text[:low].rstrip() + ELLIPSIS

    def number(self, money: Money) -> str:
        """The amount in the reader's form, without its unit."""
        shown = show(money, self.language)
        return f"{shown.sign}{shown.whole}{shown.fraction}"


def drawable(text: str, otherwise: str = "") -> str:
    """What of the text our font has letters for, on one line; `otherwise` when nothing is left.

    The font knows Latin, Greek and Cyrillic. A name in another script is not drawn as a row of boxes: whoever
    draws it says with `otherwise` what identifies its bearer just as well.
    """
    kept = "".join(character for character in " ".join(text.split()) if ord(character) in _letters())
    return " ".join(kept.split()) or otherwise


def day(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The date of a moment, short and in the reader's form: "1 Oct 2026"."""
    return date_format(moment.astimezone(zone), "SHORT_DATE_FORMAT")


def moment_text(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Date, time and zone of a moment, in the reader's form."""
    return f"{date_format(moment.astimezone(zone), 'DATETIME_FORMAT')} ({zone})"


def sentence(text: str) -> str:
    """With a capital letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def _font_file(name: str) -> Path:
    return Path(str(files("font_source_sans_pro") / "files" / name))


@lru_cache(maxsize=1)
def _mark() -> bytes:
    """The mark's drawing, without the title that fpdf2 warns about."""
    return re.sub(rb"<title>.*?</title>", b"", MARK.read_bytes())


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The characters that every style of the font has."""
    maps = [TTFont(_font_file(name)).getBestCmap() for name in FONT_FILES.values()]
    return frozenset.intersection(*(frozenset(each) for each in maps))
