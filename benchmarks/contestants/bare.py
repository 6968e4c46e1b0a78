"""Bare Scrapy: it fetches, and that is all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contestants.job import Job, ready, tell
from benchmarks.contestants.peers import ListSpider, fetch

if TYPE_CHECKING:
    from scrapy.http import Response


class BareSpider(ListSpider):
    """Does nothing with what it gets."""

    name = "bare"

    def parse(self, response: Response) -> None:
        """Nothing."""


if __name__ == "__main__":
    told = Job.named()
    ready()
    tell(fetch(BareSpider, told, {}))
