"""HTTP/1.1 in a block: sound messages, odd ones, and whatever bytes there are."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.wire import (
    body_start,
    decode_body,
    header,
    media_type,
    parse_response,
    payload_spans,
    split_interim,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_sound_response_is_read_whole() -> None:
    parsed = parse_response(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nset-cookie:  b=2 \r\n\r\nhello"
    )
    assert (parsed.status, parsed.reason, parsed.version) == (200, b"OK", b"HTTP/1.1")
    assert parsed.headers == ((b"Content-Length", b"5"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"))
    assert parsed.body == b"hello"
    assert parsed.faults == ()


@pytest.mark.parametrize(
    ("head", "status", "reason", "fields"),
    [
        pytest.param(b"HTTP/1.1 200\r\n\r\n", 200, b"", (), id="no reason phrase"),
        pytest.param(
            b"HTTP/1.1 404 Pas trouv\xe9, d\xe9sol\xe9\r\n\r\n",
            404,
            b"Pas trouv\xe9, d\xe9sol\xe9",
            (),
            id="Latin-1 reason",
        ),
        pytest.param(b"HTTP/1.0 200  OK\nA: 1\n\n", 200, b"OK", ((b"A", b"1"),), id="LF alone"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: 1\n\r\n", 200, b"OK", ((b"A", b"1"),), id="mixed line ends"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3\r\nB:\r\n x\r\n\r\n",
            200,
            b"OK",
            ((b"A", b"1 2 3"), (b"B", b"x")),
            id="folded",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nno colon here\r\nA: caf\xe9\r\n\r\n",
            200,
            b"OK",
            ((b"A", b"caf\xe9"),),
            id="a line without a colon",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n : x\r\nA : 1\r\n\r\n",
            200,
            b"OK",
            ((b"", b"x"), (b"A", b"1")),
            id="white space",
        ),
    ],
)
def test_an_odd_head_is_read(head: bytes, status: int, reason: bytes, fields: tuple[object, ...]) -> None:
    parsed = parse_response(head + b"body")
    assert (parsed.status, parsed.reason, parsed.headers, parsed.body) == (status, reason, fields, b"body")


def test_what_is_no_http_is_kept_as_a_body() -> None:
    parsed = parse_response(b"<html>HTTP/0.9 lives</html>")
    assert parsed.status is None
    assert parsed.body == b"<html>HTTP/0.9 lives</html>"
    assert "no status line" in parsed.faults


def test_chunks_with_extensions_and_trailers() -> None:
    block = CHUNKED + b'5;name="a;b"\r\nhello\r\n 6 \r\n world\r\n0;last\r\nExpires: never\r\n\r\n'
    parsed = parse_response(block)
    assert parsed.body == b"hello world"
    assert parsed.faults == ()


@pytest.mark.parametrize("cut", range(len(CHUNKED), len(CHUNKED) + 9))
def test_chunks_that_break_off_give_what_came(cut: int) -> None:
    block = (CHUNKED + chunks(b"hello", b"world"))[:cut]
    parsed = parse_response(block)
    assert b"hello".startswith(parsed.body)
    assert parsed.faults


@pytest.mark.parametrize("body", [b"<p>not chunked</p>\r\n", b"<p>not chunked</p>", b"<" * 5000])
def test_chunked_by_name_alone_is_kept_as_it_is(body: bytes) -> None:
    parsed = parse_response(CHUNKED + body)
    assert parsed.body == body
    assert parsed.faults


@given(st.lists(st.binary(min_size=1), max_size=8))
def test_the_chunking_does_not_matter(pieces: list[bytes]) -> None:
    parsed = parse_response(CHUNKED + chunks(*pieces))
    assert parsed.body == b"".join(pieces)
    assert parsed.faults == ()


@pytest.mark.parametrize(
    ("length", "body", "fault"),
    [
        (b"3", b"hel", "bytes after the body"),
        (b"9", b"hello", "the body is shorter than its Content-Length"),
        (b"5, 5", b"hello", None),
        (b"5, 6", b"hello", "Content-Length makes no sense"),
        (b"-5", b"hello", "Content-Length makes no sense"),
        (b"\xd9\xa5", b"hello", "Content-Length makes no sense"),
    ],
)
def test_content_length(length: bytes, body: bytes, fault: str | None) -> None:
    parsed = parse_response(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nhello")
    assert parsed.body == body
    assert parsed.faults == ((fault,) if fault else ())


def test_no_body_where_there_is_none() -> None:
    head = b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n"
    assert parse_response(head % 304).body == b""
    assert parse_response(head % 204).body == b""
    parsed = parse_response(head % 200, head_only=True)
    assert (parsed.body, parsed.faults) == (b"", ())


def test_a_head_that_breaks_off_gives_its_whole_lines() -> None:
    parsed = parse_response(b"HTTP/1.1 200 OK\r\nA: 1\r\nB: tw")
    assert (parsed.status, parsed.headers, parsed.body) == (200, ((b"A", b"1"),), b"")
    assert parsed.faults == ("the head breaks off",)


def test_interim_responses_are_cut_off() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 103 is but text\r\n\r\n"
    assert split_interim(hints + hints + final) == ((hints, hints), final)
    assert split_interim(final) == ((), final)
    assert split_interim(hints) == ((hints,), b"")
    assert split_interim(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")[0] == ()
    assert split_interim(hints[:20]) == ((), hints[:20])


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_make_it_fail(noise: bytes, head_only: bool) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED, b"HTTP/1.1 103 X\r\n\r\n"):
        interim, final = split_interim(start + noise)
        assert b"".join(interim) + final == start + noise
        parsed = parse_response(start + noise, head_only=head_only)
        assert parsed.body in start + noise or len(parsed.body) < len(start + noise)
        if parsed.status is not None:
            assert parsed.head_length == (body_start(start + noise) or len(start + noise))


def test_the_first_value_of_a_field() -> None:
    fields = ((b"ETag", b"1"), (b"etag", b"2"))
    assert header(fields, "Etag") == header(fields, b"ETAG") == b"1"
    assert header(fields, "Location") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"text/html; charset=UTF-8", ("text/html", "utf-8")),
        (b'Text/HTML;level=1;Charset="windows-1256"', ("text/html", "windows-1256")),
        (b"text/html; charset='utf-8'", ("text/html", "utf-8")),
        (b"application/rss+xml", ("application/rss+xml", None)),
        (b"charset=utf-8", (None, None)),
        (b"; charset=utf-8", (None, "utf-8")),
        (b"", (None, None)),
        (b"\xff\xfe", (None, None)),
    ],
)
def test_media_type(value: bytes, expected: tuple[str | None, str | None]) -> None:
    assert media_type(((b"Content-Type", value),)) == expected


def encoded(coding: bytes, content: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    return {
        b"gzip": gzip.compress(content),
        b"x-gzip": gzip.compress(content),
        b"deflate": zlib.compress(content),
        b"br": brotli.compress(content),
        b"raw": raw.compress(content) + raw.flush(),
        b"identity": content,
    }[coding]


def fields(*codings: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"Content-Encoding", coding) for coding in codings)


@given(st.sampled_from([b"gzip", b"x-gzip", b"deflate", b"br", b"identity"]), st.binary(max_size=5000))
def test_a_coding_is_undone(coding: bytes, content: bytes) -> None:
    decoded = decode_body(fields(coding), encoded(coding, content), 5000)
    assert (decoded.content, decoded.truncated, decoded.fault) == (content, False, None)


def test_deflate_without_its_wrapping() -> None:
    assert decode_body(fields(b"deflate"), encoded(b"raw", b"hello"), 100).content == b"hello"


def test_stacked_codings_and_further_members() -> None:
    body = gzip.compress(encoded(b"br", b"hello"))
    assert decode_body(fields(b"br, gzip"), body, 100).content == b"hello"
    assert decode_body(fields(b"br", b"gzip"), body, 100).content == b"hello"
    assert decode_body(fields(b"gzip"), gzip.compress(b"a") + gzip.compress(b"b"), 100).content == b"ab"


@pytest.mark.parametrize(
    "line", [b"HTTP/2 200", b"HTTP/2.0 200 ", b"h2 200", b"H2 200 OK", b"http/1.1 200 OK"]
)
def test_status_lines_of_what_has_none(line: bytes) -> None:
    """HTTP/2 has no status line; whoever archives it writes one as he likes."""
    assert parse_response(line + b"\r\nA: b\r\n\r\nbody").status == 200


def test_a_body_that_was_decoded_under_its_old_head_is_read_to_its_end() -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nall of it"
    assert parse_response(block).body == b"all "
    assert parse_response(block, whole=True).body == b"all of it"
    assert b"".join(block[slice(*span)] for span in payload_spans(block, whole=True)) == b"all of it"


def test_too_many_codings_are_refused() -> None:
    decoded = decode_body(fields(b", ".join([b"gzip"] * 9)), b"x", 100)
    assert decoded.content == b""
    assert decoded.fault is not None


@pytest.mark.parametrize(
    ("coding", "body", "content", "fault"),
    [
        pytest.param(b"gzip", b"<html>", b"<html>", "is not", id="gzip by name alone"),
        pytest.param(b"UTF-8", b"<html>", b"<html>", "not known", id="a charset for a coding"),
        pytest.param(b"gzip", gzip.compress(b"hello")[:-3], b"hello", "breaks off", id="cut"),
        pytest.param(b"gzip", gzip.compress(b"hello") + b"tail", b"hello", "after the stream", id="tail"),
        pytest.param(b"gzip", gzip.compress(b"hello")[:-8] + b"\0" * 8, b"hello", "gzip", id="wrong CRC"),
        pytest.param(b"br", b"\xff" * 9, b"", "br", id="damaged brotli"),
        pytest.param(
            b"br", b"<html>decoded before", b"<html>decoded before", "br", id="brotli by name alone"
        ),
        pytest.param(
            b"deflate", b"<html>decoded before", b"<html>decoded before", "deflate", id="so with deflate"
        ),
        pytest.param(b"br", brotli.compress(b"hello" * 99)[:-1], None, "breaks off", id="cut brotli"),
    ],
)
def test_a_faulty_coding_gives_what_can_be_read(
    coding: bytes, body: bytes, content: bytes | None, fault: str
) -> None:
    decoded = decode_body(fields(coding), body, 1000)
    assert content is None or content.startswith(decoded.content)
    assert decoded.fault is not None
    assert fault in decoded.fault
    assert not decoded.truncated


@pytest.mark.parametrize("limit", [0, 1, 99, 100, 101])
@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"identity"])
def test_the_limit_is_met_exactly(coding: bytes, limit: int) -> None:
    decoded = decode_body(fields(coding), encoded(coding, b"x" * 100), limit)
    assert len(decoded.content) == min(limit, 100)
    assert decoded.truncated == (limit < 100)
    assert decoded.fault is None


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"gzip, gzip"])
def test_a_bomb_stops_at_the_limit(coding: bytes) -> None:
    bomb = bytes(64 << 20)
    bomb = brotli.compress(bomb, quality=1) if coding == b"br" else gzip.compress(bomb, 1)
    if b"," in coding:
        bomb = gzip.compress(bomb)
    tracemalloc.start()
    try:
        decoded = decode_body(fields(coding), bomb, 1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert decoded.truncated
    assert len(decoded.content) == 1 << 20
    assert peak < 8 << 20
