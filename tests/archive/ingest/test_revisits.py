"""The same payload again, or a 304, is a revisit record; a rebuild finds the same originals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from archive.extract import EXTRACTOR_VERSION
from archive.ingest import DerivationPool, Recorder, rebuild, recover
from archive.ingest.rebuild import own_files
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.compose import compose_record
from archive.warc.digest import sha1
from archive.warc.reader import read_exchange
from archive.warc.writer import WarcWriter
from archive.wire import parse_response

if TYPE_CHECKING:
    from pathlib import Path

    from archive.records import Capture

BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)
PAGE = (
    "<html><head><title>River rises</title></head><body><article><h1>River rises</h1>"
    + "".join(f"<p>Paragraph {n} says that the river has risen by {n} metres since the morning.</p>" for n in range(4))
    + "</article></body></html>"
).encode()  # fmt: skip


def answer(
    number: int, url: str, body: bytes = PAGE, *, status: int = 200, truncated: bool = False
) -> Exchange:
    head = b"HTTP/1.1 %d Fine\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    parsed = parse_response(head + body)
    return Exchange(
        url, BEGAN + timedelta(minutes=number), b"GET / HTTP/1.1\r\n\r\n", head + body, parsed.status, b"Fine",
        parsed.headers, parsed.body, truncated="disconnect" if truncated else None, provenance=Provenance(source="s"),
    )  # fmt: skip


A, B = "https://news.test/a.html", "https://news.test/b.html"
VISITS = [
    answer(0, A, truncated=True),  # not whole: no original of anything
    answer(1, A),
    answer(2, A),
    answer(3, B),
    answer(4, A, b"", status=304),
    answer(5, A, PAGE.replace(b"risen", b"fallen")),
    answer(6, A, b"", status=304),
    answer(7, A),
    answer(8, B, b""),
    answer(9, A, b""),
    answer(10, "https://news.test/c.html", b"", status=304),  # of nothing we have
]
REPEATS = [None, None, 2, 2, 2, None, 6, 2, None, None, None]
"""The id that each repeats; ids begin with 1."""


def record(folder: Path, visits: list[Exchange], *, every: int) -> list[Capture]:
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=4_000) as writer,
        DerivationPool(folder / "warc", 1) as pool,
    ):
        recorder = Recorder(writer, store)
        captures = []
        for number, visit in enumerate(visits, 1):
            captures.append(recorder.record(visit))
            if number % every == 0 or number == len(visits):
                pool.submit(recorder.checkpoint())
        for derived in pool.drain():
            store.apply(derived, EXTRACTOR_VERSION)
    return captures


def rows(folder: Path) -> list[list[tuple[object, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return [
            store.query(f"SELECT * FROM {name} ORDER BY id") for name in ("captures", "articles", "revisions")
        ]


@pytest.mark.parametrize("every", [1, 4, 100])
def test_what_repeats_is_a_revisit_of_the_first_and_a_rebuild_agrees(tmp_path: Path, every: int) -> None:
    captures = record(tmp_path, VISITS, every=every)
    assert [capture.revisit_of for capture in captures] == REPEATS
    before = rows(tmp_path)
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before


def test_an_unchanged_page_is_one_article_last_seen_at_its_last_visit(tmp_path: Path) -> None:
    record(tmp_path, VISITS[:5], every=2)
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        article = store.article(A)
        assert len(store.revisions(article.id)) == 1
        assert (article.status, article.last_seen) == ("live", "2026-04-22T12:04:00.000000Z")


def test_the_records_refer_to_their_originals_in_full(tmp_path: Path) -> None:
    record(tmp_path, VISITS, every=3)
    kinds = WarcRecordType.response | WarcRecordType.revisit
    ids, digests, revisits = {}, {}, []
    for path in own_files(tmp_path / "warc"):
        with path.open("rb") as file:
            for entry in ArchiveIterator(file, record_types=kinds, parse_http=False):
                head = dict(entry.headers.asdict())
                body = entry.reader.read()
                if head["WARC-Type"] == "revisit":
                    revisits.append((head, body))
                else:
                    ids[head["WARC-Target-URI"], head["WARC-Date"]] = head["WARC-Record-ID"]
                    digests[head["WARC-Record-ID"]] = head["WARC-Payload-Digest"]
    assert len(revisits) == sum(one is not None for one in REPEATS)
    for head, body in revisits:
        target = (head["WARC-Refers-To-Target-URI"], head["WARC-Refers-To-Date"])
        assert head["WARC-Refers-To"] == ids[target]
        assert head["WARC-Payload-Digest"] == digests[head["WARC-Refers-To"]]
        if head["WARC-Profile"].endswith("identical-payload-digest"):
            assert body.endswith(b"\r\n\r\n"), "it holds the head alone"
        else:
            assert body == b"", "or pywb takes the head of a 304 for all there is"
    profiles = [head["WARC-Profile"].rpartition("/")[2] for head, _ in revisits]
    assert profiles.count("server-not-modified") == 2
    assert profiles.count("identical-payload-digest") == 3


def test_recovery_finds_the_same_originals(tmp_path: Path) -> None:
    with (
        ArchiveStore.open(tmp_path) as store,
        WarcWriter(tmp_path / "warc", prefix="test", info={}, max_bytes=1 << 30) as writer,
    ):
        recorder = Recorder(writer, store)
        for visit in VISITS:
            recorder.record(visit)
        # The writer ends in order, but the captures never got their rows.
    with ArchiveStore.open(tmp_path) as store:
        (found,) = recover(tmp_path, store)
        assert found.captures_added == len(VISITS)
        assert [capture.revisit_of for capture in store.captures()] == REPEATS


def test_what_the_server_said_of_an_unchanged_page_is_read_back(tmp_path: Path) -> None:
    captures = record(tmp_path, VISITS, every=3)
    for visit, capture in zip(VISITS, captures, strict=True):
        if visit.status == 304:
            place = (capture.warc_file, capture.offset, capture.group_length)
            assert read_exchange(tmp_path / "warc", *place) == visit


def test_a_304_of_an_older_version_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Its block was the head, and its digest that of nothing."""
    old, head = answer(1, A), b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
    (capture,) = record(tmp_path, [old], every=1)
    (path,) = own_files(tmp_path / "warc")
    at = path.stat().st_size
    shared = {
        "WARC-Target-URI": A,
        "WARC-Date": "2026-04-22T12:04:00.000000Z",
        "WARC-Block-Digest": sha1(head),
    }
    revisit = compose_record(
        "revisit",
        shared
        | {
            "WARC-Record-ID": "<urn:uuid:1>",
            "WARC-Payload-Digest": sha1(b""),
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
            "WARC-Refers-To-Target-URI": A,
            "WARC-Refers-To-Date": "2026-04-22T12:01:00.000000Z",
        },
        "application/http; msgtype=response",
        head,
    )
    said = shared | {
        "WARC-Record-ID": "<urn:uuid:2>",
        "WARC-Concurrent-To": "<urn:uuid:1>",
        "WARC-Block-Digest": sha1(b""),
    }
    beside = compose_record("metadata", said, "application/warc-fields", b"")
    with path.open("ab") as file:
        file.write(revisit + beside)
    found = read_exchange(tmp_path / "warc", capture.warc_file, at, len(revisit + beside))
    assert (found.status, found.response, found.body) == (304, head, b"")
    rebuild(tmp_path, workers=1)
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        again = store.capture(2)
        assert (again.status, again.revisit_of, again.payload_digest) == (304, 1, sha1(b""))
