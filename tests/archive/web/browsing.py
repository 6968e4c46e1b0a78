"""Replay over real sockets, as a browser meets it, and an eavesdropper beside it."""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import uvicorn

from archive.web import replay
from crawler.cli.replay import with_player

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(slots=True)
class Served:
    """A replay on a port of its own, and an eavesdropper on another, whom no page may reach."""

    url: str
    outside: str
    heard: list[str]
    """Requests that it got."""
    connected: list[object]
    """Connections, also those without a request."""


@contextmanager
def serving(folder: Path, program: Path | None = None) -> Iterator[Served]:
    """Serve an archive; with the player where its program is given."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 if program is None else 2)]
    listening = sockets[0]
    application = replay(folder, {"127.0.0.1"})
    if program is not None:
        application = with_player(folder, program, {"127.0.0.1"}, sockets)
    config = uvicorn.Config(application, http="h11", ws="none", lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    heard: list[str] = []
    connected: list[object] = []

    class Outside(ThreadingHTTPServer):
        block_on_close = False

        def verify_request(self, request: object, client_address: object) -> bool:
            connected.append(client_address)
            return True

    class Eavesdropper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Told in `heard`."""

    outside = Outside(("127.0.0.1", 0), Eavesdropper)
    threads = [
        threading.Thread(target=server.run, kwargs={"sockets": sockets}),
        threading.Thread(target=outside.serve_forever),
    ]
    for thread in threads:
        thread.start()
    try:
        url, elsewhere = (
            f"http://127.0.0.1:{port}" for port in (listening.getsockname()[1], outside.server_port)
        )
        yield Served(url, elsewhere, heard, connected)
    finally:
        server.should_exit = True
        outside.shutdown()
        for thread in threads:
            thread.join()
        outside.server_close()
        for one in sockets:
            one.close()
