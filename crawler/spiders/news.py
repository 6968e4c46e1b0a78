"""The one spider: wiring between the capture tap and the frontier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import Spider

from archive.records import Exchange, Provenance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure


class NewsSpider(Spider):
    """Fetches what the frontier leases, all sources at once."""

    name = "news"

    async def start(self) -> AsyncIterator[Any]:
        """Nothing: every URL comes from the frontier."""
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item

    def settle(self, response: Response) -> None:
        """Hand an answer back, whatever its status."""
        request = response.request
        if request is not None:
            self._hand_back(request)

    def settle_failure(self, failure: Failure) -> None:
        """Hand a failed attempt back."""
        self._hand_back(failure.request, failure)  # type: ignore[attr-defined]

    def _hand_back(self, request: Request, failure: Failure | None = None) -> None:
        exchange = request.meta.get("exchange")
        if exchange is None:  # it failed before it reached the tap
            detail = failure.getErrorMessage() if failure is not None else "no exchange was captured"
            provenance = request.meta.get("provenance", Provenance())
            exchange = Exchange(
                request.url,
                datetime.now(UTC),
                b"",
                error="connect",
                error_detail=detail,
                provenance=provenance,
            )
        engine: Any = self.crawler.engine
        engine.scheduler.settle(request.meta, exchange)
