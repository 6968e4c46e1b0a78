"""The archive as a WACZ that is nowhere written: bytes and lines of one that is, without what is withheld."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive.custody.takedown import plan, take_down
from archive.export.wacz import finished_files
from archive.store import ArchiveStore
from archive.warc import stored_zip
from archive.warc.cdxj import index_lines
from archive.warc.member import read_record
from archive.warc.stored_zip import Entry
from archive.web.composed import Composer, compose

if TYPE_CHECKING:
    from archive.web.composed import ComposedWacz

SITE = "https://news.test"
BODY = "<!DOCTYPE html><p>الجسر مفتوح</p>".encode()


@pytest.fixture
def filled(shelf) -> Path:
    """A page, an image, a revisit, a 304, a redirect, and what was brought in as a file."""
    page = shelf.put(f"{SITE}/story", BODY, at="20260101")
    shelf.put(f"{SITE}/a.png", bytes(range(256)), content_type="image/png", at="20260101")
    shelf.put(f"{SITE}/story", BODY, original=page, at="20260105")
    shelf.put(f"{SITE}/story", status=304, content_type=None, original=page, at="20260107")
    shelf.put(f"{SITE}/old", status=301, headers=((b"Location", b"/story"),), at="20260101")
    shelf.put(f"{SITE}/خبر?b=2&a=1", b"other", at="20260101")
    return shelf.folder


def composed(folder: Path) -> ComposedWacz:
    return compose(folder, finished_files(folder))


def written(wacz: ComposedWacz, path: Path) -> zipfile.ZipFile:
    path.write_bytes(b"".join(wacz.pieces(0, wacz.size)))
    assert path.stat().st_size == wacz.size
    return zipfile.ZipFile(path)


def content(zip_file: zipfile.ZipFile, name: str) -> bytes:
    """Past zipfile, which would miss the checksum that is not there."""
    info = zip_file.getinfo(name)
    with Path(zip_file.filename or "").open("rb") as file:
        file.seek(info.header_offset)
        file.seek(info.header_offset + len(stored_zip.local_head(Entry(name, info.file_size, 0))))
        return file.read(info.file_size)


def test_it_holds_the_files_and_the_lines_of_a_written_one(filled: Path, tmp_path: Path) -> None:
    with written(composed(filled), tmp_path / "all.wacz") as found:
        files = sorted((filled / "warc").glob("*.warc.gz"))
        assert len(files) == 6
        for path in files:
            assert content(found, f"archive/{path.name}") == path.read_bytes()
        index = content(found, "indexes/index.cdx.gz")
        heads = found.read("indexes/index.idx").splitlines()
        assert found.read("pages/pages.jsonl").startswith(b'{"format": "json-pages-1.0"')
        assert json.loads(found.read("datapackage.json"))["wacz_version"] == "1.1.1"
    expected = sorted(line for path in files for line in index_lines(path, path.name))
    assert gzip.decompress(index).splitlines(keepends=True) == expected
    place = json.loads(heads[1].split(b" ", 2)[2])
    assert (place["offset"], place["length"]) == (0, len(index))


def test_any_part_of_it_is_that_part(filled: Path) -> None:
    wacz = composed(filled)
    whole = b"".join(wacz.pieces(0, wacz.size))
    chosen = random.Random(7)
    for _ in range(300):
        start = chosen.randrange(wacz.size)
        end = min(wacz.size, start + chosen.choice([1, 30, 500, 5_000]))
        assert b"".join(wacz.pieces(start, end)) == whole[start:end]


@pytest.mark.parametrize("seal", [True, False])
def test_what_is_withheld_is_not_in_it(shelf, tmp_path: Path, seal: bool) -> None:
    shelf.put(f"{SITE}/before", b"before")
    capture = shelf.put(f"{SITE}/secret", b"secret")
    path = shelf.folder / "warc" / capture.warc_file
    secret = path.read_bytes()[capture.offset : capture.offset + capture.length]
    shelf.put(f"{SITE}/behind", b"behind")
    files = sorted((shelf.folder / "warc").glob("*.warc.gz"))
    _into_one_file(shelf.folder, files)
    composer = Composer(shelf.folder)
    name = composer.name()
    before = composer.wacz(name)
    assert before is not None
    assert secret in b"".join(before.pieces(0, before.size))
    with ArchiveStore.open(shelf.folder) as store:
        planned = plan(shelf.folder, store, articles=[], urls=[f"{SITE}/secret"], seal=seal)
        take_down(shelf.folder, store, planned, "asked for")

    assert composer.wacz(name) is None, "its address is another now"
    after = composer.wacz(composer.name())
    assert after is not None
    assert secret not in b"".join(after.pieces(0, after.size))
    with written(after, tmp_path / "all.wacz") as found:
        (warc,) = (name for name in found.namelist() if name.startswith("archive/"))
        kept = content(found, warc)
        lines = gzip.decompress(content(found, "indexes/index.cdx.gz")).splitlines()
    urls = []
    for line in lines:
        row = json.loads(line.split(b" ", 2)[2])
        record = read_record(lambda at, size: kept[at : at + size], int(row["offset"]))
        assert record is not None
        assert (record.headers["warc-target-uri"], record.length) == (row["url"], int(row["length"]))
        urls.append(row["url"])
    assert urls == [f"{SITE}/before", f"{SITE}/behind"]


def _into_one_file(folder: Path, files: list[Path]) -> None:
    """As if all had been written into the first."""
    with ArchiveStore.open(folder) as store:
        moved, at = [], 0
        for path in files:
            moved += [
                replace(one, warc_file=files[0].name, offset=one.offset + at)
                for one in store.captures(warc_file=path.name)
            ]
            at += path.stat().st_size
        store.settle(moved, {})
    with files[0].open("ab") as file:
        for path in files[1:]:
            file.write(path.read_bytes())
            path.unlink()


def test_files_being_written_are_not_in_it(filled: Path) -> None:
    first = min((filled / "warc").glob("*.warc.gz"))
    first.rename(first.with_name(first.name + ".open"))
    wacz = composed(filled)
    assert b"archive/" + first.name.encode() not in b"".join(wacz.pieces(0, wacz.size))


def test_files_beyond_4_gib_are_listed(tmp_path: Path) -> None:
    entries, at = [], 0
    for number, size in enumerate((5 << 30, 0, 3 << 30, 7)):
        entries.append(Entry(f"archive/{number}.warc.gz", size, at))
        at += len(stored_zip.local_head(entries[-1])) + size
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        for entry in entries:
            file.seek(entry.offset)
            file.write(stored_zip.local_head(entry))
        file.seek(at)
        file.write(stored_zip.directory(entries, at))
    with zipfile.ZipFile(path) as found:
        assert [(one.filename, one.file_size, one.header_offset) for one in found.infolist()] == [
            (entry.name, entry.size, entry.offset) for entry in entries
        ]
        with found.open("archive/2.warc.gz") as member:
            assert member.read(5) == bytes(5)
