"""164 real hosts from their bare home URLs to searchable articles, in one crawl."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from archive.ingest.rebuild import own_files
from archive.search import Query, search
from archive.store import ArchiveStore, Filters
from archive.urls import canonical
from archive.warc.reader import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Archive, Newsweb

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MIN_ARCHIVED = 0.97
MIN_ARTICLES = 0.95


@pytest.fixture(scope="module")
def crawled(
    newsweb: Newsweb, newsweb_urls: list[str], new_archive: Callable[..., Archive]
) -> tuple[Archive, dict[str, Any]]:
    """The archive of one crawl over all hosts, and the crawl's summary."""
    archive = new_archive(delay=0.05, environment=newsweb.environment)
    homes = sorted({f"https://{urlsplit(url).hostname}/" for url in newsweb_urls})
    archive.run("sources", "add", "--no-discover", *homes)
    (summary,) = archive.rows("crawl")
    return archive, summary


def test_all_hosts_are_archived_and_read(
    crawled: tuple[Archive, dict[str, Any]], newsweb_urls: list[str]
) -> None:
    with ArchiveStore.open(crawled[0].folder, readonly=True) as store:
        pages = store.captures(role="page")
        archived = {page.canonical_url for page in pages if page.status == 200 and page.truncated is None}
        articles = list(store.select(Filters()))
    read = {canonical(article.url) for article in articles} | {article.canonical_url for article in articles}
    wanted = [canonical(url) for url in newsweb_urls]
    missing = [url for url in wanted if url not in archived]
    unread = [url for url in wanted if url not in read]
    assert len(missing) <= (1 - MIN_ARCHIVED) * len(wanted), missing
    assert len(unread) <= (1 - MIN_ARTICLES) * len(wanted), unread


def test_each_article_is_found_by_words_of_its_title(crawled: tuple[Archive, dict[str, Any]]) -> None:
    lost = []
    with ArchiveStore.open(crawled[0].folder, readonly=True) as store:
        for article in store.select(Filters()):
            words = [word.strip('-"*():') for word in article.title.split()][:6]
            found = search(store, Query.parse(" ".join(words)), limit=100)
            if article.id not in {hit.id for hit in found.hits}:
                lost.append(article.title)
    assert lost == []


def test_every_exchange_in_the_servers_log_is_in_warc(
    crawled: tuple[Archive, dict[str, Any]], newsweb: Newsweb
) -> None:
    archive, summary = crawled
    served = Counter((row["host"], row["target"], row["status"]) for row in newsweb.requests())
    kept: Counter[tuple[str, str, int]] = Counter()
    for path in own_files(archive.folder / "warc"):
        for _, exchange in scan(path):
            parts = urlsplit(exchange.url)
            target = exchange.url.removeprefix(f"{parts.scheme}://{parts.netloc}") or "/"
            kept[parts.hostname or "", target, exchange.status or 0] += 1
    assert served - kept == Counter()
    assert kept - served == Counter()
    assert summary["requests"] == sum(served.values())


def test_a_rebuild_gives_the_same_rows(crawled: tuple[Archive, dict[str, Any]]) -> None:
    archive, _ = crawled
    before = _rows(archive.folder)
    archive.run("rebuild")
    assert _rows(archive.folder) == before


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {
            table: store.query(f"SELECT * FROM {table} ORDER BY id")
            for table in ("captures", "articles", "revisions")
        }
