"""The forms under which an Arabic word stands in a text.

Arabic writes "and", "so", "in", "to", "like" and "the" as one word with what follows: «والقوات» is "and the
forces". No stemmer tried kept such words apart from others well enough, so a query's word is widened
instead: by these prefixes, and by endings from four letters on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from archive.text import ARABIC_LETTERS

MIN_CORE_LETTERS: Final = 3
MIN_OPEN_LETTERS: Final = 4
"""A shorter word is the beginning of too many others."""

_NUMBER: Final = re.compile("[0-9]+")
_WORD: Final = re.compile(f"[{ARABIC_LETTERS}]+")
_ARTICLE: Final = re.compile("(?:[وف]?[بك]?ال|[وف]?لل)(?=.{3})")
_BEFORE_CORE: Final = (
    "ال", "و", "وال", "ب", "بال", "ل", "لل", "ف", "فال", "ك", "كال", "ول", "ولل", "وب", "وبال",
)  # fmt: skip
"""The most frequent first: a cap cuts the rest."""
_BEFORE_WORD: Final = ("و", "ب", "ل", "ف", "ك")
_BEFORE_NUMBER: Final = ("و", "ال", "ب", "ل", "وال", "بال", "ف", "ك")
"""«و1200 نازح» is "and 1200 displaced"."""


@dataclass(frozen=True, slots=True)
class Forms:
    """What to look for instead of one word."""

    words: tuple[str, ...]
    """The word itself first."""
    beginnings: tuple[str, ...] = ()
    """Beginnings of words."""


def forms(word: str) -> Forms:
    """The forms of a folded word or number; a word that is not Arabic, or is short, has one."""
    if _NUMBER.fullmatch(word):
        return Forms((word, *(before + word for before in _BEFORE_NUMBER)))
    if not _WORD.fullmatch(word) or len(word) < MIN_CORE_LETTERS:
        return Forms((word,))
    core = _ARTICLE.sub("", word, count=1) if _ARTICLE.match(word) else word
    words = [word, core, *(before + core for before in _BEFORE_CORE)]
    if core != word:
        words += [before + word for before in _BEFORE_WORD]
    return Forms(tuple(dict.fromkeys(words)), _beginnings(core))


def _beginnings(core: str) -> tuple[str, ...]:
    if len(core) < MIN_OPEN_LETTERS:
        return ()
    # The ending ه (from ة) is ت before another ending: مدينة, مدينتهم.
    bound = (core[:-1] + "ت",) if core.endswith("ه") and len(core) > MIN_OPEN_LETTERS else ()
    return tuple(before + stem for stem in (core, *bound) for before in ("", "ال", "وال"))
