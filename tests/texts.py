"""Text messages that arrived, and what they say."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from accounts.providers.sms import Text

type Phones = Callable[[], list[Text]]


def texts_in(folder: Path) -> list[Text]:
    """What the sandbox wrote, in the order it was sent."""
    written = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    written.sort(key=lambda content: str(content["at"]))
    return [Text(id=content["id"], phone=content["phone"], text=content["text"]) for content in written]


def code_in(message: Text) -> str:
    """The six digits of a message."""
    found = re.search(r"\b(\d{6})\b", message.text)
    assert found, message.text
    return found[1]
