"""What head, JSON-LD and the visible page say of an article, each field by its chain of sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from archive import urls
from archive.extract.dates.dating import Reading
from archive.extract.markup import jsonld
from archive.extract.markup.head import Head, absolute, read_head
from archive.extract.metadata.access import read_paywalled
from archive.extract.metadata.bylines import Byline, read_authors
from archive.extract.metadata.paging import Part, identity, read_part
from archive.extract.metadata.subjects import read_section, read_topics
from archive.extract.metadata.titles import Title, choose_title, heading_in_title, known_titles, line_in_title
from archive.extract.metadata.visible import Visible, look
from archive.extract.vocabulary import key

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from archive.extract.markup.jsonld import LinkedData
    from archive.extract.metadata.subjects import Found
    from archive.extract.page import Page


@dataclass(frozen=True, slots=True)
class Metadata:
    """All evidence about an article but its body, and the fields that do not need the body."""

    linked: LinkedData
    head: Head
    visible: Visible
    reading: Reading
    """How its dates are read."""
    title: Title | None
    byline: Byline | None
    paywalled: tuple[bool, str] | None
    publisher: Found | None
    section: Found | None
    image: Found | None
    topics: tuple[str, ...]
    topics_source: str | None
    canonical_url: str
    """Of the article's first page, where it is on several."""
    part: Part
    titles: tuple[frozenset[str], ...]
    """The folded words of everything the page puts forward as its title."""
    descriptions: tuple[str, ...]

    @property
    def is_article(self) -> bool:
        """Whether the page says of itself that it is an article."""
        if any(jsonld.ARTICLE_TYPES.get(name, 9) < 2 for name in jsonld.types_of(self.linked.article)):
            return True
        kinds = self.head.meta.get("og:type", ())
        return "article" in {kind.lower() for kind in kinds} or "article:published_time" in self.head.meta


def read_metadata(root: HtmlElement, page: Page) -> Metadata:
    """Read a page's metadata; the tree stays as it is."""
    linked = jsonld.read(jsonld.scripts_of(root), page.url)
    head = read_head(root)
    reading = _reading(head, page)
    visible = look(root, reading)
    publisher = _publisher(linked, head)
    sites = _site_names(publisher, page.url)
    hinted = page.provenance.title
    title = _by_hand(page) or choose_title(linked, head, tuple(visible.headings), hinted, sites)
    if title is not None and title.source in {"h1", "title"}:
        title = _as_shown(root, title, head.title)
    canonical_url = _canonical(head, page.url)
    part = read_part(root, page, canonical_url)
    said = [title.text if title else "", *known_titles(linked, head, tuple(visible.headings), hinted)]
    topics, topics_source = read_topics(linked, head, visible.tags)
    return Metadata(
        linked=linked,
        head=head,
        visible=visible,
        reading=reading,
        title=title,
        byline=read_authors(linked, head, tuple(visible.authors), sites),
        paywalled=read_paywalled(linked, head),
        publisher=publisher,
        section=read_section(linked, head, page, visible.sections, said),
        image=_image(linked, head, page.url),
        topics=topics,
        topics_source=topics_source,
        canonical_url=identity(part, canonical_url, page.url),
        part=part,
        titles=tuple({frozenset(words) for text in said if (words := key(text).split())}),
        descriptions=_descriptions(linked, head),
    )


def _as_shown(root: HtmlElement, title: Title, searched: str) -> Title:
    """A title that h1 or <title> alone says, as the element has it that says the most of <title>."""
    shown = heading_in_title(root, searched) or title
    if shown.source == "title":
        shown = line_in_title(root, shown.text) or shown
    return replace(shown, others=title.others)


def _reading(head: Head, page: Page) -> Reading:
    zone = ZoneInfo(page.provenance.timezone) if page.provenance.timezone else None
    # The United States alone write the month first (CLDR, dateFormat "short").
    month_first = (head.language or "").lower().replace("_", "-") == "en-us"
    return Reading(zone, month_first, head.language or page.provenance.language)


def _by_hand(page: Page) -> Title | None:
    """The title that a manifest gives a file."""
    return Title(page.provenance.title, "provenance") if page.is_file and page.provenance.title else None


def _from_head(head: Head, *names: str) -> Found | None:
    named = head.first(*names)
    return (named[1], f"meta:{named[0]}") if named else None


def _from_linked(linked: LinkedData, name: str, inner: str = "name") -> Found | None:
    found = jsonld.text(linked.article.get(name), inner)
    return (found, f"json-ld:{name}") if found else None


def _publisher(linked: LinkedData, head: Head) -> Found | None:
    return _from_linked(linked, "publisher") or _from_head(
        head, "og:site_name", "application-name", "dc.publisher"
    )


def _site_names(publisher: Found | None, url: str) -> tuple[str, ...]:
    domain = urls.registrable_domain(urls.host(url))
    return (publisher[0] if publisher else "", domain, domain.partition(".")[0])


def _descriptions(linked: LinkedData, head: Head) -> tuple[str, ...]:
    said = [
        text
        for name in ("description", "alternativeHeadline")
        for text in jsonld.texts(linked.article.get(name))
    ]
    named = [
        text
        for name in ("description", "og:description", "twitter:description")
        for text in head.meta.get(name, ())
    ]
    return tuple(dict.fromkeys(said + named))


def _image(linked: LinkedData, head: Head, base: str) -> Found | None:
    found = _from_head(
        head, "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"
    )
    found = found or _from_linked(linked, "image", "url") or _from_linked(linked, "thumbnailUrl", "url")
    url = absolute(base, found[0]) if found else None
    return (url, found[1]) if url and found else None


def _canonical(head: Head, url: str) -> str:
    """The page's rel=canonical, if it stays on the site and is not its front page; else the URL itself."""
    domain = urls.registrable_domain(urls.host(url))
    said = [link for href in head.links.get("canonical", ())[:1] if (link := absolute(url, href))]
    for link in said:
        is_front = link.rstrip("/") == urls.origin(link).rstrip("/")
        if urls.registrable_domain(urls.host(link)) == domain and not (
            is_front and url.rstrip("/") != link.rstrip("/")
        ):
            return urls.canonical(link)
    return urls.canonical(url)
