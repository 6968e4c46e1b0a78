"""Answers with what was archived: the bytes as they are, or fit to stand in the frame."""

from __future__ import annotations

import re
from email.utils import format_datetime
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from archive.css import rewrite_css
from archive.extract.markup.decoding import decode
from archive.extract.markup.tree import looks_like_html
from archive.urls import normalise
from archive.web import policy
from archive.web.address import Address, stamp_of
from archive.web.archived import type_said
from archive.web.html import MAX_HTML_BYTES, lead, rewrite_html
from archive.web.pages import is_shown
from archive.web.ranges import UnsatisfiableRangeError, range_of
from archive.wire import header, media_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from archive.records import Capture
    from archive.web.address import Form
    from archive.web.archived import Archived

MAX_CSS_BYTES: Final = 8 << 20
MAX_DECODED_BYTES: Final = 64 << 20
"""Of anything else that has a content coding to be undone; what has none is streamed, whatever its size."""
SNIFFED_BYTES: Final = 64 * 1024
REWRITTEN_AT_ONCE: Final = 2
"""Pages in memory at a time, with the trees made of them."""
MAX_HEADERS: Final = 60
MAX_HEADERS_BYTES: Final = 16 * 1024
"""Of those that are repeated with a prefix: clients take about 100 and 64 KiB."""
HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
NO_CONTENT: Final = frozenset({204, 304})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PREFIX: Final = "X-Archive-Orig-"
"""Before the names of archived header fields, as in pywb."""

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


class ArchivedResponse(StreamingResponse):
    """A part of an open record's payload; the record is closed once it is sent, or the client has gone."""

    def __init__(
        self, archived: Archived, part: tuple[int, int], status: int, headers: dict[str, str]
    ) -> None:
        super().__init__(archived.pieces(*part), status, headers)
        self._archived = archived

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._archived.close)


def location_of(archived: Archived, capture: Capture, form: Form) -> str | None:
    """Where an archived redirect leads within the archive; None where it leads nowhere."""
    said = header(archived.headers, b"location")
    if archived.status not in REDIRECTS or not said:
        return None
    url = normalise(said.decode("utf-8", "replace"), capture.url)
    return Address(stamp_of(capture.started), url, form).path if url else None


class Answers:
    """Answers to requests for archived bytes; they close what they were given."""

    def __init__(self) -> None:
        self._rewriting = BoundedSemaphore(REWRITTEN_AT_ONCE)

    def raw(self, archived: Archived, capture: Capture, request: Request) -> Response:
        """The payload byte for byte, still content-encoded, to be saved: opened, it could lead out."""
        headers = _headers(archived, capture) | _saved(capture)
        return _streamed(archived, headers, request)

    def framed(
        self, archived: Archived, capture: Capture, request: Request, held: Callable[[str], bool]
    ) -> Response:
        """What was archived, as the frame shows it and pages in it ask for it.

        Args:
            archived: opened.
            capture: what was asked for.
            request: by whom.
            held: whether the archive can show a URL.

        Raises:
            TooLargeError: it is beyond the limits of this module or of `archive.web.html`.
        """
        headers = _headers(archived, capture)
        if location := location_of(archived, capture, "mp_"):
            archived.close()
            return Response(b"", archived.status, headers | {"Location": location})
        kind = archived.media_type
        if kind in HTML_TYPES or (kind is None and _begins_like_html(archived)):
            headers |= {"Content-Type": "text/html; charset=utf-8"}
            return self._rewritten(archived, headers, capture, held)
        if kind == "text/css":
            return self._rewritten(archived, headers, capture, held)
        if not is_shown(kind):
            headers |= _saved(capture)
        if not archived.is_encoded:
            return _streamed(archived, headers, request)
        with archived:
            return Response(archived.content(MAX_DECODED_BYTES), archived.status, headers)

    def _rewritten(
        self, archived: Archived, headers: dict[str, str], capture: Capture, held: Callable[[str], bool]
    ) -> Response:
        def prefix(form: str) -> str:
            return f"/{stamp_of(capture.started)}{form}/"

        with self._rewriting, archived:
            if archived.media_type == "text/css":
                # Its URLs are ASCII wherever they stand: the other bytes stay what they are, in any encoding.
                sheet = archived.content(MAX_CSS_BYTES).decode("latin-1")
                body = rewrite_css(sheet, partial(lead, prefix("mp_"), capture.url)).encode("latin-1")
            else:
                content = archived.content(MAX_HTML_BYTES)
                page = decode(content, media_type(archived.headers)[1]).text
                body = rewrite_html(page, capture.url, prefix, held).encode("utf-8", "replace")
            return Response(body, archived.status, headers)


def _streamed(archived: Archived, headers: dict[str, str], request: Request) -> Response:
    """The payload as it is, or the part of it that was asked for."""
    size, status = archived.size, archived.status
    start, end = 0, size
    if status == 200:
        headers["Accept-Ranges"] = "bytes"
        # There are no validators to compare, so whoever asks "if it is the same" gets all of it.
        asked = None if "if-range" in request.headers else request.headers.get("range")
        try:
            part = range_of(asked, size)
        except UnsatisfiableRangeError:
            archived.close()
            return Response(b"", 416, {"Content-Range": f"bytes */{size}"})
        if part is not None:
            status, (start, end) = 206, part
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD" or status in NO_CONTENT:
        archived.close()
        return Response(b"", status, headers)
    return ArchivedResponse(archived, (start, end), status, headers)


def _headers(archived: Archived, capture: Capture) -> dict[str, str]:
    """Those of the answer: the archived ones with a prefix, so that none of them acts."""
    headers: dict[str, str] = {}
    room = MAX_HEADERS_BYTES
    for name, value in archived.headers[:MAX_HEADERS]:
        # Other bytes than ASCII's percent-encoded: what they mean was never agreed on (RFC 9110, section 5.5).
        text = quote(value.replace(b"\t", b" "), safe=_PRINTABLE)
        room -= len(name) + len(text)
        if room >= 0 and _TOKEN.fullmatch(name):
            key = PREFIX + name.decode("ascii")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    headers["Content-Type"] = type_said(archived) or "application/octet-stream"
    if archived.status == 206 and (part := headers.get(f"{PREFIX}Content-Range")):
        headers["Content-Range"] = part
    headers["Content-Security-Policy"] = policy.ARCHIVED
    # RFC 7089, section 2.1.1
    headers["Memento-Datetime"] = format_datetime(capture.started.replace(microsecond=0), usegmt=True)
    if capture.url.isascii():
        headers["Link"] = f'<{capture.url.replace(">", "%3E")}>; rel="original"'
    return headers


def _begins_like_html(archived: Archived) -> bool:
    first = b"".join(archived.pieces(0, min(SNIFFED_BYTES, archived.size)))
    return not archived.is_encoded and looks_like_html(first, None)


def _saved(capture: Capture) -> dict[str, str]:
    """The field that has a browser save an answer under the last part of its URL."""
    last = capture.url.partition("?")[0].rstrip("/").rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", last)[-100:].strip("._") or "capture"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
