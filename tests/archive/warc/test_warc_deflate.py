"""Gzip members: whatever is stored in them, every reader gets the same."""

from __future__ import annotations

import gzip
import os
import zlib

from hypothesis import given
from hypothesis import strategies as st

from archive.warc.deflate import MIN_STORED_BYTES, gzip_member

PARTS = (
    st.binary(max_size=300) | st.integers(0, 5).map(lambda n: b"abc" * n * 500) | st.just(os.urandom(70_000))
)


@given(PARTS, PARTS, PARTS)
def test_any_part_may_be_stored(before: bytes, packed: bytes, after: bytes) -> None:
    content = before + packed + after
    member = gzip_member(content, slice(len(before), len(before) + len(packed)))
    assert gzip.decompress(member) == content
    assert gzip.decompress(gzip_member(content)) == content


@given(st.lists(PARTS, max_size=3))
def test_each_is_one_member(contents: list[bytes]) -> None:
    rest = b"".join(gzip_member(content, slice(0, len(content))) for content in contents)
    for content in contents:
        stream = zlib.decompressobj(31)
        assert stream.decompress(rest) == content
        assert stream.eof
        rest = stream.unused_data
    assert rest == b""


def test_what_is_packed_is_stored_as_it_is() -> None:
    packed = os.urandom(MIN_STORED_BYTES)
    assert packed in gzip_member(b"head" + packed + b"tail", slice(4, 4 + len(packed)))
    assert len(gzip_member(b"a" * 100_000)) < 1000
