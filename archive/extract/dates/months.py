"""The names of months, as journalists use them, and the fold under which they are found.

They stand in months.txt: for Arabic that is four sets, Levantine (كانون الثاني), the Gulf's and Egypt's (يناير),
Algerian and Tunisian (جانفي), Moroccan (غشت, شتنبر, نونبر).
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.extract.dates.calendars import Calendar

INVISIBLE = "\u0640\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad"
"""Tatweel, joiners, marks of direction, soft hyphen."""
LETTERS = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ı": "i", "đ": "d", "ł": "l",
    "−": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", "־": "-", "，": ",", "،": ",", "、": ",", "٬": ",",
}  # fmt: skip


@lru_cache(maxsize=8192)
def _fold_letter(char: str) -> str:
    if "가" <= char <= "힣":  # Hangul would fall apart
        return char
    out = []
    for part in unicodedata.normalize("NFKD", LETTERS.get(char, char).casefold()):
        if unicodedata.combining(part) or part in INVISIBLE:
            continue
        digit = unicodedata.decimal(part, None)
        out.append(str(digit) if digit is not None else LETTERS.get(part, part))
    return "".join(out)


def fold(text: str) -> tuple[str, list[int]]:
    """A text folded (case, accents, vowel signs, forms of letters, digits), and where each letter stood."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        letters = _fold_letter(char)
        folded.append(letters)
        places += [place] * len(letters)
    return "".join(folded), places


@lru_cache(maxsize=1)
def months() -> Mapping[str, Mapping[tuple[Calendar, int], frozenset[str]]]:
    """The names in months.txt, folded -> the months they can be -> the languages they are so in; read once."""
    table: defaultdict[str, defaultdict[tuple[Calendar, int], set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    text = resources.files("archive.extract.dates").joinpath("months.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        usage, *names = line.split()
        language, _, calendar = usage.partition("-")
        for number, name in enumerate(names, start=1):
            if name != "_":
                table[fold(name.replace("_", " "))[0]][cast("Calendar", calendar or "gregorian"), number].add(
                    language
                )
    return {
        name: {month: frozenset(languages) for month, languages in found.items()}
        for name, found in table.items()
    }
