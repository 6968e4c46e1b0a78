"""Extraction again, from WARC: what another version of the extractor makes of the same pages."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from archive.extract import EXTRACTOR_VERSION
from archive.ingest.comparing import compare
from archive.records import Article, Rejected, is_readable
from archive.store import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.ingest.comparing import PageChange
    from archive.ingest.pool import DerivationPool
    from archive.records import Capture, Extraction
    from archive.store import ArchiveStore

BATCH_CAPTURES = 200


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
    store: ArchiveStore,
    pool: DerivationPool,
    filters: Filters,
    *,
    dry_run: bool,
    progress: Callable[[Reextracted], None] | None = None,
) -> Iterator[PageChange | Reextracted]:
    """Derive captures again; the pages that change as they are found, and at the end the sums.

    Args:
        store: open for writing, unless `dry_run`.
        pool: does the work.
        filters: which articles; with none set, refused pages are tried again too.
        dry_run: change nothing.
        progress: called with the sums so far, after every `BATCH_CAPTURES`.
    """
    sums = Reextracted()
    captures = _captures(store, filters)
    while batch := list(islice(captures, BATCH_CAPTURES)):
        pool.submit(batch)
        for derived in pool.drain():
            for capture, extraction in derived:
                change = _compare(store, capture, extraction, sums)
                if change is not None:
                    yield change
            if not dry_run:
                store.apply(derived, EXTRACTOR_VERSION)
        if progress is not None:
            progress(sums)
    if not dry_run:
        store.settle_sites()
    yield sums


def _captures(store: ArchiveStore, filters: Filters) -> Iterator[Capture]:
    # Applying changes outcomes, so what is refused is noted before; by its number, 8 bytes a page.
    rejected = array("q")
    if filters == Filters():
        rejected.extend(capture.id for capture in store.captures(outcome="rejected"))
    for article in store.select(filters):
        yield from filter(is_readable, store.captures(article_id=article.id))
    # What an article gave way to, a challenge say, was among its captures.
    yield from (store.capture(number) for number in rejected if store.fate(number).article_id is None)


def _compare(
    store: ArchiveStore, capture: Capture, extraction: Extraction, sums: Reextracted
) -> PageChange | None:
    sums.captures += 1
    fate = store.fate(capture.id)
    if fate.article_id is None or fate.outcome == "rejected":
        before = Rejected(fate.rejection or "fault", fate.rejection_detail or "")
        sums.newly_articles += isinstance(extraction, Article)
        return compare(capture, before, extraction, fate.article_id)
    article = store.article(str(fate.article_id))
    if article.capture_id != capture.id:
        return None  # an earlier text of it: replaced all the same, but not what is shown
    # Each capture has preferences of its own, whether it brought a revision or not.
    article = replace(article, usage_preferences=fate.usage_preferences)
    if isinstance(extraction, Article):
        extraction = store.by_site(extraction)
        if extraction.continues:  # the article's text is that of all its pages
            own = next(one for one in store.revisions(article.id) if one.id == capture.id)
            article = replace(article, text=own.text)
    change = compare(capture, article, extraction, article.id)
    if isinstance(extraction, Rejected):
        sums.newly_rejected[extraction.reason] += 1
        return change
    sums.articles_same += change is None
    sums.articles_different += change is not None
    if change is not None:
        sums.fields.update(difference.field for difference in change.differences)
    return change
