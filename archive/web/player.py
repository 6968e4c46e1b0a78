"""The player: ReplayWeb.page on a port of its own, where an archived page may run its scripts.

Scripts of a page and the player are of one origin, so that a page can do whatever the player can. What holds it:

* This port serves the player and the archive as one WACZ, nothing else, and sets no cookies. What the archive holds
  a page's script may read; it can pass nothing on.
* Every answer has the policy `policy.player`, also those that the service worker makes up (`player-worker.js`):
  nothing is loaded from or sent to anywhere but this port, no windows are opened, no forms leave.
* It is shown in a sandboxed frame of the replay's page only, which is of another origin (another port): the frame
  cannot lead elsewhere (`frame-src`), nor can what is in it lead the window elsewhere. Alone in a window it is refused.
* WebRTC, which no policy governs, is taken out of its windows (`player-fence.js`): enough for what pages do, not for
  one that is made to get around it.
* The port is another at each start, so that nothing that a page left in a browser's storage lasts.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from archive.errors import ArchiveError
from archive.web import policy
from archive.web.address import SECOND_DIGITS
from archive.web.composed import Composer
from archive.web.guard import Guard
from archive.web.ranges import UnsatisfiableRangeError, range_of

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

SCRIPT: Final = "text/javascript; charset=utf-8"
MAX_URL: Final = 32 * 1024
"""Characters."""


def player(folder: Path, program: Path, hosts: Set[str], replay_port: int) -> ASGIApp:
    """The application that plays an archive's pages.

    Args:
        folder: the archive.
        program: the folder of ReplayWeb.page's two files; see `archive.web.player_files`.
        hosts: names that requests may call this server by, and the replay whose pages frame it.
        replay_port: of the replay.
    """
    # A policy cannot name an IPv6 address (CSP 3, section 2.3.1).
    around = " ".join(f"http://{name}:{replay_port}" for name in sorted(hosts) if not name.startswith("["))
    sent = policy.player(around)
    stage = _Stage(Composer(folder), program, sent)
    routes = [
        Route("/", stage.page),
        Route("/play/", stage.frame),
        Route("/play/fence.js", stage.fence),
        Route("/play/ui.js", stage.ui),
        Route("/play/sw.js", stage.worker),
        Route("/play/wabac.js", stage.wabac),
        Route("/archive/{name}.wacz", stage.wacz),
    ]
    faults = {ArchiveError: stage.unreadable, HTTPException: stage.refused}
    return Guard(Starlette(routes=routes, exception_handlers=faults), hosts, sent)


class _Stage:
    """What the player is made of. Its methods run on threads, several at once."""

    def __init__(self, composer: Composer, program: Path, sent: str) -> None:
        self._composer = composer
        self._program = program
        templates = files("archive.web") / "templates"
        self._template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
            (templates / "player.html").read_text("utf-8")
        )
        self._frame = (templates / "player-frame.html").read_text("utf-8")
        self._fence = (templates / "player-fence.js").read_text("utf-8")
        worker = (templates / "player-worker.js").read_text("utf-8")
        self._worker = worker.replace('"POLICY"', json.dumps(sent)).replace(
            '"FENCE"', json.dumps(self._fence)
        )

    def page(self, request: Request) -> Response:
        """`/?url=URL&ts=STAMP`: the player, with a capture in it."""
        if request.headers.get("sec-fetch-dest", "iframe") != "iframe":
            return PlainTextResponse("A page is played inside of the replay's own page alone.\n", 403)
        url, stamp = request.query_params.get("url", ""), request.query_params.get("ts", "")
        if not (0 < len(url) <= MAX_URL and stamp.isascii() and stamp.isdigit()):
            return PlainTextResponse("Nothing is here.\n", 404)
        source = f"/archive/{self._composer.name()}.wacz"
        html = self._template.render(url=url, stamp=stamp[:SECOND_DIGITS], source=source)
        return Response(html, media_type="text/html")

    def frame(self, _: Request) -> Response:
        """What ReplayWeb.page puts into a frame of its own; its service worker answers with it, once it has begun."""
        return Response(self._frame, media_type="text/html")

    def fence(self, _: Request) -> Response:
        """What takes WebRTC out of a window."""
        return Response(self._fence, media_type=SCRIPT)

    def ui(self, _: Request) -> Response:
        """ReplayWeb.page's interface."""
        return FileResponse(self._program / "ui.js", media_type=SCRIPT)

    def wabac(self, _: Request) -> Response:
        """ReplayWeb.page's service worker, which ours loads."""
        return FileResponse(self._program / "sw.js", media_type=SCRIPT)

    def worker(self, _: Request) -> Response:
        """Our service worker."""
        return Response(self._worker, media_type=SCRIPT)

    def wacz(self, request: Request) -> Response:
        """The archive, or the part of it that is asked for."""
        wacz = self._composer.wacz(request.path_params["name"])
        if wacz is None:
            return PlainTextResponse("The archive has changed; load the page again.\n", 410)
        try:
            part = range_of(request.headers.get("range"), wacz.size)
        except UnsatisfiableRangeError:
            return Response(b"", 416, {"Content-Range": f"bytes */{wacz.size}"})
        start, end = part or (0, wacz.size)
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Length": str(end - start),
            "Content-Type": "application/zip",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{wacz.size}"
        status = 206 if part else 200
        if request.method == "HEAD":
            return Response(None, status, headers)
        return StreamingResponse(wacz.pieces(start, end), status, headers)

    async def unreadable(self, _: Request, error: Exception) -> Response:
        """The archive cannot be read."""
        return PlainTextResponse(f"{error}\n", 500)

    async def refused(self, _: Request, error: Exception) -> Response:
        """Starlette's own refusals."""
        return PlainTextResponse(
            "Nothing is here.\n", error.status_code if isinstance(error, HTTPException) else 500
        )
