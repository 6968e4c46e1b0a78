"""Scrapy as it comes, for the contestants that are not Warraq."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from benchmarks.contestants.job import Job


class ListSpider(Spider):
    """Asks for a list of URLs."""

    urls: tuple[str, ...]

    async def start(self) -> AsyncIterator[Request]:
        """Each URL, once."""
        for url in self.urls:
            yield Request(url, dont_filter=True)


def fetch(spider: type[ListSpider], job: Job, settings: Mapping[str, Any]) -> int:
    """Fetch a job's pages by Scrapy's defaults, but for what all contestants share; returns how many came.

    Shared are the requests in flight, no delay, no robots.txt, and silence: formatting log lines that nobody
    reads would be an unfair tenth of their time.
    """
    logging.disable(logging.CRITICAL)
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": job.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": job.concurrency,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "LOG_ENABLED": False,
            "LOG_INSTALL_ROOT_HANDLER": False,
            "TELNETCONSOLE_ENABLED": False,  # it would open a port
            **settings,
        }
    )
    crawler = process.create_crawler(spider)
    process.crawl(crawler, urls=job.urls)
    process.start()
    fetched = crawler.stats.get_value("downloader/response_status_count/200", 0) if crawler.stats else 0
    return int(fetched)
