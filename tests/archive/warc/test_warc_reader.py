"""Files that are torn, damaged or not ours: what is sound comes first, then the place of the fault."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from archive.errors import WarcError
from archive.warc import member
from archive.warc.reader import read_exchange, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.records import Exchange
    from archive.warc.location import Location
    from archive.warc.writer import WarcWriter


@pytest.fixture
def written(
    new_writer: Callable[..., WarcWriter], pages: Callable[[int], list[Exchange]], tmp_path: Path
) -> tuple[Path, list[tuple[Location, Exchange]]]:
    """A sound file and what is in it."""
    exchanges = pages(3)
    with new_writer() as writer:
        places = [writer.append(exchange) for exchange in exchanges]
    return tmp_path / "warc" / places[0].warc_file, list(zip(places, exchanges, strict=True))


def drained(path: Path) -> tuple[list[tuple[Location, Exchange]], str | None]:
    """What a scan gives before its fault, and the fault."""
    found = []
    try:
        for pair in scan(path):
            found.append(pair)  # noqa: PERF402  (what came before the fault is kept)
    except WarcError as fault:
        return found, str(fault)
    return found, None


def test_cut_at_every_byte(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    content = path.read_bytes()
    ends = [place.offset + place.group_length for place, _ in pairs]
    first = pairs[0][0].offset
    for cut in range(len(content)):
        path.write_bytes(content[:cut])
        found, fault = drained(path)
        whole = sum(end <= cut for end in ends)
        assert found == pairs[:whole]
        if cut in {0, first, *ends}:
            assert fault is None
        else:
            assert fault is not None
            assert str(path) in fault
            begins = max((0, first, *ends), key=lambda start: start if start <= cut else -1)
            named = int(fault.split("at byte ")[1].split(":")[0])
            assert begins <= named <= cut


def test_a_flipped_bit_anywhere_is_found(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    content = bytearray(path.read_bytes())
    place = pairs[1][0]
    missed = 0
    for at in range(place.offset, place.offset + place.group_length):
        content[at] ^= 16
        path.write_bytes(content)
        faults: list[WarcError] = []
        found = list(scan(path, on_fault=faults.append))
        assert pairs[0] in found
        assert pairs[2] in found
        if faults:
            assert pairs[1] not in found
        else:
            missed += 1
            assert found == pairs
        content[at] ^= 16
    # In each member, time, flags and system of its gzip head say nothing, nor do the bits that fill the
    # last byte before its checksum.
    assert missed <= 3 * (6 + 1)


def test_a_scan_goes_on_behind_a_hole(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    content = path.read_bytes()
    place = pairs[1][0]
    path.write_bytes(
        content[: place.offset] + bytes(place.group_length) + content[place.offset + place.group_length :]
    )
    faults: list[WarcError] = []
    assert list(scan(path, on_fault=faults.append)) == [pairs[0], pairs[2]]
    assert [f"at byte {place.offset}:" in str(fault) for fault in faults] == [True]


def test_an_attempt_without_its_metadata_is_incomplete(
    written: tuple[Path, list[tuple[Location, Exchange]]],
) -> None:
    path, pairs = written
    place = pairs[2][0]
    path.write_bytes(path.read_bytes()[: place.offset + place.length])
    found, fault = drained(path)
    assert found == pairs[:2]
    assert fault is not None
    assert f"at byte {place.offset}: an attempt without its metadata record" in fault


def test_bytes_behind_the_records_are_a_fault(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + bytes(4096))
    found, fault = drained(path)
    assert found == pairs
    assert fault is not None
    assert f"at byte {size}:" in fault


def test_names_are_relative_to_the_root(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    [(place, _), *_] = scan(path, root=path.parent.parent)
    assert place.warc_file == f"warc/{pairs[0][0].warc_file}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"plain text", "damaged"),
        (gzip.compress(b"plain text"), "no WARC record"),
        (gzip.compress(b"WARC/1.1\r\nContent-Length: 9\r\n\r\nabc\r\n\r\n"), "not as long"),
        (gzip.compress(b"WARC/1.1\r\nContent-Length: x\r\n\r\n\r\n\r\n"), "without a Content-Length"),
        (gzip.compress(b"WARC/1.1\r\nContent-Length: 0\r\nWARC-Type: request\r\n\r\n\r\n\r\n"), "metadata"),
    ],
)
def test_what_is_no_record_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    with pytest.raises(WarcError, match=why):
        list(scan(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarcError, match=r"gone\.warc\.gz"):
        read_exchange(tmp_path, "gone.warc.gz", 0, 100)
    with pytest.raises(WarcError, match=r"gone\.warc\.gz"):
        list(scan(tmp_path / "gone.warc.gz"))


def test_a_wrong_place_is_named(written: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = written
    place = pairs[0][0]
    for offset, length in (
        (place.offset + 1, place.group_length),
        (place.offset, 10),
        (1 << 40, 10),
        (0, place.offset),
    ):
        with pytest.raises(WarcError, match="at byte"):
            read_exchange(path.parent, path.name, offset, length)


def test_a_record_beyond_all_bounds_is_refused(
    written: tuple[Path, list[tuple[Location, Exchange]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = written
    monkeypatch.setattr(member, "MAX_RECORD_BYTES", 100)
    with pytest.raises(WarcError, match="more than 100 bytes"):
        list(scan(path))
