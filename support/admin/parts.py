"""Small pieces of console pages."""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from payments.money import Money, show


def money_cell(money: Money) -> SafeString:
    """An amount in the reader's form, its figures under each other."""
    return format_html('<span class="money">{}</span>', str(show(money, get_language() or "en")))


class MoneyTable:
    """A table of linked rows for a field of a console page; the last column is an amount."""

    def __init__(self, headings: Sequence[str | Promise]) -> None:
        self.headings = headings
        self.rows: list[tuple[str, Sequence[Any]]] = []

    def row(self, link: str, *cells: Any) -> None:
        self.rows.append((link, cells))

    def html(self) -> SafeString:
        if not self.rows:
            return format_html('<div class="console-scroll">{}</div>', _("Nothing yet."))
        head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in self.headings))
        body = format_html_join("", "<tr>{}</tr>", ((self._cells(link, cells),) for link, cells in self.rows))
        return format_html(
            '<div class="console-scroll"><table class="console-table">'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            head,
            body,
        )

    @staticmethod
    def _cells(link: str, cells: Sequence[Any]) -> SafeString:
        first, *others = cells
        linked = format_html('<td><a href="{}">{}</a></td>', link, first)
        return format_html("{}{}", linked, format_html_join("", "<td>{}</td>", ((cell,) for cell in others)))
