"""WACZ: whole WARC files, an index that finds each page, and hashes a peer agrees with."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive.errors import ArchiveError, UsageError
from archive.export import Options, archived, exporter
from archive.export import wacz as exporting
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import Recorder, derive_exchange
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore, Filters
from archive.store.takedowns import Takedown, Withheld
from archive.urls import surt
from archive.warc.reader import record_id_at
from archive.warc.writer import WarcWriter
from archive.wire import parse_response
from crawler.demo.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.export import Summary

SITE = "http://lantern.test"
BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)


def exchanges() -> list[Exchange]:
    """Every page of the demo site."""
    found = []
    for number, (path, page) in enumerate(Pages(SITE).all()):
        head = b"HTTP/1.1 %d Fine\r\nContent-Type: %s\r\n\r\n" % (page.status, page.content_type.encode())
        parsed = parse_response(head + page.body)
        found.append(
            Exchange(
                f"{SITE}{path}", BEGAN + timedelta(seconds=number, microseconds=5), b"GET / HTTP/1.1\r\n\r\n",
                head + page.body, parsed.status, parsed.reason, parsed.headers, parsed.body,
                provenance=Provenance(source="odd" if number % 2 else "even"),
            )
        )  # fmt: skip
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of the demo site's pages, in several WARC files."""
    folder = tmp_path / "news"
    folder.mkdir()
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=9_000) as writer,
    ):
        recorder = Recorder(writer, store)
        pages = {recorder.record(one).id: one for one in exchanges()}
        store_all = [(capture, derive_exchange(pages[capture.id])) for capture in recorder.checkpoint()]
        store.apply(store_all, EXTRACTOR_VERSION)
    return folder


def export(folder: Path, destination: Path, filters: Filters | None = None, **options: Any) -> Summary:
    chosen = filters or Filters()
    with ArchiveStore.open(folder, readonly=True) as store:
        given = Options(archive=folder, selected=chosen != Filters(), **options)
        return exporter("wacz")(archived(store, chosen), destination, given)


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {info.filename: package.read(info) for info in package.infolist()}


def warcs(folder: Path) -> list[Path]:
    return sorted((folder / "warc").glob("*.warc.gz"))


def test_the_warc_files_are_in_it_byte_for_byte_and_stored(folder: Path, tmp_path: Path) -> None:
    summary = export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    assert len(warcs(folder)) > 1, "it is to span files"
    assert {name for name in found if name.startswith("archive/")} == {
        f"archive/{path.name}" for path in warcs(folder)
    }
    for path in warcs(folder):
        assert found[f"archive/{path.name}"] == path.read_bytes()
    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        stored = {info.filename for info in package.infolist() if info.compress_type == zipfile.ZIP_STORED}
    assert stored == {*(name for name in found if name.startswith("archive/")), "indexes/index.cdx.gz"}
    content = (tmp_path / "a.wacz").read_bytes()
    assert (summary.bytes, summary.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_every_entry_is_listed_with_its_hash(folder: Path, tmp_path: Path) -> None:
    export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    package = json.loads(found["datapackage.json"])
    assert (package["profile"], package["wacz_version"], package["title"]) == (
        "data-package",
        "1.1.1",
        "news",
    )
    assert {resource["path"] for resource in package["resources"]} == set(found) - {
        "datapackage.json", "datapackage-digest.json",
    }  # fmt: skip
    for resource in package["resources"]:
        content = found[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    digest = json.loads(found["datapackage-digest.json"])
    assert digest["hash"] == f"sha256:{hashlib.sha256(found['datapackage.json']).hexdigest()}"


def lines_of(found: dict[str, bytes]) -> dict[tuple[str, str], dict[str, str]]:
    """The index by SURT and instant, each line looked up as a reader does: by its block."""
    blocks = found["indexes/index.idx"].splitlines()
    assert json.loads(blocks[0].split(b" ", 2)[2]) == {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    lines = []
    for block in blocks[1:]:
        *_, row = block.split(b" ", 2)
        place = json.loads(row)
        member = found["indexes/index.cdx.gz"][place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"
        part = gzip.decompress(member).splitlines()
        assert part[0].startswith(block.split(b" {")[0])
        lines += part
    assert lines == sorted(lines)
    return {
        (key, instant): json.loads(row)
        for key, instant, row in (line.decode().split(" ", 2) for line in lines)
    }


def test_each_page_is_found_by_its_url_and_instant(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.warc.cdxj.BLOCK_LINES", 5)
    summary = export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    index = lines_of(found)
    head, *pages = [json.loads(line) for line in found["pages/pages.jsonl"].splitlines()]
    assert head == {"format": "json-pages-1.0", "id": "pages", "title": "Pages"}
    with ArchiveStore.open(folder, readonly=True) as store:
        titles = {str(article.id): article.title for article in store.select(Filters())}
    assert {page["id"]: page["title"] for page in pages} == titles
    assert summary.rows == len(pages) > 10
    for page in pages:
        place = index[surt(page["url"]), "".join(filter(str.isdigit, page["ts"]))]
        start, length = int(place["offset"]), int(place["length"])
        member = gzip.decompress(found[f"archive/{place['filename']}"][start : start + length])
        assert f"WARC-Target-URI: {page['url']}\r\n".encode() in member
        assert any(
            page["title"].encode(charset, "replace") in member for charset in ("utf-8", "cp1256", "cp1252")
        )


def test_filters_choose_pages_and_the_files_they_lie_in(folder: Path, tmp_path: Path) -> None:
    with ArchiveStore.open(folder, readonly=True) as store:
        first = next(iter(store.select(Filters())))
        file = store.capture(first.capture_id).warc_file

    with ArchiveStore.open(folder, readonly=True) as store:
        rows = (row for row in archived(store, Filters()) if row.capture.warc_file == file)
        exporter("wacz")(rows, tmp_path / "a.wacz", Options(archive=folder, selected=True))
    found = entries(tmp_path / "a.wacz")
    assert [name for name in found if name.startswith("archive/")] == [f"archive/{file}"]
    summary = export(folder, tmp_path / "b.wacz", Filters(source=("even",)))
    pages = [
        json.loads(line)["url"] for line in entries(tmp_path / "b.wacz")["pages/pages.jsonl"].splitlines()[1:]
    ]
    with ArchiveStore.open(folder, readonly=True) as store:
        assert sorted(pages) == sorted(article.url for article in store.select(Filters(source=("even",))))
    assert 0 < summary.rows < 20


def test_a_file_being_written_is_left_out_with_its_pages(folder: Path, tmp_path: Path) -> None:
    with ArchiveStore.open(folder, readonly=True) as store:
        first = next(iter(store.select(Filters())))
        path = folder / "warc" / store.capture(first.capture_id).warc_file
    whole = export(folder, tmp_path / "a.wacz").rows
    path.rename(path.with_name(path.name + ".open"))
    assert export(folder, tmp_path / "b.wacz").rows < whole
    found = entries(tmp_path / "b.wacz")
    assert not any(path.name in name for name in found)
    assert not any(place["filename"] == path.name for place in lines_of(found).values())


def test_what_is_withheld_is_left_out_and_the_rest_is_found(folder: Path, tmp_path: Path) -> None:
    with ArchiveStore.open(folder) as store:
        article = list(store.select(Filters()))[3]
        sealed = store.capture(article.capture_id)
        record_id = record_id_at(folder / "warc", sealed.warc_file, sealed.offset)
        one = Withheld(
            Takedown(1, "2026-05-01T00:00:00Z", "seal", "asked for", "0" * 64),
            (article.id,), (article.canonical_url,), (sealed.payload_digest or "",), (record_id,),
        )  # fmt: skip
        store.takedowns.withhold(one, [sealed.id])
    summary = export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    target = f"WARC-Target-URI: {sealed.url}\r\n".encode()
    assert not any(target in gunzipped(found, name) for name in found if name.startswith("archive/"))
    index = lines_of(found)
    assert sealed.url not in {place["url"] for place in index.values()}
    pages = [json.loads(line) for line in found["pages/pages.jsonl"].splitlines()[1:]]
    assert summary.rows == len(pages) > 10
    for page in pages:
        place = index[surt(page["url"]), "".join(filter(str.isdigit, page["ts"]))]
        start, length = int(place["offset"]), int(place["length"])
        member = gzip.decompress(found[f"archive/{place['filename']}"][start : start + length])
        assert f"WARC-Target-URI: {page['url']}\r\n".encode() in member
    whole = (folder / "warc" / sealed.warc_file).read_bytes()
    start, end = sealed.offset, sealed.offset + sealed.group_length
    assert found[f"archive/{sealed.warc_file}"] == whole[:start] + whole[end:]


def gunzipped(found: dict[str, bytes], name: str) -> bytes:
    return gzip.decompress(found[name]) if name.endswith(".gz") and found[name] else found[name]


def test_foreign_warcs_are_in_it_and_arcs_are_not(folder: Path, tmp_path: Path) -> None:
    imported = folder / "warc" / "imported"
    imported.mkdir()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x</p>"
    record = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://other.test/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
        b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (len(block), block)
    )
    (imported / "a.warc").write_bytes(b"\r\n" + record)
    (imported / "b.warc.gz").write_bytes(gzip.compress(record))
    (imported / "c.arc").write_bytes(b"http://other.test/ 192.0.2.1 20200101000000 text/html 3\nabc\n")
    (imported / ".d.part").write_bytes(b"an import that was cut short")
    export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    assert {"archive/a.warc", "archive/b.warc.gz"} <= set(found)
    assert not {"archive/c.arc", "archive/.d.part"} & set(found)
    lines = [
        line
        for line in gzip.decompress(found["indexes/index.cdx.gz"]).splitlines()
        if line.startswith(b"test,other)")
    ]
    rows = sorted(
        (json.loads(line.split(b" ", 2)[2]) for line in lines), key=lambda row: str(row["filename"])
    )
    assert [(row["filename"], row["offset"], row["length"]) for row in rows] == [
        ("a.warc", "2", str(len(record))), ("b.warc.gz", "0", str(len(gzip.compress(record)))),
    ]  # fmt: skip
    (imported / "a.warc").unlink()
    export(folder, tmp_path / "b.wacz")
    assert not (folder / "indexes" / "a.warc.cdxj").exists()


def test_an_empty_archive_is_an_empty_package(archive_folder: Path, tmp_path: Path) -> None:
    with ArchiveStore.open(archive_folder):
        pass
    assert export(archive_folder, tmp_path / "a.wacz").rows == 0
    assert set(entries(tmp_path / "a.wacz")) >= {"pages/pages.jsonl", "datapackage.json", "indexes/index.idx"}


def test_what_cannot_be_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--no-text"):
        export(folder, tmp_path / "a.wacz", text=False)
    with pytest.raises(UsageError, match="standard output"):
        export(folder, Path("-"))
    with pytest.raises(UsageError, match="only an archive"):
        exporter("wacz")(iter(()), tmp_path / "a.wacz", Options())
    assert not (tmp_path / "a.wacz").exists()


def test_a_failure_leaves_nothing_and_the_old_file_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.wacz").write_text("old")

    def gone(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "index_of", gone)
    with pytest.raises(ArchiveError, match="No space left on device"):
        export(folder, out / "a.wacz", force=True)
    assert {path.name: path.read_text() for path in out.iterdir()} == {"a.wacz": "old"}


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux to tell a process's peak memory"
)
def test_a_large_archive_takes_little_memory(tmp_path: Path) -> None:
    """400 MB of WARC files are exported in less than 200 MB, the interpreter and its libraries included."""
    folder = tmp_path / "news"
    folder.mkdir()
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(folder / "warc", prefix="test", info={}, max_bytes=100_000_000) as writer,
    ):
        recorder = Recorder(writer, store)
        for number in range(40):
            body = os.urandom(10 << 20)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n\r\n"
            recorder.record(
                Exchange(
                    f"{SITE}/{number}", BEGAN, b"GET / HTTP/1.1\r\n\r\n", head + body, 200, b"OK",
                    ((b"Content-Encoding", b"gzip"),), body,
                )
            )  # fmt: skip
        recorder.checkpoint()
    script = (
        "import re, sys; from pathlib import Path\n"
        "from archive.export import Options, archived, exporter\n"
        "from archive.store import ArchiveStore, Filters\n"
        "folder = Path(sys.argv[1])\n"
        "with ArchiveStore.open(folder, readonly=True) as store:\n"
        "    rows = archived(store, Filters())\n"
        "    summary = exporter('wacz')(rows, folder.parent / 'a.wacz', Options(archive=folder))\n"
        "peak = re.search('VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())[1]\n"
        "print(summary.bytes, peak)"
    )
    ran = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, check=True, text=True)
    size, kibibytes = map(int, ran.stdout.split())
    assert size > 400_000_000
    assert kibibytes < 200 * 1024


@pytest.fixture(scope="session")
def wacz_tool() -> Path:
    """The program of the WACZ specification's authors; skips where it is absent."""
    named = os.environ.get("WARRAQ_ORACLES")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / ".venv-oracles"
    if not (folder / "bin" / "wacz").exists():
        pytest.skip(f"needs wacz in an environment named by WARRAQ_ORACLES, or in {folder}")
    return folder / "bin" / "wacz"


@pytest.mark.oracle
@pytest.mark.parametrize("selected", [False, True])
def test_wacz_validate_passes(folder: Path, tmp_path: Path, wacz_tool: Path, selected: bool) -> None:
    export(folder, tmp_path / "a.wacz", Filters(source=("even",)) if selected else None)
    ran = subprocess.run(
        [wacz_tool, "validate", "-f", tmp_path / "a.wacz"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Validation succeeded" in ran.stdout


@pytest.mark.oracle
def test_wacz_validate_finds_a_changed_byte(folder: Path, tmp_path: Path, wacz_tool: Path) -> None:
    """The oracle is worth asking: another byte in the list of pages makes it fail."""
    export(folder, tmp_path / "a.wacz")
    found = entries(tmp_path / "a.wacz")
    found["pages/pages.jsonl"] = found["pages/pages.jsonl"].replace(b"http", b"HTTP", 1)
    with zipfile.ZipFile(tmp_path / "b.wacz", "w") as package:
        for name, content in found.items():
            package.writestr(name, content)
    ran = subprocess.run(
        [wacz_tool, "validate", "-f", tmp_path / "b.wacz"], capture_output=True, text=True, check=False
    )
    assert "Validation failed" in ran.stdout


def test_the_command_writes_one(archive_folder: Path, tmp_path: Path, warraq: Callable[..., Any]) -> None:
    (tmp_path / "a.txt").write_text("Title\n\nText.\n", "utf-8")
    warraq("--archive", archive_folder, "import", tmp_path / "a.txt")
    (row,) = warraq("--archive", archive_folder, "export", "wacz", tmp_path / "a.wacz", "--json").rows
    assert row["rows"] == 1
    assert row["bytes"] == (tmp_path / "a.wacz").stat().st_size
    ran = warraq("--archive", archive_folder, "export", "wacz", tmp_path / "a.wacz")
    assert ran.exit == 2
    assert "--force" in ran.err
