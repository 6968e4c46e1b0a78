"""A small archive with every kind of record, its manifest, and its rows."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.custody.manifest import appender
from archive.custody.verify import CheckedFile, Listener, Verified, verify
from archive.ingest import Recorder
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter
from archive.wire import parse_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.custody.problems import Problem

BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)
TEXT = "سقط المطر أمس على المدينة. ".encode() * 40
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
RESPONSES = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(TEXT), TEXT),
    CHUNKED + b'%x;a="b"\r\n%s\r\n5\r\nabcde\r\n0\r\nTrailer: 1\r\n\r\n' % (len(TEXT), TEXT),
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(os.urandom(1500), mtime=0),
    b"HTTP/1.0 301\nLocation: /x\n\n",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone, and more than was said",
    b"",
)


def exchange_of(number: int) -> Exchange:
    """The exchange of this rank: one of each kind in turn."""
    response = RESPONSES[number % len(RESPONSES)]
    if response.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length"):
        response += b"%d" % number  # past its Content-Length: no part of the payload
    head = number % 12 == 0
    parsed = parse_response(response, head_only=head)
    return Exchange(
        f"https://news.test/{number}?q=%D8%AE",
        BEGAN + timedelta(seconds=number),
        (b"HEAD" if head else b"GET") + b" / HTTP/1.1\r\nHost: news.test\r\n\r\n",
        response,
        parsed.status if response else None,
        parsed.reason,
        parsed.headers if response else (),
        parsed.body if response else b"",
        ip="192.0.2.7",
        error=None if response else "timeout",
        truncated=None if response else "time",
        provenance=Provenance(source="news", title="خبر"),
    )


def write_archive(folder: Path, number: int, *, max_bytes: int = 12_000) -> None:
    """Record so many exchanges into an archive's folder, and finish its files."""
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix="test", info={}, max_bytes=max_bytes, on_finished=appender(folder)
        ) as writer,
    ):
        recorder = Recorder(writer, store)
        for rank in range(number):
            recorder.record(exchange_of(rank))
        page = Exchange("file:///a.txt", BEGAN + timedelta(days=1), b"", body=TEXT)
        recorder.record_resource(replace(page, headers=((b"Content-Type", b"text/plain"),)), "text/plain")
        recorder.checkpoint()


@dataclass(slots=True)
class Check:
    """A check of an archive, with what it told."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    files: list[CheckedFile] = field(default_factory=list)

    def run(self) -> Verified:
        self.problems.clear()
        self.files.clear()
        return verify(self.folder, Listener(self.problems.append, self.files.append))

    @property
    def kinds(self) -> set[str]:
        return {problem.kind for problem in self.problems}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of three files and more."""
    write_archive(tmp_path, 24)
    return tmp_path


@pytest.fixture
def check(archive: Path) -> Check:
    """The check of that archive."""
    return Check(archive)


@pytest.fixture
def warcs(archive: Path) -> list[Path]:
    """Its finished files."""
    return sorted((archive / "warc").glob("*.warc.gz"))


@pytest.fixture
def record_into() -> Callable[..., None]:
    """`write_archive`."""
    return write_archive
