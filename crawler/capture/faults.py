"""What went wrong with an attempt, in the archive's terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from twisted.internet import defer
from twisted.internet.error import ConnectError, DNSLookupError, TCPTimedOutError
from twisted.internet.error import TimeoutError as ConnectionTimeoutError
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError

from crawler.capture.addresses import PrivateAddressError
from crawler.capture.certificates import CertificateRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.records import ErrorKind, Truncation
    from crawler.capture.tap import Attempt

MAX_DETAIL_CHARS = 500

_KINDS: tuple[tuple[tuple[type[BaseException], ...], ErrorKind], ...] = (
    ((PrivateAddressError,), "private_address"),
    ((CertificateRefusedError, SSL.Error), "tls"),
    (
        (
            DownloadTimeoutError,
            ConnectionTimeoutError,
            TCPTimedOutError,
            defer.TimeoutError,
            TimeoutError,
        ),
        "timeout",
    ),
    ((DNSLookupError, CannotResolveHostError), "dns"),
    ((DownloadConnectionRefusedError, ConnectError, TunnelError), "connect"),
    ((ParseError,), "malformed"),
    ((ResponseDataLossError, DownloadCancelledError), "truncated"),
)
"""The first line that fits any of an error's causes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt gave less than a whole response; nothing of it where it gave one."""

    error: ErrorKind | None = None
    detail: str | None = None
    truncated: Truncation | None = None
    """How the response ends, where one began to come."""


def diagnose(attempt: Attempt | None, failure: BaseException | None, *, final: bool) -> Fault:
    """Name the fault of an attempt.

    Args:
        attempt: None where it never came to one.
        failure: what the download ended with.
        final: the attempt is the download's last; one before it was sent again.
    """
    if not final:
        return Fault("truncated", "the connection was closed before an answer; sent again", "disconnect")
    if failure is None:
        if attempt is not None and attempt.reset:
            return Fault("truncated", "the connection was reset", "disconnect")
        return Fault()
    causes = list(_causes(failure))
    kind = _kind(causes, begun=attempt is not None)
    detail = next((text for text in map(_text, reversed(causes)) if text), type(failure).__name__)
    return Fault(kind, detail[:MAX_DETAIL_CHARS], "time" if kind == "timeout" else "disconnect")


def _kind(causes: list[BaseException], *, begun: bool) -> ErrorKind:
    for types, kind in _KINDS:
        if any(isinstance(cause, types) for cause in causes):
            return kind
    return "truncated" if begun else "connect"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those it stands for: Scrapy chains them, Twisted lists them."""
    yield error
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)
    for reason in getattr(error, "reasons", ()):
        if isinstance(reason, Failure) and reason.value is not None:
            yield from _causes(reason.value)


def _text(error: BaseException) -> str:
    return "" if hasattr(error, "reasons") else " ".join(str(error).split())
