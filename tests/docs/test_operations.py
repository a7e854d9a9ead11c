"""docs/operations.md names what an operator must know by name."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands
from procrastinate.contrib.django import app

PAGE = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text(encoding="utf-8")


def test_names_every_queue() -> None:
    queues = {task.queue for name, task in app.tasks.items() if not name.startswith(("builtin", "procrastinate"))}
    listed = re.search(r"The queues are (.*?); each needs a worker", PAGE, re.DOTALL)
    assert listed
    assert set(re.findall(r"`(\w+)`", listed[1])) == queues


def test_names_no_command_that_is_gone() -> None:
    commands = set(re.findall(r"manage\.py ([a-z_]+)", PAGE))
    assert len(commands) > 5
    assert commands - set(get_commands()) == set()
