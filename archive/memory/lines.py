"""Lines that many pages of a site share are the site's.

Pleas, authors' biographies, press offices' closing words and "follow us on ..." stand in the article's own element,
written like its paragraphs: no single page can tell them apart, several pages of one site can. A line is known
again by a key, the hash of its letters and digits. Digits count: daily notices of prices or cases repeat every word
but the figures, and those are what they are for.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

MAX_END_LINES: Final = 64
"""Lines at either end of a text that are looked at: what a page's template adds stands near its ends, and a
law of 5,000 lines must not cost 5,000 keys."""

MIN_PAGES: Final = 3
"""Fewer pages with a line are an accident."""

EDGE_SHARE: Final = 1 / 4
"""Of a site's pages, at whose ends a line must stand. At a sixteenth the biography of every frequent author went, and
with it a paragraph of background with which four of sixty reports of one newsroom ended: a paragraph lost is worse
than a biography kept."""

INNER_SHARE: Final = 1 / 2
"""The same for a line between an article's own paragraphs: a background paragraph, told anew in each follow-up, is
on as many pages as a biography, but never on half of all that a site writes."""

MIN_INNER_PAGES: Final = 5

FREQUENT_SHARE: Final = 1 / 2
"""From here on a line needs not be spread over the time looked at; follow-ups come in a few days."""

MIN_SPREAD: Final = 1 / 2
"""Part of the time looked at, counted in pages, that lies between the first page with a rarer line and the last."""

ALWAYS_AT_EDGE: Final = 0.9

MIN_SENTENCE_LETTERS: Final = 36
"""A shorter line in mid-text is the heading of a format ("Ingredients", "What we know"), however often it comes; it is
dropped at a text's ends alone."""

MIN_OWN_LETTERS: Final = 30
"""Letters that no other page has, without which a page is a copy of another one and bears no witness."""

MAX_COMMON_RATIO: Final = 4
"""So many times the page's own letters in lines that half of all pages have: those are pages of one picture gallery or
of one live report, not of a site."""

_NO_LETTERS: Final = re.compile(r"[\W_]+")
_PACKED: Final = struct.Struct("<qH")
_MAX_PACKED_LETTERS: Final = 0xFFFF


class Line(NamedTuple):
    """A line of a text, as it is known again."""

    key: int
    """Hash of its letters and digits, signed, 64 bits."""
    letters: int
    """How many it has, at most 65,535."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its site's lines."""

    text: str
    removed: tuple[tuple[int, str], ...] = ()
    """What was taken out, each with its place among the lines of the whole text."""
    profile: int | None = None
    """Id of the capture up to which the site had to be known for that; None where nothing was taken out."""


def read_lines(text: str) -> list[Line]:
    """The lines of a text that are looked at, in order: the first and the last `MAX_END_LINES`."""
    lines = text.split("\n")
    return [_line(lines[index]) for index in _indexes(len(lines))]


def pack(lines: Sequence[Line]) -> bytes:
    """Lines as the database keeps them, 10 bytes each."""
    return b"".join(_PACKED.pack(*line) for line in lines)


def unpack(packed: bytes) -> list[Line]:
    """What `pack` packed."""
    return [Line(*one) for one in _PACKED.iter_unpack(packed)]


def strip(text: str, lines: Sequence[Line], found: Mapping[int, int]) -> Stripped:
    """Take a site's lines out of a text.

    Args:
        text: the whole text, a paragraph a line.
        lines: its `read_lines`.
        found: key of each of the site's lines -> id of the capture with which it was found to be one.

    Returns:
        The rest; the whole text where nothing else is in it.
    """
    whole = text.split("\n")
    at = dict(zip(_indexes(len(whole)), lines, strict=True))
    taken = {
        index for index, line in at.items() if line.key in found and line.letters >= MIN_SENTENCE_LETTERS
    }
    short = {index for index, line in at.items() if line.key in found} - taken
    if short:
        _take_short_neighbours(taken, short, len(whole))
    if not taken or len(taken) == len(whole):
        return Stripped(text)
    return Stripped(
        "\n".join(line for index, line in enumerate(whole) if index not in taken),
        tuple((index, whole[index]) for index in sorted(taken)),
        max(found[at[index].key] for index in taken),
    )


def restore(text: str, removed: Sequence[tuple[int, str]]) -> str:
    """The whole text again."""
    if not removed:
        return text
    lines = text.split("\n")
    for index, line in removed:
        lines.insert(index, line)
    return "\n".join(lines)


def witnesses(pages: Sequence[Sequence[Line]], known: Collection[int]) -> list[int]:
    """Indexes of the pages that bear witness of their site.

    Copies of one article, a wire text under several addresses say, must not make its text the site's: only pages bear
    witness most of whose text no other page has.

    Args:
        pages: a site's articles, each under one address.
        known: keys of the site's lines that were found before.
    """
    of_pages = Counter(line.key for page in pages for line in set(page))
    common = INNER_SHARE * len(pages)
    return [index for index, page in enumerate(pages) if _is_witness(page, of_pages, known, common)]


def repeated_lines(pages: Sequence[Sequence[Line]], known: Collection[int]) -> set[int]:
    """Keys of the lines that are a site's own.

    Args:
        pages: a site's articles, each under one address, in the order in which they were recorded.
        known: keys that were found before, on pages that may be among these.
    """
    heard = [pages[index] for index in witnesses(pages, known)]
    if len(heard) < MIN_PAGES:
        return set()
    sights = _sights(heard, known)
    return {key for key, of_line in sights.items() if key not in known and _is_sites(of_line, len(heard))}


def _line(text: str) -> Line:
    letters = _NO_LETTERS.sub("", text.casefold())
    digest = blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return Line(int.from_bytes(digest, "little", signed=True), min(len(letters), _MAX_PACKED_LETTERS))


def _indexes(count: int) -> list[int]:
    if count <= 2 * MAX_END_LINES:
        return list(range(count))
    return [*range(MAX_END_LINES), *range(count - MAX_END_LINES, count)]


def _take_short_neighbours(taken: set[int], short: set[int], count: int) -> None:
    """Take the short lines that lead from a text's ends, or from a line taken, without a gap."""
    for order in (range(count), range(count - 1, -1, -1)):
        before = True
        for index in order:
            before = index in taken or (before and index in short)
            if before:
                taken.add(index)


class _Sight(NamedTuple):
    """A line on one page."""

    rank: int
    """Of the page."""
    letters: int
    at_edge: bool
    """Whether nothing of the page's own stands before it, or nothing behind it."""


def _is_witness(
    page: Sequence[Line], of_pages: Mapping[int, int], known: Collection[int], common: float
) -> bool:
    own = shared = sites = 0
    for line in page:
        if of_pages[line.key] == 1:
            own += line.letters
        elif of_pages[line.key] >= common or line.key in known:
            sites += line.letters
        else:
            shared += line.letters
    return own >= max(MIN_OWN_LETTERS, shared) and sites <= MAX_COMMON_RATIO * own


def _sights(pages: Sequence[Sequence[Line]], known: Collection[int]) -> dict[int, list[_Sight]]:
    """Where each line stands that is on as many pages as it must be."""
    counts = Counter(line.key for page in pages for line in set(page))
    repeated = {key for key, count in counts.items() if count >= MIN_PAGES}
    sights: dict[int, list[_Sight]] = {key: [] for key in repeated}
    for rank, page in enumerate(pages):
        edges = _edges([line.key in repeated or line.key in known for line in page])
        seen: set[int] = set()
        for index, line in enumerate(page):
            if line.key in repeated and line.key not in seen:
                seen.add(line.key)
                sights[line.key].append(_Sight(rank, line.letters, index in edges))
    return sights


def _edges(repeated: Sequence[bool]) -> set[int]:
    """Indexes of the lines at either end, as far as all of them are repeated."""
    return {*_run(repeated, range(len(repeated))), *_run(repeated, range(len(repeated) - 1, -1, -1))}


def _run(repeated: Sequence[bool], order: range) -> Iterator[int]:
    for index in order:
        if not repeated[index]:
            return
        yield index


def _is_sites(sights: Sequence[_Sight], pages: int) -> bool:
    share = len(sights) / pages
    if sum(sight.at_edge for sight in sights) >= ALWAYS_AT_EDGE * len(sights):
        spread = (sights[-1].rank - sights[0].rank) / pages
        return share >= EDGE_SHARE and (share >= FREQUENT_SHARE or spread >= MIN_SPREAD)
    return (
        share >= INNER_SHARE and len(sights) >= MIN_INNER_PAGES and sights[0].letters >= MIN_SENTENCE_LETTERS
    )
