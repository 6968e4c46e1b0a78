"""An article's title: the headline as the publisher sets it, without the site's name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from archive.extract.markup import jsonld
from archive.extract.markup.entities import unescape
from archive.extract.markup.head import one_line
from archive.extract.page import MAX_OTHERS
from archive.extract.vocabulary import NO_WORD
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from archive.extract.markup.head import Head
    from archive.extract.markup.jsonld import LinkedData
    from archive.records import Confidence

SEPARATOR = re.compile(
    r"(?<!\s)\s++[|–—\-·•»«:/~*]++\s++|(?:(?<!\s)\s++)?[|｜ㅣ»：]\s*+|(?<=\w)_++(?=\w)"
    r"|(?<=[\u3001-\u9fff\uff01-\uff1f])[-–—]++(?=[\u4e00-\u9fff])"
)
"""Between a headline and the site's name in <title>; Chinese sites put an underscore or a bare hyphen there."""

UNDERSCORED = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff1f])_.*+$")
"""What follows a Chinese headline in <title>: its section and its site, known or not; no headline has the sign."""

TITLE_META = (
    "og:title",
    "twitter:title",
    "title",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
)

MAX_TITLE_CHARACTERS = 500
HEADLINES = ("h1", "h2", "h3")
MAX_HEADINGS = 50
LINES = ("b", "strong", "font", "span", "a", "p", "div", "td")
MAX_LINES = 5_000
BAR = re.compile("[|｜ㅣ»]")
STRONG_SEPARATOR = re.compile(r"(?<!\s)\s++[|–—-]\s++|[|｜ㅣ»]")
GOES_ON = re.compile(r"^\s++[\"'“”„«‘]*+\w")
"""More words of the same sentence."""
SOFT_TAG = re.compile(r"</?(?:em|strong|i|b|br|span|sup|sub|wbr)\b[^>]{0,100}>")


@dataclass(frozen=True, slots=True)
class Title:
    """A title and where it was found."""

    text: str
    source: str
    confidence: Confidence = "low"
    others: tuple[Title, ...] = ()
    """What other sources say instead, in the order in which they are asked."""


def choose_title(
    linked: LinkedData, head: Head, headings: tuple[str, ...], hinted: str | None, site_names: tuple[str, ...]
) -> Title | None:
    """Choose among JSON-LD, og:title, other <meta>, the page's h1, what the feed said, and <title>.

    The chosen one's `confidence` is `high` where several sources say it and none says otherwise, `medium` where
    several say it and another does not, `low` where one says it alone. Sources are JSON-LD, <meta>, h1, the feed and
    <title>; letters and digits alone are compared.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        headings: texts of the h1 elements outside comments and the like, in order.
        hinted: what the feed, sitemap or REST said.
        site_names: names of the site, none of which is a title.
    """
    names = {compact for name in site_names if len(compact := _letters(name)) > 1}
    cleaned = [
        Title(without_site(clean(entry.text), names, headings), entry.source)
        for entry in _candidates(linked, head, headings, hinted)
    ]
    candidates = [entry for entry in cleaned if entry.text and _compact(entry.text) not in names]
    if not candidates:
        return None
    chosen = _headline(candidates)
    others: dict[str, Title] = {}
    for entry in candidates:
        others.setdefault(_compact(entry.text), entry)
    others.pop(_compact(chosen.text))
    first = list(others.values())[:MAX_OTHERS]
    return replace(
        chosen,
        confidence=_confidence(chosen, candidates),
        others=tuple(replace(entry, confidence=_confidence(entry, candidates)) for entry in first),
    )


def _headline(candidates: list[Title]) -> Title:
    """The headline: of two that part, the one that is not the title for search engines.

    JSON-LD and og:title part on three pages of ten. Mostly one of the two then has the words of <title>, which are
    written for search engines, and the other is the headline as the editors set it: right on 29 of 39 such pages of
    30 publishers, where og:title alone is right on 22 and JSON-LD alone on 16. Where <title> has the words of
    neither, the one that more of the others say.
    """
    first = {entry.source: entry for entry in reversed(candidates)}
    linked, shared = first.get("json-ld:headline", first.get("json-ld:name")), first.get("meta:og:title")
    if linked is None or shared is None:
        return candidates[0]
    searched = first["title"].text if "title" in first else ""
    for_search = [entry for entry in (linked, shared) if _is_of(entry.text, searched)]
    if len(for_search) == 1:
        return linked if for_search == [shared] else shared
    others = [_compact(first[source].text) for source in ("h1", "meta:twitter:title") if source in first]
    return max(shared, linked, key=lambda entry: others.count(_compact(entry.text)))


def _is_of(text: str, searched: str) -> bool:
    """Whether a text is <title>, or the beginning of it, cut off between words."""
    if _compact(text) == _compact(searched):
        return True
    return searched.startswith(text) and GOES_ON.match(searched[len(text) :]) is not None


def _confidence(chosen: Title, candidates: list[Title]) -> Confidence:
    said: dict[str, set[str]] = {}
    for entry in candidates:
        said.setdefault(entry.source.partition(":")[0], set()).add(_compact(entry.text))
    agreeing = [texts for texts in said.values() if _compact(chosen.text) in texts]
    if len(agreeing) < 2:
        return "low"
    return "high" if len(agreeing) == len(said) else "medium"


def _candidates(linked: LinkedData, head: Head, headings: tuple[str, ...], hinted: str | None) -> list[Title]:
    found: list[Title] = []
    for name in ("headline", "name"):
        said = jsonld.text(linked.article.get(name))
        if said:
            found.append(Title(said, f"json-ld:{name}"))
            break
    for name in TITLE_META:
        found += [Title(value, f"meta:{name}") for value in head.meta.get(name, ())[:1]]
    found += [Title(heading, "h1") for heading in headings]
    if hinted:
        found.append(Title(hinted, "provenance"))
    if head.title:
        found.append(Title(head.title, "title"))
    return found


def heading_in_title(root: HtmlElement, searched: str) -> Title | None:
    """The heading that is most of <title>, word for word: on pages that say nothing else of their title.

    There the first h1 is often the name of the site or of a section, and the headline is an h2. Of 126 news pages
    without their JSON-LD and og:title the first h1 is the title on 85; this heading, else the first h1, on 89.

    Args:
        root: the page.
        searched: its <title>.
    """
    headings = (
        (str(element.tag), clean(element.text_content()))
        for element in islice(root.iter(*HEADLINES), MAX_HEADINGS)
    )
    title = clean(searched)
    return _most_of(title, {title, *_parts(title, SEPARATOR)}, headings)


def line_in_title(root: HtmlElement, title: str) -> Title | None:
    """The line that is most of <title>, where no heading is: on sites that are older than headings are.

    Args:
        root: the page.
        title: what <title> says, without the site's name as far as that is known.
    """
    parts = {*_parts(title, STRONG_SEPARATOR)}
    lines = (
        (str(element.tag), clean(element.text or "")) for element in islice(root.iter(*LINES), MAX_LINES)
    )
    return _most_of(title, parts, lines) if parts else None


def _parts(title: str, separator: re.Pattern[str]) -> Iterator[str]:
    for at in separator.finditer(title):
        yield from (title[: at.start()], title[at.end() :])


def _most_of(title: str, parts: set[str], lines: Iterable[tuple[str, str]]) -> Title | None:
    """The longest of some lines, each with its element's name, that is one of the greater parts of a title."""
    known = {compact for part in parts if 2 * len(compact := _compact(part)) > len(_compact(title))}
    found = [
        Title(text, tag, "high" if tag == "h1" else "medium")
        for tag, text in lines
        if text and _compact(text) in known
    ]
    return max(found, key=lambda line: (len(_compact(line.text)), line.source == "h1"), default=None)


def known_titles(linked: LinkedData, head: Head, headings: tuple[str, ...], hinted: str | None) -> list[str]:
    """Every text that a page puts forward as its title, for finding the headline's line."""
    return [clean(entry.text) for entry in _candidates(linked, head, headings[:1], hinted)]


def clean(text: str) -> str:
    """One line, entities resolved (titles are often escaped twice), no soft tags."""
    text = unescape(unescape(text))
    return one_line(SOFT_TAG.sub(" ", text) if "<" in text else text)[:MAX_TITLE_CHARACTERS]


def without_site(title: str, names: set[str], headings: tuple[str, ...]) -> str:
    """Cut the site's name off either end of a title, with its separator and what stands beyond it.

    Args:
        title: as it was found, cleaned.
        names: letters and digits of the site's names.
        headings: the page's h1 elements; a title that is one of them stays whole.
    """
    folded = {fold(heading) for heading in headings}
    if fold(title) in folded:
        return title
    matches = list(SEPARATOR.finditer(title))
    ends = [*(found.start() for found in matches[1:]), len(title)]
    for found, end in zip(matches, ends, strict=False):
        # Beyond the name stand its section or the author: "Headline | The Site | by Somebody".
        if _is_site(title[found.end() : end], names) and found.start() >= len(title) - end:
            title = title[: found.start()].rstrip()
            break
    else:
        if matches and _is_site(title[: matches[0].start()], names):
            title = title[matches[0].end() :].lstrip()
    return _part_in(title, folded) or UNDERSCORED.sub("", title)


def _part_in(title: str, headings: set[str]) -> str | None:
    """The part of a title that is word for word a heading of the page.

    What stands before it is cut at a bar alone: before a dash it is mostly a kicker, which is the headline's.
    """
    for at in SEPARATOR.finditer(title):
        for part in (title[: at.start()], title[at.end() :] if BAR.search(at[0]) else ""):
            if fold(part) in headings:
                return part
    return None


def _is_site(part: str, names: set[str]) -> bool:
    compact = _compact(part)
    return not compact or compact in names


def _letters(text: str) -> str:
    """Letters and digits alone, folded: what is left when punctuation and typography do not count."""
    return NO_WORD.sub("", text.casefold())


_compact = lru_cache(maxsize=128)(_letters)
"""The same of titles, which are short: a page's sources say the same one, and each is compared with each."""
