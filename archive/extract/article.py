"""From one page to an article, or to the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lxml import etree

from archive import urls
from archive.extract import jsonld
from archive.extract.blocks import lay_out
from archive.extract.body import find_body
from archive.extract.bylines import read_authors
from archive.extract.dating import Evidence, date_article
from archive.extract.decoding import decode
from archive.extract.head import absolute, read_head
from archive.extract.language import identify
from archive.extract.lead import find_lead
from archive.extract.lines import Known, select_lines
from archive.extract.page import MAX_PAGE_BYTES, MAX_TEXT_CHARACTERS
from archive.extract.titles import choose_title, known_titles
from archive.extract.tree import TooLargeError, looks_like_html, parse, prune
from archive.extract.visible import look
from archive.extract.vocabulary import key
from archive.records import Article, Rejected
from archive.text import fold

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from archive.extract.head import Head
    from archive.extract.jsonld import LinkedData
    from archive.extract.page import Page
    from archive.records import Extraction


def extract_html(page: Page) -> Extraction:
    """Read a page's article: text, title, authors, dates and the rest, each with its source.

    A function of its argument alone; it raises nothing on any bytes.
    """
    if page.status is not None and not 200 <= page.status < 300:
        return Rejected("error_page", f"status {page.status}")
    if len(page.content) > MAX_PAGE_BYTES:
        return Rejected("limit", f"{len(page.content)} bytes; at most {MAX_PAGE_BYTES} are read")
    if not looks_like_html(page.content, page.media_type):
        return Rejected("not_html", page.media_type or "no HTML in it")
    try:
        root = parse(decode(page.content, page.charset).text)
    except TooLargeError as error:
        return Rejected("limit", str(error))
    if root is None:
        return Rejected("not_html", "no element in it")
    return _read(page, root)


def _read(page: Page, root: HtmlElement) -> Extraction:
    zone = ZoneInfo(page.provenance.timezone) if page.provenance.timezone else None
    linked = jsonld.read(jsonld.scripts_of(root), page.url)
    head = read_head(root, page.url)
    prune(root, page.provenance)
    visible = look(root, zone, month_first=(head.language or "").lower() in {"en-us", "en_us"})
    publisher = _publisher(linked, head)
    title = choose_title(
        linked, head, visible.headings, page.provenance.title, tuple(name for name in (publisher,) if name)
    )
    byline = read_authors(linked, head, visible.authors)
    layout = lay_out(root)
    said = [title.text if title else "", *known_titles(linked, head, visible.headings, page.provenance.title)]
    titles = tuple({frozenset(words) for text in said if (words := key(text).split())})
    body = find_body(layout, root, titles)
    known = Known(titles, frozenset(fold(name) for name in (byline.names if byline else ())))
    lead = find_lead(layout, body.headline, list(body.blocks), titles, _descriptions(linked, head))
    lines = select_lines(layout.blocks, [index for index in body.blocks if index not in lead], known)
    text = "\n".join(layout.blocks[index].text for index in lines)
    standfirst = " ".join(layout.blocks[index].text for index in lead if index not in lines) or None
    if not text:
        return Rejected("too_short", "no sentence in it")
    if len(text) > MAX_TEXT_CHARACTERS:
        return Rejected("limit", f"more than {MAX_TEXT_CHARACTERS} characters of text")
    dates = date_article(
        Evidence(linked, head, visible.times, visible.dates, page.provenance, page.url, page.fetched, zone)
    )
    topics = _topics(linked, head, visible.tags)
    sources = {
        "text": "body",
        **({"title": title.source} if title else {}),
        **({"authors": byline.source} if byline else {}),
        **({"published": dates.published.source} if dates.published else {}),
        **({"modified": dates.modified.source} if dates.modified else {}),
    }
    return Article(
        url=page.url,
        canonical_url=_canonical(head, page.url),
        title=title.text if title else text.split("\n", 1)[0][:200],
        text=text,
        lead=standfirst if text else None,
        authors=byline.names if byline else (),
        published=dates.published.moment.iso() if dates.published else None,
        published_precision=dates.precision,
        published_source=dates.published.source if dates.published else None,
        modified=dates.modified.moment.iso() if dates.modified else None,
        language=identify(
            f"{title.text if title else ''}\n{text}", head.language or page.provenance.language
        ),
        section=_section(linked, head, page, visible.sections),
        topics=topics,
        image=_image(linked, head, page.url),
        publisher=publisher,
        sources=sources,
    )


def _descriptions(linked: LinkedData, head: Head) -> list[str]:
    found = [*jsonld.texts(linked.article.get("description")), *jsonld.texts(linked.article.get("alternativeHeadline"))]
    return found + [value for name in ("description", "og:description", "twitter:description") for value in head.meta.get(name, ())]


def _publisher(linked: LinkedData, head: Head) -> str | None:
    found = jsonld.text(linked.article.get("publisher"))
    if found:
        return found
    named = head.first("og:site_name", "application-name", "dc.publisher", "twitter:app:name:iphone")
    return named[1] if named else None


def _topics(linked: LinkedData, head: Head, tags: tuple[str, ...]) -> tuple[str, ...]:
    found = jsonld.texts(linked.article.get("keywords"))
    if len(found) == 1:
        found = [part.strip() for part in found[0].replace("،", ",").replace(";", ",").split(",")]
    if not found:
        found = list(head.meta.get("article:tag", ())) or list(tags)
    if not found:
        named = head.first("news_keywords", "keywords", "parsely-tags")
        found = (
            [part.strip() for part in named[1].replace("،", ",").replace(";", ",").split(",")]
            if named
            else []
        )
    return tuple(dict.fromkeys(part for part in found if part))[:50]


def _section(linked: LinkedData, head: Head, page: Page, visible: tuple[str, ...]) -> str | None:
    named = head.first("article:section", "og:article:section", "parsely-section")
    return (
        jsonld.text(linked.article.get("articleSection"))
        or (named[1] if named else None)
        or page.provenance.section
        or next(iter(visible), None)
    )


def _image(linked: LinkedData, head: Head, base: str) -> str | None:
    named = head.first("og:image", "og:image:url", "twitter:image", "twitter:image:src")
    found = named[1] if named else jsonld.text(linked.article.get("image"), "url")
    return absolute(base, found) if found else None


def _canonical(head: Head, url: str) -> str:
    for link in head.links.get("canonical", ())[:1]:
        if urls.registrable_domain(urls.host(link)) == urls.registrable_domain(urls.host(url)):
            return urls.canonical(link)
    return urls.canonical(url)


def warm_up() -> None:
    """Load the language model and the list of public suffixes: once a worker process, .7 s."""
    identify("warm up the language model before the first page", None)
    urls.registrable_domain("example.org")
    etree.fromstring("<a/>")
