"""Folders of texts and pages: what is in them, what a manifest says of it, and what only does harm."""

from __future__ import annotations

import gzip
import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from archive.custody import manifest
from archive.custody.verify import Listener, verify
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import DerivationPool, Imported, Recorder, derive, files, rebuild, record_files, recover
from archive.ingest.folders import find, open_regular
from archive.records import Article
from archive.store import ArchiveStore, Filters
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from pathlib import Path

    from archive.records import Capture

STORY = "Harbour opens\n\nThe harbour was opened on Thursday, and the ferries sail again.\n"
PAGE = (
    "<html><head><title>Another title</title><meta property=og:title content='A third'>"
    "<meta property=article:published_time content=2019-01-01T00:00:00Z></head><body><article><h1>Another title</h1>"
    f"{'<p>The council met in the old town hall, and the bridge over the river was its only matter.</p>' * 4}"
    "</article></body></html>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files to import."""
    made = tmp_path / "files"
    made.mkdir()
    (made / "a.txt").write_text(STORY)
    (made / "b.html").write_text(PAGE)
    return made


def take(tmp_path: Path, *paths: Path, read: bool = False) -> Imported:
    """Import, as the command does."""
    archive = tmp_path / "news"
    archive.mkdir(exist_ok=True)
    with (
        ArchiveStore.open(archive) as store,
        WarcWriter(
            archive / "warc", prefix="t", info={}, max_bytes=10**9, on_finished=manifest.appender(archive)
        ) as writer,
    ):
        recover(archive, store)
        recorder = Recorder(writer, store)
        imported = record_files(paths, recorder, store)
        recorder.checkpoint()
        if read:
            with DerivationPool(archive / "warc", 1) as pool:
                pool.submit(store.waiting())
                for derived in pool.drain():
                    store.apply(derived, EXTRACTOR_VERSION)
    return imported


def captures(tmp_path: Path) -> list[Capture]:
    with ArchiveStore.open(tmp_path / "news", readonly=True) as store:
        return list(store.captures())


def article(tmp_path: Path, capture: Capture) -> Article:
    found = derive(tmp_path / "news" / "warc", capture.warc_file, capture.offset, capture.group_length)
    assert isinstance(found, Article)
    return found


def rows(tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with ArchiveStore.open(tmp_path / "news", readonly=True) as store:
        return {
            table: store.query(f"SELECT * FROM {table} ORDER BY id")
            for table in ("captures", "articles", "revisions", "articles_folded")
        }


# --- what lies in a folder


def test_what_is_no_file_of_the_folder_is_left_out_and_told(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "secret.txt").write_text("Not for anybody")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "in.txt").symlink_to("a.txt")
    (folder / "self").symlink_to(".")
    (folder / "up").symlink_to("..")
    (folder / "nowhere.txt").symlink_to("gone.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.txt")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.txt").write_text("Hidden")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket.txt"))
        found = find([folder, folder / "a.txt", folder / ".." / "files"])
    assert [path.name for path in found.files] == ["a.txt", "b.html"], "each once, under whatever name"
    told = {path.rpartition("/")[2]: why for path, why in found.left_out.items()}
    assert told.keys() == {"out.txt", "self", "up", "nowhere.txt", "zero.txt", "pipe.txt", "socket.txt"}
    for name, why in (
        ("out.txt", "leads out of"), ("self", "not followed"), ("nowhere.txt", "leads nowhere"),
        ("zero.txt", "leads nowhere"), ("pipe.txt", "a pipe"), ("socket.txt", "a socket"),
    ):  # fmt: skip
        assert why in told[name] or (name == "zero.txt" and "a device" in told[name])
    assert [path.name for path in find([folder / "out.txt"]).files] == ["out.txt"], "who names it wants it"
    assert find([folder / "pipe.txt"]).left_out


def test_a_file_that_has_become_a_pipe_keeps_nobody_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    with pytest.raises(ValueError, match="no regular file"):
        open_regular(folder / "pipe.txt")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("c.html.gz", gzip.compress(b"<p>x</p>" * 99)[:-20], "damaged"),
        ("c.html.gz", gzip.compress(os.urandom(999))[:40] + b"\xff" * 200, "damaged|CRC|cannot be read"),
        ("c.html.gz", b"plain", "gzip"),
        ("c.html.gz", gzip.compress(bytes(40 << 20)), "larger than"),
        ("c.warc.zst", b"\x28\xb5\x2f\xfd", "unpack it with 'zstd -d'"),
        ("c.pdf", b"%PDF", "of no known kind"),
        ("c.txt", b"\n \n", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_costs_no_other(
    tmp_path: Path, folder: Path, name: str, content: bytes, why: str
) -> None:
    (folder / name).write_bytes(content)
    imported = take(tmp_path, folder)
    assert imported.files == 2
    ((path, reason),) = imported.refused.items()
    assert path.endswith(name)
    assert any(one in reason for one in why.split("|")), reason


def test_a_file_that_vanishes_is_told(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find([folder])
    monkeypatch.setattr(files, "find", lambda _: found)
    (folder / "a.txt").unlink()
    imported = take(tmp_path, folder)
    assert imported.files == 1
    assert "No such file" in imported.refused[str(folder / "a.txt")]


def test_names_that_are_no_text(tmp_path: Path, folder: Path) -> None:
    for name in (b"bad\xff\xfe.txt", b"line\nbreak \x1b[31m.txt", "خبر.txt".encode()):
        (folder / os.fsdecode(name)).write_text(f"Title\n\n{len(name)}\n")
    assert take(tmp_path, folder, read=True).files == 5
    before = rows(tmp_path)
    assert take(tmp_path, folder).unchanged == 5
    rebuild(tmp_path / "news", workers=1)
    assert rows(tmp_path) == before


def test_many_files_are_durable_by_and_by(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BATCH_CAPTURES", 3)
    for number in range(10):
        (folder / f"{number}.txt").write_text(f"Title {number}")
    waiting: list[int] = []
    checkpoint = Recorder.checkpoint

    def noting(self: Recorder) -> list[Capture]:
        waiting.append(self.pending)
        return checkpoint(self)

    monkeypatch.setattr(Recorder, "checkpoint", noting)
    assert take(tmp_path, folder).files == 12
    assert max(waiting) == 3


# --- manifests


CSV = (
    "\ufefffile,URL,fetched,published,title,section,source,language,timezone,encoding,note\r\n"
    'a.txt,http://own.test/a?utm_source=x,2020-05-02T10:00:00+02:00,2020-05-01 08:30,"Harbour, opened",News,'
    "harbour-post,en,Asia/Damascus,,seen\r\n"
    "b.html,http://own.test/b,2020-06-01,2020-05-30,A title by hand,,,,,\r\n"
)
JSONL = "\n".join(
    json.dumps({name: value for name, value in row.items() if value})
    for row in (
        {
            "file": "a.txt", "url": "http://own.test/a?utm_source=x", "fetched": "2020-05-02T10:00:00+02:00",
            "published": "2020-05-01 08:30", "title": "Harbour, opened", "section": "News", "source": "harbour-post",
            "language": "en", "timezone": "Asia/Damascus", "note": "seen",
        },
        {
            "file": "b.html", "url": "http://own.test/b", "fetched": "2020-06-01", "published": "2020-05-30",
            "title": "A title by hand",
        },
    )
)  # fmt: skip


@pytest.mark.parametrize(("name", "content"), [("manifest.csv", CSV), ("manifest.jsonl", JSONL)])
def test_what_a_manifest_says_is_what_counts(tmp_path: Path, folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, newline="")
    (folder / "c.txt").write_text("Not in it")
    imported = take(tmp_path, folder, read=True)
    assert imported.files == 3
    ((place, fault),) = imported.refused.items()
    assert place.endswith(name)
    assert fault.startswith("not read: note; known are file, url")
    first, second, third = captures(tmp_path)
    assert (first.url, first.source, first.started) == (
        "http://own.test/a?utm_source=x", "harbour-post", datetime(2020, 5, 2, 8, tzinfo=UTC),
    )  # fmt: skip
    assert third.url == (folder / "c.txt").as_uri()
    text = article(tmp_path, first)
    assert (text.title, text.published, text.section) == (
        "Harbour, opened", "2020-05-01T08:30:00+03:00", "News",
    )  # fmt: skip
    assert text.text.startswith("Harbour opens\n"), "the first line is no title where another one is given"
    page = article(tmp_path, second)
    assert (page.title, page.published) == ("A title by hand", "2020-05-30")
    assert page.sources["title"] == "provenance"
    with ArchiveStore.open(tmp_path / "news", readonly=True) as store:
        assert {one.canonical_url for one in store.select(Filters(source=("harbour-post",)))} == {
            "https://own.test/a"
        }
    before = rows(tmp_path)
    again = take(tmp_path, folder)
    assert (again.files, again.unchanged) == (0, 3)
    problems: list[Any] = []
    verify(tmp_path / "news", Listener(problems.append))
    assert problems == []
    rebuild(tmp_path / "news", workers=1)
    assert rows(tmp_path) == before


def test_a_line_that_was_mended_counts(tmp_path: Path, folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,url,title\na.txt,http://own.test/a,Wrong\n")
    assert take(tmp_path, folder).files == 2
    (folder / "manifest.csv").write_text("file,url,title\na.txt,http://own.test/a,Right\n")
    assert (take(tmp_path, folder).files, take(tmp_path, folder).files) == (1, 0)
    assert article(tmp_path, captures(tmp_path)[-1]).title == "Right"


def test_an_encoding_is_believed(tmp_path: Path, folder: Path) -> None:
    (folder / "c.txt").write_bytes(
        "Łódź w deszczu\n\nPada deszcz w mieście i nad rzeką.".encode("iso-8859-2")
    )
    (folder / "manifest.csv").write_text("file,encoding\nc.txt,latin2\n")
    take(tmp_path, folder / "c.txt", folder / "manifest.csv")
    (capture,) = captures(tmp_path)
    assert article(tmp_path, capture).title == "Łódź w deszczu"
    assert capture.media_type == "text/plain"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a.txt,ftp://own.test/,,,,", "url: 'ftp://own.test/' is no http(s) address"),
        ("a.txt,not an address,,,,", "url"),
        ("a.txt,http://own.test/,yesterday,,,", "fetched: 'yesterday' is no day"),
        ("a.txt,http://own.test/,2020-05-01T10:00:00,,,", "fetched"),
        ("a.txt,http://own.test/,9998-01-01,,,", "lies in the future"),
        ("a.txt,http://own.test/,,soon,,", "published: 'soon' is no date"),
        ("a.txt,http://own.test/,2020-05-01,2021-01-01,,", "published: 2021-01-01 lies after the file was fetched"),
        ("a.txt,http://own.test/,,,in Arabic,", "language: 'in Arabic' is no BCP 47 tag"),
        ("a.txt,http://own.test/,,,,Asia", "timezone: 'Asia' is no IANA time zone"),
        ("a.txt,http://own.test/,,,,../../etc/passwd", "timezone"),
        ("a.txt,,,,,,,,,", "10 fields for 6 columns"),
        ("/etc/passwd,http://own.test/,,,,", "not relative"),
        ("../secret.txt,http://own.test/,,,,", "leads out of the manifest's folder"),
        ("link.txt,http://own.test/,,,,", "leads out of the manifest's folder"),
        ("gone.txt,http://own.test/,,,,", "'gone.txt': no such file"),
        (",http://own.test/,,,,", "names no file"),
        ("b.html,http://own.test/,,,,", "b.html is named in line 2 already"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_and_its_file_left_out(
    tmp_path: Path, folder: Path, line: str, fault: str
) -> None:
    """Under its own name it would be in the archive for good."""
    (tmp_path / "secret.txt").write_text("Not for anybody")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    head = "file,url,fetched,published,language,timezone\nb.html,http://own.test/b,,,,\n"
    (folder / "manifest.csv").write_text(head + line + "\n")
    imported = take(tmp_path, folder)
    assert fault in imported.refused[f"{folder / 'manifest.csv'}: line 3"]
    urls = {capture.url for capture in captures(tmp_path)}
    own = set() if line.startswith("a.txt") else {(folder / "a.txt").as_uri()}
    assert urls == {"http://own.test/b"} | own


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("manifest.csv", b"", "names no column 'file'"),
        ("manifest.csv", b"fil,url\na.txt,x\n", "names no column 'file'"),
        ("manifest.csv", b"file,url,url\na.txt,x,y\n", "one twice"),
        ("manifest.csv", b"file,url\na.txt,\xff\n", "line 2: not in UTF-8"),
        ("manifest.csv", b'file,url\na.txt,"open\n', "line 2"),
        ("manifest.csv", b"file,url\n" + b"a" * (2 << 20), "longer than"),
        ("manifest.csv", b"file,url\na.txt," + b"a" * (1 << 18), "line 2: field larger"),
        ("manifest.jsonl", b"\xff\xfe", "line 1: not in UTF-8"),
    ],
)
def test_a_manifest_that_cannot_be_read_keeps_its_folder_out(
    tmp_path: Path, folder: Path, name: str, content: bytes, fault: str
) -> None:
    (folder / name).write_bytes(content)
    beside = tmp_path / "beside.txt"
    beside.write_text(STORY)
    imported = take(tmp_path, folder, beside)
    assert imported.files == 1
    assert fault in imported.refused[str(folder / name)]
    assert "mend it, and import again" in imported.refused[str(folder / "a.txt")]


def test_lines_of_json_that_are_none(tmp_path: Path, folder: Path) -> None:
    lines = [
        "{",
        "[]",
        '{"file": 1}',
        '{"file": ["a.txt"]}',
        "[" * 5000,
        "",
        '{"file": "a.txt", "title": null}',
    ]
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    imported = take(tmp_path, folder)
    assert imported.files == 2
    assert [place.rpartition(" ")[2] for place in imported.refused] == ["1", "2", "3", "4", "5"]


def test_two_manifests_of_one_file_are_told(tmp_path: Path, folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,url\na.txt,http://own.test/1\n")
    (folder / "manifest.jsonl").write_text('{"file": "a.txt", "url": "http://own.test/2"}')
    imported = take(tmp_path, folder)
    assert "is named by" in imported.refused[f"{folder / 'manifest.jsonl'}: line 1"]
    assert "http://own.test/1" in {capture.url for capture in captures(tmp_path)}
