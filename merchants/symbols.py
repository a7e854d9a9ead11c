"""Symbols of stores: which are free, and which would suit a name."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count, islice

from merchants.models import Store

SHORTEST, LONGEST = 2, 10
SYMBOL = re.compile(rf"[A-Z0-9]{{{SHORTEST},{LONGEST}}}")
SUGGESTED = 4
LOOKED_AT = 40  # candidates that are looked up at once


def is_symbol(text: str) -> bool:
    """Whether it could be one."""
    return SYMBOL.fullmatch(text) is not None


def is_free(symbol: str) -> bool:
    """Whether no store has it now; opening a store decides."""
    return is_symbol(symbol) and not Store.objects.filter(symbol=symbol).exists()


def suggestions(name: str) -> list[str]:
    """Up to `SUGGESTED` free symbols that suit the name, the best first."""
    candidates = list(islice(dict.fromkeys(filter(is_symbol, _candidates(name))), LOOKED_AT))
    taken = set(Store.objects.filter(symbol__in=candidates).values_list("symbol", flat=True))
    return [each for each in candidates if each not in taken][:SUGGESTED]


def _candidates(name: str) -> Iterator[str]:
    words = re.findall(r"[A-Z0-9]+", _plain(name)) or ["SHOP"]
    longest = max(words, key=len)
    yield "".join(words)[:LONGEST]
    yield longest[:LONGEST]
    yield "".join(word[0] for word in words)[:LONGEST]
    yield (words[0] + words[-1])[:LONGEST]
    yield (longest[0] + re.sub(r"[AEIOU]", "", longest[1:]))[:LONGEST]
    stem = longest[: LONGEST - 2]
    for number in islice(count(2), LOOKED_AT):
        yield f"{stem}{number}"


def _plain(text: str) -> str:
    """Capitals without accents; what an apostrophe joins stays together."""
    decomposed = unicodedata.normalize("NFKD", re.sub("['\u2019]", "", text))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).upper()
