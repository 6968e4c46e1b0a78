"""When an article was published and last changed: the evidence, weighed.

The chain is JSON-LD, the feed or REST, <meta>, <time>, the visible date, the URL: by falling trust. Among
those, evidence that names an instant goes before evidence that names a day, unless they speak of different
days. Dates after the capture are no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from archive.extract import jsonld
from archive.extract.dates import Moment, from_url, parse_machine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from archive.extract.head import Head
    from archive.extract.jsonld import LinkedData
    from archive.records import Provenance

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "datepublished", "published_time", "date.issued", "dcterms.issued", "dc.date.issued",
    "dcterms.created", "dc.date.created", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "publish-date", "publish_date", "pubdate", "publication_date",
    "publicationdate", "article.published", "article_date_original", "originalpublicationdate",
    "dc.date", "dcterms.date", "date", "ptime", "rnews:datepublished", "bt:pubdate", "last-published",
    "created", "weibo:article:create_at",
)  # fmt: skip
"""Meta names of the date of publication, the surest first."""

MODIFIED_META = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
    "last-modified", "lastmod", "article:updated_time", "article.updated", "utime", "modified_time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where it was found."""

    moment: Moment
    source: str


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of one article."""

    published: Dated | None
    modified: Dated | None

    @property
    def precision(self) -> Literal["instant", "day"] | None:
        """How exactly the publication's date is known; a time whose zone nobody said is no instant."""
        if self.published is None:
            return None
        return "instant" if self.published.moment.zoned else "day"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where dates may stand on one page."""

    linked: LinkedData
    head: Head
    times: list[Dated]
    """<time> elements and itemprops of publication, in order."""
    updates: list[Dated]
    """The same of the last change."""
    visible: list[Dated]
    """Dates in the visible text about the headline, in order."""
    provenance: Provenance
    url: str
    fetched: datetime
    zone: ZoneInfo | None
    by_hand: bool = False
    """The provenance is that of a file on disk, and goes before what the page says."""


def date_article(evidence: Evidence) -> Dates:
    """Weigh the evidence for both dates."""
    published = _choose(_published(evidence), evidence.fetched)
    modified = _choose(_modified(evidence), evidence.fetched)
    if (
        modified
        and published
        and modified.moment.zoned
        and published.moment.zoned
        and _before(modified, published)
    ):
        modified = None
    return Dates(published, modified)


def _before(one: Dated, other: Dated) -> bool:
    first, second = one.moment.value, other.moment.value
    return type(first) is type(second) and first < second


def date_file(provenance: Provenance, fetched: datetime) -> Dates:
    """The dates that a manifest gives a text."""
    zone = ZoneInfo(provenance.timezone) if provenance.timezone else None
    published = _choose(_said(provenance.published, provenance, zone), fetched)
    return Dates(published, _choose(_said(provenance.modified, provenance, zone), fetched))


def _published(evidence: Evidence) -> Iterable[Dated]:
    if evidence.by_hand:
        yield from _said(evidence.provenance.published, evidence.provenance, evidence.zone)
    yield from _linked(evidence, "datePublished", "dateCreated", "uploadDate")
    yield from _said(evidence.provenance.published, evidence.provenance, evidence.zone)
    yield from _meta(evidence, PUBLISHED_META)
    yield from evidence.times
    yield from evidence.visible
    moment = from_url(evidence.url)
    if moment:
        yield Dated(moment, "url")


def _modified(evidence: Evidence) -> Iterable[Dated]:
    if evidence.by_hand:
        yield from _said(evidence.provenance.modified, evidence.provenance, evidence.zone)
    yield from _linked(evidence, "dateModified")
    yield from _said(evidence.provenance.modified, evidence.provenance, evidence.zone)
    yield from _meta(evidence, MODIFIED_META)
    yield from evidence.updates


def _linked(evidence: Evidence, *names: str) -> Iterable[Dated]:
    for name in names:
        for raw in jsonld.texts(evidence.linked.article.get(name)):
            moment = parse_machine(raw, evidence.zone)
            if moment:
                yield Dated(moment, f"json-ld:{name}")


def _said(raw: str | None, provenance: Provenance, zone: ZoneInfo | None) -> Iterable[Dated]:
    moment = parse_machine(raw, zone) if raw else None
    if moment:
        yield Dated(moment, f"provenance:{provenance.role}")


def _meta(evidence: Evidence, names: tuple[str, ...]) -> Iterable[Dated]:
    for name in names:
        for raw in evidence.head.meta.get(name, ()):
            moment = parse_machine(raw, evidence.zone)
            if moment:
                yield Dated(moment, f"meta:{name}")


def _choose(found: Iterable[Dated], fetched: datetime) -> Dated | None:
    past = [entry for entry in found if not entry.moment.after(fetched)]
    if not past:
        return None
    best = past[0]
    if best.moment.zoned:
        return best
    # A day alone, or a time without its zone: a later, exacter source may fill in what is missing.
    return next((entry for entry in past if _is_exacter(entry, best)), best)


def _is_exacter(entry: Dated, best: Dated) -> bool:
    """Whether a source names the instant of a day that another names; zones part them by a day at most."""
    if not entry.moment.zoned or entry.source.startswith("provenance"):
        return False
    return abs((entry.moment.day - best.moment.day).days) <= 1
