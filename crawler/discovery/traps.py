"""Links that lead into a trap: addresses without end, which a site makes up as fast as they are followed.

Only for what links name. Feeds, sitemaps and REST list what there is, and are bounded by their own length. A
wrong refusal costs an article, a trap not seen a few requests of a crawl that is bounded by depth, sections and
pages all the same; so the limits lie well past what real news sites have.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from crawler.discovery.links import shape

if TYPE_CHECKING:
    from archive.records import Candidate

Trap = Literal["long", "deep", "repeating", "parameters", "calendar", "variants"]

MAX_READABLE_LENGTH = 1000
"""Characters of a URL once its escapes are undone: an Arabic headline of 150 letters takes 900 escaped ones."""
MAX_SEGMENTS = 20
"""Of a path; Heritrix refuses past the same number (TooManyPathSegmentsDecideRule)."""
REPETITIONS = 3
"""Times in a row that segments come in a path that is a trap, as `/a/b/a/b/a/b`; Heritrix's number too
(PathologicalPathDecideRule). Two are found in real addresses: `/sport/sport/`, `/11/11/`."""
MAX_PARAMETERS = 10
MAX_SAME_PARAMETER = 3
"""Times one parameter may be given: filters of a list are piled up without end, as `tag[]=a&tag[]=b`."""
YEARS_AHEAD = 1
"""A list of a later year than this from now is a page of a calendar that goes on for ever."""
FACETS = 3
"""Parameters from which the addresses of one path are counted as combinations of filters."""
MAX_VARIANTS = 100
"""Such combinations of one path that are followed in one crawl."""
MAX_REMEMBERED = 100_000
"""Addresses remembered in one crawl, so that each counts once."""

_FOUND_BY_LINKS = frozenset({"home", "section", "link"})
_ROLES = frozenset({"page", "section"})
_DASHED_DATE = re.compile(r"([12]\d{3})[-/.](?:0?[1-9]|1[0-2])(?:[-/.]\d{1,2})?")
_COMPACT_DATE = re.compile(r"([12]\d{3})(?:0[1-9]|1[0-2])(?:\d{2})?")
_YEAR = re.compile(r"([12]\d{3})")
_CALLED_DATE = re.compile(r"(?:^|[_.\[-])(?:date|day|month|week|calendar)(?:$|[_.\]-])", re.IGNORECASE)
_CALLED_YEAR = re.compile(r"(?:^|[_.\[-])(?:year|yr)(?:$|[_.\]-])", re.IGNORECASE)


def trap(url: str, *, year: int) -> Trap | None:
    """Which kind of trap an address looks like; None for one that looks sound.

    Args:
        url: absolute.
        year: the present one.
    """
    if len(unquote(url)) > MAX_READABLE_LENGTH:
        return "long"
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return "deep"
    if repeats(segments):
        return "repeating"
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    names = Counter(name for name, _, _ in pairs)
    if len(pairs) > MAX_PARAMETERS or any(count > MAX_SAME_PARAMETER for count in names.values()):
        return "parameters"
    dates = (_year_of_path(segments), *(_year_of(unquote(name), unquote(value)) for name, _, value in pairs))
    return "calendar" if any(found > year + YEARS_AHEAD for found in dates) else None


def repeats(segments: list[str]) -> bool:
    """Whether segments come `REPETITIONS` times in a row, alone or as a group; a date as `11/11/11` is none."""
    for size in range(1, len(segments) // REPETITIONS + 1):
        for start in range(len(segments) - size * REPETITIONS + 1):
            group = segments[start : start + size]
            run = segments[start : start + size * REPETITIONS]
            if run == group * REPETITIONS and not all(segment.isdecimal() for segment in group):
                return True
    return False


def _year_of_path(segments: list[str]) -> int:
    """The year of a list by date, as `/2031/05/` or `/day/2031-05-01`; 0 for none: `/story/2031` has a number."""
    if segments and (dashed := _DASHED_DATE.fullmatch(segments[-1])):
        return int(dashed[1])
    tail = len(segments)
    while tail and segments[tail - 1].isdecimal() and len(segments[tail - 1]) <= 2:
        tail -= 1  # the month and the day
    year = _YEAR.fullmatch(segments[tail - 1]) if 0 < tail < len(segments) else None
    return int(year[1]) if year else 0


def _year_of(name: str, value: str) -> int:
    """The year of a parameter that gives a date; 0 for one that does not: `start=2040` may count entries."""
    found = _DASHED_DATE.fullmatch(value)
    if found is None and _CALLED_DATE.search(name):
        found = _COMPACT_DATE.fullmatch(value)
    if found is None and _CALLED_YEAR.search(name):
        found = _YEAR.fullmatch(value)
    return int(found[1]) if found else 0


class TrapWatch:
    """Refuses the links of one crawl that lead into a trap."""

    def __init__(self, *, year: int) -> None:
        self.refused: Counter[Trap] = Counter()
        """Addresses refused, by the kind of trap; each counts once, whichever page names it."""
        self._year = year
        self._refused: set[str] = set()
        self._variants: dict[str, set[str]] = {}

    def refuses(self, candidate: Candidate) -> bool:
        """Whether a candidate leads into a trap; it is then counted."""
        if candidate.found_by not in _FOUND_BY_LINKS or candidate.role not in _ROLES:
            return False
        found = trap(candidate.url, year=self._year) or self._one_variant_too_many(candidate.url)
        if found is None:
            return False
        if candidate.url not in self._refused and len(self._refused) < MAX_REMEMBERED:
            self._refused.add(candidate.url)
            self.refused[found] += 1
        return True

    def _one_variant_too_many(self, url: str) -> Trap | None:
        parts = urlsplit(url)
        if parts.query.count("&") + 1 < FACETS or shape(parts.path, parts.query) == "article":
            return None
        variants = self._variants.setdefault(f"{parts.netloc}{parts.path}", set())
        if url not in variants and len(variants) >= MAX_VARIANTS:
            return "variants"
        variants.add(url)
        return None
