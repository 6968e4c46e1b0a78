"""`warraq import` of WARC files: what it prints, and that faults are told without stopping it."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def record(url: str, body: str, **said: str) -> bytes:
    content = body.encode()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (
        len(content),
        content,
    )
    head = {
        "WARC-Type": "response",
        "WARC-Target-URI": url,
        "WARC-Date": "2020-05-01T10:00:00Z",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in said.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return gzip.compress(f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n")


def story(title: str) -> str:
    text = f"<p>{'سقط المطر أمس على المدينة كلها وعلى ما حولها من القرى. ' * 8}</p>" * 3
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a text, a WARC file with a fault, and one that is none."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("Title\n\nText.\n", "utf-8")
    (folder / "b.warc.gz").write_bytes(
        record("http://other.test/1", story("خبر أول"))
        + record("http://other.test/2", story("خبر \x1b[31m ثان"), WARC_Block_Digest="sha1:" + "A" * 32)
    )
    (folder / "c.warc").write_bytes(b"<html>")
    (folder / "d.wacz").write_bytes(b"PK")
    return folder


def test_what_is_sound_is_taken_in_and_the_rest_is_told(
    archive_folder: Path, files: Path, warraq: Callable[..., object]
) -> None:
    ran = warraq("--archive", archive_folder, "import", files)
    assert ran.exit == 0
    assert "2 files taken in: 3 new articles" in ran.out
    assert "2 captures of WARC files were indexed" in ran.out
    assert "c.warc: left out: holds no sound WARC or ARC record" in ran.err
    assert "d.wacz: left out: no ZIP file" in ran.err
    assert "b.warc.gz: at byte" in ran.err
    assert "the block has not the digest" in ran.err
    found = warraq("--archive", archive_folder, "search", "المدينة", "--json").rows
    assert {row["url"] for row in found} == {"http://other.test/1", "http://other.test/2"}
    assert warraq("--archive", archive_folder, "verify").exit == 0


def test_json_has_the_same(archive_folder: Path, files: Path, warraq: Callable[..., object]) -> None:
    (row,) = warraq("--archive", archive_folder, "import", files, "--json").rows
    assert (row["files"], row["captures"], row["articles_new"]) == (2, 2, 3)
    assert sorted(path.rpartition("/")[2] for path in row["refused"]) == ["c.warc", "d.wacz"]
    assert row["faults"]["b.warc.gz"]["count"] == 1
    (again,) = warraq("--archive", archive_folder, "import", files, "--json").rows
    assert (again["files"], again["captures"], again["articles_new"], again["unchanged"]) == (0, 0, 0, 2)


def test_a_rebuild_has_the_imported_articles(
    archive_folder: Path, files: Path, warraq: Callable[..., object]
) -> None:
    warraq("--archive", archive_folder, "import", files)
    before = warraq("--archive", archive_folder, "export", "jsonl", "-").rows
    (row,) = warraq("--archive", archive_folder, "rebuild", "--json").rows
    assert (row["articles"], row["faults"]) == (3, [])
    assert warraq("--archive", archive_folder, "export", "jsonl", "-").rows == before


def test_nothing_taken_in_is_a_failure(
    archive_folder: Path, tmp_path: Path, warraq: Callable[..., object]
) -> None:
    """As `verify` and `crawl` say it: 0 where something was done, 1 where the work as a whole failed."""
    (tmp_path / "c.warc").write_bytes(b"<html>")
    os.mkfifo(tmp_path / "pipe.warc")
    for path in (tmp_path / "c.warc", tmp_path / "pipe.warc"):
        ran = warraq("--archive", archive_folder, "import", path)
        assert (ran.exit, ran.out) == (
            1,
            "0 files taken in: 0 new articles, 0 changed; 0 were there already, 1 left out.\n",
        )
    (tmp_path / "a.txt").write_text("Title")
    for _ in range(2):
        assert (
            warraq("--archive", archive_folder, "import", tmp_path / "c.warc", tmp_path / "a.txt").exit == 0
        )


def test_names_from_elsewhere_act_on_no_terminal(
    archive_folder: Path, tmp_path: Path, warraq: Callable[..., object]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    names = [
        "x\nforged: left out: nothing.warc",
        "\x1b[2J.warc.gz",
        os.fsdecode(b"\xff\xfe.wacz"),
        "\u202e.txt",
        "a\rb.txt",
    ]
    for name in names:
        (folder / name).write_bytes(b"" if name.endswith(".txt") else b"<html>")
    (folder / "manifest.csv").write_text("file,title\n\x1b[31m.txt,x\n")
    text = warraq("--archive", archive_folder, "import", folder)
    rows = warraq("--archive", archive_folder, "import", folder, "--json")
    for ran in (text, rows):
        assert ran.exit == 1
        assert not [char for char in "\x1b\u202e\r" if char in ran.out + ran.err]
        assert "\nforged" not in ran.err
    assert len(rows.rows[0]["refused"]) == len(names)
    assert list(rows.rows[0]["faults"]) == [f"{folder / 'manifest.csv'}: line 2"]


def test_faults_of_files_of_one_name_are_told_apart(
    archive_folder: Path, tmp_path: Path, warraq: Callable[..., object]
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        content = record(f"http://{name}.test/", story(name), WARC_Block_Digest="sha1:" + "A" * 32)
        (tmp_path / name / "a.warc.gz").write_bytes(content)
    (row,) = warraq("--archive", archive_folder, "import", tmp_path / "one", tmp_path / "two", "--json").rows
    assert list(row["faults"]) == ["a.warc.gz", f"{tmp_path}/two/a.warc.gz: a.warc.gz"]


def test_what_no_manifest_names_is_told(
    archive_folder: Path, tmp_path: Path, warraq: Callable[..., object]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"Title {number}")
    (folder / "manifest.csv").write_text("file,url\n00.txt,http://own.test/\n")
    ran = warraq("--archive", archive_folder, "import", folder)
    assert "01.txt: not in the manifest: taken in under its own name" in ran.err
    assert "9 more files are not in the manifest" in ran.err
    (row,) = warraq("--archive", archive_folder, "import", folder, "--json").rows
    assert (len(row["undescribed"]), row["unchanged"]) == (29, 30)
