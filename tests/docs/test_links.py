"""Every link between the documents leads somewhere, and every picture is small."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LARGEST_PICTURE = 150_000  # bytes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_names_every_document_in_the_readme() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert [page.name for page in PAGES[3:] if f"(docs/{page.name})" not in readme] == []


def test_shows_small_pictures() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "img").iterdir()}
    assert len(sizes) >= 3
    assert {name: size for name, size in sizes.items() if size > LARGEST_PICTURE} == {}
