"""Extraction again, from WARC: what another version of the extractor makes of the same pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from archive.extract import EXTRACTOR_VERSION
from archive.records import Article, is_readable
from archive.store import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.ingest.pool import DerivationPool
    from archive.records import Capture, Extraction
    from archive.store import ArchiveStore, ArticleRow

COMPARED = (
    "canonical_url", "title", "authors", "published", "published_precision", "published_source", "modified",
    "language", "lead", "text", "section", "topics", "image", "publisher", "agencies", "paywalled",
)  # fmt: skip
BATCH_CAPTURES = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one article, as it is and as it would be."""

    article_id: int
    url: str
    field: str
    before: object
    after: object


@dataclass(slots=True)
class Reextracted:
    """What was derived again, and what differs."""

    captures: int = 0
    articles_same: int = 0
    articles_different: int = 0
    newly_articles: int = 0
    """Pages that were refused and are articles now."""
    newly_rejected: Counter[str] = field(default_factory=Counter)
    """Articles' latest pages that are refused now, by reason."""
    fields: Counter[str] = field(default_factory=Counter)
    """Field -> how many articles differ in it."""


def reextract(
    store: ArchiveStore, pool: DerivationPool, filters: Filters, *, dry_run: bool
) -> Iterator[Difference | Reextracted]:
    """Derive captures again; the differences as they are found, and at the end the sums.

    Args:
        store: open for writing, unless `dry_run`.
        pool: does the work.
        filters: which articles; with none set, refused pages are tried again too.
        dry_run: change nothing.
    """
    sums = Reextracted()
    captures = _captures(store, filters)
    while batch := list(islice(captures, BATCH_CAPTURES)):
        pool.submit(batch)
        for derived in pool.drain():
            for capture, extraction in derived:
                yield from _compare(store, capture, extraction, sums)
            if not dry_run:
                store.apply(derived, EXTRACTOR_VERSION)
    if not dry_run:
        store.settle_sites()
    yield sums


def _captures(store: ArchiveStore, filters: Filters) -> Iterator[Capture]:
    for article in store.select(filters):
        yield from filter(is_readable, store.captures(article_id=article.id))
    if filters == Filters():
        rejected = list(store.captures(outcome="rejected"))  # applying changes their outcome
        # What an article gave way to, a challenge say, was among its captures.
        yield from (capture for capture in rejected if store.fate(capture.id).article_id is None)


def _compare(
    store: ArchiveStore, capture: Capture, extraction: Extraction, sums: Reextracted
) -> Iterator[Difference]:
    sums.captures += 1
    fate = store.fate(capture.id)
    if fate.article_id is None or fate.outcome == "rejected":
        sums.newly_articles += isinstance(extraction, Article)
        return
    article = store.article(str(fate.article_id))
    if article.capture_id != capture.id:
        return  # an earlier text of it: replaced all the same, but not what is shown
    if not isinstance(extraction, Article):
        sums.newly_rejected[extraction.reason] += 1
        return
    differences = list(_differences(article, store.without_site_lines(extraction)))
    if fate.usage_preferences != extraction.usage_preferences:
        said = (fate.usage_preferences, extraction.usage_preferences)
        differences.append(Difference(article.id, article.url, "usage_preferences", *said))
    sums.articles_same += not differences
    sums.articles_different += bool(differences)
    sums.fields.update(difference.field for difference in differences)
    yield from differences


def _differences(before: ArticleRow, after: Article) -> Iterator[Difference]:
    for name in COMPARED:
        was, would_be = getattr(before, name), getattr(after, name)
        if was != would_be:
            yield Difference(before.id, before.url, name, was, would_be)
