"""An article's title: the headline as the publisher sets it, without the site's name."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract import jsonld
from archive.extract.head import one_line
from archive.text import fold

if TYPE_CHECKING:
    from archive.extract.head import Head
    from archive.extract.jsonld import LinkedData

SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/~]+\s+|\s*[|»]\s*|\s+::\s+")
"""Between a headline and the site's name in <title>."""

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


@dataclass(frozen=True, slots=True)
class Title:
    """A title and where it was found."""

    text: str
    source: str


def choose_title(
    linked: LinkedData, head: Head, headings: tuple[str, ...], hinted: str | None, site_names: tuple[str, ...]
) -> Title | None:
    """Choose among JSON-LD, og:title, the page's h1, <title> and what the feed said, in this order.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        headings: texts of the h1 elements outside comments and the like, in order.
        hinted: what the feed, sitemap or REST said.
        site_names: names of the site, none of which is a title.
    """
    candidates = _candidates(linked, head, headings, hinted)
    names = {fold(name) for name in site_names if name}
    cleaned = [Title(without_site(clean(entry.text), names, headings), entry.source) for entry in candidates]
    return next((entry for entry in cleaned if entry.text and fold(entry.text) not in names), None)


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


def known_titles(linked: LinkedData, head: Head, headings: tuple[str, ...], hinted: str | None) -> list[str]:
    """Every text that a page puts forward as its title, for finding the headline's line."""
    return [clean(entry.text) for entry in _candidates(linked, head, headings[:1], hinted)]


def clean(text: str) -> str:
    """One line, entities resolved (titles are often escaped twice), no soft tags."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    return one_line(
        re.sub(r"</?(?:em|strong|i|b|br|span|sup|sub|wbr)\b[^>]{0,100}>", " ", text) if "<" in text else text
    )[:MAX_TITLE_CHARACTERS]


def without_site(title: str, names: set[str], headings: tuple[str, ...]) -> str:
    """Cut the site's name, with its separator, off either end of a title."""
    if fold(title) in {fold(heading) for heading in headings}:
        return title
    for _ in range(2):
        matches = list(SEPARATOR.finditer(title))
        if not matches:
            break
        first, last = matches[0], matches[-1]
        if _is_site(title[last.end() :], names):
            title = title[: last.start()].rstrip()
        elif _is_site(title[: first.start()], names):
            title = title[first.end() :].lstrip()
        else:
            return _part_in(title, matches, {fold(heading) for heading in headings}) or title
    return title


def _part_in(title: str, separators: list[re.Match[str]], headings: set[str]) -> str | None:
    """The part of a title, cut at any separator, that is word for word a heading of the page."""
    parts = [part for found in separators for part in (title[: found.start()], title[found.end() :])]
    return next((part for part in parts if fold(part) in headings), None)


def _is_site(part: str, names: set[str]) -> bool:
    folded = fold(part).strip()
    if not folded:
        return True
    compact = re.sub(r"\W|_", "", folded)
    return any(
        folded == name or (len(compact) > 2 and compact == re.sub(r"\W|_", "", name)) for name in names
    )
