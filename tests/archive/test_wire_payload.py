"""Where a payload lies in its block: the same bytes as the parsed body, also in a mapped file."""

from __future__ import annotations

import mmap
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.wire import parse_response, payload_spans

HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: x\n\n",
        b"HTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chun",
        b"no status line\r\n\r\n",
        b"",
    ]
)
CHUNKS = st.lists(
    st.binary(max_size=20).map(lambda piece: b"%x;e=1\r\n%s\r\n" % (len(piece), piece))
    | st.sampled_from([b"0\r\n\r\n", b"fff\r\nshort", b"zz\r\n", b"3\nabc\n", b"\r\n"]),
    max_size=5,
).map(b"".join)


@given(HEADS, CHUNKS | st.binary(max_size=40), st.booleans())
def test_the_spans_are_the_body(head: bytes, rest: bytes, head_only: bool) -> None:
    block = head + rest
    body = parse_response(block, head_only=head_only).body
    spans = list(payload_spans(block, head_only=head_only))
    assert b"".join(block[start:end] for start, end in spans) == body
    if block:
        with tempfile.TemporaryFile() as file:
            file.write(block)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert list(payload_spans(mapped, head_only=head_only)) == spans


@pytest.mark.parametrize("block", [b"HTTP/1.1 200 OK\r\n\r\n", b""])
def test_an_empty_payload_has_no_bytes(block: bytes) -> None:
    assert all(start >= end for start, end in payload_spans(block))
