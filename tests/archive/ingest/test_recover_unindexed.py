"""Recovery of what is whole and has no row: files finished before a crash, and files with nothing in them."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.ingest import Recorder, recover
from archive.ingest.rebuild import own_files
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.reader import scan
from archive.warc.writer import OPEN_SUFFIX, WarcWriter

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = datetime(2026, 4, 22, 6, tzinfo=UTC)


class Crash(Exception):
    """What ends a crawl between two steps."""


def exchange(number: int) -> Exchange:
    head, body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<p>Story %d</p>" % number
    return Exchange(
        f"https://news.test/{number}", BEGAN + timedelta(seconds=number), b"GET / HTTP/1.1\r\n\r\n", head + body,
        200, headers=((b"Content-Type", b"text/html"),), body=body, provenance=Provenance(role="page"),
    )  # fmt: skip


def crawled(folder: Path, numbers: range, *, indexed: range, max_bytes: int = 1) -> None:
    """A crawl that ends before its last captures got rows; `max_bytes` 1 makes a file of each capture."""
    with (
        suppress(Crash),
        ArchiveStore.open(folder) as store,
        WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=max_bytes) as writer,
    ):
        recorder = Recorder(writer, store)
        for number in numbers:
            recorder.record(exchange(number))
            if number in indexed:
                recorder.checkpoint()
        raise Crash


@pytest.mark.parametrize("indexed", [0, 1, 3, 5])
def test_full_files_without_rows_get_them(tmp_path: Path, indexed: int) -> None:
    crawled(tmp_path, range(5), indexed=range(indexed))
    assert len(own_files(tmp_path / "warc")) == 5
    assert not list((tmp_path / "warc").glob(f"*{OPEN_SUFFIX}"))
    with ArchiveStore.open(tmp_path) as store:
        found = recover(tmp_path, store)
        assert sum(one.captures_added for one in found) == 5 - indexed
        assert [(capture.id, capture.url) for capture in store.captures()] == [
            (number + 1, f"https://news.test/{number}") for number in range(5)
        ]
        assert len(store.waiting()) == 5
        assert recover(tmp_path, store) == []


def test_the_end_of_a_finished_file_is_indexed(tmp_path: Path) -> None:
    crawled(tmp_path, range(5), indexed=range(3), max_bytes=1 << 30)
    with ArchiveStore.open(tmp_path) as store:
        (found,) = recover(tmp_path, store)
        assert (found.captures_added, found.torn_bytes) == (2, 0)
        assert [capture.url for capture in store.captures()] == [f"https://news.test/{n}" for n in range(5)]


def test_files_before_the_last_row_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawled(tmp_path, range(5), indexed=range(4))
    read: list[str] = []

    def reading(path: Path, **options: object) -> object:
        read.append(path.name)
        return scan(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sys.modules["archive.ingest.recover"], "scan", reading)
    with ArchiveStore.open(tmp_path) as store:
        recover(tmp_path, store)
    assert read == [own_files(tmp_path / "warc")[-1].name]


def test_a_file_with_nothing_whole_in_it_is_kept_aside_and_leaves_no_empty_file(tmp_path: Path) -> None:
    crawled(tmp_path, range(2), indexed=range(2))
    (tmp_path / "warc" / f"test-20990101000000000-00000-host-1.warc.gz{OPEN_SUFFIX}").write_bytes(
        b"\x1f\x8b\x08"
    )
    with ArchiveStore.open(tmp_path) as store:
        (found,) = recover(tmp_path, store)
    assert (found.captures_added, found.torn_bytes) == (0, 3)
    assert len(own_files(tmp_path / "warc")) == 2, "an empty file is no gzip file"
    (aside,) = (tmp_path / "warc" / "torn").iterdir()
    assert aside.read_bytes() == b"\x1f\x8b\x08"


def test_an_older_damage_is_not_in_the_way(tmp_path: Path) -> None:
    crawled(tmp_path, range(4), indexed=range(2), max_bytes=1 << 30)
    (path,) = own_files(tmp_path / "warc")
    content = bytearray(path.read_bytes())
    with ArchiveStore.open(tmp_path) as store:
        first = next(iter(store.captures()))
        content[first.offset + 40] ^= 0xFF
        path.write_bytes(content)
        (found,) = recover(tmp_path, store)
        assert found.captures_added == 2
        assert [capture.id for capture in store.captures()] == [1, 2, 3, 4]
