"""docs/dependencies.md gives a reason for each library, and for no other."""

import re
import tomllib
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_gives_each_dependency_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~ ]", line, maxsplit=1)[0] for line in wanted}

    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| ([a-zA-Z0-9_-]+) \| \w", page, flags=re.MULTILINE)) - {"package"}

    assert explained == names
