"""Recording and deriving: the same live, again from WARC, after a crash and for files from disk."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import signal
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.errors import NotFoundError
from archive.extract import EXTRACTOR_VERSION
from archive.extract.sites import Rules, SiteKnowledge
from archive.ingest import (
    DerivationPool,
    PageChange,
    Recorder,
    Reextracted,
    derive,
    derive_exchange,
    rebuild,
    record_files,
    recover,
    reextract,
)
from archive.ingest.rebuild import own_files
from archive.records import Article, Exchange, Provenance, Rejected, UsagePreference
from archive.store import ArchiveStore, Filters
from archive.warc.writer import OPEN_SUFFIX, WarcWriter
from archive.wire import decode_body, parse_response
from crawler.demo.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.records import Capture

SITE = "http://lantern.test"
BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)


def exchanges() -> list[Exchange]:
    """Every page of the demo site, as a server might send it: plain, compressed, in chunks."""
    found = []
    for number, (path, page) in enumerate(Pages(SITE).all()):
        body, fields = page.body, [b"Content-Type: " + page.content_type.encode()]
        if number % 2:
            body = gzip.compress(body, mtime=0)
            fields.append(b"Content-Encoding: gzip")
        if number % 3:
            fields.append(b"Transfer-Encoding: chunked")
            body = b"%x;ext=1\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            fields.append(b"Content-Length: %d" % len(body))
        head = b"HTTP/1.1 %d Fine\r\n" % page.status + b"\r\n".join(fields) + b"\r\n\r\n"
        found.append(exchange(f"{SITE}{path}", head + body, BEGAN + timedelta(seconds=number)))
    return found


def exchange(url: str, response: bytes, started: datetime = BEGAN) -> Exchange:
    parsed = parse_response(response)
    return Exchange(
        url, started, b"GET / HTTP/1.1\r\nHost: lantern.test\r\n\r\n", response, parsed.status, parsed.reason,
        parsed.headers, parsed.body, provenance=Provenance(source="lantern", timezone="Asia/Damascus"),
    )  # fmt: skip


@contextmanager
def recording(folder: Path) -> Iterator[tuple[Recorder, ArchiveStore]]:
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=20_000) as writer,
    ):
        yield Recorder(writer, store), store


def test_live_and_replayed_are_equal_for_every_page(tmp_path: Path) -> None:
    kinds = set()
    with recording(tmp_path) as (recorder, _):
        for live in exchanges():
            capture = recorder.record(live)
            recorder.checkpoint()
            place = (capture.warc_file, capture.offset, capture.group_length)
            replayed = derive(tmp_path / "warc", *place)
            assert replayed == derive_exchange(live)
            kinds.add(type(replayed))
    assert kinds == {Article, Rejected}


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        tables = ("captures", "articles", "revisions", "articles_folded")
        return {table: store.query(f"SELECT * FROM {table} ORDER BY id") for table in tables}


def archive_of(folder: Path, recorded: list[Exchange]) -> list[Capture]:
    with recording(folder) as (recorder, store):
        captures = [recorder.record(one) for one in recorded]
        waiting = recorder.checkpoint()
        with DerivationPool(folder / "warc", 2) as pool:
            pool.submit(waiting)
            for derived in pool.drain():
                store.apply(derived, EXTRACTOR_VERSION)
    return captures


def test_a_rebuild_gives_the_same_rows(tmp_path: Path) -> None:
    first = exchanges()
    changed = exchange(first[8].url, first[9].response, BEGAN + timedelta(days=1))
    captures = archive_of(tmp_path, [*first, *first[:4], changed])
    assert len(own_files(tmp_path / "warc")) > 1, "it is to span files"
    before = rows(tmp_path)
    rebuilt = rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before
    assert rebuilt.captures == len(captures)
    assert rebuilt.articles == len(before["articles"]) > 10
    assert rebuilt.faults == ()
    assert not (tmp_path / "archive.db.rebuilt").exists()


TWO_LANGUAGES = """<html lang=en><body><article><h1>Ferry returns | عادت العبّارة</h1>
<p>The ferry between the two banks of the estuary sailed again on Thursday, for the first time since the storm.</p>
<p>Bicycles travel free of charge until the end of the year, the council said after its meeting on the quay.</p>
<p>About forty passengers, most of them on their way to the market, took the first crossing at half past six.</p>
<p>أبحرت العبّارة بين ضفتي المصب يوم الخميس للمرة الأولى منذ العاصفة التي دمّرت الرصيف قبل أسابيع،
وكان على متنها أربعون راكباً في طريقهم إلى السوق.</p>
<p>وقال المجلس البلدي بعد اجتماعه على الرصيف إنّ نقل الدراجات سيبقى مجانياً حتى نهاية العام الجاري،
وإنّ الأجرة لن ترتفع قبل الربيع المقبل.</p>
</article>"""


def test_an_article_in_two_languages_has_both_after_a_rebuild(tmp_path: Path) -> None:
    page = TWO_LANGUAGES.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
    archive_of(tmp_path, [exchange(f"{SITE}/ferry", head % len(page) + page)])
    before = rows(tmp_path)

    def languages() -> tuple[object, ...]:
        with ArchiveStore.open(tmp_path, readonly=True) as store:
            article = store.article("1")
            return article.language, article.languages, article.script

    assert languages() == ("en", ("en", "ar"), "Latn")
    rebuild(tmp_path, workers=1)
    assert languages() == ("en", ("en", "ar"), "Latn")
    assert rows(tmp_path) == before


OPT_OUT = b"X-Robots-Tag: noarchive, noai\r\nX-Robots-Tag: googlebot: noindex\r\ntdm-reservation: 1\r\n"


def with_fields(of: Exchange, fields: bytes, started: datetime) -> Exchange:
    """The same answer with further header fields, and a comment in its page so that it is no revisit."""
    fields += b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    body = decode_body(of.headers, of.body, 1 << 20).content + b"<!--" + started.isoformat().encode() + b"-->"
    return exchange(of.url, b"HTTP/1.1 200 OK\r\n" + fields % len(body) + body, started)


def test_what_a_page_says_of_its_use_is_recorded_as_it_said_it_last(tmp_path: Path) -> None:
    page = next(one for one in exchanges() if isinstance(derive_exchange(one), Article))
    looks = [b"", OPT_OUT, b"tdm-reservation: 0\r\n"]
    archive_of(
        tmp_path, [with_fields(page, fields, BEGAN + timedelta(hours=at)) for at, fields in enumerate(looks)]
    )
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        article = store.article("1")
        assert article.usage_preferences == (UsagePreference("header:tdm-reservation", "0"),)
        assert article.status == "live", "no word of it changed"
        (revision,) = store.revisions(1)
        assert revision.usage_preferences == ()
        assert store.fate(2).usage_preferences == (
            UsagePreference("header:x-robots-tag", "noarchive, noai"),
            UsagePreference("header:tdm-reservation", "1"),
        )
    before = rows(tmp_path)
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before


def test_where_redirects_lead_is_recorded(tmp_path: Path) -> None:
    answers = [
        b"HTTP/1.1 301 Moved\r\nLocation: /caf\xc3\xa9#top\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: mailto:a@b.c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ]
    captures = archive_of(tmp_path, [exchange(f"{SITE}/a", one) for one in answers])
    assert [one.location for one in captures] == [f"{SITE}/caf%C3%A9", None, None]
    before = rows(tmp_path)
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before


def test_a_rebuild_passes_over_damage_and_tells_it(tmp_path: Path) -> None:
    captures = archive_of(tmp_path, exchanges())
    path = tmp_path / "warc" / captures[2].warc_file
    content = bytearray(path.read_bytes())
    content[captures[2].offset + 40] ^= 0xFF
    path.write_bytes(content)
    rebuilt = rebuild(tmp_path, workers=1)
    assert rebuilt.captures == len(captures) - 1
    assert str(captures[2].offset) in rebuilt.faults[0]


def crashed(folder: Path, recorded: list[Exchange], *, indexed: int, torn: bytes = b"") -> Path:
    """What a kill -9 leaves: a file still open, the last captures without a row, a torn tail."""
    child = os.fork()
    if child == 0:
        with ArchiveStore.open(folder) as store:
            writer = WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=1 << 30)
            recorder = Recorder(writer, store)
            for number, one in enumerate(recorded):
                recorder.record(one)
                if number + 1 == indexed:
                    recorder.checkpoint()
            writer.sync()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (path,) = (folder / "warc").glob(f"*{OPEN_SUFFIX}")
    with path.open("ab") as file:
        file.write(torn)
    return path


@pytest.mark.parametrize("indexed", [0, 3, 8])
def test_recovery_indexes_what_is_whole_and_keeps_the_torn_tail_aside(tmp_path: Path, indexed: int) -> None:
    recorded = exchanges()[:8]
    torn = gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n" + os.urandom(500), mtime=0)[:-20]
    path = crashed(tmp_path, recorded, indexed=indexed, torn=torn)
    with ArchiveStore.open(tmp_path) as store:
        (found,) = recover(tmp_path, store)
        captures = list(store.captures())
        assert (found.captures_added, found.torn_bytes) == (8 - indexed, len(torn))
        assert [capture.id for capture in captures] == list(range(1, 9))
        assert [capture.url for capture in captures] == [one.url for one in recorded]
        assert len(store.waiting()) == sum(one.status == 200 for one in recorded)
        assert recover(tmp_path, store) == []
    assert not path.exists()
    finished = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    subprocess.run(["gzip", "-t", finished], check=True)
    (aside,) = (tmp_path / "warc" / "torn").iterdir()
    assert aside.read_bytes() == torn


def test_an_incomplete_attempt_is_torn_too(tmp_path: Path) -> None:
    path = crashed(tmp_path, exchanges()[:3], indexed=3)
    whole = path.stat().st_size
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        last = list(store.captures())[-1]
    with path.open("r+b") as file:  # the response's member alone came through
        file.truncate(last.offset + last.length)
    with ArchiveStore.open(tmp_path) as store:
        (found,) = recover(tmp_path, store)
    assert found.torn_bytes == last.length
    assert path.with_name(path.name.removesuffix(OPEN_SUFFIX)).stat().st_size == last.offset < whole


def test_a_file_being_written_is_left_alone(tmp_path: Path) -> None:
    with recording(tmp_path) as (recorder, store):
        recorder.record(exchanges()[0])
        assert recover(tmp_path, store) == []
        assert list((tmp_path / "warc").glob(f"*{OPEN_SUFFIX}"))


def test_a_killed_worker_costs_no_page(tmp_path: Path) -> None:
    with recording(tmp_path) as (recorder, _):
        for one in exchanges():
            recorder.record(one)
        waiting = recorder.checkpoint()
    with DerivationPool(tmp_path / "warc", 2) as pool:
        pool.submit(waiting)
        first = next(pool.drain())
        for worker in multiprocessing.active_children():
            worker.kill()
        derived = first + [pair for batch in pool.drain() for pair in batch]
    assert [capture for capture, _ in derived] == waiting, "in the order of submission"
    assert not [
        outcome for _, outcome in derived if isinstance(outcome, Rejected) and outcome.reason == "fault"
    ]


def test_a_record_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    captures = archive_of(tmp_path, exchanges())
    path = tmp_path / "warc" / captures[9].warc_file
    content = bytearray(path.read_bytes())
    content[captures[9].offset + 30] ^= 0xFF
    path.write_bytes(content)
    with DerivationPool(tmp_path / "warc", 1) as pool:
        pool.submit(captures[8:12])
        outcomes = [outcome for batch in pool.drain() for _, outcome in batch]
    assert [isinstance(outcome, Rejected) and outcome.reason == "fault" for outcome in outcomes] == [
        False, True, False, False,
    ]  # fmt: skip


SAID_BEFORE = (UsagePreference("meta:robots", "noai"),)


def test_reextraction_tells_each_field_that_differs(tmp_path: Path) -> None:
    archive_of(tmp_path, exchanges())
    before = rows(tmp_path)
    with ArchiveStore.open(tmp_path) as store:
        article = next(iter(store.select(Filters())))
        store.apply(
            [
                (
                    store.capture(article.capture_id),
                    Article(
                        article.url, article.canonical_url, "Old", "Old text.", usage_preferences=SAID_BEFORE
                    ),
                )
            ],
            EXTRACTOR_VERSION,
        )
        with DerivationPool(tmp_path / "warc", 1) as pool:
            counts: list[int] = []
            *differences, sums = reextract(
                store, pool, Filters(), dry_run=True, progress=lambda sums: counts.append(sums.captures)
            )
            assert isinstance(sums, Reextracted)
            assert counts[-1] == sums.captures
            assert sums.articles_different == 1
            (change,) = differences
            assert isinstance(change, PageChange)
            assert (change.lost, change.won) == (1.0, 1.0), "no word of the text is one of the old"
            told = {difference.field: difference.before for difference in change.differences}
            assert (told["title"], told["text"]) == ("Old", "Old text.")
            assert told["usage_preferences"] == SAID_BEFORE
            list(reextract(store, pool, Filters(), dry_run=False))
            *differences, sums = reextract(store, pool, Filters(), dry_run=True)
    assert differences == []
    assert rows(tmp_path)["articles"] == before["articles"]


NOTICE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    b"<html><head><title>Page not found</title></head><body><p>Sorry, this page was not found.</p></body></html>"
)


def test_a_page_that_gave_way_to_a_notice_is_deleted_after_a_rebuild_too(tmp_path: Path) -> None:
    """The second notice is a revisit of the first."""
    page = next(one for one in exchanges() if isinstance(derive_exchange(one), Article))
    notices = [exchange(page.url, NOTICE, BEGAN + timedelta(days=day)) for day in (1, 2)]
    captures = archive_of(tmp_path, [page, *notices])
    assert captures[2].record_type == "revisit"
    with ArchiveStore.open(tmp_path) as store:
        assert store.article("1").status == "deleted"
        before = rows(tmp_path)
        store.apply([(captures[1], Rejected("listing", "an older reading of it"))], "0")
        assert store.article("1").status == "live"
        with DerivationPool(tmp_path / "warc", 1) as pool:
            *_, sums = reextract(store, pool, Filters(), dry_run=False)
            assert isinstance(sums, Reextracted)
            assert sums.captures == 2
            *_, sums = reextract(store, pool, Filters(), dry_run=True)
            assert isinstance(sums, Reextracted)
            assert (sums.captures, sums.newly_articles) == (2, 0), "each capture once"
    assert rows(tmp_path) == before
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before


def test_files_from_disk_are_kept_byte_for_byte_and_once(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    text = "خبر قصير\n\nسقط المطر أمس.\n\nاترك تعليقاً\n".encode()
    (files / "a.txt").write_bytes(text)
    (files / "b.html").write_bytes(exchanges()[7].body)
    (files / "c.html.gz").write_bytes(gzip.compress(text))
    (files / "d.pdf").write_bytes(b"%PDF")
    (files / "e.txt").write_bytes(b" \n")
    with recording(tmp_path) as (recorder, store):
        first = record_files([files], recorder, store)
        recorder.checkpoint()
        again = record_files([files], recorder, store)
        assert (first.files, again.files, again.unchanged) == (3, 0, 3)
        assert sorted(path.rpartition("/")[2] for path in first.refused) == ["d.pdf", "e.txt"]
        capture = next(store.captures(url=(files / "a.txt").as_uri()))
        extraction = derive(tmp_path / "warc", capture.warc_file, capture.offset, capture.group_length)
        assert isinstance(extraction, Article)
        assert (extraction.title, extraction.text) == ("خبر قصير", "سقط المطر أمس.")
        with pytest.raises(NotFoundError, match=r"missing\.txt"):
            record_files([files / "missing.txt"], recorder, store)


def test_a_rebuild_with_the_same_rules_gives_the_same_rows(tmp_path: Path) -> None:
    known = SiteKnowledge({"lantern": (Rules({"title": ("//nosuch", "concat('By rule: ', //title)")}),)})
    archive_of(tmp_path, exchanges())
    with ArchiveStore.open(tmp_path) as store, DerivationPool(tmp_path / "warc", 1, known=known) as pool:
        *_, sums = reextract(store, pool, Filters(), dry_run=False)
        assert isinstance(sums, Reextracted)
        assert sums.articles_same == 0
        article = next(iter(store.select(Filters())))
        (rules,) = known.rules["lantern"]
        assert article.title.startswith("By rule: ")
        assert article.extractor_version == f"{EXTRACTOR_VERSION}+{rules.digest}"
        assert article.status == "live", "another reading is no edit"
    ruled = rows(tmp_path)
    rebuild(tmp_path, workers=1, known=known)
    assert rows(tmp_path) == ruled
