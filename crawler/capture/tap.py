"""The tap: every byte that Scrapy's own connections send and receive, attempt by attempt.

What a download handler or a middleware sees is a response that Twisted has parsed: without the case and the
repetition of its header fields, its chunks, its 1xx heads, its faults; and Twisted sends a request again on
a dead pooled connection without telling anyone. So the bytes are taken where they pass: in a subclass of the
client protocol that Scrapy's handler uses. It stands on private names of Scrapy 2.19 and Twisted;
tests/crawler/capture/test_capture_canary.py fails where they move.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.defer import fail
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.web._newclient import Request as TxRequest
from zope.interface import implementer

from archive.wire import body_start, split_interim
from crawler.capture.addresses import PrivateAddressError, is_public
from crawler.capture.certificates import certificate_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure
    from twisted.web._newclient import HTTP11ClientProtocol
    from twisted.web.iweb import IResponse

MARKER = b"X-Warraq-Download"
"""Names the download that a request belongs to; taken out before anything is sent."""

MAX_HEAD_BYTES = 256 * 1024
"""Of a response's head with the interim ones before it; the largest real ones are near 32 KiB."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One request on one connection, and what came back."""

    max_body: int
    secured: bool
    """Nothing stands between the request and the wire: no TLS, or its handshake is done."""
    ip: str | None
    tls_fault: str | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: list[bytes] = field(default_factory=list)
    over: bool = False
    """More came than may be kept."""
    reset: bool = False
    """The connection ended otherwise than by an orderly close."""
    _received: list[bytes] = field(default_factory=list)
    _size: int = 0
    _began: float = field(default_factory=time.monotonic)
    _last: float | None = None

    @property
    def request(self) -> bytes:
        """As sent; empty where the TLS handshake failed before it."""
        return b"".join(self.sent) if self.secured else b""

    @property
    def elapsed_ms(self) -> int:
        """From the request to the last byte, or until now where none came."""
        return round(((self._last or time.monotonic()) - self._began) * 1000)

    def take(self, piece: bytes) -> bool:
        """Keep what came; returns whether there is room for more."""
        before, self._size = self._size, self._size + len(piece)
        self._received.append(piece)
        self._last = time.monotonic()
        if before <= MAX_HEAD_BYTES < self._size:
            self.over = body_start(split_interim(b"".join(self._received))[1]) is None
        # A little is read past the limit, so that the head need not be looked for in every piece.
        self.over = self.over or self._size > self.max_body + MAX_HEAD_BYTES
        return not self.over

    def received(self) -> tuple[tuple[bytes, ...], bytes]:
        """The interim responses and the final one, the body cut at the limit; gives the memory back."""
        interim, response = split_interim(b"".join(self._received))
        self._received = []
        most = (body_start(response) or MAX_HEAD_BYTES) + self.max_body
        if len(response) > most:
            self.over = True
            response = response[:most]
        return interim, response


@dataclass(slots=True, eq=False)
class Download:
    """The attempts of one call of the download handler."""

    max_body: int
    proxied: bool
    private_allowed: bool
    """The host was named by the user, so its address may be anything."""
    attempts: list[Attempt] = field(default_factory=list)


@implementer(IHandshakeListener)
class TappedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's client protocol, with its bytes taken down."""

    # Twisted declares neither as what it is once a connection is made.
    transport: Any
    _parser: Any

    def __init__(
        self, downloads: MutableMapping[bytes, Download], quiescent: Callable[[HTTP11ClientProtocol], None]
    ) -> None:
        super().__init__(quiescent)
        self._downloads = downloads
        self._attempt: Attempt | None = None
        self._secured = False
        self._tls_fault: str | None = None

    def request(self, request: TxRequest) -> Deferred[IResponse]:
        """Send a request: an attempt begins. Twisted calls this anew to send it again."""
        marks = request.headers.getRawHeaders(MARKER, [])
        download = self._downloads.get(marks[0]) if marks else None
        if download is None:
            return fail(RuntimeError("a request that belongs to no download: nothing leaves without the tap"))
        if self.state != "QUIESCENT":  # super() answers RequestNotSent: nothing is sent, so it is no attempt
            return super().request(request)
        host = str(self.transport.getPeer().host)
        if not (download.proxied or download.private_allowed or is_public(host)):
            # The name was looked up before; it may have been given another address since.
            self.transport.abortConnection()
            return fail(PrivateAddressError(f"{host} is within a private network, and was not named by you"))
        self._attempt = Attempt(
            max_body=download.max_body,
            secured=self._secured or not ISSLTransport.providedBy(self.transport),
            ip=None if download.proxied else host,
            tls_fault=self._tls_fault,
        )
        download.attempts.append(self._attempt)
        answer = super().request(_TappedRequest.of(request, self._attempt))
        self._parser.MAX_LENGTH = (
            MAX_HEAD_BYTES  # of a line; Twisted's 16 KiB is less than some policies fill
        )
        return answer

    def handshakeCompleted(self) -> None:
        """Twisted's hook: from now on, what is sent reaches the peer."""
        self._secured = True
        self._tls_fault = certificate_fault(self.transport.getHandle())
        if self._attempt is not None:
            self._attempt.secured = True
            self._attempt.tls_fault = self._tls_fault

    def dataReceived(self, data: bytes) -> None:
        """Keep the bytes, then let Scrapy read them."""
        attempt = self._attempt
        if attempt is None:
            super().dataReceived(data)
            return
        if attempt.over:
            return
        if not attempt.take(data):
            self.transport.abortConnection()
            return
        super().dataReceived(data)
        if self._attempt is attempt and self.state == "QUIESCENT":
            self._attempt = None  # the response is whole; what comes now belongs to no request

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone, and with it what was still to come."""
        if self._attempt is not None:
            # Over TLS an end without notice says nothing: too many servers close so.
            plain = not ISSLTransport.providedBy(self.transport)
            self._attempt.reset = plain and not reason.check(ConnectionDone)
            self._attempt = None
        super().connectionLost(reason)


class _BodilessParser(_LenientHTTPClientParser):
    """Scrapy's parser, that finds where a body ends and keeps nothing of it: the attempt has it all."""

    def switchToBodyMode(self, decoder: Any) -> None:
        decoder.dataCallback = _drop
        super().switchToBodyMode(decoder)


def _drop(_: bytes) -> None:
    """Take a piece of a body, and do nothing with it."""


class TappedFactory(_LenientHTTP11ClientFactory):
    """Makes `TappedProtocol`s for the connection pool."""

    def __init__(
        self,
        downloads: MutableMapping[bytes, Download],
        quiescent: Callable[[HTTP11ClientProtocol], None],
        metadata: str,
    ) -> None:
        super().__init__(quiescent, metadata)
        self._downloads = downloads

    def buildProtocol(self, addr: IAddress | None) -> TappedProtocol:
        """Twisted's hook."""
        return TappedProtocol(self._downloads, self._quiescentCallback)


class _TappedRequest(TxRequest):
    """A request without the marker, whose bytes are taken down as they are written."""

    attempt: Attempt

    @classmethod
    def of(cls, request: TxRequest, attempt: Attempt) -> _TappedRequest:
        headers = request.headers.copy()
        headers.removeHeader(MARKER)
        tapped = cls(request.method, request.uri, headers, request.bodyProducer, request.persistent)
        tapped.attempt = attempt
        return tapped

    def writeTo(self, transport: Any) -> Deferred[None]:
        written: Deferred[None] = super().writeTo(_Tee(transport, self.attempt.sent))
        return written


class _Tee:
    """A transport that keeps a copy of what is written to it."""

    def __init__(self, transport: Any, copy: list[bytes]) -> None:
        self._transport = transport
        self._copy = copy

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._copy.append(data)
        self._transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))
