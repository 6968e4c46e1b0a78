"""The styles of other writers, all in one archive: articles come out, and everything else works on them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from archive.custody import manifest
from archive.custody.takedown import plan, take_down
from archive.custody.verify import Listener, verify
from archive.errors import UsageError
from archive.export import Options, archived, exporter
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import DerivationPool, Recorder, rebuild, recover
from archive.ingest.foreign import ForeignImporter
from archive.store import ArchiveStore, Filters
from archive.warc.digest import sha1
from archive.warc.writer import WarcWriter
from archive.web import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.ingest.foreign import Taken

SAID = "The ferry across the strait was cancelled for the third day, since the wind had not turned."
DATE = "2020-05-01T10:00:00Z"
"""WARC-Date of everything but what says otherwise."""


def body(name: str) -> bytes:
    """A page; its name is its title."""
    text = f"<p>{SAID}</p>" * 4
    head = f"<html><head><title>{name}</title></head><body><article><h1>{name}</h1>"
    return f"{head}{text}</article></body></html>".encode()


def record(kind: str, url: str, block: bytes, *, version: str = "1.0", **said: str | None) -> bytes:
    """A record as its bytes; a named field that is None is left out."""
    fields: dict[str, str | None] = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{hashlib.md5(kind.encode() + url.encode() + block).hexdigest()}>",
        "WARC-Date": DATE,
        "WARC-Target-URI": url,
        "Content-Type": f"application/http; msgtype={'request' if kind == 'request' else 'response'}",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in said.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"WARC/{version}\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def answer(content: bytes, *fields: str, line: str = "HTTP/1.1 200 OK") -> bytes:
    head = "".join(f"{one}\r\n" for one in ("Content-Type: text/html; charset=utf-8", *fields))
    return f"{line}\r\n{head}\r\n".encode() + content


def information(software: str, **said: str) -> bytes:
    block = f"software: {software}\r\nformat: WARC File Format 1.0\r\n".encode()
    return record("warcinfo", "", block, WARC_Target_URI=None, Content_Type="application/warc-fields", **said)


def request(url: str, method: str = "GET") -> bytes:
    return record("request", url, f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def gzipped(*records: bytes) -> bytes:
    return b"".join(map(gzip.compress, records))


@dataclass(frozen=True)
class Style:
    """A file, and what is to be found in it."""

    name: str
    make: Callable[[], bytes]
    articles: tuple[str, ...]
    """Addresses, each with a page of just its own (`body` of the address)."""
    revisits: tuple[str, ...] = ()
    """Addresses of revisits that refer to what they repeat."""
    faults: tuple[str, ...] = field(default=())


def page(url: str, *fields: str, **said: Any) -> bytes:
    content = body(url)
    block = answer(content, *fields, line=said.pop("line", "HTTP/1.1 200 OK"))
    return record("response", url, block, **{"WARC_Payload_Digest": sha1(content), **said})


CC = "http://ccnews.test"


def cc_news() -> bytes:
    """StormCrawler: bodies decoded and de-chunked, the fields that said so renamed, lengths set anew or not."""
    long = "WARC_Identified_Payload_Type"
    cut = answer(body(f"{CC}/cut")[:-200], f"Content-Length: {len(body(f'{CC}/cut'))}")
    old = body(f"{CC}/old")
    return gzipped(
        information("StormCrawler 1.18 http://stormcrawler.net/", WARC_Filename="CC-NEWS-20200501100000-00001.warc.gz"),
        request(f"{CC}/1"),
        page(
            f"{CC}/1", "X-Crawler-Transfer-Encoding: chunked", "X-Crawler-content-encoding: gzip",
            "X-Crawler-Content-Length: 812", f"Content-Length: {len(body(f'{CC}/1'))}", **{long: "text/html"},
        ),
        request(f"{CC}/h2"),
        page(f"{CC}/h2", line="HTTP/2 200 "),
        page(f"{CC}/lower", line="h2 200"),
        # Its first years: decoded, and the head left as it came.
        record(
            "response", f"{CC}/old",
            answer(old, "Content-Encoding: gzip", f"Content-Length: {len(gzip.compress(old))}"),
            WARC_Payload_Digest=sha1(old),
        ),
        page(f"{CC}/chunks", "Transfer-Encoding: chunked", "Content-Encoding: br"),
        record("response", f"{CC}/cut", cut, WARC_Truncated="length", WARC_Payload_Digest=sha1(b"?")),
        record("response", f"{CC}/gone", answer(b"<h1>Gone</h1>", line="HTTP/1.1 404")),
    )  # fmt: skip


BX = "https://browsertrix.test"


def browsertrix() -> bytes:
    """A WACZ of a browser's crawler: two WARC files, its own records among them, digests in SHA-256."""

    def told(content: bytes) -> dict[str, str]:
        return {
            "version": "1.1", "WARC_Payload_Digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "WARC_Page_ID": "3d8b0ee3-e5a5-4a8c-8d3c-2f9b8a0d9f3c", "WARC_Resource_Type": "document",
            "WARC_JSON_Metadata": '{"ipType":"Public","cert":{"issuer":"R3","ctc":"1"}}', "WARC_Protocol": "h2",
            "WARC_Date": "2024-02-03T04:05:06.789Z",
        }  # fmt: skip

    first, posted = body(f"{BX}/1"), f"{BX}/1?__wb_method=POST&__wb_post_data=YT0x"
    own = {"version": "1.1", "WARC_Date": "2024-02-03T04:05:07.001Z"}
    one = gzipped(
        information("Browsertrix-Crawler 1.0.0 (with warcio.js 2.2.1)"),
        record("response", f"{BX}/1", answer(first, "x-orig-content-encoding: br"), **told(first)),
        request(f"{BX}/1"),
        record("response", posted, answer(body("posted")), **told(body("posted"))),
        request(posted, "POST"),
        record(
            "resource", f"urn:pageinfo:{BX}/1", b'{"pageid": "1"}', **own, Content_Type="application/json"
        ),
        record("resource", f"urn:text:{BX}/1", SAID.encode(), **own, Content_Type="text/plain"),
        record("resource", f"urn:view:{BX}/1", b"\x89PNG", **own, Content_Type="image/png"),
        record("resource", f"urn:thumbnail:{BX}/1", b"\xff\xd8", **own, Content_Type="image/jpeg"),
    )
    again = {**told(first), "WARC_Date": "2024-02-04T00:00:00.000Z", "WARC_Refers_To_Target_URI": f"{BX}/1"}
    again |= {"WARC_Refers_To_Date": "2024-02-03T04:05:06.789Z"}
    second = body(f"{BX}/2")
    two = gzipped(
        record("revisit", f"{BX}/again", answer(b""), **again),
        record("response", f"{BX}/2", answer(second), **told(second)),
    )
    entries = {
        "archive/rec-1.warc.gz": one, "archive/rec-2.warc.gz": two, "logs/crawl.log": b"{}\n",
        "pages/pages.jsonl": b'{"format": "json-pages-1.0"}\n', "pages/extraPages.jsonl": b"{}\n",
        "indexes/index.cdx.gz": gzip.compress(b""), "indexes/index.idx": b"!meta 0 {}\n",
    }  # fmt: skip
    resources = [
        {
            "name": name.rpartition("/")[2],
            "path": name,
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "bytes": len(content),
        }
        for name, content in entries.items()
    ]
    package = json.dumps(
        {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}
    ).encode()
    signed = {
        "hash": f"sha256:{hashlib.sha256(package).hexdigest()}",
        "path": "datapackage.json",
        "signedData": {},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.writestr("datapackage.json", package)
        archive.writestr("datapackage-digest.json", json.dumps(signed))
    return out.getvalue()


WG = "http://wget.test"


def wget() -> bytes:
    """Addresses in angle brackets, and resources of its own: manifest, arguments, log."""
    own = "metadata://gnu.org/software/wget/warc"
    content = body(f"{WG}/1")
    return gzipped(
        information("Wget/1.19.4 (linux-gnu)", WARC_Filename="x.warc.gz"),
        record("request", f"<{WG}/1>", b"GET /1 HTTP/1.1\r\n\r\n"),
        record("response", f"<{WG}/1>", answer(content, f"Content-Length: {len(content)}"),
               WARC_Block_Digest=sha1(answer(content, f"Content-Length: {len(content)}")),
               WARC_Payload_Digest=sha1(content)),
        record("revisit", f"<{WG}/again>", answer(b""), WARC_Payload_Digest=sha1(content),
               WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        record("metadata", f"<{own}/MANIFEST.txt>", b"<urn:uuid:1>\r\n", Content_Type="text/plain"),
        record("resource", f"<{own}/wget_arguments.txt>", b"--warc-file=x\n", Content_Type="text/plain"),
        record("resource", f"<{own}/wget.log>", SAID.encode(), Content_Type="text/plain"),
    )  # fmt: skip


HX = "http://heritrix.test"


def heritrix() -> bytes:
    """DNS, metadata of its own, a revisit without a block, and a member with an extra field in its head."""
    content = body(f"{HX}/1")
    members = [
        information("Heritrix/3.4.0-20200518 http://crawler.archive.org"),
        record("response", "dns:heritrix.test", b"20200501100000\r\nheritrix.test. 60 IN A 192.0.2.1\n",
               Content_Type="text/dns"),
        page(f"{HX}/1", f"Content-Length: {len(content)}"),
        request(f"{HX}/1"),
        record("metadata", f"{HX}/1", b"seed: \r\nfetchTimeMs: 52\r\noutlink: http://x L a/@href\r\n",
               Content_Type="application/warc-fields"),
        record("revisit", f"{HX}/1", b"", WARC_Payload_Digest=sha1(content), WARC_Date="2020-06-01T00:00:00Z",
               WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        record("revisit", f"{HX}/1", answer(b"", line="HTTP/1.1 304 Not Modified"), WARC_Date="2020-07-01T00:00:00Z",
               WARC_Profile="http://netpreserve.org/warc/1.0/revisit/server-not-modified"),
        record("response", "ftp://heritrix.test/x", b"x", Content_Type="application/octet-stream"),
    ]  # fmt: skip
    packed = [gzip.compress(one) for one in members]
    # RFC 1952, section 2.3.1.1: the flag, two bytes of length, and as many bytes.
    extra = [one[:3] + b"\x04" + one[4:10] + b"\x08\0sl\4\0\0\0\0\0" + one[10:] for one in packed]
    return b"".join(extra)


WP = "https://warcprox.test"


def warcprox() -> bytes:
    """Digests in hexadecimal, requests behind responses, its own records of what it was told."""
    content = body(f"{WP}/1")
    said = f"sha1:{hashlib.sha1(content).hexdigest()}"
    return gzipped(
        information("warcprox 2.4.29"),
        record("response", f"{WP}/1", answer(content), WARC_Payload_Digest=said, WARC_IP_Address="192.0.2.1"),
        request(f"{WP}/1"),
        record("revisit", f"{WP}/again", answer(b""), WARC_Payload_Digest=said, WARC_Refers_To_Date="2020",
               WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        record("metadata", "screenshot:https://warcprox.test/1", b"\xff\xd8", Content_Type="image/jpeg"),
    )  # fmt: skip


AR = "http://arc.test"


def arc(version: int, *urls: str) -> list[bytes]:
    names = "URL IP-address Archive-date Content-type Archive-length"
    if version == 2:
        names = "URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length"
    block = f"{version} {'1' if version == 1 else '0'} Archiver\n{names}\n".encode()
    own = b"filedesc://x.arc 0.0.0.0 20200501100000 text/plain %d\n%s\n" % (len(block), block)
    if version == 2:
        own = b"filedesc://x.arc 0.0.0.0 20200501100000 text/plain 200 - - 0 x.arc %d\n%s\n" % (
            len(block),
            block,
        )
    found = [own]
    for url in urls:
        content = answer(body(url))
        between = b"200 checksum - 99 x.arc " if version == 2 else b""
        found.append(
            b"%s 192.0.2.1 20200501100000 text/html %s%d\n%s\n"
            % (url.encode(), between, len(content), content)
        )
    return found


STYLES = (
    Style(
        "CC-NEWS-20200501100000-00001.warc.gz", cc_news,
        tuple(f"{CC}/{name}" for name in ("1", "h2", "lower", "old", "chunks")),
    ),
    Style("browsertrix.wacz", browsertrix, (f"{BX}/1", f"{BX}/2"), (f"{BX}/again",)),
    Style("wget.warc.gz", wget, (f"{WG}/1",), (f"{WG}/again",)),
    Style("heritrix.warc.gz", heritrix, (f"{HX}/1",), (f"{HX}/1", f"{HX}/1")),
    Style("warcprox.warc.gz", warcprox, (f"{WP}/1",), (f"{WP}/again",)),
    Style("v1.arc", lambda: b"".join(arc(1, f"{AR}/1")), (f"{AR}/1",)),
    Style("v2.arc.gz", lambda: gzipped(*arc(2, f"{AR}/2")), (f"{AR}/2",)),
    Style(
        "joined.warc.gz",
        lambda: gzipped(information("a"), page("http://a.test/")) + gzipped(information("b"), page("http://b.test/")),
        ("http://a.test/", "http://b.test/"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Imported:
    folder: Path
    taken: dict[str, list[Taken]]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """An archive with all of them."""
    folder = tmp_path_factory.mktemp("news")
    files = tmp_path_factory.mktemp("files")
    taken = {}
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix="t", info={}, max_bytes=10**9, on_finished=manifest.appender(folder)
        ) as writer,
    ):
        recover(folder, store)
        importer = ForeignImporter(folder, Recorder(writer, store), store)
        for style in STYLES:
            path = files / style.name
            path.write_bytes(style.make())
            taken[style.name] = importer.take_file(path)
        with DerivationPool(folder / "warc", 1) as pool:
            pool.submit(store.waiting())
            for derived in pool.drain():
                store.apply(derived, EXTRACTOR_VERSION)
    return Imported(folder, taken)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_its_articles_come_out_whole(imported: Imported, style: Style) -> None:
    names = {one.warc_file for one in imported.taken[style.name]}
    with ArchiveStore.open(imported.folder, readonly=True) as store:
        articles = [
            one for one in store.select(Filters()) if store.capture(one.capture_id).warc_file in names
        ]
    found = {one.url: one for one in articles}
    assert sorted(found) == sorted(style.articles), "and nothing else of it is one"
    for url, article in found.items():
        assert article.title == url
        assert article.text.count(SAID) == 4


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_nothing_in_it_is_a_fault(imported: Imported, style: Style) -> None:
    assert [fault for one in imported.taken[style.name] for fault in one.faults] == []


@pytest.mark.parametrize("style", [one for one in STYLES if one.revisits], ids=lambda style: style.name)
def test_its_revisits_are_resolved(imported: Imported, style: Style) -> None:
    with ArchiveStore.open(imported.folder, readonly=True) as store:
        names = {one.warc_file for one in imported.taken[style.name]}
        found = [one for one in store.captures() if one.warc_file in names]
        revisits = [one for one in found if one.record_type == "revisit"]
        assert tuple(one.url for one in revisits) == style.revisits
        for one in revisits:
            assert one.revisit_of is not None
            assert store.capture(one.revisit_of).url == style.articles[0]
            assert store.fate(one.id).outcome == "unchanged"


def test_they_are_verified_replayed_and_exported(imported: Imported, tmp_path: Path) -> None:
    problems: list[Any] = []
    assert verify(imported.folder, Listener(problems.append)).ok, problems
    with TestClient(replay(imported.folder, {"replay.test"}), base_url="http://replay.test") as client:
        for url in (f"{CC}/old", f"{BX}/again", f"{WG}/again", f"{WP}/1", f"{AR}/2", f"{HX}/1"):
            shown = client.get(f"/2026/{url}", follow_redirects=True)
            assert shown.status_code == 200, url
    with ArchiveStore.open(imported.folder, readonly=True) as store:
        options = Options(archive=imported.folder)
        summary = exporter("wacz")(archived(store, Filters()), tmp_path / "all.wacz", options)
    assert summary.rows == sum(len(style.articles) for style in STYLES if ".arc" not in style.name)
    with zipfile.ZipFile(tmp_path / "all.wacz") as package:
        names = [name for name in package.namelist() if name.startswith("archive/")]
    assert len([name for name in names if not name.startswith("archive/t-")]) == len(STYLES) - 2 + 1


def test_a_rebuild_gives_the_same_rows(imported: Imported) -> None:
    def rows() -> dict[str, list[tuple[Any, ...]]]:
        with ArchiveStore.open(imported.folder, readonly=True) as store:
            return {
                table: store.query(f"SELECT * FROM {table} ORDER BY id")
                for table in ("captures", "articles", "revisions", "articles_folded")
            }

    before = rows()
    rebuild(imported.folder, workers=1)
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("whole.warc.gz", gzip.compress(information("x") + page("http://a.test/")), "gunzip the file"),
        ("zstd.warc.gz", b"\x28\xb5\x2f\xfd" + bytes(99), "zstd -d"),
        ("dictionary.warc.gz", b"\x5d\x2a\x4d\x18" + bytes(99), "zstd -d"),
    ],
)
def test_what_cannot_be_read_by_its_places_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, cure: str
) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / name).write_bytes(content)
    with (
        ArchiveStore.open(tmp_path / "news") as store,
        WarcWriter(tmp_path / "news" / "warc", prefix="t", info={}, max_bytes=10**9) as writer,
    ):
        importer = ForeignImporter(tmp_path / "news", Recorder(writer, store), store)
        with pytest.raises(ValueError, match=cure):
            importer.take_file(tmp_path / name)


def test_what_is_taken_down_goes_with_all_that_lies_beside_it(tmp_path: Path) -> None:
    """Requests, a crawler's metadata, a page's text and picture: none of it is passed on or shown."""
    folder = tmp_path / "news"
    folder.mkdir()
    (tmp_path / "b.wacz").write_bytes(browsertrix())
    (tmp_path / "h.warc.gz").write_bytes(heritrix())
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix="t", info={}, max_bytes=10**9, on_finished=manifest.appender(folder)
        ) as writer,
    ):
        importer = ForeignImporter(folder, Recorder(writer, store), store)
        importer.take_file(tmp_path / "b.wacz")
        with pytest.raises(UsageError, match=r"kept byte for byte.*--seal"):
            plan(folder, store, urls=[f"{BX}/1"], seal=False)
        take_down(folder, store, plan(folder, store, urls=[f"{BX}/1"], seal=True), "asked for")
        take_down(folder, store, plan(folder, store, urls=[f"{HX}/1"], seal=True), "before it comes")
        importer.take_file(tmp_path / "h.warc.gz")
        with DerivationPool(folder / "warc", 1) as pool:
            pool.submit(store.waiting())
            for derived in pool.drain():
                store.apply(derived, EXTRACTOR_VERSION)
        assert {one.url for one in store.select(Filters())} == {f"{BX}/2"}
        exporter("wacz")(archived(store, Filters()), tmp_path / "all.wacz", Options(archive=folder))
    with zipfile.ZipFile(tmp_path / "all.wacz") as package:
        contents = {
            name: gzip.decompress(content) if name.endswith(".gz") else content
            for name in package.namelist()
            if (content := package.read(name)) and not name.startswith("archive/t-")
        }
    for content in contents.values():
        for url in (f"{BX}/1", f"{HX}/1"):
            assert f"{url}\r\n".encode() not in content
            assert f'"{url}"'.encode() not in content
            assert f":{url}".encode() not in content
    assert any(f"{BX}/2\r\n".encode() in content for content in contents.values())
    with TestClient(replay(folder, {"replay.test"}), base_url="http://replay.test") as client:
        for url in (f"{BX}/1", f"{BX}/again", f"{HX}/1", f"urn:text:{BX}/1"):
            assert SAID not in client.get(f"/2026/{url}").text
    problems: list[Any] = []
    assert verify(folder, Listener(problems.append)).ok, problems
