"""Records read piece by piece are those read whole, and hostile ones are refused within bounds."""

from __future__ import annotations

import gzip
import mmap
import tracemalloc
import zlib
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc import spool
from archive.warc.digest import agrees, sha1
from archive.warc.member import BadMemberError, read_record
from archive.warc.spool import spooled_record

if TYPE_CHECKING:
    from collections.abc import Callable


def reader(content: bytes) -> Callable[[int, int], bytes]:
    return lambda at, size: content[at : at + size]


def record(block: bytes, *, extra: bytes = b"", claimed: int | None = None) -> bytes:
    size = len(block) if claimed is None else claimed
    return b"WARC/1.1\r\nWARC-Type: resource\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n" % (extra, size, block)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 9), st.binary(max_size=9), st.booleans())
def test_it_agrees_with_the_reader_of_whole_records(
    block: bytes, cut: int, level: int, behind: bytes, large: bool
) -> None:
    content = gzip.compress(record(block), level, mtime=0)[: cut or None] + behind
    limit = pytest.MonkeyPatch.context() if large else nullcontext()
    with limit as patch:
        if patch is not None:
            patch.setattr(spool, "SPOOL_BYTES", 10)
        try:
            expected = read_record(reader(content), 0)
        except BadMemberError:
            with pytest.raises(BadMemberError), spooled_record(reader(content), 0):
                pass
            return
        with spooled_record(reader(content), 0) as found:
            if expected is None or found is None:
                assert found is expected
                return
            assert isinstance(found.block, mmap.mmap if large and len(block) > 10 else bytes)
            assert found.block[:] == b"".join(found.pieces()) == expected.block == block
            assert (found.headers, found.offset, found.length) == (expected.headers, 0, expected.length)


@pytest.mark.parametrize(
    "content",
    [
        record(b"abc", claimed=2),
        record(b"abc", claimed=4),
        record(b"abc", claimed=1 << 62),
        record(b"abc") + record(b"abc"),
        record(b"abc")[:-1],
        record(b"abc", extra=b"Content-Length: -1\r\n"),
        record(b"abc", extra="Content-Length: ٣\r\n".encode()),
        b"WARC/1.1\r\n" + b"A: b\r\n" * 200_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(BadMemberError), spooled_record(reader(gzip.compress(content, mtime=0)), 0):
        pass


def test_a_bomb_stops_at_what_it_claimed() -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    content = stream.compress(record(b"x", claimed=10)) + b"".join(
        stream.compress(bytes(1 << 20)) for _ in range(200)
    )
    content += stream.flush()
    tracemalloc.start()
    with pytest.raises(BadMemberError), spooled_record(reader(content), 0):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_digests_are_read_in_base32_and_in_hexadecimal() -> None:
    assert agrees(sha1(b"abc"), [b"a", b"", b"bc"]) is True
    assert agrees("SHA-1:" + sha1(b"abc")[5:].lower(), [b"abc"]) is True
    assert agrees("sha1:a9993e364706816aba3e25717850c26c9cd0d89d", [b"abc"]) is True
    assert agrees("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", [b"abc"]) is True
    assert agrees("md5:900150983CD24FB0D6963F7D28E17F72", [b"abc"]) is True
    assert agrees(sha1(b"abc"), [b"abd"]) is False
    for said in ("", "sha1", "sha1:", "sha1:xyz", "sha1:" + "1" * 32, "crc32:352441c2", "sha1:" + "é" * 32):
        assert agrees(said, [b"abc"]) is None
