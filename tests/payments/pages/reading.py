"""What tests read on a page, and what it costs to make one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

SILENT = {"script", "style", "svg", "title", "noscript", "select"}
IN_A_SENTENCE = {"a", "strong", "em", "data"}
LITERAL = re.compile(r"'[^']*'(?:::\w+(?:\[\])?)?|\b\d+\b")
OUTSIDE = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # the transaction that a test runs in


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silence = 0
        self.in_money = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # HTMLParser's signature
        self.silence += tag in SILENT
        self.in_money = self.in_money or tag == "data"
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self.silence -= tag in SILENT
        self._part(tag)
        self.in_money = self.in_money and tag != "data"

    def _part(self, tag: str) -> None:
        if tag not in IN_A_SENTENCE and not self.in_money:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.silence:
            self.words.append(data)


def words(answer: Any) -> str:
    """The text of a page as people read it, money as "-1,250.40 EUR". Answers are of whichever test client, hence Any."""
    reader = _Words()
    reader.feed(answer.content.decode())
    return re.sub(r"\s+", " ", "".join(reader.words)).replace("\N{MINUS SIGN}", "-").strip()


@contextmanager
def queries(count: int) -> Iterator[None]:
    """The block asks the database this often, and no question twice (P3)."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(OUTSIDE)]
    shapes = [LITERAL.sub("?", sql) for sql in asked]
    repeated = {shape for shape in shapes if shapes.count(shape) > 1}
    assert not repeated, f"asked more than once: {repeated}"
    assert len(asked) == count, "\n".join(asked)
