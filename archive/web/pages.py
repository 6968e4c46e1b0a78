"""The pages around what was archived: the list, the banner, and notes. Everything in them is escaped."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from archive.store.rows import utc_text
from archive.web import policy
from archive.web.address import stamp_of
from archive.web.captures import place_of
from archive.web.composed import is_played

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.records import Capture
    from archive.store import ArchiveStore
    from archive.web.captures import Around, Listing

_BEYOND_ASCII = re.compile(r"(?:%[89A-F][0-9A-F])+", re.IGNORECASE)
_SHOWN_TYPES = re.compile(
    r"(?:text|image|audio|video)/|application/(?:xhtml\+xml|xml|json|[\w.-]+\+(?:xml|json))"
)
TEMPLATES: Final = ("captures.html", "banner.html", "note.html")


def readable(url: str) -> str:
    """A URL for people: letters of other scripts as themselves.

    Escapes that stand for anything else stay: white space and what is not seen could pretend to be another URL.
    """

    def letters(found: re.Match[str]) -> str:
        try:
            text = bytes.fromhex(found[0].replace("%", "")).decode("utf-8")
        except UnicodeDecodeError:
            return found[0]
        return text if all(unicodedata.category(char)[0] in "LMNPS" for char in text) else found[0]

    return _BEYOND_ASCII.sub(letters, url)


def is_shown(media_type: str | None) -> bool:
    """Whether a frame that may run nothing can show a type; the viewers of browsers for PDF cannot."""
    return media_type is None or _SHOWN_TYPES.match(media_type) is not None


@dataclass(frozen=True, slots=True)
class Player:
    """The player, where there is one; see `archive.web.player`."""

    origin: str
    playing: bool
    """Whether the page is shown in it, or it is offered."""

    def address(self, capture: Capture) -> str:
        """Of a capture in it."""
        return f"{self.origin}/?{urlencode({'url': capture.url, 'ts': stamp_of(capture.started)})}"


class Pages:
    """Our own pages, each with the policy it is sent with."""

    def __init__(self) -> None:
        folder = files("archive.web") / "templates"
        self._style, self._script = (
            (folder / name).read_text("utf-8") for name in ("replay.css", "replay.js")
        )
        self._templates = Environment(
            loader=DictLoader({name: (folder / name).read_text("utf-8") for name in TEMPLATES}),
            autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        )  # fmt: skip

    def captures(
        self, store: ArchiveStore, listed: Listing, wanted: str, *, everything: bool
    ) -> HTMLResponse:
        """The list of captures."""
        rows = [
            {
                "address": place_of(store, row.capture),
                "started": utc_text(row.capture.started),
                "day": f"{row.capture.started:%Y-%m-%d}",
                "time": f"{row.capture.started:%H:%M:%S}",
                "title": row.title,
                "url": readable(row.capture.url),
                "kind": _kind(row.capture),
            }
            for row in listed.rows
        ]
        asked = {"url": wanted} if wanted else {}
        kept = asked | ({"all": "1"} if everything else {})
        return self._page(
            "captures.html",
            wanted=wanted,
            everything=everything,
            days=[(day, list(of_day)) for day, of_day in groupby(rows, key=lambda row: row["day"])],
            older=f"/?{urlencode(kept | {'before': listed.before})}" if listed.before is not None else None,
            toggle=f"/?{urlencode(asked if everything else asked | {'all': '1'})}",
        )

    def banner(
        self, store: ArchiveStore, capture: Capture, shown: Capture, near: Around, player: Player | None
    ) -> HTMLResponse:
        """The page around a replayed one, which stands in a frame: ours, or the player's."""
        playing = player is not None and player.playing
        media_type = shown.media_type if capture.status == 304 else capture.media_type
        framed = place_of(store, capture, "mp_")
        return self._page(
            "banner.html",
            script=Markup(self._script),  # noqa: S704  (our own file)
            capture=capture,
            url=readable(capture.url),
            started=utc_text(capture.started),
            instant=_instant(capture),
            media_type=media_type,
            notes=[*_notes(capture, shown), *([_PLAYING] if playing else [])],
            earlier=_link(store, near.earlier),
            later=_link(store, near.later),
            count=near.count,
            framed=player.address(capture if is_played(capture) else shown)
            if player and playing
            else framed
            if is_shown(media_type)
            else None,
            other=place_of(store, capture, "" if playing else "pl_") if player else None,
            playing=playing,
            from_port=player.origin if player and playing else "'self'",
            download=framed,
            raw=place_of(store, capture, "id_"),
            sandbox=policy.PLAYER_SANDBOX if playing else policy.FRAME_SANDBOX,
        )

    def note(
        self, status: int, heading: str, text: str, *, url: str = "", link: tuple[str, str] | None = None
    ) -> HTMLResponse:
        """A short page: what is missing, or where a link leads.

        Args:
            status: of the answer.
            heading: in a few words.
            text: what is the matter, and what to do.
            url: that it is about.
            link: address and text.
        """
        address, name = link or (None, None)
        return self._page(
            "note.html", status, heading=heading, text=text, url=readable(url), link=address, link_text=name
        )

    def _page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        style = Markup(self._style)  # noqa: S704  (our own file)
        html = self._templates.get_template(template).render(style=style, **values)
        script = self._script if "script" in values else None
        sent = policy.own(self._style, script, str(values.get("from_port", "'self'")))
        return HTMLResponse(html, status, {"Content-Security-Policy": sent})


_PLAYING: Final = (
    "Scripts of the page run, with the archive for a network. Links lead on inside of the frame, where the line above "
    "does not follow."
)


def _instant(capture: Capture) -> str:
    return f"{capture.started:%Y-%m-%d %H:%M:%S} UTC"


def _kind(capture: Capture) -> str:
    parts = [str(capture.status)] if capture.status not in {None, 200} else []
    parts.append((capture.media_type or "").removeprefix("text/").removeprefix("application/"))
    if capture.record_type == "revisit":
        parts.append("unchanged")
    return " ".join(filter(None, parts))


def _link(store: ArchiveStore, capture: Capture | None) -> dict[str, str] | None:
    return {"address": place_of(store, capture), "instant": _instant(capture)} if capture else None


def _notes(capture: Capture, shown: Capture) -> Sequence[str]:
    notes = []
    if capture.truncated:
        why = {"time": "it took too long", "length": "it was too large", "disconnect": "the connection broke"}
        notes.append(f"This capture is not whole: {why[capture.truncated]}.")
    if shown is not capture:
        how = "The server said that nothing had changed" if capture.status == 304 else "Nothing had changed"
        notes.append(f"{how}: what is shown was archived on {_instant(shown)}, in {shown.warc_file}.")
    if capture.record_type == "resource":
        notes.append("This is a file that was brought in, not an answer of a server.")
    return notes
