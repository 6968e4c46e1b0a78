"""CDXJ: each line's place is a record, the order is that of bytes, and a peer writes the same lines."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import WarcError
from archive.records import Exchange, Provenance
from archive.urls import surt
from archive.warc import cdxj
from archive.warc.cdxj import compressed_blocks, drop_stale, index_lines, index_of, merged, write_sorted
from archive.warc.location import Original
from archive.warc.member import read_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.warc.writer import WarcWriter

RESPONSES = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.0 301 Moved\r\nLocation: /x\r\ncontent-type: Text/Plain\r\n\r\n",
    b"HTTP/1.1 404\r\nContent-Type: \r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX-Odd: caf\xe9\r\nContent-Type: application/json\r\n\r\n{}",
    b"HTTP/1.1 204 No Content\r\n\r\n",
)
URLS = (
    "https://www.News.test/a/?b=2&a=1",
    "http://news.test:8080/%D8%AE%D8%A8%D8%B1",
    "https://news.test/خبر?utm_source=x",
    "https://news.test/A#top",
    "https://xn--mgbh0fb.test/",
    "https://news.test/",
)


@pytest.fixture
def written(
    new_writer: Callable[..., WarcWriter], make_page: Callable[..., Exchange], tmp_path: Path
) -> Path:
    """Responses, a revisit, an attempt without an answer, a resource, and an instant on the second."""
    with new_writer() as writer:
        for url, response in zip(URLS, RESPONSES, strict=True):
            place = writer.append(make_page(url, response))
        page = make_page(URLS[0], RESPONSES[0])
        writer.append(page, revisit=Original(page.url, page.started, place.record_id))
        writer.append(
            Exchange(URLS[1], datetime(2026, 1, 1, tzinfo=UTC), b"GET / HTTP/1.1\r\n\r\n", error="timeout")
        )
        writer.append_resource(
            "file:///a%20b.txt", b"text", "text/plain", datetime(2026, 1, 1, tzinfo=UTC), Provenance()
        )
    return tmp_path / "warc" / place.warc_file


def parsed(lines: list[bytes]) -> list[tuple[str, str, dict[str, str]]]:
    rows = []
    for line in lines:
        key, timestamp, row = line.decode().rstrip("\n").split(" ", 2)
        rows.append((key, timestamp, json.loads(row)))
    return rows


def test_each_place_is_exactly_one_member(written: Path) -> None:
    rows = parsed(list(index_lines(written, "a.warc.gz")))
    content = written.read_bytes()
    assert len(rows) == 8
    for key, timestamp, row in rows:
        start, length = int(row["offset"]), int(row["length"])
        record = read_record(lambda at, size: content[at : at + size], start)
        assert record is not None
        assert record.length == length
        assert gzip.decompress(content[start : start + length]).startswith(b"WARC/1.1\r\n")
        assert record.headers["warc-target-uri"] == row["url"]
        assert record.headers["warc-payload-digest"] == row["digest"]
        assert record.headers["warc-date"][:19].translate(str.maketrans("", "", "-T:")) == timestamp
        assert (key, row["filename"]) == (surt(row["url"]), "a.warc.gz")
    assert [(row["mime"], row.get("status")) for _, _, row in rows[:2]] == [("text/html", "200")] * 2
    assert [(row["mime"], row.get("status")) for _, _, row in rows[-2:]] == [
        ("warc/revisit", "200"),
        ("text/plain", None),
    ]


@pytest.mark.oracle
def test_the_lines_are_cdxj_indexers(written: Path, oracles: Path) -> None:
    ran = subprocess.run([oracles / "cdxj-indexer", written], capture_output=True, check=True)
    theirs = [line.split(b" ", 1)[1] for line in ran.stdout.splitlines(keepends=True)]
    ours = [line.split(b" ", 1)[1] for line in index_lines(written, written.name)]
    assert ours == theirs


@pytest.mark.oracle
def test_the_line_of_a_304_is_cdxj_indexers(
    new_writer: Callable[..., WarcWriter], make_page: Callable[..., Exchange], tmp_path: Path, oracles: Path
) -> None:
    page, unmodified = make_page(URLS[0], RESPONSES[0]), make_page(URLS[0], b"HTTP/1.1 304 Same\r\n\r\n")
    with new_writer() as writer:
        place = writer.append(page)
        writer.append(
            unmodified,
            revisit=Original(
                page.url, page.started, place.record_id, "server-not-modified", place.payload_digest
            ),
        )
    path = tmp_path / "warc" / place.warc_file
    ran = subprocess.run([oracles / "cdxj-indexer", path], capture_output=True, check=True)
    theirs = [line.split(b" ", 1)[1] for line in ran.stdout.splitlines(keepends=True)]
    assert [line.split(b" ", 1)[1] for line in index_lines(path, path.name)] == theirs
    row = parsed(list(index_lines(path, path.name)))[1][2]
    assert (row["mime"], row["digest"]) == ("warc/revisit", place.payload_digest)


@pytest.mark.oracle
def test_the_order_is_that_of_sort(written: Path, oracles: Path, tmp_path: Path) -> None:
    lines = [line for path in range(3) for line in index_lines(written, f"{path}.warc.gz")]
    (tmp_path / "unsorted").write_bytes(b"".join(lines))
    ran = subprocess.run(
        ["sort", "-u", tmp_path / "unsorted"],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    out = io.BytesIO()
    write_sorted(lines, out, chunk=4)
    assert out.getvalue() == ran.stdout


@given(st.lists(st.binary(max_size=8).map(lambda text: text.replace(b"\n", b"") + b"\n")), st.integers(1, 9))
def test_sorting_by_way_of_files_is_sorting(lines: list[bytes], chunk: int) -> None:
    out = io.BytesIO()
    write_sorted(lines, out, chunk=chunk)
    assert out.getvalue() == b"".join(sorted(set(lines)))


def test_many_indexes_are_merged_with_few_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "MERGED_FILES", 3)
    paths = []
    for number in range(10):
        paths.append(tmp_path / f"{number}.cdxj")
        paths[-1].write_bytes(b"".join(b"%03d\n" % each for each in range(number, 100, 7)))
    with ExitStack() as stack:
        assert list(merged(paths, stack)) == [b"%03d\n" % each for each in range(100)]
    with ExitStack() as stack:
        assert list(merged([], stack)) == []


def test_damage_costs_its_own_line_alone(written: Path) -> None:
    sound = list(index_lines(written, "a"))
    at = int(parsed(sound)[2][2]["offset"])
    content = bytearray(written.read_bytes())
    content[at + 30] ^= 0xFF
    written.write_bytes(content)
    assert list(index_lines(written, "a")) == sound[:2] + sound[3:]
    with pytest.raises(WarcError, match=r"gone\.warc\.gz"):
        list(index_lines(written.with_name("gone.warc.gz"), "a"))


def test_an_index_is_made_once_whole_and_goes_with_its_file(written: Path, tmp_path: Path) -> None:
    path = index_of(tmp_path, written)
    assert path == tmp_path / "indexes" / written.name.replace(".warc.gz", ".cdxj")
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines == sorted(set(index_lines(written, written.name)))
    made = path.stat().st_mtime_ns
    assert index_of(tmp_path, written).stat().st_mtime_ns == made
    assert drop_stale(tmp_path) == []
    written.unlink()
    assert drop_stale(tmp_path) == [path]
    assert list((tmp_path / "indexes").iterdir()) == []


def test_a_failure_leaves_no_half_index(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Exception, match="No space left on device"):
        index_of(tmp_path, written)
    assert list((tmp_path / "indexes").iterdir()) == []


def test_compressed_blocks_begin_with_their_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "BLOCK_LINES", 2)
    lines = [b'key%d 2026 {"a": %d}\n' % (each, each) for each in range(5)]
    blocks = list(compressed_blocks(lines))
    assert [key for key, _ in blocks] == [b"key0 2026", b"key2 2026", b"key4 2026"]
    assert b"".join(gzip.decompress(block) for _, block in blocks) == b"".join(lines)
