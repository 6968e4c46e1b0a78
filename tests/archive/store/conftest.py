"""Captures and articles for the store's tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.records import Article, Capture
from archive.store import ArchiveStore

START = datetime(2024, 5, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def make_capture() -> Callable[..., Capture]:
    """A capture of a page, an hour after the one before; any field may be given."""

    def make(capture_id: int, url: str = "https://news.example/a", **given: object) -> Capture:
        values: dict[str, object] = {
            "id": capture_id,
            "url": url,
            "canonical_url": url,
            "role": "page",
            "source": "example",
            "started": START + timedelta(hours=capture_id),
            "status": 200,
            "media_type": "text/html",
            "payload_digest": "sha1:AAAA",
            "record_type": "response",
            "warc_file": "warraq-1.warc.gz",
            "offset": capture_id * 1000,
            "length": 500,
            "group_length": 900,
        }
        return Capture(**(values | given))  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_article() -> Callable[..., Article]:
    """An article; any field may be given."""

    def make(
        text: str = "First paragraph.\nSecond.", url: str = "https://news.example/a", **given: object
    ) -> Article:
        values: dict[str, object] = {"url": url, "canonical_url": url, "title": "A title", "text": text}
        return Article(**(values | given))  # type: ignore[arg-type]

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArchiveStore]:
    with ArchiveStore.open(tmp_path) as opened:
        yield opened
