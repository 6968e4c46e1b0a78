"""What is a word in a folded text: the same as for the index's tokenizer.

FTS5's unicode61 with `categories 'L* N* Co Mn Mc'` (see `archive.store.schema`), told again in Python for
the highlighting of texts.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD_CATEGORIES: Final = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co", "Mn", "Mc"))


class _WordTable(dict[int, str]):
    """For `str.translate`: `w` for a character of a word, a space for any other; a cache."""

    def __missing__(self, codepoint: int) -> str:
        sign = self[codepoint] = "w" if unicodedata.category(chr(codepoint)) in _WORD_CATEGORIES else " "
        return sign


_TABLE: Final = _WordTable()
_RUN: Final = re.compile("w+")


def token_spans(folded: str) -> list[tuple[int, int]]:
    """Start and end of each word."""
    return [match.span() for match in _RUN.finditer(folded.translate(_TABLE))]


def tokens(folded: str) -> tuple[str, ...]:
    """The words."""
    return tuple(folded[start:end] for start, end in token_spans(folded))


def has_token(folded: str) -> bool:
    """Whether there is a word in it."""
    return "w" in folded.translate(_TABLE)
