"""Foreign files: kept byte for byte, read where they lie, the same after a crash and after a rebuild."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.custody import manifest
from archive.custody.verify import Listener, verify
from archive.errors import ArchiveError
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import DerivationPool, Recorder, rebuild, recover
from archive.ingest import foreign as importing
from archive.ingest.foreign import ForeignImporter, Origin, Taken
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore, Filters
from archive.urls import canonical
from archive.warc.digest import sha1
from archive.warc.reader import read_exchange, record_id_at
from archive.warc.writer import WarcWriter
from archive.wire import parse_response
from crawler.demo.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.custody.problems import Problem

SITE = "http://elsewhere.test"
ARTICLES = {
    f"{SITE}{path}": page.body
    for path, page in Pages(SITE).all()
    if page.status == 200 and page.content_type.startswith("text/html")
}
STORY = next((url, body) for url, body in ARTICLES.items() if b'"NewsArticle"' in body)
IMAGE = f"{SITE}/a.png"


def record(kind: str, url: str, block: bytes, **said: str) -> bytes:
    """A record as its bytes, uncompressed."""
    head = {
        "WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": "2020-05-01T10:00:00Z",
        "WARC-Record-ID": f"<urn:uuid:{hashlib.md5(kind.encode() + url.encode() + block).hexdigest()}>",
        "Content-Type": "application/http; msgtype=response", "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in said.items()},
    }  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def page(body: bytes, media_type: str = "text/html") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        media_type.encode(), len(body), body,
    )  # fmt: skip


def sound() -> list[bytes]:
    """A crawl as others write it: requests first, other records between, images, a revisit, a DNS answer."""
    records = [record("warcinfo", "", b"software: other\r\n", Content_Type="application/warc-fields")]
    for number, (url, body) in enumerate(ARTICLES.items()):
        block = page(body)
        if number % 3 == 1:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
            block = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        records.append(
            record(
                "request", url, b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http; msgtype=request"
            )
        )
        records.append(
            record("response", f"<{url}>" if number == 2 else url, block, WARC_Payload_Digest=sha1(body))
        )
    first, body = next(iter(ARTICLES.items()))
    records += [
        record("response", IMAGE, page(b"\x89PNG", "image/png")),
        record(
            "revisit",
            first,
            b"HTTP/1.1 200 OK\r\n\r\n",
            WARC_Payload_Digest=sha1(body),
            WARC_Date="2020-06-01T10:00:00.123456789Z",
        ),
        record("response", "dns:elsewhere.test", b"20200501\r\n192.0.2.1\r\n", Content_Type="text/dns"),
        record("metadata", first, b"fetchTimeMs: soon\r\n", Content_Type="application/warc-fields"),
        record("resource", "urn:pageinfo:x", b"{}", Content_Type="application/json"),
    ]
    return records


def as_arc(records: dict[str, bytes]) -> list[bytes]:
    version = b"1 0 Other\nURL IP-address Archive-date Content-type Archive-length\n"
    found = [b"filedesc://x.arc 0.0.0.0 20200501100000 text/plain %d\n%s\n" % (len(version), version)]
    for url, body in records.items():
        block = page(body)
        found.append(b"%s 192.0.2.1 20200501100000 text/html %d\n%s\n" % (url.encode(), len(block), block))
    return found


FORMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzipped": ("a.warc.gz", lambda: b"".join(map(gzip.compress, sound()))),
    "plain": ("a.warc", lambda: b"".join(sound())),
    "arc": ("a.arc", lambda: b"".join(as_arc(ARTICLES))),
    "gzipped arc": ("a.arc.gz", lambda: b"".join(map(gzip.compress, as_arc(ARTICLES)))),
}


class Archive:
    """An archive to import into, as the command does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, *paths: Path, derive: bool = True) -> list[Taken]:
        found: list[Taken] = []
        with (
            ArchiveStore.open(self.folder) as store,
            WarcWriter(
                self.folder / "warc", prefix="test", info={}, max_bytes=10**9,
                on_finished=manifest.appender(self.folder),
            ) as writer,
        ):  # fmt: skip
            recover(self.folder, store)
            importer = ForeignImporter(self.folder, Recorder(writer, store), store)
            for path in paths:
                found += importer.take_file(path)
            if derive:
                self.derive(store)
        return found

    def derive(self, store: ArchiveStore) -> None:
        with DerivationPool(self.folder / "warc", 1) as pool:
            pool.submit(store.waiting())
            for derived in pool.drain():
                store.apply(derived, EXTRACTOR_VERSION)

    def fetch(self, url: str, body: bytes) -> None:
        """Record a page of our own."""
        response = page(body)
        parsed = parse_response(response)
        exchange = Exchange(
            url, datetime.now(UTC), b"GET / HTTP/1.1\r\n\r\n", response, parsed.status, parsed.reason, parsed.headers,
            parsed.body, provenance=Provenance(source="own"),
        )  # fmt: skip
        with (
            ArchiveStore.open(self.folder) as store,
            WarcWriter(
                self.folder / "warc", prefix="test", info={}, max_bytes=10**9,
                on_finished=manifest.appender(self.folder),
            ) as writer,
        ):  # fmt: skip
            recover(self.folder, store)
            recorder = Recorder(writer, store)
            recorder.record(exchange)
            recorder.checkpoint()
            self.derive(store)

    @property
    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        with ArchiveStore.open(self.folder, readonly=True) as store:
            return {
                table: store.query(f"SELECT * FROM {table} ORDER BY id")
                for table in ("captures", "articles", "revisions", "articles_folded")
            }

    def problems(self) -> list[Problem]:
        found: list[Problem] = []
        verify(self.folder, Listener(found.append))
        return found

    def kept(self) -> list[Path]:
        return sorted((self.folder / "warc" / "imported").iterdir())


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    folder = tmp_path / "news"
    folder.mkdir()
    return Archive(folder)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_kept_as_it_is_and_gives_its_articles(
    archive: Archive, tmp_path: Path, form: str
) -> None:
    name, make = FORMS[form]
    content = make()
    (taken,) = archive.take(written(tmp_path, name, content))
    (kept,) = archive.kept()
    assert kept.read_bytes() == content
    assert kept.name == f"{hashlib.sha256(content).hexdigest()[:16]}-{name}"
    assert (taken.faults, taken.unchanged, taken.warc_file) == ([], False, f"imported/{kept.name}")
    assert taken.captures == len(ARTICLES) + (0 if "arc" in form.split() else 2)
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        articles = {article.url: article for article in store.select(Filters())}
        assert len(articles) > 10
        assert set(articles) <= set(ARTICLES)
        for article in articles.values():
            capture = store.capture(article.capture_id)
            exchange = read_exchange(
                archive.folder / "warc", capture.warc_file, capture.offset, capture.group_length
            )
            assert exchange.url == capture.url == article.url
            assert exchange.body == ARTICLES[article.url]
            assert exchange.started == capture.started == datetime(2020, 5, 1, 10, tzinfo=UTC)
            assert capture.payload_digest == sha1(exchange.body)
            assert record_id_at(archive.folder / "warc", capture.warc_file, capture.offset).startswith(
                "<urn:uuid:"
            )
        assert store.waiting() == []
    assert archive.problems() == []


def test_what_is_no_page_is_indexed_and_not_read(archive: Archive, tmp_path: Path) -> None:
    name, make = FORMS["gzipped"]
    archive.take(written(tmp_path, name, make()))
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        (image,) = store.captures(url=IMAGE)
        assert (image.role, image.media_type, store.fate(image.id).outcome) == (
            "requisite",
            "image/png",
            "none",
        )
        first = next(iter(ARTICLES))
        original, revisit = store.captures(url=first)
        assert (revisit.record_type, revisit.revisit_of) == ("revisit", original.id)
        assert not list(store.captures(url="dns:elsewhere.test"))


def test_a_rebuild_gives_the_same_rows(archive: Archive, tmp_path: Path) -> None:
    """With pages of our own before, between and behind, one of which has the same payload as an imported one."""
    (_, body), (second, other), *_ = ARTICLES.items()
    archive.fetch("http://own.test/before", body)
    archive.take(written(tmp_path, *_named("gzipped")), written(tmp_path, *_named("arc")))
    archive.fetch(second, other)
    archive.take(written(tmp_path, *_named("plain")))
    archive.fetch("http://own.test/behind", other)
    before = archive.rows
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        (behind,) = store.captures(url="http://own.test/behind")
        assert behind.record_type == "revisit"
        assert behind.revisit_of is not None
        assert store.capture(behind.revisit_of).source == "own", "it refers to nothing that is not ours"
    rebuilt = rebuild(archive.folder, workers=1)
    assert rebuilt.faults == ()
    assert archive.rows == before
    assert archive.problems() == []


def _named(form: str) -> tuple[str, bytes]:
    name, make = FORMS[form]
    return name, make()


def test_importing_again_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    path = written(tmp_path, *_named("gzipped"))
    archive.take(path)
    before, kept = archive.rows, archive.kept()
    (again,) = archive.take(path.rename(tmp_path / "renamed.warc.gz"))
    assert (again.unchanged, again.captures) == (True, 0)
    assert (archive.rows, archive.kept()) == (before, kept)


@pytest.mark.parametrize("done", [0, 1, 3, 10])
def test_an_import_that_is_cut_short_is_completed(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    """At the mark, and after some captures; the ids are those of an import that was not."""
    path = written(tmp_path, *_named("plain"))
    whole = Archive(tmp_path / "whole")
    whole.folder.mkdir()
    whole.take(path)
    monkeypatch.setattr(importing, "BATCH_CAPTURES", 1)
    adopt = Recorder.adopt
    count = 0

    def dying(self: Recorder, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count > done:
            raise KeyboardInterrupt
        return adopt(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "adopt", dying)
        with pytest.raises(KeyboardInterrupt):
            archive.take(path)
    with ArchiveStore.open(archive.folder) as store:
        recover(archive.folder, store)
        recover(archive.folder, store)
        archive.derive(store)

    def comparable(rows: dict[str, list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        return [row[:4] + row[5:] for row in rows["captures"][1:]]

    assert comparable(archive.rows) == comparable(whole.rows)
    assert len(archive.rows["articles"]) == len(whole.rows["articles"])
    assert archive.problems() == []
    (again,) = archive.take(path)
    assert again.unchanged


def test_a_copy_without_its_mark_is_taken_again_under_any_name(archive: Archive, tmp_path: Path) -> None:
    """What a kill leaves between the two; and no other file is overwritten, whatever its hash begins with."""
    content = _named("plain")[1]
    imported = archive.folder / "warc" / "imported"
    imported.mkdir(parents=True)
    begins = hashlib.sha256(content).hexdigest()[:16]
    (imported / f"{begins}-before.warc").write_bytes(content)
    (imported / f"{begins}-taken.warc").write_bytes(b"another, made to have this hash")
    with pytest.raises(ValueError, match="is another file that is in the archive already"):
        archive.take(written(tmp_path, "taken.warc", content), derive=False)
    archive.take(written(tmp_path, "behind.warc", content), derive=False)
    assert [path.name for path in archive.kept()] == [f"{begins}-behind.warc", f"{begins}-taken.warc"]
    assert (imported / f"{begins}-taken.warc").read_bytes() == b"another, made to have this hash"


def test_the_mark_alone_on_disk_is_enough(archive: Archive, tmp_path: Path) -> None:
    """What a power cut leaves: the WARC bytes are durable, no row is."""
    archive.fetch("http://own.test/", b"<p>own</p>")
    archive.take(written(tmp_path, *_named("gzipped")))
    archive.fetch("http://own.test/2", b"<p>own too</p>")
    before = archive.rows
    for file in archive.folder.glob("archive.db*"):
        file.unlink()
    with ArchiveStore.open(archive.folder) as store:
        recover(archive.folder, store)
        archive.derive(store)
    assert archive.rows == before


@pytest.mark.parametrize("form", ["gzipped", "plain", "arc"])
def test_what_is_torn_is_imported_as_far_as_it_is_sound(archive: Archive, tmp_path: Path, form: str) -> None:
    name, content = _named(form)
    (taken,) = archive.take(written(tmp_path, name, content[:-4000]))
    assert 5 < taken.captures < len(ARTICLES) + 2
    assert len(taken.faults) == 1
    assert taken.faults[0].startswith("at byte ")
    assert archive.problems() == [], "it is the file that came"


@pytest.mark.parametrize("form", ["gzipped", "plain", "gzipped arc"])
def test_damage_costs_its_own_record_alone(archive: Archive, tmp_path: Path, form: str) -> None:
    name, content = _named(form)
    half = len(content) // 2
    (taken,) = archive.take(written(tmp_path, name, content[:half] + b"\0" * 50 + content[half + 50 :]))
    whole = len(ARTICLES) + (0 if "arc" in form.split() else 2)
    assert whole - 2 <= taken.captures <= whole, "the bytes may lie in two"
    assert taken.faults_in_all >= 1


def test_concatenated_files_of_different_kinds_are_read_through(archive: Archive, tmp_path: Path) -> None:
    content = b"".join(_named(form)[1] for form in ("gzipped", "gzipped arc"))
    (taken,) = archive.take(written(tmp_path, "both.warc.gz", content))
    assert (taken.captures, taken.faults) == (2 * len(ARTICLES) + 2, [])


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"WARC_Block_Digest": sha1(b"other")}, "the block has not the digest"),
        ({"WARC_Payload_Digest": sha1(b"other")}, "the payload has not the digest"),
        ({"WARC_Payload_Digest": "sha256:" + "0" * 64}, "the payload has not the digest"),
        ({"Content_Length": "5"}, "not as long"),
        ({"Content_Length": "99999"}, "not as long"),
        ({"Content_Length": "9" * 30}, "a record of more than"),
        ({"Content_Length": str(1 << 31)}, "more than 1073741824 are not read"),
        ({"Content_Length": "-1"}, "without a Content-Length"),
        ({"WARC_Date": "yesterday"}, "Invalid isoformat"),
        ({"WARC_Date": "2020-05-01T10:00:00"}, "without a time zone"),
        ({"WARC_Date": "9999-12-31T23:59:59-23:59"}, "out of all bounds"),
        ({"WARC_Date": "0001-01-01T00:00:00+23:59"}, "out of all bounds"),
        ({"WARC_Date": "0000"}, "year 0"),
    ],
)
def test_records_that_lie_are_told(
    archive: Archive, tmp_path: Path, said: dict[str, str], fault: str
) -> None:
    records = [
        record("response", f"{SITE}/before", page(b"<p>1</p>")),
        record("response", f"{SITE}/liar", page(b"<p>2</p>"), **said),
        record("response", f"{SITE}/behind", page(b"<p>3</p>")),
    ]
    for name, content in (
        ("a.warc.gz", b"".join(map(gzip.compress, records))),
        ("a.warc", b"".join(records)),
    ):
        (taken,) = archive.take(written(tmp_path, name, content), derive=False)
        assert any(fault in one for one in taken.faults), (name, taken.faults)
        with ArchiveStore.open(archive.folder, readonly=True) as store:
            captured = [c.url for c in store.captures() if c.warc_file == taken.warc_file]
        assert {f"{SITE}/before", f"{SITE}/behind"} <= set(captured)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2020", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020-05", datetime(2020, 5, 1, tzinfo=UTC)),
        ("2020-05-02", datetime(2020, 5, 2, tzinfo=UTC)),
        ("2020-05-02T10:00+02:00", datetime(2020, 5, 2, 8, tzinfo=UTC)),
    ],
)
def test_dates_of_any_precision_that_the_standard_allows(
    archive: Archive, tmp_path: Path, said: str, meant: datetime
) -> None:
    content = record("response", f"{SITE}/", page(STORY[1]), WARC_Date=said)
    (taken,) = archive.take(written(tmp_path, "a.warc", content))
    assert taken.faults == []
    assert archive.rows["articles"], "it is read back by the same rule"
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        (capture,) = store.captures(url=f"{SITE}/")
    assert capture.started == meant


FLOODS = {
    "gzip magic": gzip.compress(sound()[2]) + b"\x1f\x8b\x08" * 100_000,
    "names without an end": gzip.compress(sound()[2]) + b"\x1f\x8b\x08\x08aaaa" * 50_000,
    "members of nothing": gzip.compress(sound()[2]) + gzip.compress(b"") * 20_000,
    "first lines": sound()[2] + b"WARC/1.0\r\n" * 150_000,
    "heads": sound()[2] + b"WARC/1.0\r\nContent-Length: 1000000000\r\n\r\n" * 10_000,
    "faulty records": b"".join(
        record("response", f"{SITE}/", b"x", Content_Length="9") for _ in range(5_000)
    ),
    "line breaks": sound()[2] + b"\r\n" * 1_000_000,
}


@pytest.mark.timeout(60)  # each took minutes or hours while a false beginning cost all that follows it
@pytest.mark.parametrize("flood", FLOODS)
def test_what_only_looks_like_records_costs_no_hours(archive: Archive, tmp_path: Path, flood: str) -> None:
    behind = record("response", f"{SITE}/behind", page(b"<p>x</p>"))
    first = FLOODS[flood]
    content = first + b"\n" + (gzip.compress(behind) if first.startswith(b"\x1f") else behind)
    (taken,) = archive.take(written(tmp_path, "a.warc", content), derive=False)
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        assert len(list(store.captures(url=f"{SITE}/behind"))) == 1
    assert 1 <= taken.faults_in_all <= 5_001


def test_a_search_that_costs_too_much_is_given_up_and_told(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members that each inflate to much, and are none in the end."""
    bomb = gzip.compress(record("response", f"{SITE}/", bytes(3 << 20), Content_Length=str((3 << 20) + 9)))
    content = gzip.compress(sound()[2]) + bomb * 3 + gzip.compress(sound()[4])
    monkeypatch.setattr("archive.warc.foreign.SEARCH_ALLOWANCE", 4 << 20)
    (taken,) = archive.take(written(tmp_path, "a.warc.gz", content), derive=False)
    assert (taken.captures, taken.faults_in_all) == (1, 2)
    assert "the rest is not read" in taken.faults[-1]
    before = archive.rows["captures"]
    rebuild(archive.folder, workers=1)
    assert [row[:3] for row in archive.rows["captures"]] == [row[:3] for row in before]


def test_digests_of_the_chunks_are_no_fault(archive: Archive, tmp_path: Path) -> None:
    """As many programs write them; the row has the digest of the payload all the same."""
    raw = b"5\r\nhello\r\n0\r\n\r\n"
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + raw
    content = gzip.compress(record("response", f"{SITE}/", block, WARC_Payload_Digest=sha1(raw)))
    (taken,) = archive.take(written(tmp_path, "a.warc.gz", content))
    assert taken.faults == []
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        (capture,) = store.captures(url=f"{SITE}/")
    assert capture.payload_digest == sha1(b"hello")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<html>", "neither a WARC nor an ARC record"),
        (os.urandom(3000), "no sound WARC or ARC record"),
        (gzip.compress(b"<html>"), "neither a WARC nor an ARC record"),
        (gzip.compress(b"".join(sound())), "gunzip the file"),
        (gzip.compress(b"".join(as_arc(ARTICLES))), "gunzip the file"),
        (sound()[1][:-20], "no sound WARC or ARC record"),
    ],
)  # fmt: skip
def test_what_holds_no_record_is_refused_and_not_kept(
    archive: Archive, tmp_path: Path, content: bytes, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        archive.take(written(tmp_path, "a.warc.gz", content))
    assert archive.kept() == []
    assert archive.rows["captures"] == []


def test_a_bomb_takes_little_memory(archive: Archive, tmp_path: Path) -> None:
    import tracemalloc  # noqa: PLC0415

    block = page(bytes(300 << 20))
    bomb = gzip.compress(record("response", f"{SITE}/bomb", block), 1)
    del block
    path = written(
        tmp_path, "a.warc.gz", bomb + gzip.compress(record("response", f"{SITE}/", page(b"<p>x</p>")))
    )
    tracemalloc.start()
    (taken,) = archive.take(path, derive=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 << 20
    assert taken.captures == 2
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        assert [capture.url for capture in store.waiting()] == [f"{SITE}/"]


def test_a_full_disk_leaves_nothing_behind(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = written(tmp_path, *_named("gzipped"))
    monkeypatch.setattr(importing.os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left on device"):
        archive.take(path)
    monkeypatch.undo()
    assert archive.kept() == []
    assert len(archive.take(path)) == 1


def test_a_changed_or_missing_imported_file_is_found(archive: Archive, tmp_path: Path) -> None:
    archive.take(written(tmp_path, *_named("plain")))
    (kept,) = archive.kept()
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    assert "changed" in {problem.kind for problem in archive.problems()}
    kept.unlink()
    assert {problem.kind for problem in archive.problems()} == {"file_missing"}
    rebuilt = rebuild(archive.folder, workers=1)
    assert "Restore the file" in rebuilt.faults[0]


def test_an_import_that_goes_on_is_no_problem(archive: Archive, tmp_path: Path) -> None:
    """A check beside it sees a file that has no line in the manifest yet; once it is dead, that is told."""
    archive.fetch("http://own.test/", STORY[1])
    for path in (archive.folder / "warc").iterdir():
        os.utime(path, (0, 0))
    (archive.folder / "warc" / "imported").mkdir()
    (archive.folder / "warc" / "imported" / "0123456789abcdef-a.warc").write_bytes(b"".join(sound()))
    (archive.folder / "warc" / "imported" / ".0123.part").write_bytes(b"half a file")
    with WarcWriter(archive.folder / "warc", prefix="t", info={}, max_bytes=10**9) as writer:
        writer.append_resource("urn:x", b"x", "text/x", datetime.now(UTC), Provenance(role="import"))
        assert archive.problems() == []
    told = {problem.kind: problem for problem in archive.problems() if "imported" in problem.file}
    assert "completes an import" in told["not_in_manifest"].remedy
    archive.take(written(tmp_path, *_named("plain")))
    assert not list((archive.folder / "warc" / "imported").glob(".*"))


def test_names_from_elsewhere_lead_nowhere(archive: Archive, tmp_path: Path) -> None:
    _, content = _named("arc")
    with (
        ArchiveStore.open(archive.folder) as store,
        WarcWriter(archive.folder / "warc", prefix="t", info={}, max_bytes=10**9) as writer,
    ):
        importer = ForeignImporter(archive.folder, Recorder(writer, store), store)
        for number, name in enumerate(
            ("../../x.warc", "/etc/passwd", "خبر\n.warc.gz", "...", "a" * 300 + ".warc")
        ):
            taken = importer.take(io.BytesIO(content + b"\n" * number), Origin(name))
            assert importing._NAME.fullmatch(taken.warc_file)
    assert len(archive.kept()) == 5
    assert sorted(path.name for path in archive.folder.iterdir()) == ["archive.db", "warc"]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # warcio leaves files to the collector
def test_warcs_that_warcio_writes_are_taken_in(archive: Archive, tmp_path: Path) -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "warcio"}))
    for url, body in ARTICLES.items():
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        response = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head)
        request = writer.create_warc_record(
            url, "request", http_headers=StatusAndHeaders("GET / HTTP/1.1", [])
        )
        writer.write_request_response_pair(request, response)
    (taken,) = archive.take(written(tmp_path, "x.warc.gz", out.getvalue()))
    assert (taken.captures, taken.faults) == (len(ARTICLES), [])


# WACZ


def package(
    folder: Path, entries: dict[str, bytes], *, compress: int = zipfile.ZIP_STORED, **said: bytes
) -> Path:
    """A WACZ with these entries, and a datapackage.json that names them unless `said` has another."""
    path = folder / "a.wacz"
    resources = [
        {"path": name, "hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}
        for name, content in entries.items()
    ]
    with zipfile.ZipFile(path, "w", compress) as out:
        for name, content in entries.items():
            out.writestr(name, content)
        out.writestr(
            "datapackage.json", said.get("datapackage", json.dumps({"resources": resources}).encode())
        )
    return path


@pytest.mark.parametrize("compress", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_warcs_of_a_wacz_are_taken_in(archive: Archive, tmp_path: Path, compress: int) -> None:
    gzipped, arc = _named("gzipped")[1], b"".join(as_arc(dict(list(ARTICLES.items())[:3])))
    entries = {
        "archive/b.warc.gz": gzipped,
        "archive/a.arc": arc,
        "pages/pages.jsonl": b"{}",
        "indexes/index.cdxj": b"lies",
    }
    found = archive.take(package(tmp_path, entries, compress=compress))
    assert [one.faults for one in found] == [[], []]
    assert [path.read_bytes() for path in archive.kept()] in ([gzipped, arc], [arc, gzipped])
    assert [one.captures for one in found] == [3, len(ARTICLES) + 2]
    assert archive.problems() == []
    assert all(one.unchanged for one in archive.take(tmp_path / "a.wacz"))


def test_our_own_wacz_comes_back(archive: Archive, tmp_path: Path) -> None:
    from archive.export import Options, archived, exporter  # noqa: PLC0415

    archive.fetch("http://own.test/1", STORY[1])
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        exporter("wacz")(archived(store, Filters()), tmp_path / "own.wacz", Options(archive=archive.folder))
        (before,) = store.select(Filters())
    other = Archive(tmp_path / "other")
    other.folder.mkdir()
    (taken,) = other.take(tmp_path / "own.wacz")
    assert taken.faults == []
    with ArchiveStore.open(other.folder, readonly=True) as store:
        (after,) = store.select(Filters())
    assert (after.text, after.title, after.url, after.first_seen) == (
        before.text, before.title, before.url, before.first_seen,
    )  # fmt: skip


def test_a_flipped_bit_in_a_wacz_costs_one_record(archive: Archive, tmp_path: Path) -> None:
    gzipped = _named("gzipped")[1]
    path = package(tmp_path, {"archive/b.warc.gz": gzipped})
    content = bytearray(path.read_bytes())
    content[len(gzipped) // 2] ^= 4
    path.write_bytes(content)
    (taken,) = archive.take(path)
    assert taken.captures >= len(ARTICLES)
    assert "datapackage.json says" in taken.faults[-1]


@pytest.mark.parametrize(
    "name",
    [
        "../x.warc.gz",
        "/x.warc.gz",
        "archive/../../x.warc.gz",
        "archive\\..\\x.warc.gz",
        "C:/x.warc.gz",
        "a" * 2000,
    ],
)
def test_what_leads_out_of_a_wacz_is_left_out_and_told(archive: Archive, tmp_path: Path, name: str) -> None:
    """What is sound beside it is taken in; nothing is ever unpacked by a name of its own."""
    path = package(tmp_path, {"archive/b.warc.gz": _named("gzipped")[1], name: b"x"})
    warc, whole = archive.take(path, derive=False)
    assert (warc.captures, warc.faults) == (len(ARTICLES) + 2, [])
    assert "leads out of its folder" in whole.faults[0]
    assert len(archive.kept()) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.wacz", "news"]
    assert sorted(one.name for one in archive.folder.iterdir()) == ["archive.db", "warc"]


def in_directory(content: bytes, at: int, value: bytes) -> bytes:
    """A ZIP whose list says something else of its first entry (APPNOTE 4.3.12)."""
    place = content.index(b"PK\1\2") + at
    return content[:place] + value + content[place + len(value) :]


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "encrypted": (lambda content: in_directory(content, 8, b"\1\0"), "archive/a.warc.gz: left out: encrypted"),
    "method": (lambda content: in_directory(content, 10, b"\x63\0"), "compressed by method 99"),
    "lzma": (lambda content: in_directory(content, 10, b"\x0e\0"), "compressed by method 14"),
    "compressed size": (lambda content: in_directory(content, 20, b"\xfe\xff\xff\x7f"), "more than there are"),
    "size": (lambda content: in_directory(content, 24, b"\xfe\xff\xff\x7f"), "a bomb"),
    "ZIP64": (lambda content: in_directory(content, 20, b"\xff" * 8), "more than there are"),
    "place": (lambda content: in_directory(content, 42, b"\xf0\xff\xff\x7f"), "its place in the file is wrong"),
    "local head": (lambda content: b"PK\7\7" + content[4:], "its place in the file is wrong"),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_entry_costs_no_other(archive: Archive, tmp_path: Path, how: str) -> None:
    spoil, fault = SPOILT[how]
    names = ("archive/a.warc.gz", "archive/b.warc.gz")
    contents = (gzip.compress(record("response", f"{SITE}/a", page(b"<p>a</p>"))), _named("gzipped")[1])
    path = package(tmp_path, dict(zip(names, contents, strict=True)))
    path.write_bytes(spoil(path.read_bytes()))
    warc, whole = archive.take(path, derive=False)
    assert (warc.file, warc.captures, warc.faults) == ("a.wacz: archive/b.warc.gz", len(ARTICLES) + 2, [])
    assert len(whole.faults) == 1
    assert fault in whole.faults[0]


def test_a_damaged_compressed_entry_is_read_as_far_as_it_is_sound(archive: Archive, tmp_path: Path) -> None:
    path = package(tmp_path, {"archive/b.warc": b"".join(sound())}, compress=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") // 2] ^= 0xFF
    path.write_bytes(content)
    (taken,) = archive.take(path, derive=False)
    assert 0 < taken.captures < len(ARTICLES)
    told = ("as far as it is sound", "its checksum is another", "more in it than was said")
    assert any(one in fault for fault in taken.faults for one in told)
    path = package(tmp_path, {"archive/b.warc": b"".join(sound())}, compress=zipfile.ZIP_DEFLATED)
    path.write_bytes(in_directory(path.read_bytes(), 24, (30_000).to_bytes(4, "little")))
    (taken,) = archive.take(path, derive=False)
    kept = archive.folder / "warc" / taken.warc_file
    assert kept.stat().st_size == 30_000, "no more than it was let pass for"
    assert any("more in it than was said" in fault for fault in taken.faults)


def test_whatever_else_a_wacz_holds_is_told_or_has_no_say(archive: Archive, tmp_path: Path) -> None:
    """Nested packages, WARC files elsewhere, zstd; and an index that lies."""
    inner = package(tmp_path, {"archive/b.warc.gz": _named("gzipped")[1]}).read_bytes()
    lies = b'test,elsewhere)/ 20200101000000 {"url": "http://elsewhere.test/", "offset": "-1", "filename": "../x"}'
    entries = {
        "archive/a.warc.gz": _named("gzipped")[1], "archive/inner.wacz": inner, "b.warc.gz": inner,
        "archive/c.warc.zst": b"\x28\xb5\x2f\xfd", "indexes/index.cdxj": lies, "logs/x.log": b"\0",
        "pages/extraPages.jsonl": b"{", "datapackage-digest.json": b'{"hash": "sha256:0"}',
    }  # fmt: skip
    warc, whole = archive.take(package(tmp_path, entries), derive=False)
    assert (warc.captures, warc.faults) == (len(ARTICLES) + 2, [])
    told = "\n".join(whole.faults)
    for fault in (
        "a WACZ in a WACZ",
        "b.warc.gz: left out: not below archive/",
        "zstd",
        "is not the one of which",
    ):
        assert fault in told
    assert len(whole.faults) == 4
    again = archive.take(tmp_path / "a.wacz", derive=False)
    assert all(one.unchanged for one in again)


def test_zip_bombs_are_refused(archive: Archive, tmp_path: Path) -> None:
    path = package(
        tmp_path,
        {"archive/b.warc": record("response", f"{SITE}/", page(bytes(50 << 20)))},
        compress=zipfile.ZIP_DEFLATED,
    )
    with pytest.raises(ValueError, match=r"a bomb: 'archive/b\.warc' would take"):
        archive.take(path)
    # Entries that overlap: the central directory names one place many times.
    path = package(tmp_path, {f"archive/{n}.warc.gz": os.urandom(40_000) for n in range(3)})
    with zipfile.ZipFile(path, "a") as out:
        for number in range(30):
            info = zipfile.ZipInfo(f"archive/again{number}.warc.gz")
            info.file_size = info.compress_size = 40_000
            info.header_offset = info.CRC = 0
            out.filelist.append(info)
            out.NameToInfo[info.filename] = info
        out._didModify = True
    with pytest.raises(ValueError, match="overlap"):
        archive.take(path)
    assert not (archive.folder / "warc" / "imported").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no ZIP file"),
        (b"PK\5\6" + bytes(18), "no WARC file below archive/"),
        (b"PK\5\6" + bytes(8) + b"\xfe\xff\xff\xff" + bytes(6), "list of entries"),
        (b"x" * 1000, "no ZIP file"),
    ],
)
def test_what_is_no_wacz_is_refused(archive: Archive, tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        archive.take(written(tmp_path, "a.wacz", content))


def test_a_broken_list_of_hashes_or_an_empty_package_is_told(archive: Archive, tmp_path: Path) -> None:
    gzipped = _named("gzipped")[1]
    for datapackage in (b"{", b"[]", b'{"resources": [1]}', b"[" * 100_000, b'{"resources": [{"path": []}]}'):
        warc, whole = archive.take(
            package(tmp_path, {"archive/b.warc.gz": gzipped}, datapackage=datapackage), derive=False
        )
        assert warc.faults == [], "the WARC file is sound whatever is said of it"
        assert "datapackage.json cannot be read" in whole.faults[0]
    with pytest.raises(ValueError, match="no WARC file below archive/"):
        archive.take(package(tmp_path, {"pages/pages.jsonl": b""}))
    (taken,) = archive.take(
        package(tmp_path, {"archive/b.warc.gz": gzipped}, datapackage=b'{"resources": []}'), derive=False
    )
    assert taken.faults == ["datapackage.json does not name it"]
    gone = b'{"resources": [{"path": "archive/gone.warc.gz", "hash": "sha256:%s"}]}' % (b"0" * 64)
    _, whole = archive.take(package(tmp_path, {"archive/b.warc.gz": gzipped}, datapackage=gone), derive=False)
    assert whole.faults == ["archive/gone.warc.gz: datapackage.json names it, and it is not there"]


def test_any_bytes_are_imported_or_refused(archive: Archive, tmp_path: Path) -> None:
    """Sound files with bytes changed, cut out and put in: never anything but a fault or a refusal."""
    chance = random.Random(20200501)
    sources = [_named(form)[1][:20_000] for form in FORMS]
    sources.append(package(tmp_path, {"archive/b.warc.gz": sources[0]}).read_bytes())
    outcomes = set()
    for number in range(60):
        content = bytearray(chance.choice(sources))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(content))
            length = chance.choice([1, 3, 200])
            content[at : at + length] = chance.choice([b"", chance.randbytes(length), bytes(length)])
        suffix = "wacz" if content.startswith(b"PK") else "warc.gz"
        try:
            archive.take(written(tmp_path, f"{number}.{suffix}", bytes(content)), derive=False)
            outcomes.add("taken")
        except ValueError:
            outcomes.add("refused")
    assert "taken" in outcomes
    assert archive.problems() == []
    before = archive.rows["captures"]
    rebuild(archive.folder, workers=1)
    ids = [(row[0], row[1], row[11]) for row in archive.rows["captures"]]
    assert ids == [(row[0], row[1], row[11]) for row in before]


def test_identity_is_that_of_our_own_captures(archive: Archive, tmp_path: Path) -> None:
    """A page that was imported and is fetched again is one article."""
    url, body = STORY
    archive.take(written(tmp_path, *_named("plain")))
    articles = len(archive.rows["articles"])
    archive.fetch(url, body)
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        found = [capture.warc_file.partition("/")[0] for capture in store.captures(url=url)]
        assert store.article(canonical(url)).url == url
    assert found[0] == "imported"
    assert found[-1] != "imported"
    assert len(archive.rows["articles"]) == articles
