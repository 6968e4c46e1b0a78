"""What people see about an article outside its body: headings, bylines, dates, tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.dates import find_visible, parse_machine
from archive.extract.dating import Dated
from archive.extract.head import one_line
from archive.extract.vocabulary import class_words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lxml.html import HtmlElement

DATE_WORDS = re.compile(
    r"-(?:date|dates|datetime|time|timestamp|published|publish|pubdate|posted|posted-on|dateline|created|meta|byline|info)-|-datum-|-fecha-|-data-"
)
TODAY_WORDS = re.compile(r"-(?:today|current-date|now|clock|ticker|weather|calendar)-")
AUTHOR_WORDS = re.compile(r"-(?:author|authors|byline|by-line|writer|author-name|autor|auteur|posted-by)-")
FOREIGN_WORDS = re.compile(
    r"-(?:related|recommend\w*|recirc\w*|comments?|respond|sidebar|widgets?|footer|nav|menu|breaking|ticker|latest|popular|trending|teasers?|"
    r"most-read|mostread|more-news|more-stories|up-next|carousel|playlist)-"
)


@dataclass(frozen=True, slots=True)
class Visible:
    """Evidence from the visible page."""

    headings: tuple[str, ...]
    times: tuple[Dated, ...]
    dates: tuple[Dated, ...]
    authors: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    sections: tuple[str, ...]


def look(root: HtmlElement, zone: ZoneInfo | None, *, month_first: bool) -> Visible:
    """Read headings, <time>, dates, bylines and tags that are the article's own."""
    foreign = _foreign(root)
    headings, times, dates, authors, tags, sections = [], [], [], [], [], []
    for element in root.iter(
        "h1", "time", "a", "span", "div", "p", "address", "li", "small", "em", "abbr", "b", "strong"
    ):
        tag = element.tag
        rel = (element.get("rel") or "").lower().split() if tag == "a" else ()
        if tag in {"h1", "time"} or rel:
            if _inside(element, foreign):
                continue
            if tag == "h1":
                headings.append(one_line(element.text_content()))
            elif tag == "time":
                times += _time(element, zone)
            elif "author" in rel:
                authors.append((one_line(element.text_content()), "rel:author"))
            elif "tag" in rel:
                (sections if "category" in rel else tags).append(one_line(element.text_content()))
            continue
        prop = (element.get("itemprop") or "").lower()
        if prop == "datepublished":
            times += _time(element, zone)
        words = class_words(element.get("class"), element.get("id"), None, element.get("itemprop"))
        if not words:
            continue
        if AUTHOR_WORDS.search(words) and len(authors) < 10 and not _inside(element, foreign):
            text = one_line(element.text_content())
            if 2 < len(text) < 80:
                authors.append((text, "byline"))
        if (
            DATE_WORDS.search(words)
            and len(dates) < 10
            and not TODAY_WORDS.search(words)
            and not _inside(element, foreign)
        ):
            text = one_line(element.text_content())
            if len(text) < 200:
                dates += [
                    Dated(moment, "visible") for moment in find_visible(text, zone, month_first=month_first)
                ][:1]
    return Visible(
        tuple(text for text in headings if text),
        tuple(times),
        tuple(dates),
        tuple(authors),
        tuple(dict.fromkeys(tags)),
        tuple(sections),
    )


def _time(element: HtmlElement, zone: ZoneInfo | None) -> list[Dated]:
    raw = element.get("datetime") or element.get("content") or ""
    moment = parse_machine(raw, zone)
    if moment:
        return [Dated(moment, "time")]
    return [Dated(found, "time:text") for found in find_visible(one_line(element.text_content()), zone)][:1]


def _foreign(root: HtmlElement) -> set[HtmlElement]:
    return {
        element
        for element in root.iter("div", "section", "aside", "ul", "ol", "li", "nav", "footer", "header")
        if element.tag in {"nav", "footer", "aside"}
        or FOREIGN_WORDS.search(
            class_words(element.get("class"), element.get("id"), element.get("role"), None)
        )
    }


def _inside(element: HtmlElement, foreign: set[HtmlElement]) -> bool:
    return any(ancestor in foreign for ancestor in element.iterancestors())
