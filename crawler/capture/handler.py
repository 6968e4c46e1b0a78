"""Scrapy's download handler for http and https, with the capture tap: each attempt becomes an Exchange.

For each attempt on the wire (redirects, errors, time-outs, truncated ones, and those that Twisted sends
again by itself) `crawler.capture_sink(exchange)` is called, where the Scrapy crawler object has that
attribute. The last one, or what failed before anything was sent, is `request.meta["exchange"]` by the time
the response or the failure reaches the engine. What Scrapy gets is a plain response without a body: whoever
reads a page reads the Exchange, which is also what comes back from WARC.

Scrapy settings: `WARRAQ_MAX_BODY` (bytes), `WARRAQ_TLS` ("record" or "refuse"), `WARRAQ_ALLOWED_HOSTS`
(a set of host names whose addresses may be private; it may grow while the crawl runs).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urldefrag

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Headers, Response
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached

from archive.records import Exchange, Provenance
from archive.wire import body_start, parse_response
from crawler.capture.addresses import refuse_private, resolve
from crawler.capture.certificates import CertificatePolicy
from crawler.capture.faults import Fault, diagnose
from crawler.capture.tap import MARKER, Download, TappedFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.web.client import _HTTP11ClientFactory

    from crawler.capture.tap import Attempt

DEFAULT_MAX_BODY = 32 << 20
DEFAULT_TIMEOUT_SECONDS = 180.0

_PROXY_AUTHORIZATION = re.compile(rb"(?i)\nproxy-authorization:[^\n]*")


class CapturingDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler, each attempt of which is captured."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._max_body = crawler.settings.getint("WARRAQ_MAX_BODY", DEFAULT_MAX_BODY)
        self._contextFactory: Any = CertificatePolicy(refuse=crawler.settings.get("WARRAQ_TLS") == "refuse")
        self._downloads: dict[bytes, Download] = {}
        self._marks = count(1)
        self._pool._factory = cast("type[_HTTP11ClientFactory]", partial(TappedFactory, self._downloads))

    async def download_request(self, request: Request) -> Response:
        """Fetch, and capture what was on the wire, whatever became of it.

        Raises:
            PrivateAddressError: the host is within a private network and is not allowed.
            Exception: Scrapy's own, as its handler raises them; `meta["exchange"]` names the kind.
        """
        request.meta.pop("exchange", None)  # a redirect inherits the meta of the request that led to it
        download = Download(
            max_body=self._max_body,
            proxied=bool(request.meta.get("proxy")),
            private_allowed=_host(request) in self._allowed_hosts(),
        )
        failure: BaseException | None = None
        try:
            await self._fetch(request, download)
        except GeneratorExit:  # the reactor was stopped by force: the crawl is gone, and its sink with it
            raise
        except BaseException as error:
            failure = error
        try:
            exchange = self._capture(request, download, failure)
            cut = exchange.truncated == "length" and exchange.status is not None
            if failure is not None and not cut:
                raise failure
            return _plain_response(request.url, exchange)
        finally:
            failure = None  # it knows this frame, and would keep the body in memory with it

    async def _fetch(self, request: Request, download: Download) -> None:
        if not (download.proxied or download.private_allowed):
            await self._check_addresses(request)
        mark = b"%d" % next(self._marks)
        marked = request.copy()
        marked.headers[MARKER] = mark
        # Size is the tap's concern: Scrapy would throw away what came, without a word to anyone.
        marked.meta.update(download_maxsize=0, download_warnsize=0)
        self._downloads[mark] = download
        try:
            await super().download_request(marked)
        finally:
            del self._downloads[mark]
            if "download_latency" in marked.meta:
                request.meta["download_latency"] = marked.meta["download_latency"]

    async def _check_addresses(self, request: Request) -> None:
        """Refuse private addresses before a connection is made; the tap looks again once it is."""
        from twisted.internet import reactor  # noqa: PLC0415  (importing it installs one: Scrapy chooses which)

        host = _host(request)
        seconds = float(request.meta.get("download_timeout") or DEFAULT_TIMEOUT_SECONDS)
        found = resolve(reactor.nameResolver, host).addTimeout(seconds, reactor)
        refuse_private(host, await maybe_deferred_to_future(found))

    def _allowed_hosts(self) -> Collection[str]:
        allowed: Collection[str] = self._crawler.settings.get("WARRAQ_ALLOWED_HOSTS") or ()
        return allowed

    def _capture(self, request: Request, download: Download, failure: BaseException | None) -> Exchange:
        """Hand every attempt to the sink, in order; returns the last."""
        sink: Callable[[Exchange], None] | None = getattr(self._crawler, "capture_sink", None)
        last: Exchange | None = None
        for attempt in download.attempts:
            final = attempt is download.attempts[-1]
            last = _exchange(request, attempt, diagnose(attempt, failure, final=final))
            request.meta["exchange"] = last
            if sink is not None and last.request:
                sink(last)
        if last is None:
            last = _unsent(request, diagnose(None, failure, final=True))
            request.meta["exchange"] = last
        return last


def _host(request: Request) -> str:
    return (urlparse_cached(request).hostname or "").lower()


def _provenance(request: Request) -> Provenance:
    provenance: Provenance = request.meta.get("provenance") or Provenance()
    return provenance


def _exchange(request: Request, attempt: Attempt, fault: Fault) -> Exchange:
    sent, (interim, response) = attempt.request, attempt.received()
    if attempt.over:
        fault = Fault("too_large", f"cut at {attempt.max_body} bytes of body", "length")
    parsed = parse_response(response, head_only=request.method == "HEAD") if response else None
    if parsed is not None and parsed.status is None and fault.error is None:
        fault = Fault("malformed", "no status line")
    return Exchange(
        url=urldefrag(request.url)[0],
        started=attempt.started,
        request=_without_proxy_secret(sent) if attempt.ip is None else sent,
        response=response,
        status=parsed.status if parsed else None,
        reason=parsed.reason if parsed else b"",
        headers=parsed.headers if parsed else (),
        body=parsed.body if parsed else b"",
        interim=interim,
        ip=attempt.ip,
        elapsed_ms=attempt.elapsed_ms,
        truncated=fault.truncated if response else None,
        error=fault.error,
        error_detail=fault.detail,
        tls_fault=attempt.tls_fault,
        provenance=_provenance(request),
    )


def _without_proxy_secret(sent: bytes) -> bytes:
    """A request without what it told the proxy of its user: neither the origin's nor the archive's."""
    end = body_start(sent) or len(sent)
    return _PROXY_AUTHORIZATION.sub(b"", sent[:end]) + sent[end:]


def _unsent(request: Request, fault: Fault) -> Exchange:
    """What failed before anything was sent."""
    return Exchange(
        url=urldefrag(request.url)[0],
        started=datetime.now(UTC),
        request=b"",
        error=fault.error,
        error_detail=fault.detail,
        provenance=_provenance(request),
    )


def _plain_response(url: str, exchange: Exchange) -> Response:
    """What Scrapy goes on with: status and header fields.

    Without Content-Encoding, since a middleware that decodes would stumble over the missing body.
    """
    fields: dict[bytes, list[bytes]] = {}
    for name, value in exchange.headers:
        if name.lower() != b"content-encoding":
            fields.setdefault(name.title(), []).append(value)
    flags = ["truncated"] if exchange.truncated else None
    return Response(url, status=exchange.status or 0, headers=Headers(fields), flags=flags)
