"""Which capture: the nearest to an instant, those around it, and the list of all."""

# ruff: noqa: S608  (only conditions and names of columns of ours are put into statements)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from archive.errors import NotFoundError
from archive.store.rows import CAPTURE_COLUMNS, capture_of, utc_text
from archive.urls import canonical, normalise
from archive.web.address import MICROSECOND_DIGITS, SECOND_DIGITS, Address, instant_of, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.records import Capture
    from archive.store import ArchiveStore
    from archive.web.address import Form

PAGE_ROWS: Final = 50
"""Captures on a page of the list."""
FILE_ROWS: Final = 1_000
"""Captures of a file read at a time."""
MAX_ID: Final = (1 << 63) - 1
MAX_REVISITS: Final = 8
"""Steps from a revisit to what it stands for: one in our own files, more where others refer to revisits."""

# A capture that is withheld has a blank row; the same page that came again elsewhere is refused as an article.
_SHOWN = (
    "record_type IN ('response', 'revisit', 'resource') AND (status >= 200 OR record_type = 'resource')"
    " AND rejection IS NOT 'takedown'"
)
_SOUND = f"{_SHOWN} AND (status IS NULL OR (status < 500 AND status <> 429)) AND truncated IS NULL"
_CONTENT = f"{_SOUND} AND (status IS NULL OR status < 300)"
_SELECT = f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE"


@dataclass(frozen=True, slots=True)
class Around:
    """The captures of one URL around one of them."""

    earlier: Capture | None
    later: Capture | None
    count: int
    """All of them, this one included."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    capture: Capture
    title: str | None
    """Of the article, where the capture is one's."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, newest first."""

    rows: tuple[Listed, ...]
    before: int | None
    """Id to continue below; None at the end."""


def nearest(store: ArchiveStore, url: str, stamp: str) -> Capture | None:
    """The capture of a URL that is nearest to an instant.

    A stamp that names a second means a capture within it, whatever its status. Otherwise whole answers that are
    no server error come first. A URL that was never captured is looked for under its other spellings (http or
    https, tracking parameters), and there only what is no redirect, or two of them might lead to each other.
    """
    if len(stamp) >= SECOND_DIGITS and (exact := _within(store, url, stamp)):
        return exact
    for column, value, condition in (
        ("url", url, _SOUND),
        ("url", url, _SHOWN),
        ("canonical_url", canonical(url), _CONTENT),
    ):
        found = [
            capture
            for capture in (
                _neighbour(store, column, value, stamp, condition, later=False),
                _neighbour(store, column, value, stamp, condition, later=True),
            )
            if capture is not None
        ]
        if found:
            wanted = instant_of(stamp)
            return min(found, key=lambda capture: abs(capture.started - wanted) if wanted else capture.id)
    return None


def in_file(store: ArchiveStore, warc_file: str) -> Iterator[Capture]:
    """The captures that lie in a file, in the order of their places, not many of them in memory at a time."""
    statement = f'{_SELECT} warc_file = ? AND "offset" > ? ORDER BY "offset" LIMIT {FILE_ROWS}'
    last = -1
    while rows := store.query(statement, [warc_file, last]):
        found = [capture_of(row) for row in rows]
        yield from found
        last = found[-1].offset


def around(store: ArchiveStore, capture: Capture) -> Around:
    """What else there is of a capture's URL."""
    instant = utc_text(capture.started)
    (count,) = store.query(f"SELECT count(*) FROM captures WHERE url = ? AND {_SHOWN}", [capture.url])[0]
    before = f"url = ? AND {_SHOWN} AND (started, id) < (?, ?) ORDER BY started DESC, id DESC LIMIT 1"
    after = f"url = ? AND {_SHOWN} AND (started, id) > (?, ?) ORDER BY started, id LIMIT 1"
    earlier = _first(store, before, capture.url, instant, capture.id)
    later = _first(store, after, capture.url, instant, capture.id)
    return Around(earlier, later, int(count))


def shown_by(store: ArchiveStore, capture: Capture) -> Capture | None:
    """The capture whose payload a capture shows: itself, or for a revisit what it stands for.

    A 304 without a record of what it refers to stands for the last whole answer before it.
    Returns None where that is not in the archive, or withheld.
    """
    for _ in range(MAX_REVISITS):
        if capture.record_type == "revisit":
            original = _original(store, capture)
        elif capture.status == 304:
            original = _last_content(store, capture)
        else:
            return capture
        if original is None:
            return None
        capture = original
    return None


def listing(store: ArchiveStore, wanted: str, before: int | None, *, everything: bool) -> Listing:
    """Captures, newest first.

    Args:
        store: opened.
        wanted: a URL, or a part of one; all where it is empty.
        before: continue below this id.
        everything: also what is no page: images, styles, feeds, robots.txt.
    """
    conditions = [_SHOWN, "id < ?"]
    values: list[str | int] = [before if before is not None else MAX_ID]
    url = normalise(wanted) or wanted
    if wanted and _first(store, f"url = ? AND {_SHOWN} LIMIT 1", url):
        conditions.append("url = ?")
        values.append(url)
    else:
        if wanted:
            conditions.append(r"url LIKE ? ESCAPE '\'")
            values.append(_pattern(wanted))
        if not everything:
            conditions.append("role IN ('page', 'home', 'section') AND (status IS NULL OR status < 300)")
    statement = f"{' AND '.join(conditions)} ORDER BY id DESC LIMIT {PAGE_ROWS + 1}"
    found = [capture_of(row) for row in store.query(f"{_SELECT} {statement}", values)]
    rows = found[:PAGE_ROWS]
    titles = _titles(store, rows)
    listed = tuple(Listed(one, titles.get(one.id)) for one in rows)
    return Listing(listed, rows[-1].id if len(found) > PAGE_ROWS else None)


def is_held(store: ArchiveStore, url: str) -> bool:
    """Whether a request for a URL, at whatever instant, would be answered with something to show."""
    found = _first(store, f"url = ? AND {_CONTENT} LIMIT 1", url) or _first(
        store, f"canonical_url = ? AND {_CONTENT} LIMIT 1", canonical(url)
    )
    return found is not None


def is_exact(capture: Capture, url: str, stamp: str) -> bool:
    """Whether an address names this very capture, so that no redirect is needed."""
    named = len(stamp) >= SECOND_DIGITS and stamp_of(capture.started, MICROSECOND_DIGITS).startswith(stamp)
    return named and capture.url == url


def place_of(store: ArchiveStore, capture: Capture, form: Form = "") -> str:
    """The address of just this capture: to the second where that names it alone, or else to the microsecond."""
    best = _within(store, capture.url, stamp_of(capture.started))
    digits = SECOND_DIGITS if best is not None and best.id == capture.id else MICROSECOND_DIGITS
    return Address(stamp_of(capture.started, digits), capture.url, form).path


def _first(store: ArchiveStore, condition: str, *parameters: str | int) -> Capture | None:
    rows = store.query(f"{_SELECT} {condition}", parameters)
    return capture_of(rows[0]) if rows else None


def _within(store: ArchiveStore, url: str, stamp: str) -> Capture | None:
    """Of the captures that a stamp means to the digit, the best: a whole answer, the latest."""
    first, last = instant_of(stamp), instant_of(stamp.ljust(MICROSECOND_DIGITS, "9"))
    if first is None or last is None:
        return None
    span = (url, utc_text(first), utc_text(last))
    condition = "url = ? AND started BETWEEN ? AND ? AND {} ORDER BY id DESC LIMIT 1"
    return _first(store, condition.format(_SOUND), *span) or _first(store, condition.format(_SHOWN), *span)


def _neighbour(
    store: ArchiveStore, column: str, value: str, stamp: str, condition: str, *, later: bool
) -> Capture | None:
    instant = instant_of(stamp)
    if instant is None:
        return None
    order = "> ? ORDER BY started, id" if later else "<= ? ORDER BY started DESC, id DESC"
    return _first(
        store, f"{column} = ? AND {condition} AND started {order} LIMIT 1", value, utc_text(instant)
    )


def _original(store: ArchiveStore, revisit: Capture) -> Capture | None:
    if revisit.revisit_of is not None:
        try:
            found = store.capture(revisit.revisit_of)
        except NotFoundError:
            return None
        shown = found.record_type in {"response", "revisit", "resource"}
        return found if shown and not store.takedowns.is_withheld(found.id) else None
    if revisit.status == 304 or revisit.payload_digest is None:
        return _last_content(store, revisit)
    same = f"url = ? AND payload_digest = ? AND record_type = 'response' AND {_SHOWN} AND id < ?"
    return _first(store, f"{same} ORDER BY id DESC LIMIT 1", revisit.url, revisit.payload_digest, revisit.id)


def _last_content(store: ArchiveStore, capture: Capture) -> Capture | None:
    before = f"url = ? AND {_CONTENT} AND id < ? ORDER BY id DESC LIMIT 1"
    return _first(store, before, capture.url, capture.id)


def _pattern(wanted: str) -> str:
    """A part of a URL, as LIKE finds it: letters of other scripts are archived percent-encoded."""
    text = quote(wanted, safe="!#$&'()*+,/:;=?@[]~%")
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def _titles(store: ArchiveStore, captures: list[Capture]) -> dict[int, str]:
    places = ", ".join("?" * len(captures))
    rows = store.query(
        "SELECT captures.id, articles.title FROM captures JOIN articles ON articles.id = captures.article_id"
        f" WHERE captures.id IN ({places})",
        [capture.id for capture in captures],
    )
    return dict(rows)
