"""pywb replays the same archive, and shows the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable

SITE = "http://news.test"
PIXEL = bytes(range(256))


@pytest.mark.oracle
def test_pywb_shows_the_same(shelf, wayback: Callable[..., http.client.HTTPConnection]) -> None:
    """Each capture lies in a file of its own, so that what revisits and 304s refer to lies in another."""
    page = shelf.put(f"{SITE}/story", b"<p>The bridge.</p>", at="20260101000000")
    shelf.put(f"{SITE}/story", b"<p>The bridge.</p>", at="20260105000000", original=page)
    shelf.put(f"{SITE}/story", status=304, content_type=None, original=page, at="20260107000000")
    shelf.put(f"{SITE}/a.png", PIXEL, content_type="image/png", at="20260101000000")
    shelf.put(f"{SITE}/gone", b"<p>Gone.</p>", status=410, at="20260101000000")
    shelf.put(f"{SITE}/old", b"moved", status=301, headers=((b"Location", b"/story"),), at="20260101000000")
    chunks = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"
    shelf.put(f"{SITE}/chunked", chunks, headers=((b"Transfer-Encoding", b"chunked"),), at="20260101000000")
    files = sorted((shelf.folder / "warc").glob("*.warc.gz"))
    peer = wayback(*files)

    for stamp, path in (
        ("20260101000000", "story"),
        ("20260105000000", "story"),
        ("20260107000000", "story"),
        ("20260101000000", "a.png"),
        ("20260101000000", "gone"),
        ("20260101000000", "old"),
        ("20260101000000", "chunked"),
    ):
        ours = shelf.get(f"/{stamp}id_/{SITE}/{path}")
        peer.request("GET", f"/own/{stamp}id_/{SITE}/{path}")
        theirs = peer.getresponse()
        body = theirs.read()
        assert (ours.status_code, ours.content) == (theirs.status, body), (stamp, path)
        assert ours.headers["memento-datetime"] == theirs.headers["memento-datetime"], (stamp, path)
