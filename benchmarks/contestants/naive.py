"""The naive spider: extraction in the callback, WARC and SQLite in pipelines, all in Scrapy's one thread.

Put together as the documentation of each library shows it: trafilatura without comments and with metadata,
warcio with request and response, sqlite-utils with full-text triggers and a transaction a row.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlite_utils
import trafilatura
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.contestants.job import Job, ready, tell
from benchmarks.contestants.peers import ListSpider, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

FIELDS = ("url", "title", "author", "date", "sitename", "language", "text")
SEARCHED = ("title", "text")


class NaiveSpider(ListSpider):
    """Reads each page where it arrives."""

    name = "naive"

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        """The page's article, as trafilatura reads it."""
        document = trafilatura.bare_extraction(
            response.body, url=response.url, with_metadata=True, include_comments=False
        )
        fields = document if isinstance(document, dict) else document.as_dict() if document else {}
        yield {
            "response": response,
            "row": {name: fields.get(name) for name in FIELDS} | {"url": response.url},
            "found": bool(fields),
        }


class WarcPipeline:
    """Writes each exchange as warcio's examples do: the body as Scrapy hands it on, which is decoded."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "naive.warc.gz").open("wb")
        self._writer = WARCWriter(self._file, gzip=True)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's hook."""
        return cls(Path(crawler.settings["BENCHMARK_FOLDER"]))

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Write response and request."""
        response: Response = item["response"]
        request = response.request
        head = StatusAndHeaders(f"{response.status} OK", _pairs(response.headers), protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=head
        )
        sent = StatusAndHeaders(
            f"GET {response.url} HTTP/1.1", _pairs(request.headers) if request else [], is_http_request=True
        )
        asked = self._writer.create_warc_record(response.url, "request", http_headers=sent)
        self._writer.write_request_response_pair(asked, record)
        return item

    def close_spider(self) -> None:
        """Scrapy's hook."""
        self._file.close()


class StorePipeline:
    """Inserts each article in a transaction of its own, into a table with a full-text index."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite_utils.Database(folder / "naive.db")
        self._db.enable_wal()
        self._articles = self._db.table("articles")
        self._articles.create({"id": int, **dict.fromkeys(FIELDS, str)}, pk="id")
        self._articles.enable_fts(SEARCHED, create_triggers=True)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's hook."""
        return cls(Path(crawler.settings["BENCHMARK_FOLDER"]))

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Insert it."""
        if item["found"]:
            self._articles.insert(item["row"])
        return item

    def close_spider(self) -> None:
        """Scrapy's hook."""
        self._db.close()


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]


def articles(folder: Path) -> int:
    """How many were stored."""
    db = sqlite_utils.Database(folder / "naive.db")
    try:
        return int(db.table("articles").count)
    finally:
        db.close()


if __name__ == "__main__":
    told = Job.named()
    ready()
    fetched = fetch(
        NaiveSpider,
        told,
        {"BENCHMARK_FOLDER": told.folder, "ITEM_PIPELINES": {WarcPipeline: 100, StorePipeline: 200}},
    )
    tell(fetched, articles(Path(told.folder)))
