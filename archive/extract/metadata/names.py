"""What the names of a page's elements say they hold: bylines, dates, the reader's day, other articles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.extract.vocabulary import class_words, remembered

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DATE_WORDS = re.compile(
    "-(?:date|dates|datetime|time|timestamp|published|publish|pubdate|posted|dateline|created|meta|byline|info|"
    "datum|fecha|data|tarih|tanggal)-"
)
NOT_DATE_WORDS = re.compile("-(?:updated?|modified|event|events|comments?)-")
CLOCK_WORDS = re.compile(
    "-(?:today|todays|todaysdate|current-date|currentdate|date-now|datenow|now|clock|ticker|weather|forecast|calendar|"
    "top-?bar|top-?date|header-(?:top|date)|site-date|live-date|copyright|prayers?)-"
)
"""Names of what tells the reader's day, or the site's own years."""
AUTHOR_WORDS = re.compile("-(?:authors?|byline|by-line|writer|autor|auteur|posted-by|author-?name)-")
NOT_AUTHOR_WORDS = re.compile(
    "-(?:bio|biography|description|desc|avatar|image|img|photo|social|follow|box|info|date|time|count)-"
)
NAME_WORDS = re.compile("-name-")
FOREIGN_WORDS = re.compile(
    r"-(?:related|recommend\w*|recirc\w*|comments?|respond|sidebar|widgets?(?!-blog-)|site-footer|page-footer|colophon|nav|menu|breaking|ticker|"
    r"latest|popular|trending|teasers?|most-read|mostread|more-news|more-stories|up-next|carousel|playlist)-"
)
"""Names of what is no part of the article; Blogger calls what holds its posts a widget, too."""
UPDATED_WORDS = re.compile("-(?:updated?|modified|dateupdated|datemodified)-")
PUBLISHED_WORDS = re.compile("-(?:published|publish|datepublished|posted|pubdate|created)-")
HOLDERS = frozenset({"div", "section", "aside", "ul", "ol", "li", "nav", "footer", "header"})
"""Elements that may hold other articles, menus or comments."""
FOREIGN_TAGS = frozenset({"nav", "aside"})


def is_apart(element: HtmlElement) -> bool:
    """Whether an element stands outside of those that hold articles."""
    return not any(up.tag in {"article", "main"} for up in element.iterancestors())


def is_in_header(element: HtmlElement) -> bool:
    """Whether an element stands in the site's header, not in an article's."""
    return any(up.tag == "header" for up in element.iterancestors()) and is_apart(element)


def is_foreign(element: HtmlElement, headed: set[HtmlElement]) -> bool:
    """Whether an element holds other articles, a menu or comments, by its tag or names."""
    if element.tag not in HOLDERS:
        return False
    words = class_words(element.get("class"), element.get("id"), None, None)
    if element.tag in FOREIGN_TAGS or FOREIGN_WORDS.search(words):
        return element not in headed
    return element.tag == "footer" and not any(up.tag == "article" for up in element.iterancestors())


@remembered
def tells_time(css_class: str | None, css_id: str | None) -> bool:
    """Whether an element's names say that it tells the reader's day, or the site's own years."""
    return CLOCK_WORDS.search(class_words(css_class, css_id, None, None)) is not None


@remembered
def kind_of(css_class: str | None, css_id: str | None, itemprop: str | None) -> frozenset[str]:
    """What an element's names say it may hold: `byline`, `date`, or one of schema.org's dates."""
    if itemprop and itemprop.lower() in {"datepublished", "datemodified"}:
        return frozenset({itemprop.lower()})
    words = class_words(css_class, css_id, None, itemprop)
    found = set()
    if AUTHOR_WORDS.search(words) and (not NOT_AUTHOR_WORDS.search(words) or NAME_WORDS.search(words)):
        found.add("byline")
    if DATE_WORDS.search(words) and not NOT_DATE_WORDS.search(words):
        found.add("date")
    return frozenset(found)
