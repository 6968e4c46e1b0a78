"""A crawl through the tap, into WARC: run by the tests, since a reactor starts but once in a process.

Reads its order as JSON from standard input; writes a JSON object for each request to standard output.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

import settings.crawl
from archive.records import Provenance
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

ORDER: dict[str, Any] = json.load(sys.stdin)


class Caller(Spider):
    """Requests what the order says, one after the other."""

    name = "caller"

    async def start(self) -> AsyncIterator[Request]:
        """The requests."""
        for rank, one in enumerate(ORDER["requests"]):
            request = Request(
                **one, callback=self.parse, errback=self.failed, dont_filter=True, priority=-rank
            )
            request.meta.setdefault("provenance", Provenance(source="tests", hops=rank))
            yield request

    def parse(self, response: Response) -> None:
        """What came."""
        self.told(
            response.request, response=response.status, body=len(response.body), kind=type(response).__name__
        )

    def failed(self, failure: Failure) -> None:
        """What failed."""
        self.told(failure.request, failure=type(failure.value).__name__)

    def told(self, request: Request | None, **what: object) -> None:
        """Print a line."""
        assert request is not None
        exchange = request.meta["exchange"]
        row = {
            "url": request.url,
            "error": exchange.error,
            "detail": exchange.error_detail,
            "truncated": exchange.truncated,
            "latency": request.meta.get("download_latency"),
            "sent": len(exchange.request),
            **what,
        }
        print(json.dumps(row), flush=True)  # noqa: T201


def main() -> None:
    """Run the crawl that was ordered."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    scrapy_settings = Settings()
    scrapy_settings.setmodule(settings.crawl)
    scrapy_settings.update(
        {
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",
            "CONCURRENT_REQUESTS": 1,
            "WARRAQ_ALLOWED_HOSTS": {"127.0.0.1", "localhost"},
            **ORDER["settings"],
        }
    )
    process = AsyncCrawlerProcess(scrapy_settings, install_root_handler=False)
    crawler: Any = process.create_crawler(Caller)
    with WarcWriter(
        Path(ORDER["folder"]), prefix="test", info={"software": "warraq/test"}, max_bytes=10**9
    ) as writer:
        crawler.capture_sink = writer.append
        process.crawl(crawler)
        process.start()


main()
