"""The application: what is asked for, found, and answered; and the guard before it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive.errors import ArchiveError, WarcError
from archive.export.wacz import WARC_SUFFIXES
from archive.store import ArchiveStore
from archive.web.address import Address
from archive.web.answers import HTML_TYPES, REDIRECTS, Answers, location_of
from archive.web.archived import TooLargeError, archived
from archive.web.captures import around, is_exact, is_held, listing, nearest, place_of, shown_by
from archive.web.guard import Guard, name_said
from archive.web.pages import Pages, Player, is_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Set
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from archive.records import Capture
    from archive.web.archived import Archived

MAX_WANTED: Final = 4096
"""Characters of what is searched for."""
FRAMES: Final = frozenset({"iframe", "frame"})
"""Sec-Fetch-Dest of what is to stand in a frame (Fetch Metadata, section 2.1)."""


def replay(folder: Path, hosts: Set[str] | None = None, player_port: int | None = None) -> ASGIApp:
    """The application that shows an archive's captures; it reads while others write.

    Args:
        folder: the archive.
        hosts: names that requests may call this server by; None is any. A page elsewhere whose own name is made
            to resolve to this address (DNS rebinding) calls it by that name.
        player_port: where `archive.web.player` answers to the same names; None where it is not installed.
    """
    room = _Room(folder, player_port)
    faults = {
        ArchiveError: room.unreadable,
        TooLargeError: room.too_large,
        HTTPException: room.refused,
    }
    routes = [Route("/", room.captures), Route("/{address:path}", room.archived)]
    return Guard(Starlette(routes=routes, exception_handlers=faults), hosts)


class _Room:
    """What is shown of one archive. Its methods run on threads, several at once."""

    def __init__(self, folder: Path, player_port: int | None) -> None:
        self._folder = folder
        self._player_port = player_port
        self._pages = Pages()
        self._answers = Answers()

    def captures(self, request: Request) -> Response:
        """`/`: the list of captures, all or of a URL."""
        wanted = request.query_params.get("url", "").strip()[:MAX_WANTED]
        before = request.query_params.get("before", "")
        everything = request.query_params.get("all") == "1"
        below = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        with ArchiveStore.open(self._folder, readonly=True) as store, store.snapshot():
            listed = listing(store, wanted, below, everything=everything)
            return self._pages.captures(store, listed, wanted, everything=everything)

    def archived(self, request: Request) -> Response:
        """`/STAMP/URL` and its other forms."""
        address = Address.parse(_target(request))
        if address is None:
            return self._pages.note(
                404, "Nothing is here", "Captures are at /YYYYMMDDhhmmss/URL.", link=_HOME
            )
        answer = self._answered(address, request)
        if address.form == "mp_" and request.headers.get("sec-fetch-dest") == "font":
            # A page of an opaque origin needs leave for fonts, and for each redirect to one. `null` is any
            # sandboxed page anywhere, so leave is for fonts alone: of these a script sees only that they load.
            answer.headers["Access-Control-Allow-Origin"] = "null"
        return answer

    def _answered(self, address: Address, request: Request) -> Response:
        if address.form in {"", "pl_"} and request.headers.get("sec-fetch-dest") in FRAMES:
            here = (address.path, "Go there")
            return self._pages.note(200, "A link", "The page it leads to:", url=address.url, link=here)
        with ArchiveStore.open(self._folder, readonly=True) as store, store.snapshot():
            capture = nearest(store, address.url, address.stamp)
            if capture is None:
                return self._missing(store, address.url)
            if not is_exact(capture, address.url, address.stamp):
                return RedirectResponse(place_of(store, capture, address.form), 302)
            return self._found(store, address, capture, request)

    def _found(self, store: ArchiveStore, address: Address, capture: Capture, request: Request) -> Response:
        shown = shown_by(store, capture)
        if shown is None or store.takedowns.is_withheld(shown.id):
            return self._without_original(capture)
        if address.form in {"", "pl_"}:
            return self._around(store, capture, shown, self._player(address, request, capture, shown))
        alone = request.headers.get("sec-fetch-dest") == "document"
        if address.form == "mp_" and alone and is_shown(shown.media_type):
            # Not by itself in a window, where no frame would hold it.
            return RedirectResponse(place_of(store, capture), 302)
        if address.form == "id_":
            return self._answer(capture, shown, partial(self._answers.raw, request=request))
        framed = partial(self._answers.framed, request=request, held=partial(is_held, store))
        return self._answer(capture, shown, framed)

    def _answer(
        self, capture: Capture, shown: Capture, answer: Callable[[Archived, Capture], Response]
    ) -> Response:
        opened = archived(self._folder / "warc", capture, shown)
        try:
            return answer(opened, capture)
        except BaseException:
            opened.close()
            raise

    def _player(self, address: Address, request: Request, capture: Capture, shown: Capture) -> Player | None:
        """The player, where it can play a capture: a page off the web, in a file that is finished."""
        name = name_said(request.scope)
        if self._player_port is None or shown.media_type not in HTML_TYPES or name.startswith("["):
            return None  # a policy cannot name an IPv6 address (CSP 3, section 2.3.1)
        if shown.record_type == "resource" or not all(
            self._is_played(one.warc_file) for one in (capture, shown)
        ):
            return None
        return Player(f"http://{name}:{self._player_port}", playing=address.form == "pl_")

    def _is_played(self, warc_file: str) -> bool:
        return warc_file.endswith(WARC_SUFFIXES) and (self._folder / "warc" / warc_file).is_file()

    def _around(
        self, store: ArchiveStore, capture: Capture, shown: Capture, player: Player | None
    ) -> Response:
        """The banner; or, of a redirect, where it leads: the banner there says what is shown."""
        if capture.status in REDIRECTS:
            with archived(self._folder / "warc", capture, shown) as opened:
                if location := location_of(opened, capture, ""):
                    return Response(b"", capture.status, {"Location": location})
        return self._pages.banner(store, capture, shown, around(store, capture), player)

    def _missing(self, store: ArchiveStore, url: str) -> Response:
        if takedown := store.takedowns.of_url(url):
            return self._pages.note(410, "Not shown", f"It was {takedown}.", url=url, link=_HOME)
        return self._pages.note(
            404, "Not in the archive", "This URL was never captured.", url=url, link=_HOME
        )

    def _without_original(self, capture: Capture) -> Response:
        why = "This capture says that the page was as it had been before; what it had been is not in the archive."
        return self._pages.note(404, "Nothing to show", why, url=capture.url, link=_HOME)

    async def unreadable(self, _: Request, error: Exception) -> Response:
        """The archive, or a record in it, cannot be read."""
        heading = "A damaged record" if isinstance(error, WarcError) else "The archive cannot be read"
        return self._pages.note(500, heading, str(error), link=_HOME)

    async def too_large(self, request: Request, error: Exception) -> Response:
        """A page beyond what is shown; its bytes can be had."""
        address = Address.parse(_target(request))
        link = (
            (Address(address.stamp, address.url, "id_").path, "The bytes as archived") if address else _HOME
        )
        return self._pages.note(413, "Too large to be shown", f"{error}.", link=link)

    async def refused(self, _: Request, error: Exception) -> Response:
        """Starlette's own refusals, as a page of ours."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._pages.note(status, "Nothing is here", "There is no such page.", link=_HOME)


_HOME: Final = ("/", "All captures")


def _target(request: Request) -> str:
    """Path and query as sent: an archived URL's own escapes must not be undone."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope["query_string"]
    target = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return str(target.decode("utf-8", "replace"))
