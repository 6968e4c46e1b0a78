"""The chain of finished files: what it says, and what it finds out."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.custody import manifest
from archive.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def chain(archive: Path) -> Path:
    return archive / "warc" / "manifest.jsonl"


def test_every_finished_file_is_named_with_its_hash_and_chained(
    archive: Path, warcs: list[Path], chain: Path
) -> None:
    lines = chain.read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["name"] for row in rows] == [path.name for path in warcs]
    assert [row["bytes"] for row in rows] == [path.stat().st_size for path in warcs]
    assert [row["sha256"] for row in rows] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in warcs
    ]
    before = ["0" * 64, *(hashlib.sha256(line).hexdigest() for line in lines)]
    assert [row["previous"] for row in rows] == before[:-1]
    found = manifest.read(archive)
    assert (found.faults, found.head) == ((), before[-1])


def test_any_flipped_bit_of_the_chain_is_found(archive: Path, chain: Path) -> None:
    sound = chain.read_bytes()
    entries = manifest.read(archive).entries
    for at in range(len(sound)):
        changed = bytearray(sound)
        changed[at] ^= 1 << at % 8
        chain.write_bytes(changed)
        found = manifest.read(archive)
        assert found.faults or found.entries != entries, at


def test_a_line_taken_out_or_put_in_is_found(archive: Path, chain: Path) -> None:
    first, second, third = chain.read_bytes().splitlines(keepends=True)
    for lines in ((second, third), (first, third), (first, third, second), (first, second, second, third)):
        chain.write_bytes(b"".join(lines))
        assert manifest.read(archive).faults
    chain.write_bytes(first + second)  # the last line alone leaves no trace but its file, which is not named
    assert manifest.read(archive).faults == ()


def test_a_torn_line_is_told_and_cut_off_by_the_next(archive: Path, warcs: list[Path], chain: Path) -> None:
    sound = chain.read_bytes()
    for cut in (1, 40, 100):
        chain.write_bytes(sound[:-cut])
        assert manifest.read(archive).faults == ("line 3 is torn",)
        assert manifest.append_missing(archive, warcs) == [warcs[2].name]
        assert chain.read_bytes() == sound
    assert manifest.append_missing(archive, warcs) == []


def test_a_disk_that_fails_is_told(archive: Path, warcs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    sound = (archive / "warc" / "manifest.jsonl").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArchiveError, match=r"No space left on device.*verify --repair"):
        manifest.append(archive, warcs[0])
    assert (archive / "warc" / "manifest.jsonl").read_bytes() == sound


@given(st.text(max_size=60), st.integers(0, 1 << 50), st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_line_says_what_it_was_given(name: str, size: int, digest: str) -> None:
    entry = manifest.Entry(name, size, digest, manifest.NO_LINE)
    try:
        line = entry.line()
    except UnicodeEncodeError:
        return
    assert b"\n" not in line
    assert manifest.Entry.of(line) == entry


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 4000,
        b'{"name": "a", "bytes": true, "sha256": "", "previous": ""}',
        b'{"name": "a", "bytes": "1", "sha256": "", "previous": ""}',
        b'{"name":"a", "bytes": 1, "sha256": "", "previous": ""}',
        b'{"name": "a", "bytes": 1, "sha256": "", "previous": "", "more": 1}',
        b" " * 5000,
    ],
)
def test_what_is_no_line_is_told(archive: Path, chain: Path, line: bytes) -> None:
    with chain.open("ab") as file:
        file.write(line + b"\n")
    assert [fault.startswith("line 4: ") for fault in manifest.read(archive).faults] == [True]
