"""When an article was published and last changed: the evidence, weighed.

The chain is JSON-LD, the feed or REST, <meta>, <time>, the visible date, the URL, what stands above the headline: by
falling trust. Among those, evidence that names an instant goes before evidence that names a day, unless they speak
of different days. Dates after the capture are no evidence, and neither is the capture's own day or instant, where
a page's clock can have put it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from archive.extract.confidence import (
    ABOVE,
    APPROXIMATE,
    BY_HAND,
    EITHER_ORDER,
    IN_URL,
    MARKED,
    STATED,
    WRITTEN,
    borne_out,
)
from archive.extract.dates.machine import Moment, from_url, parse_machine
from archive.extract.dates.written import Written, find_visible
from archive.extract.markup import jsonld
from archive.extract.page import MAX_OTHERS
from archive.records import FieldEvidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.extract.markup.head import Head
    from archive.extract.markup.jsonld import LinkedData
    from archive.records import Provenance

NEAR: Final = "visible:headline"
"""Source of a date between headline and body."""
MADE_NOW: Final = ("datemodified", "modified_time")
"""Endings of what templates fill with the time at which they run."""
NOW_SECONDS: Final = 300
"""What is this little before the capture is the time at which the page was made, not the article."""
WESTERNMOST, EASTERNMOST = timedelta(hours=12), timedelta(hours=14)
"""How far zones are behind UTC and before it: two days, or three, are today somewhere."""
CLOCK_SECONDS: Final = 90
"""The same of a clock whose zone is not known: with more, most times of a quarter of an hour would be its."""
QUARTER_SECONDS: Final = 900

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


TRUSTED_META = frozenset(PUBLISHED_META[:6]) | {MODIFIED_META[0]}
"""Names that say nothing else but this."""


@dataclass(frozen=True, slots=True)
class Reading:
    """By what a page's dates are read."""

    zone: ZoneInfo | None = None
    """Of times that name none."""
    month_first: bool = False
    """Whether 3/4/2024 is 4 March."""
    language: str | None = None
    """BCP 47, of the page."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date, where it was found, and what it is worth."""

    moment: Moment
    source: str
    raw: str
    """As it stood there."""
    confidence: float
    other_order: Moment | None = None
    """What it is if day and month stand the other way round."""

    @property
    def kind(self) -> str:
        """What can be wrong together: all that the page shows is one kind."""
        kind = self.source.partition(":")[0]
        return "page" if kind in {"time", "visible", "itemprop"} else kind

    def evidence(self) -> FieldEvidence:
        """For the article."""
        return FieldEvidence(self.source, self.raw, round(self.confidence, 2))


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of one article."""

    published: Dated | None
    modified: Dated | None
    others: tuple[Dated, ...] = ()
    """What the page's evidence says of the publication without that of `published`, then without the next."""

    @property
    def precision(self) -> Literal["instant", "day"] | None:
        """How exactly the publication's date is known; a time whose zone nobody said is no instant."""
        if self.published is None:
            return None
        return "instant" if self.published.moment.zoned else "day"

    def evidence(self) -> dict[str, FieldEvidence]:
        """Field -> what it rests on."""
        both = {"published": self.published, "modified": self.modified}
        return {name: found.evidence() for name, found in both.items() if found}


@dataclass(frozen=True, slots=True)
class Shown:
    """The dates that people see, each list in the order they stand."""

    times: list[Dated] = field(default_factory=list)
    """<time> elements and itemprops of publication, below the headline."""
    written: list[Dated] = field(default_factory=list)
    """Text in elements that are named after dates, below the headline."""
    near: list[Dated] = field(default_factory=list)
    """Text between headline and body."""
    above: list[Dated] = field(default_factory=list)
    """Of both kinds, above the headline."""
    updates: list[Dated] = field(default_factory=list)
    """Of the last change."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where dates may stand on one page."""

    linked: LinkedData
    head: Head
    shown: Shown
    provenance: Provenance
    url: str
    fetched: datetime
    reading: Reading
    by_hand: bool = False
    """The provenance is that of a file on disk, and goes before what the page says."""


def date_article(evidence: Evidence) -> Dates:
    """Weigh the evidence for both dates."""
    past = _past(list(_published(evidence)), evidence.fetched)
    published = _best(past)
    modified = _choose(list(_modified(evidence)), evidence.fetched)
    if (
        modified
        and published
        and modified.moment.zoned
        and published.moment.zoned
        and _before(modified, published)
    ):
        modified = None
    return Dates(published, modified, () if evidence.by_hand else _others(published, past))


def _others(best: Dated | None, past: list[Dated]) -> tuple[Dated, ...]:
    """What is best without what was best before, and so on."""
    others: list[Dated] = []
    while best is not None and len(others) < MAX_OTHERS:
        past = [entry for entry in past if entry.moment != best.moment]
        best = _best(past)
        others += [best] if best else []
    return tuple(others)


def _before(one: Dated, other: Dated) -> bool:
    first, second = one.moment.value, other.moment.value
    return type(first) is type(second) and first < second


def date_file(provenance: Provenance, fetched: datetime) -> Dates:
    """The dates that a manifest gives a text."""
    reading = Reading(ZoneInfo(provenance.timezone) if provenance.timezone else None)
    published = list(_said(provenance.published, provenance, reading, by_hand=True))
    modified = list(_said(provenance.modified, provenance, reading, by_hand=True))
    return Dates(_choose(published, fetched), _choose(modified, fetched))


def _published(evidence: Evidence) -> Iterable[Dated]:
    shown, provenance = evidence.shown, evidence.provenance
    told = list(_said(provenance.published, provenance, evidence.reading, by_hand=evidence.by_hand))
    if evidence.by_hand:
        yield from told
    yield from _linked(evidence, "datePublished", "dateCreated", "uploadDate")
    if not evidence.by_hand:
        yield from told
    yield from _meta(evidence, PUBLISHED_META)
    yield from shown.times
    yield from shown.written
    yield from shown.near
    moment = from_url(evidence.url)
    if moment:
        yield Dated(moment, "url", evidence.url, IN_URL)
    yield from shown.above


def _modified(evidence: Evidence) -> Iterable[Dated]:
    provenance = evidence.provenance
    told = list(_said(provenance.modified, provenance, evidence.reading, by_hand=evidence.by_hand))
    if evidence.by_hand:
        yield from told
    yield from _linked(evidence, "dateModified")
    if not evidence.by_hand:
        yield from told
    yield from _meta(evidence, MODIFIED_META)
    yield from evidence.shown.updates


def read_stated(raw: str, source: str, confidence: float, reading: Reading) -> Dated | None:
    """A value that is meant for machines; some templates put there what people read."""
    moment = parse_machine(raw, reading.zone)
    if moment:
        return Dated(moment, source, raw[:200], confidence)
    return next((dated for dated, _ in read_written(raw, source, reading, confidence)), None)


def read_written(
    text: str, source: str, reading: Reading, confidence: float = WRITTEN
) -> Iterable[tuple[Dated, bool]]:
    """The dates in a text for people, each with whether it is said to be of a change.

    Args:
        text: any text.
        source: where it stands.
        reading: of the page.
        confidence: what a date is worth there at most.
    """
    for written in find_visible(
        text, reading.zone, month_first=reading.month_first, language=reading.language
    ):
        worth = min(confidence, _worth(written))
        other = Moment(written.other_order) if written.other_order else None
        yield Dated(written.moment, source, written.raw, worth, other), written.updated


def _worth(written: Written) -> float:
    if written.other_order:
        return EITHER_ORDER
    return APPROXIMATE if written.approximate else WRITTEN


def _linked(evidence: Evidence, *names: str) -> Iterable[Dated]:
    for name in names:
        worth = STATED if name in {"datePublished", "dateModified"} else MARKED
        for raw in jsonld.texts(evidence.linked.article.get(name)):
            found = read_stated(raw, f"json-ld:{name}", worth, evidence.reading)
            if found:
                yield found


def _said(raw: str | None, provenance: Provenance, reading: Reading, *, by_hand: bool) -> Iterable[Dated]:
    moment = parse_machine(raw, reading.zone) if raw else None
    if raw and moment:
        yield Dated(moment, f"provenance:{provenance.role}", raw, BY_HAND if by_hand else STATED)


def _meta(evidence: Evidence, names: tuple[str, ...]) -> Iterable[Dated]:
    for name in names:
        for raw in evidence.head.meta.get(name, ()):
            worth = STATED if name in TRUSTED_META else MARKED
            found = read_stated(raw, f"meta:{name}", worth, evidence.reading)
            if found:
                yield found


def _choose(found: Sequence[Dated], fetched: datetime) -> Dated | None:
    return _best(_past(found, fetched))


def _past(found: Sequence[Dated], fetched: datetime) -> list[Dated]:
    """The dates that are evidence: not of the future, nor of the page's clock."""
    settled = [_in_order(entry, found, fetched) for entry in found]
    past = [entry for entry in settled if not entry.moment.after(fetched)]
    return [entry for entry in past if not _is_clock(entry, past, fetched)]


def _best(past: Sequence[Dated]) -> Dated | None:
    if not past:
        return None
    best = past[0]
    if not best.moment.zoned:
        # A day alone, or a time without its zone: a later, exacter source may fill in what is missing.
        best = next((entry for entry in past if _is_exacter(entry, best)), best)
    if any(entry.kind != best.kind and entry.moment.day == best.moment.day for entry in past):
        return replace(best, confidence=borne_out(best.confidence))
    return best


def _in_order(entry: Dated, found: Sequence[Dated], fetched: datetime) -> Dated:
    """A date whose day and month may be the other way round, as the rest of the page has it."""
    other = entry.other_order
    if other is None:
        return entry
    days = {said.moment.day for said in found if said.other_order is None}
    if entry.moment.day in days or other.after(fetched):
        return replace(entry, other_order=None, confidence=WRITTEN)
    if other.day in days or entry.moment.after(fetched):
        return replace(entry, moment=entry.moment.on(other.day), other_order=None, confidence=WRITTEN)
    return entry


def _is_clock(entry: Dated, found: Sequence[Dated], fetched: datetime) -> bool:
    """Whether a date can be the time at which the page was made or shown, told by nothing else.

    What states the publication is believed on that day too: most of what is crawled is new. So is a date
    between headline and body; not its instant, if that is now.
    """
    value = entry.moment.value
    instant = value if isinstance(value, datetime) and value.tzinfo is not None else None
    if instant and abs((fetched - instant).total_seconds()) <= NOW_SECONDS:
        return entry.confidence < STATED or entry.source.lower().endswith(MADE_NOW)
    if _is_of_its_own(entry, fetched):
        return False
    return not any(
        other.moment.day == entry.moment.day and (other.kind != entry.kind or other.source == NEAR)
        for other in found
    )


def _is_of_its_own(entry: Dated, fetched: datetime) -> bool:
    """Whether no clock can have told a date, by where it stands or by what it says."""
    if entry.confidence >= STATED or entry.source == NEAR or entry.kind == "url":
        return True
    if not (fetched - WESTERNMOST).date() <= entry.moment.day <= (fetched + EASTERNMOST).date():
        return True
    if entry.kind == "meta":
        return entry.moment.zoned
    is_marked = entry.source == "time" or entry.source.startswith("itemprop:")
    return is_marked and entry.confidence > ABOVE and _is_of_before(entry.moment.value, fetched)


def _is_of_before(value: datetime | date, fetched: datetime) -> bool:
    """Whether a time on the day of the capture is not that of the capture itself: then no clock has told it.

    Of a time whose zone nobody said it is known that its zone's minutes are those of UTC, or a quarter of an hour or
    more beside them (tz database): where the minutes differ by anything else, it is another time.
    """
    if not isinstance(value, datetime) or value.time() == time(0):
        return False
    if value.tzinfo is not None:
        return True  # what is within NOW_SECONDS was told above
    beside = (fetched.replace(tzinfo=None) - value).total_seconds() % QUARTER_SECONDS
    return CLOCK_SECONDS < beside < QUARTER_SECONDS - CLOCK_SECONDS


def _is_exacter(entry: Dated, best: Dated) -> bool:
    """Whether a source names the instant of a day that another names; zones part them by a day at most."""
    if not entry.moment.zoned or entry.source.startswith("provenance"):
        return False
    return abs((entry.moment.day - best.moment.day).days) <= 1
