"""A store of a few articles to search."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.records import Article, Capture
from archive.store import ArchiveStore

Add = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArchiveStore]:
    with ArchiveStore.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def add(store: ArchiveStore) -> Add:
    """Adds an article; returns its id."""

    def add_article(text: str, title: str = "Untitled", source: str | None = None, **given: object) -> int:
        number = store.next_capture_id()
        url = f"https://news.example/{number}"
        capture = Capture(
            id=number,
            url=url,
            canonical_url=url,
            role="page",
            source=source,
            started=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=number),
            status=200,
            media_type="text/html",
            payload_digest=None,
            record_type="response",
            warc_file="w.warc.gz",
            offset=number,
            length=1,
            group_length=1,
        )
        store.add_captures([capture], waiting={number})
        article = Article(url=url, canonical_url=url, title=title, text=text, **given)  # type: ignore[arg-type]
        store.apply([(capture, article)], "1")
        return number

    return add_article
