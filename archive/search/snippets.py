"""Where a query's words stand in a text as it was written, and the piece of it worth showing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from archive.search.expression import patterns
from archive.search.tokens import token_spans
from archive.text import fold, fold_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.search.expression import Pattern
    from archive.search.query import Query

SNIPPET_CHARACTERS: Final = 240
MAX_SCANNED_CHARACTERS: Final = 200_000
"""Of a text, when its matches are sought: what lies beyond is shown without."""
ELLIPSIS: Final = "…"
_LEAD_CHARACTERS: Final = 40
"""Shown before the first match, so that it is read in its sentence."""
_BREAK_CHARACTERS: Final = 24
"""How far a cut moves to fall between words."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line, and the matches in it."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    """Start and end of each match in `text`."""


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    term: int


class Highlighter:
    """Finds a query's words in texts; made once a query."""

    def __init__(self, query: Query) -> None:
        self._beginnings: list[tuple[str, int]] = []
        self._words: dict[str, int] = {}
        self._rows: list[Pattern] = []
        for pattern in patterns(query):
            if len(pattern.words) > 1:
                self._rows.append(pattern)
            elif pattern.prefix:
                self._beginnings.append((pattern.words[0], pattern.term))
            else:
                self._words.setdefault(pattern.words[0], pattern.term)
        self._any_beginning = tuple(beginning for beginning, _ in self._beginnings)

    def marks(self, text: str) -> tuple[tuple[int, int], ...]:
        """Start and end of each match in a text, in order, none overlapping another."""
        return _merged(self._matches(text))

    def snippet(self, text: str, width: int = SNIPPET_CHARACTERS) -> Snippet:
        """The piece of a text that has most of the query's terms, cut between words.

        Args:
            text: as written.
            width: characters, about.
        """
        matches = self._matches(text)
        start = min(_best_start(matches, width) - _LEAD_CHARACTERS, len(text) - width)
        start = _cut_after(text, start)
        end = len(text) if start + width >= len(text) else _cut_before(text, start + width)
        return _excerpt(text, start, end, _merged(matches))

    def _matches(self, text: str) -> list[_Match]:
        """Line by line: a fold never looks across a line break, and few lines need the way back."""
        found: list[_Match] = []
        offset = 0
        for line in text[:MAX_SCANNED_CHARACTERS].split("\n"):
            folded = fold(line)
            spans = list(self._in_line(folded))
            if spans:
                way_back = fold_map(line)
                for span in spans:
                    start, end = way_back.original(span.start, span.end)
                    found.append(_Match(offset + start, offset + end, span.term))
            offset += len(line) + 1
        return sorted(found, key=lambda match: (match.start, match.end))

    def _in_line(self, folded: str) -> Iterator[_Match]:
        spans = token_spans(folded)
        words = [folded[start:end] for start, end in spans]
        for word, (start, end) in [*zip(words, spans, strict=True), *_dotted(folded, spans)]:
            term = self._term_of(word)
            if term is not None:
                yield _Match(start, end, term)
        for pattern in self._rows:
            for at in range(len(words) - len(pattern.words) + 1):
                if _fits(words, at, pattern):
                    yield _Match(spans[at][0], spans[at + len(pattern.words) - 1][1], pattern.term)

    def _term_of(self, word: str) -> int | None:
        if word in self._words:
            return self._words[word]
        if not word.startswith(self._any_beginning):
            return None
        return next(term for beginning, term in self._beginnings if word.startswith(beginning))


def _dotted(folded: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Words joined over the dots in them, as the index has them too (`archive.text.alternates`)."""
    run: list[tuple[int, int]] = []
    for span in spans:
        if run and folded[run[-1][1] : span[0]] != ".":
            if len(run) > 1:
                yield "".join(folded[start:end] for start, end in run), (run[0][0], run[-1][1])
            run = []
        run.append(span)
    if len(run) > 1:
        yield "".join(folded[start:end] for start, end in run), (run[0][0], run[-1][1])


def _fits(words: Sequence[str], at: int, pattern: Pattern) -> bool:
    last = len(pattern.words) - 1
    for place, wanted in enumerate(pattern.words):
        word = words[at + place]
        if word != wanted and not (pattern.prefix and place == last and word.startswith(wanted)):
            return False
    return True


def _merged(matches: Sequence[_Match]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for match in matches:
        if spans and match.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], match.end))
        else:
            spans.append((match.start, match.end))
    return tuple(spans)


def _best_start(matches: Sequence[_Match], width: int) -> int:
    """Start of the match from which a window sees most terms, then most matches; the first of equals."""
    reach = width - _LEAD_CHARACTERS
    best, best_start = (0, 0), 0
    for at, match in enumerate(matches):
        seen = [other for other in matches[at : at + width] if other.end <= match.start + reach]
        worth = (len({other.term for other in seen}), len(seen))
        if worth > best:
            best, best_start = worth, match.start
    return best_start


def _cut_before(text: str, at: int) -> int:
    """The nearest place at or before `at` where a text may be cut: at a space, else between graphemes."""
    if at <= 0:
        return 0
    for place in range(at, max(0, at - _BREAK_CHARACTERS), -1):
        if text[place - 1].isspace():
            return place
    while at > 0 and _continues(text, at):
        at -= 1
    return at


def _cut_after(text: str, at: int) -> int:
    """The nearest such place at or after `at`, so that what was to be shown stays in view."""
    if at <= 0:
        return 0
    for place in range(at, min(len(text), at + _BREAK_CHARACTERS)):
        if text[place - 1].isspace():
            return place
    while _continues(text, at):
        at += 1
    return at


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it.

    Extended grapheme clusters (Unicode UAX #29) but for Hangul's parts and flags' odd runs, which are kept
    whole as runs.
    """
    if at >= len(text):
        return False
    char, before = text[at], text[at - 1]
    return (
        unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}
        or before == "\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\u1160" <= char <= "\u11ff"
        or ("\U0001f1e6" <= char <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
        or (char == "\n" and before == "\r")
    )


def _excerpt(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> Snippet:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    piece = "".join(" " if char.isspace() else char for char in text[start:end])
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if text[end:].strip() else ""
    shift = len(before) - start
    kept = tuple((first + shift, last + shift) for first, last in marks if start <= first and last <= end)
    return Snippet(before + piece + after, kept)
