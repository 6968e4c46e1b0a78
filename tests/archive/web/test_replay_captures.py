"""Which capture answers to a URL and an instant, and what it is made of."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from archive.store import ArchiveStore
from archive.web import replay
from settings.file import create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

PAGE = "https://news.test/story"
HTML = "<!DOCTYPE html><title>Bridge</title><p>The bridge is open. الجسر</p>".encode()


def test_an_exact_address_shows_the_page_around_a_frame(shelf) -> None:
    shelf.put(PAGE, HTML)

    answer = shelf.get(f"/20260102030405/{PAGE}")

    assert answer.status_code == 200
    assert f'<iframe src="/20260102030405mp_/{PAGE}" sandbox=' in answer.text
    assert "2026-01-02 03:04:05 UTC" in answer.text
    assert shelf.captures[0].warc_file in answer.text
    assert f"at byte {shelf.captures[0].offset}" in answer.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2025", "20260101000000"),
        ("20260101120000", "20260101000000"),
        ("20260102", "20260101000000"),
        ("2026010123", "20260101000000"),
        ("2026010201", "20260103000000"),
        ("202601021", "20260101000000"),
        ("20260102130000", "20260103000000"),
        ("2030", "20260103000000"),
        ("20260101000001", "20260101000000"),
    ],
)
@pytest.mark.parametrize("form", ["", "mp_", "id_"])
def test_the_nearest_capture_is_redirected_to(shelf, asked: str, found: str, form: str) -> None:
    shelf.put(PAGE, b"one", at="20260101000000")
    shelf.put(PAGE, b"two", at="20260103000000")

    answer = shelf.get(f"/{asked}{form}/{PAGE}")

    assert (answer.status_code, answer.headers["location"]) == (302, f"/{found}{form}/{PAGE}")


def test_whole_answers_come_before_faults_unless_one_is_named(shelf) -> None:
    shelf.put(PAGE, b"busy", at="20260102000000", status=503)
    shelf.put(PAGE, b"slow down", at="20260102000100", status=429)
    shelf.put(PAGE, b"cut", at="20260102000200", truncated="disconnect")
    shelf.put(PAGE, b"whole", at="20260109000000")

    assert shelf.get(f"/20260102mp_/{PAGE}").headers["location"] == f"/20260109000000mp_/{PAGE}"
    named = shelf.get(f"/20260102000000mp_/{PAGE}")
    assert (named.status_code, named.text) == (503, "<html><head></head><body>busy</body></html>")


def test_captures_of_one_second_have_addresses_of_their_own(shelf) -> None:
    shelf.put(PAGE, b"first", at="20260102030405100000", status=503)
    shelf.put(PAGE, b"second", at="20260102030405900000")

    assert "second" in shelf.get(f"/20260102030405mp_/{PAGE}").text
    assert "first" in shelf.get(f"/20260102030405100000mp_/{PAGE}").text
    around = shelf.get(f"/20260102030405/{PAGE}").text
    assert f'<a href="/20260102030405100000/{PAGE}" rel="prev"' in around
    assert "2 captures" in around


def test_earlier_and_later_captures_are_linked(shelf) -> None:
    for day in (1, 2, 3):
        shelf.put(PAGE, b"page", at=f"2026010{day}000000")

    text = shelf.get(f"/20260102000000/{PAGE}").text

    assert f'href="/20260101000000/{PAGE}" rel="prev"' in text
    assert f'href="/20260103000000/{PAGE}" rel="next"' in text


@pytest.mark.parametrize(
    "spelling", ["http://news.test/story", "https://news.test/story?utm_source=rss", "https:/news.test/story"]
)
def test_another_spelling_of_a_url_is_found(shelf, spelling: str) -> None:
    shelf.put("https://news.test/story", HTML)

    answer = shelf.get(f"/2026mp_/{spelling}")

    assert answer.headers["location"] == "/20260102030405mp_/https://news.test/story"


def test_redirects_between_spellings_do_not_go_round(shelf) -> None:
    shelf.put("http://news.test/a", b"", status=301, headers=((b"Location", b"https://news.test/a"),))

    assert (
        shelf.get("/20260102030405mp_/http://news.test/a")
        .headers["location"]
        .endswith("mp_/https://news.test/a")
    )
    assert shelf.get("/20260102030405mp_/https://news.test/a").status_code == 404


def test_escapes_and_queries_of_a_url_stay_as_they_are(shelf) -> None:
    url = "https://news.test/a%2Fb/%D8%AE?q=%26&next=https://other.test/%3Fx"
    shelf.put(url, HTML)

    assert shelf.get(f"/20260102030405mp_/{url}").status_code == 200
    assert shelf.get(f"/20260102030405mp_/{url.replace('%2F', '/')}").status_code == 404


def test_raw_is_the_payload_byte_for_byte_with_its_headers_prefixed(shelf) -> None:
    packed = gzip.compress(HTML)
    shelf.put(
        PAGE,
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed),
        headers=(
            (b"Content-Encoding", b"gzip"),
            (b"Transfer-Encoding", b"chunked"),
            (b"Set-Cookie", b"a=1"),
            (b"Set-Cookie", b"b=2"),
            (b"X-Bad", b"caf\xe9"),
            (b"Refresh", b"0; url=https://evil.test/"),
        ),
    )

    answer = shelf.get(f"/20260102030405id_/{PAGE}")

    assert answer.status_code == 200
    assert answer.content == packed
    assert "content-encoding" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "refresh" not in answer.headers
    assert answer.headers["x-archive-orig-content-encoding"] == "gzip"
    assert answer.headers["x-archive-orig-set-cookie"] == "a=1, b=2"
    assert answer.headers["x-archive-orig-x-bad"] == "caf%E9"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="story"'
    assert answer.headers["memento-datetime"] == "Fri, 02 Jan 2026 03:04:05 GMT"


def test_a_revisit_shows_the_payload_of_another_file_under_its_own_head(shelf) -> None:
    first = shelf.put(PAGE, HTML, at="20260101000000", headers=((b"X-Seen", b"first"),))
    again = shelf.put(PAGE, HTML, at="20260105000000", headers=((b"X-Seen", b"again"),), original=first)
    assert again.record_type == "revisit"
    assert again.warc_file != first.warc_file

    answer = shelf.get(f"/20260105000000id_/{PAGE}")

    assert answer.content == HTML
    assert answer.headers["x-archive-orig-x-seen"] == "again"
    assert "was archived on 2026-01-01 00:00:00 UTC" in shelf.get(f"/20260105000000/{PAGE}").text


@pytest.mark.parametrize("recorded", [True, False])
def test_a_304_shows_what_it_says_is_unchanged(shelf, recorded: bool) -> None:
    first = shelf.put(PAGE, HTML, at="20260101000000")
    shelf.put(PAGE, b"gone", at="20260102000000", status=404)
    shelf.put(PAGE, at="20260105000000", status=304, content_type=None, original=first if recorded else None)

    answer = shelf.get(f"/20260105000000mp_/{PAGE}")

    assert answer.status_code == 200
    assert "الجسر" in answer.text
    assert "The server said that nothing had changed" in shelf.get(f"/20260105000000/{PAGE}").text


def test_a_revisit_without_its_original_is_told(shelf) -> None:
    shelf.put(PAGE, at="20260105000000", status=304, content_type=None)

    for form in ("", "mp_", "id_"):
        answer = shelf.get(f"/20260105000000{form}/{PAGE}")
        assert answer.status_code == 404
        assert "is not in the archive" in answer.text


def test_a_redirect_leads_on_within_replay(shelf) -> None:
    shelf.put("http://news.test/old", b"moved", status=301, headers=((b"Location", b"/story?a=1#x"),))

    framed = shelf.get("/20260102030405mp_/http://news.test/old")
    around = shelf.get("/20260102030405/http://news.test/old")
    raw = shelf.get("/20260102030405id_/http://news.test/old")

    assert (framed.status_code, framed.headers["location"]) == (
        301,
        "/20260102030405mp_/http://news.test/story?a=1",
    )
    assert (around.status_code, around.headers["location"]) == (
        301,
        "/20260102030405/http://news.test/story?a=1",
    )
    assert (raw.status_code, raw.content, "location" in raw.headers) == (301, b"moved", False)


@pytest.mark.parametrize(
    "to", [b"javascript:alert(1)", b"//", b"data:text/html,x", b"https://a@b.test/", b""]
)
def test_a_redirect_to_nowhere_is_a_page_like_others(shelf, to: bytes) -> None:
    shelf.put(PAGE, b"moved", status=302, headers=((b"Location", to),))

    answer = shelf.get(f"/20260102030405mp_/{PAGE}")

    assert answer.status_code == 302
    assert "location" not in answer.headers
    assert shelf.get(f"/20260102030405/{PAGE}").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/2026/https://news.test/other", "/2026mp_/https://news.test/img.png", "/x", "/img/a.png",
     "/20261399/https://news.test/story", "/2026zz_/https://news.test/story", "/123/x"],
)  # fmt: skip
def test_what_is_missing_is_404_with_a_note(shelf, path: str) -> None:
    shelf.put(PAGE, HTML)

    answer = shelf.get(path)

    assert answer.status_code == 404
    assert len(answer.text) < 8_000
    assert "<h1>" in answer.text


def test_an_attempt_without_an_answer_is_no_capture_to_show(shelf) -> None:
    shelf.put_response(PAGE, b"")

    assert shelf.get(f"/2026/{PAGE}").status_code == 404


@pytest.mark.parametrize("sealed", [True, False])
def test_what_was_taken_down_is_neither_listed_nor_shown(
    shelf, warraq: Callable[..., Ran], tmp_path: Path, sealed: bool
) -> None:
    kept, gone = tmp_path / "kept.html", tmp_path / "gone.html"
    for page in (kept, gone):
        page.write_text(f"<title>{page.stem}</title>" + f"<p>The page that is {page.stem} for good.</p>" * 30)
    warraq("--archive", shelf.folder, "import", kept, gone)
    before = shelf.get(f"/2026/{gone.as_uri()}").headers["location"]
    assert shelf.get(before).status_code == 200

    down = warraq(
        "--archive", shelf.folder, "takedown", gone.as_uri(), "--reason", "asked <b>for</b>", "--yes",
        *["--seal"] * sealed,
    )  # fmt: skip

    assert down.exit == 0, down.err
    for form in ("", "mp_", "id_"):
        answer = shelf.get(before.replace("/file:", f"{form}/file:"))
        assert answer.status_code == 410
        assert "asked &lt;b&gt;for&lt;/b&gt;" in answer.text
        assert "for good" not in answer.text
    assert gone.name not in shelf.get("/?all=1").text
    assert kept.name in shelf.get("/").text
    assert shelf.get(f"/2026mp_/{kept.as_uri()}").status_code == 302


@pytest.mark.parametrize("how", ["record_type = 'metadata'", "rejection = 'takedown'"])
def test_a_revisit_of_what_is_withheld_shows_nothing(shelf, how: str) -> None:
    first = shelf.put(PAGE, b"secret", at="20260101000000")
    shelf.put(PAGE, b"secret", at="20260105000000", original=first)
    with closing(sqlite3.connect(shelf.folder / "archive.db", isolation_level=None)) as db:
        db.execute(f"UPDATE captures SET {how} WHERE id = ?", [first.id])

    for form in ("", "mp_", "id_"):
        answer = shelf.get(f"/20260105000000{form}/{PAGE}")
        assert answer.status_code == 404
        assert "secret" not in answer.text
    assert shelf.get(f"/20260101000000id_/{PAGE}").headers["location"] == f"/20260105000000id_/{PAGE}"


def test_a_file_that_was_brought_in_is_shown(shelf, warraq: Callable[..., Ran], tmp_path: Path) -> None:
    page = tmp_path / "saved page.html"
    page.write_text("<title>Saved</title><p>Kept <script>x()</script>by hand.</p>" * 20)
    warraq("--archive", shelf.folder, "import", page)
    with ArchiveStore.open(shelf.folder, readonly=True) as store:
        (capture,) = store.captures()

    moved = shelf.get(f"/2026/{capture.url}")
    answer = shelf.get(moved.headers["location"].replace("/file:", "mp_/file:"))

    assert "Kept" in answer.text
    assert "script" not in answer.text
    assert "a file that was brought in" in shelf.get(moved.headers["location"]).text


def test_files_of_other_programs_are_shown(shelf, warraq: Callable[..., Ran], tmp_path: Path) -> None:
    body = b"<!DOCTYPE html><title>Old</title><p>Kept by <a href=x>another</a> program.</p>"
    block = b"HTTP/2 200 \r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    plain = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <http://old.test/warc>\r\n"
        b"WARC-Date: 2011-02-03T04:05:06Z\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Length: %d\r\n\r\n%b\r\n\r\n"
        b"WARC/1.0\r\nWARC-Type: revisit\r\nWARC-Target-URI: http://old.test/warc\r\n"
        b"WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest\r\n"
        b"WARC-Refers-To-Target-URI: http://old.test/warc\r\nWARC-Refers-To-Date: 2011-02-03T04:05:06Z\r\n"
        b"WARC-Date: 2012-02-03T04:05:06Z\r\nWARC-Record-ID: <urn:uuid:2>\r\nContent-Length: 19\r\n\r\n"
        b"HTTP/1.1 200 OK\r\n\r\n\r\n\r\n" % (len(block), block)
    )
    (tmp_path / "old.warc").write_bytes(plain)
    answer = b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + body
    (tmp_path / "old.arc").write_bytes(
        b"filedesc://old.arc 0.0.0.0 20100203040506 text/plain 24\n1 0 Test\nURL IP-address\n\n"
        b"http://old.test/arc 192.0.2.1 20100203040506 text/html %d\n%b\n" % (len(answer), answer)
    )
    ran = warraq("--archive", shelf.folder, "import", tmp_path / "old.warc", tmp_path / "old.arc")
    assert ran.exit == 0, ran.err

    for stamp, url in (
        ("20110203040506", "http://old.test/warc"),
        ("20120203040506", "http://old.test/warc"),
        ("20100203040506", "http://old.test/arc"),
    ):
        assert shelf.get(f"/{stamp}id_/{url}").content == body, (stamp, url)
    framed = shelf.get("/20110203040506mp_/http://old.test/warc").text
    assert '<a href="/20110203040506/http://old.test/x">another</a>' in framed


def test_a_304_in_an_imported_file_shows_what_it_refers_to(
    shelf, warraq: Callable[..., Ran], tmp_path: Path
) -> None:
    """Of an archive of ours: its record has no head that says 304."""
    first = shelf.put(PAGE, HTML, at="20260101000000")
    shelf.put(PAGE, at="20260105000000", status=304, content_type=None, original=first)
    files = sorted((shelf.folder / "warc").glob("*.warc.gz"))
    other = tmp_path / "other"
    create(other, "archive@example.org")
    ran = warraq("--archive", other, "import", *files)
    assert ran.exit == 0, ran.err
    with ArchiveStore.open(other, readonly=True) as store:
        (original, revisit) = store.captures(url=PAGE)
        assert (revisit.record_type, revisit.status, revisit.revisit_of) == ("revisit", 304, original.id)
    with TestClient(replay(other), base_url="http://replay.test", follow_redirects=False) as client:
        assert client.get(f"/20260105000000id_/{PAGE}").content == HTML


def test_a_damaged_record_is_told_and_nothing_breaks(shelf) -> None:
    capture = shelf.put(PAGE, HTML)
    path = shelf.folder / "warc" / capture.warc_file
    content = bytearray(path.read_bytes())
    content[capture.offset + 30] ^= 0xFF
    path.write_bytes(content)

    answer = shelf.get(f"/20260102030405mp_/{PAGE}")
    assert answer.status_code == 500
    assert "A damaged record" in answer.text
    path.unlink()
    assert shelf.get(f"/20260102030405mp_/{PAGE}").status_code == 500
    assert shelf.get(f"/20260102030405/{PAGE}").status_code == 200
