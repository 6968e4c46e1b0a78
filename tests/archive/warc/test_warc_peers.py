"""Other programs read our files, and read the same."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.warc.location import Original

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable
    from pathlib import Path

    from archive.records import Exchange
    from archive.warc.location import Location
    from archive.warc.writer import WarcWriter

BODY = b"<html><title>Replayed</title><p>The council met.</p></html>"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b"X-Odd: caf\xe9\r\n\r\n"
    + b'%x;a="b"\r\n%s\r\n' % (20, BODY[:20])
    + b"%x\r\n%s\r\n" % (len(BODY) - 20, BODY[20:])
) + b"0\r\n\r\n"


@pytest.fixture
def mixed(
    new_writer: Callable[..., WarcWriter],
    page: Exchange,
    pages: Callable[[int], list[Exchange]],
    make_page: Callable[..., Exchange],
    tmp_path: Path,
) -> tuple[Path, list[tuple[Location, Exchange]]]:
    """A file with a sound page, odd ones, and an attempt without an answer."""
    packed = gzip.compress(os.urandom(80_000))
    coded = make_page(
        "https://news.test/coded", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed
    )
    exchanges = [page, coded, *pages(2)]
    with new_writer() as writer:
        places = [writer.append(exchange) for exchange in exchanges]
    return tmp_path / "warc" / places[0].warc_file, list(zip(places, exchanges, strict=True))


def test_gzip_finds_nothing_wrong(mixed: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    with gzip.open(mixed[0]) as stream:
        assert stream.read().startswith(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n")


def test_warcio_reads_the_blocks_as_they_are(mixed: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = mixed
    blocks: dict[str, list[bytes]] = {}
    offsets: list[tuple[int, int]] = []
    with path.open("rb") as stream:
        records = ArchiveIterator(stream, no_record_parse=True)
        for record in records:
            blocks.setdefault(record.rec_type, []).append(record.raw_stream.read())
            if record.rec_type == "response":
                offsets.append((records.get_record_offset(), records.get_record_length()))
            if record.rec_type != "warcinfo":
                assert record.rec_headers.get_header("WARC-Concurrent-To") or record.rec_type == "response"
    assert blocks["response"] == [exchange.response for _, exchange in pairs]
    assert blocks["request"] == [exchange.request for _, exchange in pairs]
    assert len(blocks["metadata"]) == len(pairs)
    assert offsets == [(place.offset, place.length) for place, _ in pairs]
    assert b"software: warraq/test" in blocks["warcinfo"][0]


def test_warcio_agrees_with_the_digests(mixed: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    arguments = type("Arguments", (), {"inputs": [str(mixed[0])], "verbose": False})
    checker = Checker(arguments)
    checker.process_one(str(mixed[0]))
    assert checker.exit_value == 0


def test_fastwarc_agrees_with_the_digests(mixed: tuple[Path, list[tuple[Location, Exchange]]]) -> None:
    path, pairs = mixed
    found = []
    with path.open("rb") as stream:
        for record in FastIterator(stream, parse_http=False):
            if record.headers["WARC-Type"] == "warcinfo":
                continue
            assert record.verify_block_digest()
            if record.headers["WARC-Type"] == "response":
                found.append((record.stream_pos, record.reader.read()))
    assert found == [(place.offset, exchange.response) for place, exchange in pairs]


def test_peers_agree_with_the_digests_of_a_304(
    new_writer: Callable[..., WarcWriter], make_page: Callable[..., Exchange], tmp_path: Path
) -> None:
    """Its block is empty, and its payload's digest that of another record's."""
    page = make_page()
    with new_writer() as writer:
        place = writer.append(page)
        original = Original(
            page.url, page.started, place.record_id, "server-not-modified", place.payload_digest
        )
        again = writer.append(make_page(response=b"HTTP/1.1 304 Not Modified\r\n\r\n"), revisit=original)
    path = tmp_path / "warc" / place.warc_file
    checker = Checker(type("Arguments", (), {"inputs": [str(path)], "verbose": False}))
    checker.process_one(str(path))
    assert checker.exit_value == 0
    with path.open("rb") as file:
        blocks = {
            record.stream_pos: (
                record.headers["WARC-Type"],
                record.verify_block_digest(),
                record.reader.read(),
            )
            for record in FastIterator(file, parse_http=False)
            if record.headers["WARC-Type"] != "warcinfo"
        }
    assert all(sound for _, sound, _ in blocks.values())
    assert blocks[again.offset] == ("revisit", True, b"")


@pytest.mark.oracle
def test_cdxj_indexer_finds_each_response(
    mixed: tuple[Path, list[tuple[Location, Exchange]]], oracles: Path
) -> None:
    path, pairs = mixed
    ran = subprocess.run([oracles / "cdxj-indexer", path], capture_output=True, check=True, text=True)
    rows = [json.loads(line.split(" ", 2)[2]) for line in ran.stdout.splitlines()]
    rows.sort(key=lambda row: int(row["offset"]))
    assert [(int(row["offset"]), int(row["length"]), row["digest"], row["url"]) for row in rows] == [
        (place.offset, place.length, place.payload_digest, exchange.url) for place, exchange in pairs
    ]


@pytest.mark.oracle
def test_pywb_replays_the_payload(
    new_writer: Callable[..., WarcWriter],
    make_page: Callable[..., Exchange],
    wayback: Callable[[Path], http.client.HTTPConnection],
    tmp_path: Path,
) -> None:
    with new_writer() as writer:
        place = writer.append(make_page(url="http://news.test/replayed", response=CHUNKED))
    connection = wayback(tmp_path / "warc" / place.warc_file)
    connection.request("GET", "/own/20260102030405id_/http://news.test/replayed")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read() == BODY
