"""The demo site's server, on a thread of its own; also the site that tests crawl."""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from crawler.demo.pages import Page, Pages
from crawler.demo.syndication import syndication

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from crawler.demo.stories import Story

LOOPBACK = "127.0.0.1"
IDLE_SECONDS = 30
"""A connection without a request is closed after this."""
CHUNK_BYTES = 4096
MODIFIED = "Wed, 22 Apr 2026 06:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Served:
    """A request and how it was answered."""

    method: str
    target: str
    """As sent: path and query, percent-encoded."""
    status: int
    headers: Mapping[str, str]
    """The request's, names in lower case."""


class DemoSite:
    """A small news site on loopback.

    ::

        with DemoSite() as site:
            fetch(site.url)
            assert site.log[0].target == "/"
    """

    def __init__(self, host: str = LOOPBACK, port: int = 0) -> None:
        """Open the socket; requests are answered once the context is entered.

        Args:
            host: a loopback address.
            port: 0 is any free one.

        Raises:
            OSError: the port is taken.
        """
        self.log: list[Served] = []
        """Every request so far, in the order of its answer."""
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="demo-site", daemon=True
        )
        self.url = f"http://{host}:{self._server.server_port}/"
        """The home page."""
        self.pages = Pages(self.url.rstrip("/"))
        self._answers = {**dict(self.pages.all()), **dict(syndication(self.pages))}
        self._missing = self.pages.missing()

    @property
    def articles(self) -> dict[str, Story]:
        """What a crawl should find: articles by their URL."""
        return {self.pages.url(story): story for story in self.pages.stories}

    def put(self, target: str, page: Page) -> str:
        """Serve a page at a path, with or without a query, from now on; tests add what they need.

        Returns:
            Its URL.
        """
        self._answers[unquote(target)] = page
        return self.url.rstrip("/") + target

    def answer(self, target: str) -> Page:
        """The page at a request's target: with its query, or else without."""
        path = unquote(target)
        return self._answers.get(path) or self._answers.get(unquote(urlsplit(target).path)) or self._missing

    def __enter__(self) -> Self:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], site: DemoSite) -> None:
        self.site = site
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault of the site."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Lantern"
    sys_version = ""
    timeout = IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page, or with 304 where the client has it."""
        self._send(self.server.site.answer(self.path))

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Standard error stays the command's own; `DemoSite.log` has the requests."""

    def _send(self, page: Page) -> None:
        etag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
        unchanged = page.status == 200 and self.headers.get("If-None-Match") == etag
        status = 304 if unchanged else page.status
        self._log(status)
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", MODIFIED)
        for name, value in page.headers:
            self.send_header(name, value)
        if unchanged:
            self.end_headers()
            return
        body = page.body
        self.send_header("Content-Type", page.content_type)
        if "gzip" in self.headers.get("Accept-Encoding", "") and page.content_type.startswith("text/html"):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self._send_body(body, chunked=page.chunked)

    def _send_body(self, body: bytes, *, chunked: bool) -> None:
        if not chunked:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command == "HEAD":
            return
        for first in range(0, len(body), CHUNK_BYTES):
            chunk = body[first : first + CHUNK_BYTES]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _log(self, status: int) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.site.log.append(Served(self.command, self.path, status, headers))
