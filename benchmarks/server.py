"""A static server in a process of its own: distinct URLs on many loopback hosts, pages compressed beforehand.

Its CPU is not counted, so it is made to need little: an asyncio protocol that looks answers up. It answers
with gzip whatever is asked for, since every contestant asks for it, and keeps connections open.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.pages import load

if TYPE_CHECKING:
    from types import TracebackType

    from benchmarks.pages import Body

PAGES_PER_HOST = 50
"""Pages of one host's sitemap: so a page's share of robots.txt, home page and sitemap is 6 %."""
MAX_HOSTS = 250
NEWEST = 5
"""Articles that a home page links to."""
PORT_ATTEMPTS = 20
BACKLOG = 512
STORY = "/2026/04/22/story-{:06d}.html"

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which page stands where."""

    hosts: tuple[str, ...]
    """Base URLs, without a slash at the end."""
    pages: int

    @staticmethod
    def host_count(pages: int) -> int:
        """Hosts for so many pages: enough that no host is what is waited for."""
        return max(4, min(MAX_HOSTS, pages // PAGES_PER_HOST))

    def numbers(self, host: int) -> range:
        """The pages of one host."""
        return range(host, self.pages, len(self.hosts))

    def urls(self) -> list[str]:
        """Every article's URL, one host after the other in turn."""
        return [
            self.hosts[number % len(self.hosts)] + STORY.format(number + 1) for number in range(self.pages)
        ]


class Answers:
    """Responses, head and body, by the address of the host and the target."""

    def __init__(self, layout: Layout, bodies: tuple[Body, ...]) -> None:
        self._bodies = bodies
        self._fixed: dict[tuple[int, bytes], bytes] = {}
        for index, base in enumerate(layout.hosts):
            stories = [STORY.format(number + 1) for number in layout.numbers(index)]
            self._fixed[index, b"/robots.txt"] = _response(
                gzip.compress(f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n".encode()),
                b"text/plain",
            )
            self._fixed[index, b"/sitemap.xml"] = _response(
                gzip.compress(_sitemap(base, stories)), b"application/xml"
            )
            self._fixed[index, b"/"] = _response(
                gzip.compress(_home(stories[:NEWEST])), b"text/html; charset=utf-8"
            )
        self._stories = {
            STORY.format(number + 1).encode(): bodies[number % len(bodies)] for number in range(layout.pages)
        }

    def of(self, host: int, target: bytes) -> bytes:
        """The response to a GET."""
        body = self._stories.get(target)
        if body is not None:
            return _response(body.marked(target), b"text/html")
        found = self._fixed.get((host, target))
        return found or _response(gzip.compress(b"not here"), b"text/plain", b"404 Not Found")


class Connection(asyncio.Protocol):
    """One client's connection; requests have no bodies."""

    def __init__(self, answers: Answers, host: int) -> None:
        self._answers = answers
        self._host = host
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        *requests, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for request in requests:
            words = request.split(b"\r\n", 1)[0].split(b" ")
            if self._transport is not None and len(words) == 3:
                self._transport.write(self._answers.of(self._host, words[1]))


class StaticServer:
    """The server's process, as a context manager.

    ::

        with StaticServer(pages=1000, folder=None) as server:
            fetch(server.layout.urls()[0])
    """

    def __init__(self, pages: int, folder: Path | None) -> None:
        command = [sys.executable, "-m", "benchmarks.server", str(pages), *([str(folder)] if folder else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
        )
        self.layout = Layout((), pages)

    def __enter__(self) -> Self:
        """Wait until it listens.

        Raises:
            RuntimeError: it ended instead; its error stands on standard error.
        """
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the static server did not start (exit code {self._process.wait()})")
        self.layout = Layout(tuple(json.loads(line)["hosts"]), self.layout.pages)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it: it stops when its standard input is closed."""
        self._process.communicate()


def _response(body: bytes, media_type: bytes, status: bytes = b"200 OK") -> bytes:
    head = (
        b"HTTP/1.1 %b\r\nServer: static\r\nContent-Type: %b\r\nContent-Encoding: gzip\r\n"
        b"Vary: Accept-Encoding\r\nContent-Length: %d\r\n\r\n"
    )
    return head % (status, media_type, len(body)) + body


def _sitemap(base: str, targets: list[str]) -> bytes:
    urls = "".join(
        f"<url><loc>{base}{target}</loc><lastmod>2026-04-22T06:00:00Z</lastmod></url>" for target in targets
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def _home(targets: list[str]) -> bytes:
    links = "".join(f'<li><a href="{target}">The story at {target}</a></li>' for target in targets)
    head = "<!doctype html><html><head><title>News</title></head>"
    return f"{head}<body><ul>{links}</ul></body></html>".encode()


def _bound(count: int) -> list[socket.socket]:
    """Sockets of many loopback hosts: Linux answers all of 127.0.0.0/8; elsewhere each host is a port."""
    if sys.platform != "linux":
        return [_bind("127.0.0.1", 0) for _ in range(count)]
    for _ in range(PORT_ATTEMPTS):
        sockets = [_bind("127.0.0.2", 0)]
        port = sockets[0].getsockname()[1]
        try:
            sockets += [_bind(f"127.0.0.{index + 2}", port) for index in range(1, count)]
        except OSError:  # something else has the port on one of them
            continue
        return sockets
    raise RuntimeError(f"no port is free on {count} loopback hosts at once")


def _bind(address: str, port: int) -> socket.socket:
    return socket.create_server((address, port), backlog=BACKLOG)


async def _serve(pages: int, folder: Path | None) -> None:
    sockets = _bound(Layout.host_count(pages))
    names = [each.getsockname() for each in sockets]
    layout = Layout(tuple(f"http://{address}:{port}" for address, port in names), pages)
    answers = Answers(layout, load(folder))
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(partial(Connection, answers, index), sock=each)
        for index, each in enumerate(sockets)
    ]
    sys.stdout.write(json.dumps({"hosts": layout.hosts}) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)  # until the parent closes it, or is gone
    for server in servers:
        server.close()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
    except FileNotFoundError as error:
        sys.exit(str(error))
