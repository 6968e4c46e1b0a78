"""What people see about an article outside its body: headings, bylines, dates, tags."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from archive.extract.confidence import ABOVE, MARKED
from archive.extract.dates.dating import Dated, Shown, read_stated, read_written
from archive.extract.dates.written import find_visible
from archive.extract.markup.head import one_line
from archive.extract.metadata.names import (
    PUBLISHED_WORDS,
    UPDATED_WORDS,
    is_apart,
    is_foreign,
    is_in_header,
    kind_of,
    tells_time,
)
from archive.extract.vocabulary import class_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from archive.extract.dates.dating import Reading

FULL_NAME = re.compile(r"(?<![\w.'’-])(?:[^\W\d_a-z][\w.'’-]*+\s++){1,3}[^\W\d_a-z][\w.'’-]*+")

MARKS = " ,|•·–—-("
WEEKDAY = re.compile(
    r"\bon$|\b(?:on )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)$",
    re.IGNORECASE,
)
"""Between the names of a byline and its day."""

LOOKED_AT = (
    "h1", "time", "a", "span", "div", "p", "address", "li", "small", "em", "abbr", "b", "strong", "h2",
    "h3", "h4", "h5", "meta",
)  # fmt: skip

MAX_BYLINE_CHARACTERS = 120
MAX_DATELINE_CHARACTERS = 200
MAX_FOUND = 12
"""Of each kind of evidence; a page with more is a listing."""

MAX_TRIED = 1_000
"""Elements of each kind that are read, whatever comes of it: of 250 news pages the fullest has 226 with dates and 186
bylines, most of them of other articles, and a page of 100,000 would be read for seconds."""

MAX_PIECES = 100
"""Texts, or links, of one element that are read."""
MAX_TEXT_CHARACTERS = 2_000
MAX_INSIDE = 300
"""Elements in one that is read; what holds more is a page's column."""
MAX_READ_CHARACTERS = 20_000_000
"""Characters of a page that are read for all of this together. What stands in a thousand elements with such names is
read a thousand times: a page of 2 MB took 39 s. News pages have some ten thousand."""

MAX_TIMES = 100
MAX_TAGS = 50


@dataclass(slots=True)
class Visible:
    """Evidence from the visible page, each kind in the order it stands."""

    headings: list[str] = field(default_factory=list)
    """Texts of h1 elements."""
    dates: Shown = field(default_factory=Shown)
    authors: list[tuple[str, str]] = field(default_factory=list)
    """(text, source)"""
    tags: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Look:
    """One pass over a page."""

    reading: Reading
    headed: set[HtmlElement]
    """What an h1 stands in."""
    has_article: bool
    """Whether the page has elements for its article, so that a header outside of them is the site's."""
    found: Visible = field(default_factory=Visible)
    bylines: dict[HtmlElement, str] = field(default_factory=dict)
    kept: int = 0
    """Dates."""
    characters: int = 0
    """Of the texts that were read so far, those that were read twice twice."""
    tried: Counter[str] = field(default_factory=Counter)
    """Elements of each kind that were read so far."""
    own: dict[HtmlElement, bool] = field(default_factory=dict)
    """See `is_own`; of the elements that were asked for and what they stand in, which are few of a page's."""

    def pieces(self, element: HtmlElement) -> Iterator[str]:
        """The first texts in an element, the beginning of each."""
        texts = iter(()) if _is_large(element) else islice(element.itertext(), MAX_PIECES)
        while self.characters < MAX_READ_CHARACTERS and (piece := next(texts, None)) is not None:
            self.characters += len(piece)
            yield piece[:MAX_TEXT_CHARACTERS]

    def may_read(self, kind: str) -> bool:
        """Whether one more element of a kind is to be read; counts it."""
        self.tried[kind] += 1
        return self.tried[kind] <= MAX_TRIED

    def is_own(self, element: HtmlElement) -> bool:
        """Whether nothing foreign holds an element."""
        unknown = []
        up: HtmlElement | None = element
        while up is not None and up not in self.own:
            unknown.append(up)
            up = up.getparent()
        own = up is None or self.own[up]
        for inner in reversed(unknown):
            own = self.own[inner] = own and not is_foreign(inner, self.headed)
        return own

    def is_articles(self, element: HtmlElement) -> bool:
        """Whether a date there can be the article's: not that of the site's header, clock or weather."""
        if not self.is_own(element):
            return False
        outer = [up for up in element.iterancestors() if up not in self.headed]
        if any(tells_time(up.get("class"), up.get("id")) for up in (element, *outer)):
            return False
        return not (any(up.tag == "header" for up in outer) and is_apart(element))

    def keep(self, found: Dated, dates: list[Dated], element: HtmlElement, *, updated: bool) -> None:
        """Put a date to those of its kind.

        Args:
            found: the date.
            dates: where it belongs, if it is one of publication and below the headline.
            element: where it stands; a header that is no article's is above all headlines.
            updated: whether it is one of a change.
        """
        if self.kept >= MAX_TIMES:
            return
        self.kept += 1
        if updated:
            self.found.dates.updates.append(found)
        elif not self.found.headings or (self.has_article and is_in_header(element)):
            self.found.dates.above.append(found)
        else:
            dates.append(found)


def look(root: HtmlElement, reading: Reading) -> Visible:
    """Read headings, <time>, dates, bylines and tags, without those of other articles, menus and comments.

    Args:
        root: the page.
        reading: how its dates are read.
    """
    headed = _headed(root)
    has_article = next(root.iter("article", "main"), None) is not None
    search = _Look(reading, headed, has_article)
    for element in root.iter(*LOOKED_AT):
        tag = element.tag
        if tag == "h1":
            _see_heading(element, search)
        elif tag == "time":
            _see_time(element, search)
        elif tag == "a" and element.get("rel"):
            _see_link(element, search)
        get = element.get
        kind = kind_of(get("class"), get("id"), get("itemprop"))
        if kind:
            _see_named(element, kind, search)
    found = search.found
    above = found.dates.above[:]
    found.dates.above.clear()
    if found.headings:
        found.dates.above.extend(replace(one, confidence=min(one.confidence, ABOVE)) for one in above)
    else:  # of a page without an h1 nothing stands above it
        found.dates.times.extend(above)
    found.authors += [(text, "byline") for text in search.bylines.values()]
    found.authors.sort(key=lambda entry: entry[1] != "rel:author")
    return found


def _headed(root: HtmlElement) -> set[HtmlElement]:
    """What an h1 stands in."""
    found: set[HtmlElement] = set()
    for heading in root.iter("h1"):
        for up in heading.iterancestors():
            if up in found:
                break
            found.add(up)
    return found


def _is_large(element: HtmlElement) -> bool:
    """Whether an element holds more than any heading, byline or date: a thousand may hold the same."""
    return next(islice(element.iter(), MAX_INSIDE, None), None) is not None


def _see_heading(element: HtmlElement, search: _Look) -> None:
    if len(search.found.headings) >= MAX_FOUND or not search.may_read("heading"):
        return
    text = _text(element, search)
    if text and search.is_own(element):
        search.found.headings.append(text)


def _see_time(element: HtmlElement, search: _Look) -> None:
    if not search.may_read("date"):
        return
    words = class_words(element.get("class"), element.get("id"), None, element.get("itemprop"))
    found, updated = _moment(element, search, "time")
    if found is not None and search.is_articles(element):
        updated = updated or UPDATED_WORDS.search(words) is not None
        search.keep(
            found, search.found.dates.times, element, updated=updated and not PUBLISHED_WORDS.search(words)
        )


def _moment(element: HtmlElement, search: _Look, source: str) -> tuple[Dated | None, bool]:
    """The date of an element, and whether it says that it is of a change."""
    raw = element.get("datetime") or element.get("content") or ""
    found = read_stated(raw, source, MARKED, search.reading) if raw else None
    if found is not None:
        return found, False
    text = _text(element, search)
    if len(text) > MAX_DATELINE_CHARACTERS:
        return None, False
    return next(iter(_dates_in(text, f"{source}:text", search.reading)), (None, False))


def _see_link(element: HtmlElement, search: _Look) -> None:
    rel = (element.get("rel") or "").lower().split()
    if not ("author" in rel or "tag" in rel) or not search.may_read("link"):
        return
    text = _text(element, search)
    if not text or len(text) > MAX_BYLINE_CHARACTERS or not search.is_own(element):
        return
    if "author" in rel and len(search.found.authors) < MAX_FOUND:
        search.found.authors.append((text, "rel:author"))
    elif "tag" in rel and len(search.found.tags) < MAX_TAGS:
        (search.found.sections if "category" in rel else search.found.tags).append(text)


def _see_named(element: HtmlElement, kind: frozenset[str], search: _Look) -> None:
    if element.tag == "time":  # seen as such
        return
    if "byline" in kind and element.tag != "meta":
        _see_byline(element, search)
    if "date" in kind and element.tag != "meta":
        _see_date(element, search)
    for itemprop in kind & {"datepublished", "datemodified"}:
        if search.kept >= MAX_TIMES or not search.may_read("date"):
            return
        found, _ = _moment(element, search, f"itemprop:{itemprop}")
        if found and search.is_own(element):
            search.kept += 1
            shown = search.found.dates
            (shown.updates if itemprop == "datemodified" else shown.times).append(found)


def _see_byline(element: HtmlElement, search: _Look) -> None:
    if len(search.bylines) >= MAX_FOUND or not search.may_read("byline") or _is_large(element):
        return
    text = ", ".join(_names_in(element, search)) or _without_date(_text(element, search))
    if not 2 < len(text) <= MAX_BYLINE_CHARACTERS or not search.is_own(element):
        return
    # The inner of two bylines is the name, the outer has its biography too.
    for outer in element.iterancestors():
        search.bylines.pop(outer, None)
    search.bylines[element] = text


def _without_date(text: str) -> str:
    """A byline without the day that many have behind the names, and what follows it."""
    if len(text) > MAX_BYLINE_CHARACTERS or not any(map(str.isdecimal, text)):
        return text
    found = next(find_visible(text), None)
    names = text[: text.index(found.raw)] if found and found.raw in text else ""
    return WEEKDAY.sub("", names.strip(MARKS)).strip(MARKS) or text


def _names_in(element: HtmlElement, search: _Look) -> list[str]:
    """The names in a byline that has an element for each; empty where it has not."""
    links = _within_byline(_text(link, search) for link in islice(element.iter("a"), MAX_PIECES))
    if len(links) > 1:
        return links
    pieces = _within_byline(one_line(text).strip(" ,&|•·") for text in search.pieces(element))
    return pieces if len(pieces) > 1 and all(FULL_NAME.fullmatch(piece) for piece in pieces) else []


def _within_byline(texts: Iterable[str]) -> list[str]:
    """The texts that say something, until they are longer than any byline."""
    found: list[str] = []
    room = MAX_BYLINE_CHARACTERS
    for text in filter(None, texts):
        found.append(text)
        room -= len(text)
        if room < 0:
            break
    return found


def _see_date(element: HtmlElement, search: _Look) -> None:
    if search.kept >= MAX_TIMES or not search.may_read("date"):
        return
    text = _text(element, search)
    if not text or len(text) > MAX_DATELINE_CHARACTERS:
        return
    seen = False
    for found, updated in _dates_in(text, "visible", search.reading):
        if not search.is_articles(element):
            return
        if updated or not seen:
            search.keep(found, search.found.dates.written, element, updated=updated)
        seen = seen or not updated


@lru_cache(maxsize=64)
def _dates_in(text: str, source: str, reading: Reading) -> tuple[tuple[Dated, bool], ...]:
    """As `read_written`: four of ten texts are those of the element around, which has such a name too."""
    return tuple(read_written(text, source, reading))


def _text(element: HtmlElement, search: _Look) -> str:
    """An element's text with a space at every tag: names that stand side by side are not one word.

    Only its beginning: nothing that is looked for here is long.
    """
    return one_line(" ".join(search.pieces(element))[:MAX_TEXT_CHARACTERS])
