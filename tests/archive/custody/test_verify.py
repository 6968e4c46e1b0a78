"""Whatever is changed, cut, missing or too much in an archive is found."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.custody.manifest import append
from archive.records import Exchange
from archive.store import ArchiveStore
from archive.warc.digest import sha1
from archive.warc.member import read_record
from archive.warc.writer import OPEN_SUFFIX, WarcWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.custody.problems import Problem
    from archive.custody.verify import Verified

    class Check:
        problems: list[Problem]
        files: list[object]
        kinds: set[str]

        def run(self) -> Verified: ...


FLIPS = 1_000


def execute(archive: Path, statement: str, *parameters: object) -> None:
    """Change archive.db behind the store's back."""
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(archive / "archive.db") as connection:
        connection.execute(statement, parameters)
    connection.close()


def test_a_sound_archive_has_no_problem(check: Check, warcs: list[Path]) -> None:
    found = check.run()
    assert found.ok
    assert check.problems == []
    assert (found.files, found.captures) == (len(warcs), 25)
    assert found.files >= 3, "it is to span files"
    assert found.bytes == sum(path.stat().st_size for path in warcs)
    assert found.records == 24 * 3 - 4 + 2 + len(warcs)  # no response came in four; the resource has two
    assert found.manifest_lines == len(warcs)
    assert len(check.files) == len(warcs)


def test_a_new_archive_has_no_problem(archive_folder: Path, check: Check) -> None:
    check.folder = archive_folder  # type: ignore[attr-defined]
    assert check.run().ok


def test_every_one_of_a_thousand_flipped_bits_is_found(
    check: Check, warcs: list[Path], archive: Path
) -> None:
    """In the files and the manifest alike: gzip's own heads too, which no digest of a record covers."""
    paths = [*warcs, archive / "warc" / "manifest.jsonl"]
    sizes = [path.stat().st_size for path in paths]
    chance = random.Random(20260422)
    missed = []
    for _ in range(FLIPS):
        (path,) = chance.choices(paths, sizes)
        content = bytearray(path.read_bytes())
        at, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        content[at] ^= bit
        path.write_bytes(content)
        if check.run().ok:
            missed.append((path.name, at, bit))
        content[at] ^= bit
        path.write_bytes(content)
    assert missed == []
    assert check.run().ok


def test_a_flipped_bit_is_told_with_its_record(check: Check, warcs: list[Path], archive: Path) -> None:
    with ArchiveStore.open(archive, readonly=True) as store:
        capture = store.capture(3)
    path = archive / "warc" / capture.warc_file
    content = bytearray(path.read_bytes())
    content[capture.offset + capture.length - 6] ^= 4  # within the checksum of the response's member
    path.write_bytes(content)
    check.run()
    told = [(problem.kind, problem.offset) for problem in check.problems]
    assert told == [("damaged", capture.offset), ("row_without_record", capture.offset), ("changed", None)]
    assert str(check.problems[0]).startswith(f"warc/{path.name}: at byte {capture.offset}: damaged")
    assert "Restore the file" in str(check.problems[0])


def test_a_file_left_open_is_told_wherever_it_was_cut(check: Check, warcs: list[Path], archive: Path) -> None:
    """At every byte of its last attempt; what stands before it is told to be sound."""
    with ArchiveStore.open(archive, readonly=True) as store:
        rows = [capture for capture in store.captures() if capture.warc_file == warcs[-1].name]
    content = warcs[-1].read_bytes()
    name = warcs[-1].with_name(warcs[-1].name + OPEN_SUFFIX)
    warcs[-1].rename(name)
    last = rows[-2]
    ends = {last.offset}
    at = 0
    while record := read_record(lambda start, size: content[start : start + size], at):
        at += record.length
        ends.add(at)
    for cut in range(last.offset, last.offset + last.group_length):
        name.write_bytes(content[:cut])
        found = check.run()
        assert found.problems["left_open"] == 1
        assert found.problems["row_without_record"] == 2  # its own row, and that of the attempt behind it
        assert found.problems["torn"] == (cut not in ends)
        assert found.problems["incomplete"] == (
            (cut in ends and cut > last.offset) or cut > last.offset + last.length
        )
        torn = [problem.offset for problem in check.problems if problem.kind == "torn"]
        assert torn == ([max(end for end in ends if end <= cut)] if cut not in ends else [])


def test_a_live_writers_file_is_passed_over(check: Check, archive: Path) -> None:
    page = Exchange("https://news.test/now", datetime.now(UTC), b"GET / HTTP/1.1\r\n\r\n", error="timeout")
    old = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    for path in (archive / "warc").iterdir():
        os.utime(path, (old, old))
    with WarcWriter(archive / "warc", prefix="test", info={}, max_bytes=10**9) as writer:
        place = writer.append(page)
        found = check.run()
        assert found.ok
        assert (found.being_written, found.files) == (1, 3)
    found = check.run()
    assert check.kinds == {"row_missing", "not_in_manifest"}, "the writer is gone"
    assert [problem.offset for problem in check.problems if problem.kind == "row_missing"] == [place.offset]
    append(archive, archive / "warc" / place.warc_file)
    check.run()
    assert check.kinds == {"row_missing"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("url", "https://news.test/other"),
        ("started", "2026-04-22T12:00:03.000001Z"),
        ("payload_digest", sha1(b"other")),
        ("payload_digest", None),
        ("length", 10),
        ("group_length", 10),
        ("record_type", "resource"),
    ],
)
def test_a_row_that_says_otherwise_is_told(
    check: Check, archive: Path, column: str, value: str | int | None
) -> None:
    execute(archive, f'UPDATE captures SET "{column}" = ? WHERE id = 4', value)
    check.run()
    assert check.kinds == {"row_wrong"}
    assert column in check.problems[0].what


def test_a_row_too_few_is_told(check: Check, archive: Path) -> None:
    execute(archive, "DELETE FROM captures WHERE id = 25")
    check.run()
    assert check.kinds == {"row_missing"}
    assert "rebuild" in check.problems[0].remedy


def test_a_row_elsewhere_is_told(check: Check, archive: Path) -> None:
    execute(archive, 'UPDATE captures SET "offset" = "offset" + 1 WHERE id = 5')
    check.run()
    assert sorted(problem.kind for problem in check.problems) == ["row_missing", "row_without_record"]


def test_a_missing_file_is_told_by_the_manifest_and_the_database(check: Check, warcs: list[Path]) -> None:
    warcs[1].unlink()
    check.run()
    assert [problem.kind for problem in check.problems] == ["file_missing", "file_missing"]
    assert "captures of it" in check.problems[1].what


def test_a_file_nobody_named_is_told(check: Check, warcs: list[Path]) -> None:
    copy = warcs[0].with_name("test-20990101000000000-00000-other-1.warc.gz")
    copy.write_bytes(warcs[0].read_bytes())
    check.run()
    assert check.kinds == {"not_in_manifest", "row_missing"}


def test_a_damaged_or_missing_database_is_told(check: Check, archive: Path) -> None:
    path = archive / "archive.db"
    sound = path.read_bytes()
    path.write_bytes(sound[:5000] + bytes(20_000) + sound[25_000:])
    check.run()
    assert check.kinds == {"database"}
    path.write_bytes(b"no database at all" * 100)
    check.run()
    assert check.kinds == {"database"}
    path.unlink()
    check.run()
    assert check.kinds == {"database"}
    assert "rebuild" in check.problems[0].remedy


def rewritten(path: Path, change: Callable[[bytes], bytes], kind: bytes) -> int:
    """Replace the first record of a kind by another, soundly compressed; its offset."""
    content = path.read_bytes()
    at = 0
    while record := read_record(lambda start, size: content[start : start + size], at):
        member = gzip.decompress(content[at : at + record.length])
        if b"WARC-Type: " + kind + b"\r\n" in member:
            changed = gzip.compress(change(member), mtime=0)
            path.write_bytes(content[:at] + changed + content[at + record.length :])
            return at
        at += record.length
    raise AssertionError


@pytest.mark.parametrize(
    ("kind", "old", "new", "told"),
    [
        (b"warcinfo", b"WARC File Format 1.1", b"WARC File Format 1.0", "block_digest"),
        (b"request", b"Host: news.test", b"Host: evil.test", "block_digest"),
        (b"response", b"WARC-Payload-Digest: sha1:", b"WARC-Payload-Digest: sha1:A", "payload_digest"),
        (b"resource", b"WARC-Block-Digest: sha1:", b"WARC-Block-Digest: none:", "block_digest"),
        (b"metadata", b"WARC-Type: metadata", b"WARC-Type: other", "incomplete"),
        (b"response", b"WARC-Date: 2026", b"WARC-Date: soon", "damaged"),
        (b"request", b"Content-Length: ", b"Content-Length: 1", "damaged"),
        (b"request", b"Content-Length: ", b"Content-Lengthy: ", "damaged"),
        (b"request", b"Content-Length: ", b"Content-Length: 99999999999999", "damaged"),
        (b"request", b"WARC/1.1", b"HTTP/1.1", "damaged"),
        (b"request", b"WARC-Concurrent-To: <", b"WARC-Concurrent-To: <x", "incomplete"),
    ],
)
def test_a_record_that_contradicts_itself_is_told(
    check: Check, warcs: list[Path], kind: bytes, old: bytes, new: bytes, told: str
) -> None:
    path = warcs[-1] if kind == b"resource" else warcs[0]
    rewritten(path, lambda member: member.replace(old, new, 1), kind)
    check.run()
    assert told in check.kinds
    assert "changed" in check.kinds


def test_a_chunked_payload_is_digested_without_its_chunks(check: Check, warcs: list[Path]) -> None:
    def digest_the_chunks(member: bytes) -> bytes:
        head, block = member.split(b"\r\n\r\n", 1)
        if b"chunked" not in block:
            return member
        raw = block[block.index(b"\r\n\r\n") + 4 : -4]
        old = head[head.index(b"WARC-Payload-Digest: ") :].split(b"\r\n")[0]
        return head.replace(old, b"WARC-Payload-Digest: " + sha1(raw).encode()) + b"\r\n\r\n" + block

    content = warcs[0].read_bytes()
    at, changed = 0, b""
    while record := read_record(lambda start, size: content[start : start + size], at):
        changed += gzip.compress(
            digest_the_chunks(gzip.decompress(content[at : at + record.length])), mtime=0
        )
        at += record.length
    warcs[0].write_bytes(changed)
    check.run()
    faults = [problem for problem in check.problems if problem.kind == "payload_digest"]
    assert len(faults) >= 1
    assert "block_digest" not in check.kinds


def test_a_large_record_is_checked_in_little_memory(
    check: Check, archive: Path, record_into: Callable[..., None]
) -> None:
    size = 48 << 20
    body = os.urandom(1 << 20) * (size >> 20)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = head + b"".join(
        b"%x\r\n%s\r\n" % (1 << 22, body[at : at + (1 << 22)]) for at in range(0, size, 1 << 22)
    )
    page = Exchange(
        "https://news.test/film", datetime(2026, 5, 1, tzinfo=UTC), b"GET /film HTTP/1.1\r\n\r\n",
        response + b"0\r\n\r\n", 200, b"OK", ((b"Transfer-Encoding", b"chunked"),), body,
    )  # fmt: skip
    with WarcWriter(archive / "warc", prefix="test", info={}, max_bytes=10**9) as writer:
        writer.append(replace(page))
    del response, page, body
    tracemalloc.start()
    found = check.run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.bytes > size / 2
    assert check.kinds == {"not_in_manifest", "row_missing"}
    assert peak < 24 << 20


def test_it_is_read_only(check: Check, archive: Path) -> None:
    """Nothing in the archive changes by a check; SQLite's own files apart, which a reader of WAL makes."""

    def state() -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes())
            for path in archive.rglob("*")
            if path.is_file() and not path.name.startswith("archive.db-")
        }

    before = state()
    check.run()
    assert state() == before


def test_it_needs_neither_scrapy_nor_the_extractor() -> None:
    script = "import sys, archive.custody.verify; print({'scrapy', 'trafilatura', 'lxml'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == "set()"
