"""One stylesheet and one script for the browser, many small files for people.

`css/florin.css` and `js/florin.js` are ordinary files that import their parts. Browsers fetch
imports one after another, so this staticfiles finder serves the two with their imports written in:
the same single file under the development server, under `collectstatic` and in production.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, overload

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

type Paths = list[str]

SOURCES = Path(__file__).resolve().parent / "static"
ASSEMBLED = Path(__file__).resolve().parent.parent / "var" / "assembled"
CSS_IMPORT = re.compile(r'^@import "([\w./-]+)" layer\((\w+)\);\n', re.MULTILINE)
CSS_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
JS_IMPORT = re.compile(r'^import "\./([\w./-]+)";\n', re.MULTILINE)
JS_COMMENT = re.compile(r"^\s*(//.*|/\*\*.*?\*/)\n", re.MULTILINE)


def assemble_stylesheet(entry: Path) -> str:
    """The stylesheet at `entry` with each `@import "x" layer(y)` replaced by x inside its layer."""
    text = CSS_IMPORT.sub(lambda found: f"@layer {found[2]} {{\n{(entry.parent / found[1]).read_text()}}}\n", entry.read_text())
    return CSS_COMMENT.sub("", text)


def assemble_script(entry: Path) -> str:
    """The module at `entry` with each imported part in a block of its own.

    Parts are modules for their effect: they import and export nothing, so a block is all the scope they need.
    """
    text = JS_IMPORT.sub(lambda found: f"{{\n{(entry.parent / found[1]).read_text()}}}\n", entry.read_text())
    return JS_COMMENT.sub("", text)


ENTRIES: dict[str, Callable[[Path], str]] = {
    "css/florin.css": assemble_stylesheet,
    "js/florin.js": assemble_script,
}


class AssembledFinder(BaseFinder):
    """Finds the assembled files; must come before the finder of the apps' static folders."""

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """Nothing can be set wrongly."""
        return []

    @overload
    def find(self, path: str, find_all: Literal[False] = ...) -> str | None: ...
    @overload
    def find(self, path: str, find_all: Literal[True]) -> Paths: ...
    def find(self, path: str, find_all: bool = False) -> str | Paths | None:
        """The assembled file for `path`. For any other an empty list: what Django takes for none, whatever was asked."""
        if path not in ENTRIES:
            return []
        return [_written(path)] if find_all else _written(path)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """The assembled files, for `collectstatic`."""
        storage = FileSystemStorage(ASSEMBLED)
        for path in ENTRIES:
            _written(path)
            yield path, storage


def _written(path: str) -> str:
    """Assembles `path`, and writes it when it changed: whole or not at all, as several processes may ask at once."""
    target, text = ASSEMBLED / path, ENTRIES[path](SOURCES / path)
    if not target.exists() or target.read_text() != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    return str(target)
