"""What is written comes back: every field of every exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import WarcError
from archive.records import Exchange, Provenance
from archive.warc.fields import escape, read_fields, unescape, write_fields
from archive.warc.location import Original
from archive.warc.reader import read_exchange, record_at, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.warc.location import Location
    from archive.warc.writer import WarcWriter


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawing=st.data())
def test_every_field_comes_back(
    any_exchange: st.SearchStrategy[Exchange],
    new_writer: Callable[..., WarcWriter],
    tmp_path: Path,
    drawing: st.DataObject,
) -> None:
    written = drawing.draw(st.lists(any_exchange, min_size=1, max_size=4))
    with new_writer() as writer:
        places = [writer.append(exchange) for exchange in written]
        for exchange, place in zip(written, places, strict=True):  # while the file is open
            assert (
                read_exchange(tmp_path / "warc", place.warc_file, place.offset, place.group_length)
                == exchange
            )
    path = tmp_path / "warc" / places[0].warc_file
    assert list(scan(path)) == list(zip(places, written, strict=True))


@given(st.text())
def test_any_text_is_one_line_and_comes_back(text: str) -> None:
    line = escape(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert unescape(line) == text
    line.encode()


def test_what_others_wrote_is_left_alone() -> None:
    assert read_fields(b"via: http://a.test/x?y=\\z\r\nno colon\r\nA:b\n") == [
        ("via", "http://a.test/x?y=\\z"),
        ("A", "b"),
    ]


def test_a_name_of_a_field_is_a_token() -> None:
    with pytest.raises(ValueError, match="not a field name"):
        write_fields([("a: b\r\nc", "d")])


def test_a_resource_comes_back_as_an_exchange_without_a_status(
    new_writer: Callable[..., WarcWriter], tmp_path: Path
) -> None:
    provenance = Provenance(via="import", title="نص")
    instant = datetime(2026, 5, 6, tzinfo=timezone(timedelta(hours=3)))
    with new_writer() as writer:
        place = writer.append_resource(
            "file:///tmp/a.txt", "نص\n".encode(), "text/plain; charset=utf-8", instant, provenance
        )
    found = read_exchange(tmp_path / "warc", place.warc_file, place.offset, place.group_length)
    assert found == Exchange(
        url="file:///tmp/a.txt",
        started=instant,
        request=b"",
        headers=((b"Content-Type", b"text/plain; charset=utf-8"),),
        body="نص\n".encode(),
        provenance=provenance,
    )
    assert found.started.utcoffset() == timedelta(0)
    assert place.record_type == "resource"
    assert list(scan(tmp_path / "warc" / place.warc_file)) == [(place, found)]


def test_a_revisit_keeps_the_head_and_names_the_original(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path
) -> None:
    with new_writer() as writer:
        first = writer.append(page)
        original = Original(page.url, page.started, first.record_id)
        again = writer.append(page, revisit=original)
    assert again.record_type == "revisit"
    assert again.payload_digest == first.payload_digest
    found = read_exchange(tmp_path / "warc", again.warc_file, again.offset, again.group_length)
    assert (found.status, found.headers, found.body) == (page.status, page.headers, b"")
    assert page.response.startswith(found.response)


def test_a_304_leaves_its_block_to_the_original_and_comes_back(
    new_writer: Callable[..., WarcWriter],
    page: Exchange,
    make_page: Callable[..., Exchange],
    tmp_path: Path,
) -> None:
    answer = (
        b'HTTP/1.1 304 Pas modifi\xe9\r\nETag: "a\\b"\r\nset-cookie: x\r\nodd\r\n\tfold\r\n\r\n\xa0 late '
    )
    unmodified = make_page(page.url, answer)
    with new_writer() as writer:
        first = writer.append(page)
        original = Original(
            page.url, page.started, first.record_id, "server-not-modified", first.payload_digest
        )
        again = writer.append(unmodified, revisit=original)
    assert (again.record_type, again.payload_digest) == ("revisit", first.payload_digest)
    assert read_exchange(tmp_path / "warc", *place_of(again)) == unmodified
    assert list(scan(tmp_path / "warc" / first.warc_file)) == [(first, page), (again, unmodified)]
    record = record_at(tmp_path / "warc", again.warc_file, again.offset)
    assert record.block == b""
    assert record.headers["warc-refers-to"] == first.record_id


def place_of(location: Location) -> tuple[str, int, int]:
    return location.warc_file, location.offset, location.group_length


def test_a_truncated_response_is_no_revisit(new_writer: Callable[..., WarcWriter], page: Exchange) -> None:
    cut = Exchange(
        page.url, page.started, page.request, page.response, page.status, truncated="length", body=page.body
    )
    with new_writer() as writer, pytest.raises(ValueError, match="cannot stand for"):
        writer.append(cut, revisit=Original(page.url, page.started, "<urn:uuid:1>"))


@pytest.mark.parametrize("url", ["https://news.test/\r\nWARC-Type: x", "https://news.test/ ", ""])
def test_a_url_cannot_smuggle_a_header(
    new_writer: Callable[..., WarcWriter], page: Exchange, url: str
) -> None:
    smuggled = Exchange(url, page.started, page.request, page.response)
    with new_writer() as writer, pytest.raises(WarcError, match="WARC-Target-URI"):
        writer.append(smuggled)


def test_what_was_never_on_the_wire_is_not_recorded(new_writer: Callable[..., WarcWriter]) -> None:
    unsent = Exchange("https://news.test/", datetime.now(UTC), b"", error="dns")
    with new_writer() as writer, pytest.raises(WarcError, match="nothing to record"):
        writer.append(unsent)
