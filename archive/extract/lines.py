"""Line by line: what stands between an article's paragraphs without being one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.blocks import HEADINGS
from archive.extract.dates import find_visible
from archive.extract.prose import is_link, prose
from archive.extract.regions import is_title
from archive.extract.vocabulary import key, phrases
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.extract.blocks import Block

MAX_LINE_CHARACTERS = 220
"""A longer block is a paragraph, whatever it begins with."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stands elsewhere on the page and is not said again in the body."""

    titles: frozenset[str]
    """Folded."""
    authors: frozenset[str]
    """Folded."""


def select_lines(blocks: list[Block], indexes: Iterable[int], known: Known) -> list[int]:
    """Drop the lines that are no part of the text, and the labels at its two ends."""
    kept = [index for index in indexes if not _is_foreign(blocks[index], known)]
    return _trim(blocks, kept, known)


def _is_foreign(block: Block, known: Known) -> bool:
    if is_title(block.text, set(known.titles)) and not prose(block):
        return True
    if "figcaption" in block.wraps or ("figure" in block.wraps and "table" not in block.wraps and "blockquote" not in block.wraps):
        return True
    if len(block.text) > MAX_LINE_CHARACTERS:
        return False
    if phrases("noise").is_line(block.text) or phrases("section").is_line(block.text):
        return True
    return _points_elsewhere(block) or _pleads(block)


def _points_elsewhere(block: Block) -> bool:
    """Whether a line is only a link, or names another article."""
    if is_link(block):
        return True
    phrase = phrases("inline").begins(block.text)
    if phrase is None:
        return False
    return block.link_share > 0.3 or _has_separator(block.text, phrase)


def _has_separator(text: str, phrase: str) -> bool:
    """Whether a colon or the like parts a phrase from what follows."""
    head, mark, _ = text.partition(":")
    if not mark:
        head, mark, _ = text.partition("|")
    return bool(mark) and len(key(head).split()) <= len(phrase.split()) + 1


def _pleads(block: Block) -> bool:
    return phrases("plea").begins(block.text) is not None and (block.link_share > 0.1 or len(block.text) < 100)


def _trim(blocks: list[Block], kept: list[int], known: Known) -> list[int]:
    """Cut the labels before the first paragraph and after the last."""
    first = next((at for at, index in enumerate(kept) if _is_paragraph(blocks[index], known)), None)
    if first is None:
        return []
    last = max(at for at, index in enumerate(kept) if _is_paragraph(blocks[index], known) or _is_listed(blocks[index]))
    start = first
    while start > 0 and blocks[kept[start - 1]].tag in HEADINGS and not _is_label(blocks[kept[start - 1]], known):
        start -= 1
    return kept[start : last + 1]


def _is_listed(block: Block) -> bool:
    return "li" == block.tag or block.tag in {"td", "th"}


def _is_paragraph(block: Block, known: Known) -> bool:
    return prose(block) > 0 and not _is_label(block, known)


def _is_label(block: Block, known: Known) -> bool:
    """Whether a line is a byline or a date."""
    if len(block.text) > 120:
        return False
    folded = fold(block.text)
    if any(author in folded and len(folded) < len(author) + 25 for author in known.authors):
        return True
    return len(block.text) < 60 and next(find_visible(block.text), None) is not None
