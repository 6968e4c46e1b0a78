"""What a running crawl tells: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.live import Live

    from crawler.session import Tally

PLAIN_LINE_SECONDS = 10.0


def describe(tally: Tally, backlog: int) -> str:
    """Pages, articles, rate, hosts and errors in one line."""
    rate = tally.requests / max(tally.seconds, 0.001)
    errors = sum(tally.errors.values())
    parts = [
        f"{tally.requests:,} requests ({rate:.1f}/s)",
        f"{len(tally.hosts):,} hosts",
        f"{tally.pages:,} pages",
        f"{tally.articles_new:,} new articles",
    ]
    if tally.articles_changed:
        parts.append(f"{tally.articles_changed:,} changed")
    if tally.requisites:
        parts.append(f"{tally.requisites:,} images and styles")
    if backlog:
        parts.append(f"{backlog:,} to extract")
    if tally.rejected:
        parts.append(f"{sum(tally.rejected.values()):,} not articles")
    if errors:
        kinds = ", ".join(f"{kind} {count}" for kind, count in tally.errors.most_common(3))
        parts.append(f"{errors:,} errors ({kinds})")
    return " · ".join(parts)


class Progress:
    """Reports on standard error, so that standard output stays what was asked for."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown
        self._live: Live | None = None
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._shown and sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415  (rich: 50 ms, for a terminal alone)
            from rich.live import Live  # noqa: PLC0415

            self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def report(self, tally: Tally, backlog: int) -> None:
        """Show how the crawl stands."""
        if not self._shown:
            return
        if self._live is not None:
            from rich.text import Text  # noqa: PLC0415

            self._live.update(Text(describe(tally, backlog)))
        elif time.monotonic() - self._last >= PLAIN_LINE_SECONDS:
            self._last = time.monotonic()
            print(describe(tally, backlog), file=sys.stderr, flush=True)  # noqa: T201
