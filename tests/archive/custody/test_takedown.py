"""A takedown: gone from the database, the files, a rebuild; everything else is as it was, whenever it stops."""

from __future__ import annotations

import errno
import gzip
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path, PosixPath
from typing import TYPE_CHECKING

import pytest

from archive.custody import ledger, manifest, rewriting, takedown
from archive.custody.ledger import Rehomed
from archive.custody.rehoming import rehome
from archive.custody.takedown import Plan, plan, take_down
from archive.custody.verify import Listener, verify
from archive.errors import ArchiveError, TakenDownError, UsageError
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import Recorder, derive, rebuild, record_files, recover
from archive.records import Candidate, Exchange, Provenance
from archive.store import ArchiveStore, Filters
from archive.store.frontier import Came, FrontierStore
from archive.store.takedowns import Takedowns
from archive.warc.digest import sha1
from archive.warc.member import read_record
from archive.warc.reader import read_exchange, record_at
from archive.warc.writer import WarcWriter
from archive.wire import parse_response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)
SITE, MIRROR = "https://news.test", "https://mirror.test"
IMAGE = os.urandom(1500)
SECRET = "Zarqawiyya"
"""A word of the article that goes, and of no other record."""
REASON = "by order of the court"
TABLES = (
    "captures", "articles", "revisions", "articles_folded", "takedowns", "takedown_articles",
    "takedown_identities", "takedown_payloads", "takedown_captures",
)  # fmt: skip


def page(title: str, word: str, more: str = "") -> bytes:
    paragraphs = "".join(
        f"<p>Paragraph {n} of {title} says that {word} has risen by {n} metres since the morning.</p>"
        for n in range(5)
    )
    head = f"<head><title>{title}</title>{more}</head>"
    return f"<html>{head}<body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()


def answer(number: int, url: str, body: bytes, kind: str = "text/html", **given: object) -> Exchange:
    """An exchange; `status`, `chunked`, `role` may be given."""
    status, fields = int(str(given.get("status", 200))), [b"Content-Type: " + kind.encode()]
    if given.get("packed"):
        body = gzip.compress(body, mtime=0)
        fields.append(b"Content-Encoding: gzip")
    if given.get("chunked"):
        fields.append(b"Transfer-Encoding: chunked")
        sent = b"%x;a=1\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    else:
        fields.append(b"Content-Length: %d" % len(body))
        sent = body
    block = b"HTTP/1.1 %d Fine\r\n" % status + b"\r\n".join(fields) + b"\r\n\r\n" + sent
    parsed = parse_response(block)
    role = given.get("role", "page")
    return Exchange(
        url, BEGAN + timedelta(minutes=number), b"GET / HTTP/1.1\r\nHost: news.test\r\n\r\n", block,
        parsed.status, parsed.reason, parsed.headers, parsed.body,
        provenance=Provenance(source="news", role=role),  # type: ignore[arg-type]
    )  # fmt: skip


SECRET_PAGE = page("Secret", SECRET)
EXCHANGES = [
    answer(0, f"{SITE}/", page("Home", "the river"), role="home"),
    answer(1, f"{SITE}/secret.html", SECRET_PAGE, packed=True),
    answer(2, f"{SITE}/river.html", page("River", "the river")),
    answer(3, f"{SITE}/one.png", IMAGE, "image/png"),
    answer(4, f"{SITE}/secret.html?utm_source=feed", page("Secret", SECRET, "<meta name=x>"), chunked=True),
    answer(5, f"{SITE}/two.png", IMAGE, "image/png", chunked=True),
    answer(6, f"{SITE}/wheat.html", page("Wheat", "the price of wheat"), packed=True, chunked=True),
    answer(7, f"{SITE}/secret.html", SECRET_PAGE, packed=True),  # a revisit
    answer(8, f"{SITE}/three.png", IMAGE, "image/png"),
    answer(9, f"{SITE}/two.png", b"", "image/png", status=304),
    answer(10, f"{SITE}/secret.html", b"", status=404),
    answer(11, f"{SITE}/river.html", page("River", "the great river")),
    answer(12, f"{SITE}/bees.html", page("Bees", "the number of bees"), chunked=True),
]
"""Captures get their ranks from 1: the secret article's are 2, 5, 8 and 11."""
GOES = {2, 5, 8, 11}


def record(folder: Path, exchanges: Sequence[Exchange], max_bytes: int = 4_000) -> None:
    """Record, derive, and finish the files: some five of them."""
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix="test", info={}, max_bytes=max_bytes,
            on_finished=manifest.appender(folder),
        ) as writer,
    ):  # fmt: skip
        recorder = Recorder(writer, store)
        for one in exchanges:
            recorder.record(one)
            recorder.checkpoint()
        read_waiting(folder, store)


def read_waiting(folder: Path, store: ArchiveStore) -> None:
    for capture in store.waiting():
        place = (capture.warc_file, capture.offset, capture.group_length)
        store.apply([(capture, derive(folder / "warc", *place))], EXTRACTOR_VERSION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record(tmp_path, EXCHANGES)
    return tmp_path


def take(folder: Path, *, article: str | None = None, url: str | None = None, seal: bool = False) -> Plan:
    with ArchiveStore.open(folder) as store:
        recover(folder, store)
        ids = [store.article(article).id] if article else []
        planned = plan(folder, store, articles=ids, urls=[url] if url else [], seal=seal)
        take_down(folder, store, planned, REASON)
        read_waiting(folder, store)
    return planned


def rows(folder: Path, tables: Sequence[str] = TABLES) -> dict[str, list[tuple[object, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {table: store.query(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def blocks(folder: Path) -> dict[str, tuple[dict[str, str], bytes]]:
    """Every record of every file, by its id."""
    found: dict[str, tuple[dict[str, str], bytes]] = {}
    for path in sorted((folder / "warc").glob("*.warc.gz")):
        content, offset = path.read_bytes(), 0

        def read_at(at: int, size: int, content: bytes = content) -> bytes:
            return content[at : at + size]

        while one := read_record(read_at, offset):
            assert one.headers["warc-record-id"] not in found
            found[one.headers["warc-record-id"]] = (dict(one.headers), one.block)
            offset += one.length
    return found


def problems(folder: Path) -> list[str]:
    found: list[str] = []
    verify(folder, Listener(lambda problem: found.append(str(problem))))
    return found


def assert_rebuild_agrees(folder: Path) -> None:
    before = rows(folder)
    rebuilt = rebuild(folder, workers=1)
    assert rebuilt.faults == ()
    after = rows(folder)
    for table in TABLES:
        assert after[table] == before[table]
    assert problems(folder) == []


def traces(folder: Path, word: bytes) -> list[str]:
    """The files in which a word stands, gzip members unpacked; the ledger has only addresses and hashes."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content += gzip.decompress(content) if path.suffix == ".gz" else b""
            if word in content:
                found.append(path.name)
    return found


def test_nothing_of_an_article_is_left_and_everything_else_is_as_it_was(folder: Path) -> None:
    assert problems(folder) == []
    before, kept_rows = blocks(folder), rows(folder)
    assert SECRET.lower().encode() in (folder / "archive.db").read_bytes().lower() + b"".join(
        path.read_bytes().lower() for path in folder.glob("archive.db-wal")
    )
    planned = take(folder, article=f"{SITE}/secret.html")

    assert {capture.id for capture in planned.captures} == GOES
    assert planned.identities == (f"{SITE}/secret.html",)
    assert [article.title for article in planned.articles] == ["Secret"]
    with ArchiveStore.open(folder, readonly=True) as store:
        assert [article.title for article in store.select(Filters())] == ["River", "Wheat", "Bees"]
        assert store.query("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", [SECRET]) == [(0,)]
        for asked in ("2", "8", f"{SITE}/secret.html", "http://news.test/secret.html?fbclid=1#x"):
            with pytest.raises(TakenDownError, match=f"taken down on .*{REASON}"):
                store.article(asked)
        assert list(store.captures(url=f"{SITE}/secret.html")) == []
        assert [number for number in range(1, 14) if store.takedowns.is_withheld(number)] == sorted(GOES)
    after = blocks(folder)
    gone = before.keys() - after.keys()
    assert len(gone) == 3 * len(GOES)
    assert all("secret" in before[record][0]["warc-target-uri"] for record in gone)
    assert {record: after[record] for record in before.keys() - gone} == {
        record: before[record] for record in before.keys() - gone
    }
    tombstones = [after[record] for record in after.keys() - before.keys()]
    assert len(tombstones) == len(GOES)
    assert {block for _, block in tombstones} == {b"warraq-takedown: 1\r\n"}
    assert traces(folder, SECRET.encode()) == traces(folder, SECRET.lower().encode()) == []
    assert sorted(traces(folder, b"secret.html")) == ["archive.db", "ledger.jsonl"], "not to be fetched again"
    now_rows = rows(folder)
    assert [row[0] for row in now_rows["captures"]] == list(range(1, 14))
    for table in ("captures", "articles", "revisions"):
        assert without_places(folder, table, now_rows) == without_places(folder, table, kept_rows)
    assert_rebuild_agrees(folder)


def without_places(folder: Path, table: str, found: dict[str, list[tuple[object, ...]]]) -> list[object]:
    """The rows that stay, but for where their records lie."""
    with ArchiveStore.open(folder, readonly=True) as store:
        columns = [row[1] for row in store.query(f"PRAGMA table_info({table})")]
    places = {"warc_file", "offset", "length", "group_length"}
    return [
        [value for column, value in zip(columns, row, strict=True) if column not in places]
        for row in found[table]
        if row[0] not in GOES
    ]


def test_the_manifest_and_the_ledger_say_which_file_took_whose_place(folder: Path) -> None:
    hashes = {entry.name: entry.sha256 for entry in manifest.read(folder).entries}
    planned = take(folder, article="2")
    entries = manifest.read(folder).entries
    successors = {entry.replaces: entry for entry in entries if entry.replaces}
    assert set(successors) == set(planned.files) < set(hashes)
    book = ledger.read(folder)
    (erasure,) = book.erasures.values()
    assert {(file.name, file.sha256, file.by, file.by_sha256) for file in erasure.files} == {
        (name, hashes[name], entry.name, entry.sha256) for name, entry in successors.items() if name
    }
    there = {path.name for path in (folder / "warc").glob("*.warc.gz")}
    assert there == (set(hashes) - set(planned.files)) | {entry.name for entry in successors.values()}
    assert book.unfinished() == ()
    take(folder, url=f"{SITE}/river.html")  # files that were written anew are written anew once more
    assert all("-r1-r" not in path.name for path in (folder / "warc").glob("*.warc.gz"))
    assert_rebuild_agrees(folder)


def test_sealed_records_stay_in_their_files_and_are_shown_nowhere(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in (folder / "warc").glob("*.warc.gz")}
    planned = take(folder, article="2", seal=True)
    assert (planned.action, planned.files) == ("seal", ())
    assert {path.name: path.read_bytes() for path in (folder / "warc").glob("*.warc.gz")} == files
    with ArchiveStore.open(folder, readonly=True) as store:
        assert [article.id for article in store.select(Filters())] == [3, 7, 13]
        with pytest.raises(TakenDownError, match=f"sealed on .*{REASON}"):
            store.article("2")
        places = [place for name in files for place in store.takedowns.withheld_places(name)]
        assert len(places) == len(GOES)
        withheld = [store.capture(number) for number in sorted(GOES)]
        assert {capture.url for capture in withheld} == {"urn:warraq:takedown:1"}
        assert read_exchange(folder / "warc", *place_of(withheld[0])).url == f"{SITE}/secret.html"
    assert SECRET.lower().encode() not in (folder / "archive.db").read_bytes().lower()
    assert_rebuild_agrees(folder)


def place_of(capture: object) -> tuple[str, int, int]:
    return capture.warc_file, capture.offset, capture.group_length  # type: ignore[attr-defined]


def test_a_revisit_whose_original_goes_becomes_the_response(folder: Path) -> None:
    before = blocks(folder)
    planned = take(folder, url=f"{SITE}/one.png")
    assert [capture.id for capture in planned.captures] == [4]
    assert [(one.id, one.was, one.now) for one in planned.rehomed] == [(6, 4, None), (9, 4, 6), (10, 4, 6)]
    with ArchiveStore.open(folder, readonly=True) as store:
        whole, again, unmodified = (store.capture(number) for number in (6, 9, 10))
        assert (whole.record_type, whole.revisit_of) == ("response", None)
        assert (again.record_type, again.revisit_of) == ("revisit", 6)
        assert (unmodified.record_type, unmodified.revisit_of, unmodified.status) == ("revisit", 6, 304)
        assert store.fate(6).rejection == "not_html", "it was read, as a rebuild would"
        response = read_exchange(folder / "warc", *place_of(whole))
        assert read_exchange(folder / "warc", *place_of(unmodified)).response == EXCHANGES[9].response
    assert response.body == IMAGE
    assert b"Transfer-Encoding: chunked" in response.response
    after = blocks(folder)
    changed = {record for record in before.keys() & after.keys() if before[record] != after[record]}
    whole_id = next(
        record for record in changed if after[record][0]["warc-target-uri"] == f"{SITE}/two.png"
        and after[record][0]["warc-type"] == "response"
    )  # fmt: skip
    assert len(changed) == 3
    for record in changed - {whole_id}:
        assert after[record][1] == before[record][1]
        assert after[record][0]["warc-refers-to"] == whole_id
        assert after[record][0]["warc-refers-to-target-uri"] == f"{SITE}/two.png"
    assert not {name for name in after[whole_id][0] if "refers" in name or "profile" in name}
    assert_rebuild_agrees(folder)


def test_a_revisit_refers_to_another_original_where_one_stays(tmp_path: Path) -> None:
    again = [
        answer(0, f"{SITE}/one.png", IMAGE, "image/png"),
        answer(1, f"{SITE}/two.png", IMAGE, "image/png"),
        answer(2, f"{SITE}/one.png", IMAGE[::-1], "image/png"),
        answer(3, f"{SITE}/two.png", b"", "image/png", status=304),
    ]
    record(tmp_path, again)
    planned = take(tmp_path, url=f"{SITE}/one.png")
    assert [(one.id, one.now) for one in planned.rehomed] == [(2, None), (4, 2)]
    assert_rebuild_agrees(tmp_path)


def test_a_304_without_an_original_becomes_the_empty_response_it_was(folder: Path) -> None:
    """No takedown of today comes to that: where all that a URL had goes, so do its 304s."""
    with ArchiveStore.open(folder) as store:
        unmodified = store.capture(10)
        alone = Rehomed(10, 4, None)
        members = rehome(folder / "warc", store, alone)
        path = folder / "warc" / unmodified.warc_file
        captures = sorted(store.captures(warc_file=path.name), key=lambda one: one.offset)
        successor = path.with_name(rewriting.successor(path.name, 1))
        rewritten = rewriting.rewrite(path, successor, captures, {10: members})
        store.settle(rewritten.captures, {10: None})
        capture = store.capture(10)
        assert (capture.record_type, capture.payload_digest) == ("response", sha1(b""))
        assert read_exchange(folder / "warc", *place_of(capture)) == EXCHANGES[9]
    path.unlink()
    with ArchiveStore.open(folder, readonly=True) as store:
        record = record_at(folder / "warc", capture.warc_file, capture.offset)
        assert (record.kind, record.block) == ("response", EXCHANGES[9].response)
        assert record.headers["warc-payload-digest"] == sha1(b"")
        assert store.capture(10) == capture


def test_a_revisit_without_the_payload_it_repeats_stops_the_takedown_before_it_begins(folder: Path) -> None:
    with ArchiveStore.open(folder, readonly=True) as store:
        original = store.capture(4)
    path = folder / "warc" / original.warc_file
    content = bytearray(path.read_bytes())
    content[original.offset + 60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=f"byte {original.offset}"):
        take(folder, url=f"{SITE}/one.png")
    assert not (folder / "ledger.jsonl").exists()
    take(folder, url=f"{SITE}/one.png", seal=True)


def test_a_damaged_record_can_be_taken_down(folder: Path) -> None:
    with ArchiveStore.open(folder, readonly=True) as store:
        damaged = store.capture(7)
    path = folder / "warc" / damaged.warc_file
    content = bytearray(path.read_bytes())
    content[damaged.offset + 60] ^= 0xFF
    path.write_bytes(content)
    take(folder, article="7")
    assert rebuild(folder, workers=1).faults == ()


def test_the_same_page_from_elsewhere_goes_too(tmp_path: Path) -> None:
    named_by_its_page = page("Named", "the well", f'<link rel="canonical" href="{SITE}/named.html">')
    record(
        tmp_path,
        [
            answer(0, f"{SITE}/a.html", page("Twin", "the harbour"), status=201),
            answer(1, f"{MIRROR}/a.html", page("Twin", "the harbour"), status=201),  # no revisit: not a 200
            answer(2, f"{SITE}/amp/named.html", named_by_its_page),
            answer(3, f"{SITE}/named.html", named_by_its_page),
            answer(4, f"{SITE}/rain.html", page("Rain", "the rain")),
        ],
    )
    planned = take(tmp_path, article="1")
    assert [article.url for article in planned.articles] == [f"{SITE}/a.html", f"{MIRROR}/a.html"]
    planned = take(tmp_path, url=f"{SITE}/named.html?utm_source=x")
    assert [capture.id for capture in planned.captures] == [3, 4]
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert [article.title for article in store.select(Filters())] == ["Rain"]
    assert_rebuild_agrees(tmp_path)


def test_a_notice_that_two_articles_gave_way_to_does_not_tie_them(tmp_path: Path) -> None:
    """The site's page for what it no longer has is the same at every address."""
    gone = page("Page not found", "page not found")
    urls = [f"{SITE}/secret.html", f"{SITE}/river.html"]
    record(
        tmp_path,
        [
            answer(1, urls[0], SECRET_PAGE),
            answer(2, urls[1], page("River", "the river")),
            *(answer(3 + at, url, gone, status=404) for at, url in enumerate(urls)),
            *(
                answer(5 + at, url, b"<title>Page not found</title><p>Sorry.</p>")
                for at, url in enumerate(urls)
            ),
        ],
    )
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert {row.status for row in store.select(Filters())} == {"deleted"}
    take(tmp_path, article=urls[0])
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert [row.url for row in store.select(Filters())] == [urls[1]]
        assert store.article(urls[1]).status == "deleted"
        assert [one.id for one in store.captures(article_id=2)] == [2, 4, 6]


def test_what_comes_again_under_another_address_is_no_article(folder: Path) -> None:
    take(folder, article="2")
    canonical = f'<link rel="canonical" href="{SITE}/secret.html">'
    record(
        folder,
        [
            answer(20, f"{MIRROR}/copy.html", SECRET_PAGE, packed=True),
            answer(21, f"{SITE}/other.html", page("Secret", "another word", canonical)),
            answer(22, f"{SITE}/rain.html", page("Rain", "the rain")),
        ],
    )
    with ArchiveStore.open(folder, readonly=True) as store:
        assert [store.fate(number).rejection for number in (14, 15, 16)] == ["takedown", "takedown", None]
        assert store.takedowns.is_withheld(14)
        assert "takedown 1" in (store.fate(14).rejection_detail or "")
        withheld = [
            place
            for path in (folder / "warc").glob("*.gz")
            for place in store.takedowns.withheld_places(path.name)
        ]
        assert len(withheld) == len(GOES) + 2
    assert_rebuild_agrees(folder)
    take(folder, url=f"{MIRROR}/copy.html")
    assert traces(folder, SECRET.encode()) == []
    assert_rebuild_agrees(folder)


def test_a_list_stays_unless_it_is_named(tmp_path: Path) -> None:
    claims_list = f'<link rel="canonical" href="{SITE}/world/">'
    visits = [
        answer(0, f"{SITE}/world/", page("World", "the river"), role="section"),
        answer(1, f"{SITE}/a.html", page("Lost", "the harbour", claims_list)),
    ]
    record(tmp_path, visits)
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.article("2").canonical_url == f"{SITE}/world/"
    planned = take(tmp_path, article="2")
    assert (planned.identities, [capture.id for capture in planned.captures]) == ((f"{SITE}/a.html",), [2])
    planned = take(tmp_path, url=f"{SITE}/world/")
    assert (planned.identities, [capture.id for capture in planned.captures]) == ((f"{SITE}/world/",), [1])
    assert_rebuild_agrees(tmp_path)


def test_what_was_never_archived_is_excluded(folder: Path) -> None:
    planned = take(folder, url="http://elsewhere.test/x?utm_medium=y")
    assert (planned.action, planned.identities) == ("exclude", ("https://elsewhere.test/x",))
    with pytest.raises(ArchiveError, match=f"excluded on .*{REASON}.*already"):
        take(folder, url="https://elsewhere.test/x")
    with pytest.raises(UsageError, match="no URL"):
        take(folder, url="12 monkeys")
    with pytest.raises(UsageError, match="no URL"), ArchiveStore.open(folder) as store:
        plan(folder, store, urls=[f"{SITE}/river.html", "12 monkeys"], seal=False)
    assert ledger.read(folder).unfinished() == ()
    assert_rebuild_agrees(folder)


def test_the_frontier_forgets_what_was_said_of_it(folder: Path) -> None:
    said = Candidate(f"{SITE}/secret.html", title=SECRET, published="2026-04-22", found_by="feed")
    with FrontierStore.open(folder) as frontier:
        frontier.found.offer(said, came=Came("news"), run_began=0.0)
    take(folder, article="2")
    assert traces(folder, SECRET.encode()) == []
    with FrontierStore.open(folder) as frontier:
        frontier.urls.select(["news"])
        assert frontier.urls.peek("news.test", 1e12) is None
        assert frontier.urls.counts("news") == {("page", "excluded"): 1}


def test_a_file_that_was_taken_down_is_not_imported_again(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text(f"Title\n\n{SECRET} fell yesterday.\n")
    (tmp_path / "b.txt").write_text(text.read_text())
    folder = tmp_path / "archive"
    folder.mkdir()

    def bring(path: Path) -> dict[str, str]:
        with (
            ArchiveStore.open(folder) as store,
            WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=1 << 20) as writer,
        ):
            imported = record_files([path], recorder := Recorder(writer, store), store)
            recorder.checkpoint()
            read_waiting(folder, store)
        return imported.refused

    assert bring(text) == {}
    take(folder, article="1")
    for path in (text, tmp_path / "b.txt"):
        assert REASON in bring(path)[str(path)]
    assert_rebuild_agrees(folder)


def test_a_full_disk_stops_the_removal_and_not_the_withholding(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = blocks(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rewriting._Copy, "rest", full)
    with pytest.raises(ArchiveError, match=r"No space left.*verify --repair"):
        take(folder, article="2")
    monkeypatch.undo()
    assert blocks(folder) == before
    assert list((folder / "warc").glob("*.rewriting")) == []
    with ArchiveStore.open(folder, readonly=True) as store, pytest.raises(TakenDownError, match=REASON):
        store.article("2")
    assert any("takedown 1 are not out of the WARC files yet" in problem for problem in problems(folder))
    with ArchiveStore.open(folder) as store:
        recover(folder, store)
    assert traces(folder, SECRET.encode()) == []
    assert_rebuild_agrees(folder)


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {}
"""Where the process dies -> how that is arranged."""


def dies(
    owner: object, name: str, *, call: int = 1, after: bool = False
) -> Callable[[pytest.MonkeyPatch], None]:
    """Die at the nth call of a function, before or after it."""

    def arrange(patch: pytest.MonkeyPatch) -> None:
        wrapped, calls = getattr(owner, name), iter(range(1, 1_000))

        def dying(*arguments: object, **named: object) -> object:
            now = next(calls) == call
            if now and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = wrapped(*arguments, **named)
            if now:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        patch.setattr(owner, name, dying)

    return arrange


STEPS.update(
    {
        "before the ledger": dies(ledger, "append"),
        "behind the ledger": dies(ledger, "append", after=True),
        "behind the rows": dies(Takedowns, "withhold", after=True),
        "in the first file": dies(rewriting._Copy, "take", call=2),
        "behind the first file": dies(rewriting, "rewrite", after=True),
        "in the second file": dies(rewriting._Copy, "rest", call=2),
        "behind the manifest": dies(takedown, "_list_successor", call=3, after=True),
        "behind the places": dies(ArchiveStore, "settle", after=True),
        "behind the erasure": dies(ledger, "append", call=2, after=True),
        "between the old files": dies(PosixPath, "unlink"),
    }
)


@pytest.mark.slow
@pytest.mark.parametrize("mend", ["recover", "rebuild"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_what_the_next_start_completes(
    folder: Path, step: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(folder)
    child = os.fork()
    if child == 0:
        STEPS[step](monkeypatch)
        take(folder, url=f"{SITE}/one.png") if "second" in step else take(folder, article="2")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it got past the step"
    if step == "before the ledger":
        assert rows(folder) == before
        return
    if mend == "rebuild":
        rebuild(folder, workers=1)
    else:
        with ArchiveStore.open(folder) as store:
            recover(folder, store)
            read_waiting(folder, store)
    assert ledger.read(folder).unfinished() == ()
    assert list((folder / "warc").glob("*.rewriting")) == []
    if "second" not in step:
        assert traces(folder, SECRET.encode()) == []
    assert_rebuild_agrees(folder)
