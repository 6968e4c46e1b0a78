"""A host that dies in the middle of a crawl costs a few tries; the crawl ends, says so, and the next goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from archive.store.frontier import FrontierStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.conftest import Archive

pytestmark = pytest.mark.slow

PAGES = 80
TEXT = (
    "<p>" + "The ferry across the strait was cancelled for the third day, since the wind had not turned. " * 9
)
QUICK_RESTS = """
import sys
from crawler.frontier import failing
failing.FIRST_REST_SECONDS, failing.REST_GROWTH = 0.3, 1500
from crawler.cli.app import main
sys.argv[0] = "warraq"
main()
"""
"""The program, with rests that are over in a test; the second, 450 s, is past the crawl's patience."""


class DyingHost:
    """A site on loopback that closes each connection without a word once it is dead."""

    def __init__(self) -> None:
        self.dead_after: int | None = None
        self.tries = 0
        """Requests for pages."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, kind = site.answer(self.path)
                if body is None:
                    self.close_connection = True
                    return
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str) -> tuple[bytes | None, str]:
        if path == "/":
            return b'<link rel="alternate" type="application/rss+xml" href="/feed">', "text/html"
        if path == "/feed":
            links = "".join(f"<item><link>{self.url}/2026/03/01/{n}-rain</link></item>" for n in range(PAGES))
            return f'<rss version="2.0"><channel>{links}</channel></rss>'.encode(), "application/rss+xml"
        if not path.endswith("-rain"):
            return b"", ""
        self.tries += 1
        dead = self.dead_after is not None and self.tries > self.dead_after
        return None if dead else f"<title>Rain {path}</title><h1>Rain</h1>{TEXT}".encode(), "text/html"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[DyingHost]:
    host = DyingHost()
    yield host
    host.close()


def crawl(archive: Archive) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", QUICK_RESTS, "--archive", str(archive.folder), "crawl", "--json"],
        env=os.environ, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return dict(json.loads(done.stdout))


def test_it_costs_a_few_tries_and_loses_nothing(new_archive: Callable[..., Archive], host: DyingHost) -> None:
    archive = new_archive()
    archive.run("sources", "add", "--no-discover", host.url, "--name", "dying")
    host.dead_after = 20
    began = time.monotonic()
    first = crawl(archive)
    assert time.monotonic() - began < 60
    # Each try that gets no answer is sent once more by the connection pool, where it went out on an old connection.
    assert 20 < host.tries <= 20 + 2 * 10
    fetched = PAGES - first["left"]["host_failing"]
    assert 15 <= fetched <= 21
    assert first["hosts_failing"] == ["127.0.0.1"]
    assert first["errors"] == {}
    (status,) = archive.rows("status")
    assert [(one["host"], one["failures"] >= 6) for one in status["hosts_failing"]] == [("127.0.0.1", True)]

    host.dead_after = None
    second = crawl(archive)
    assert (second["left"], second["hosts_failing"]) == ({}, [])
    assert first["articles_new"] + second["articles_new"] == PAGES
    with FrontierStore.open(archive.folder) as frontier:
        assert frontier.urls.counts("dying")["page", "done"] == PAGES
        assert frontier.hosts.failing() == []
