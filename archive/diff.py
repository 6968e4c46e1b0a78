"""What changed between two texts, by words: readable in any script and direction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_WORDS = 20_000
"""Words of a changed passage past which it is told as a whole: matching takes time with their square."""

WORD = re.compile(r"\n|[^\S\n]*\S+|[^\S\n]+")
"""A word with the blanks before it, blanks alone, or the end of a paragraph: the matches add up to the text."""


@dataclass(frozen=True, slots=True)
class Span:
    """A passage that both texts have, or one of them."""

    kind: Literal["same", "gone", "new"]
    text: str


def diff_words(before: str, after: str) -> list[Span]:
    """The way from one text to another, in the order of reading.

    The spans that are not `new` make up the first text, those that are not `gone` the second. Paragraphs are
    compared first, words only within those that differ, so that a word that occurs everywhere aligns nothing.
    """
    spans: list[Span] = []
    for kind, old, new in _matched(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if kind == "equal":
            _add(spans, "same", "".join(old))
        else:
            _add_words(spans, "".join(old), "".join(new))
    return spans


def _add_words(spans: list[Span], before: str, after: str) -> None:
    old_words, new_words = WORD.findall(before), WORD.findall(after)
    if max(len(old_words), len(new_words)) > MAX_WORDS:
        _add(spans, "gone", before)
        _add(spans, "new", after)
        return
    for kind, old, new in _matched(old_words, new_words):
        if kind == "equal":
            _add(spans, "same", "".join(old))
        else:
            _add(spans, "gone", "".join(old))
            _add(spans, "new", "".join(new))


def _matched(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        yield kind, before[old_start:old_end], after[new_start:new_end]


def _add(spans: list[Span], kind: Literal["same", "gone", "new"], text: str) -> None:
    if not text:
        return
    if spans and spans[-1].kind == kind:
        text = spans.pop().text + text
    spans.append(Span(kind, text))
