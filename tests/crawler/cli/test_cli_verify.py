"""`warraq verify`: its exit code, what it prints, its report, and `--repair`."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from archive.store import ArchiveStore
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def filled(archive_folder: Path, warraq: Callable[..., object], tmp_path: Path) -> Path:
    """An archive with two imported texts, each in a WARC file of its own."""
    for name in ("a", "b"):
        text = tmp_path / f"{name}.txt"
        text.write_text(f"Title {name}\n\nText of {name}.\n", "utf-8")
        warraq("--archive", archive_folder, "import", text)
    return archive_folder


def warcs(folder: Path) -> list[Path]:
    return sorted((folder / "warc").glob("*.warc.gz"))


def test_a_sound_archive_is_told(filled: Path, warraq: Callable[..., object]) -> None:
    ran = warraq("--archive", filled, "verify")
    assert ran.exit == 0
    assert "No problem was found." in ran.out
    (row,) = warraq("--archive", filled, "verify", "--json").rows
    assert row["ok"] is True
    assert (row["files"], row["captures"], row["problems"], row["listed"]) == (2, 2, {}, [])
    assert row["manifest_head"] in ran.out


def test_a_new_archive_is_sound(archive_folder: Path, warraq: Callable[..., object]) -> None:
    assert warraq("--archive", archive_folder, "verify").exit == 0


def test_a_problem_is_one_line_and_exit_code_1(
    filled: Path, warraq: Callable[..., object], tmp_path: Path
) -> None:
    path = warcs(filled)[0]
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    ran = warraq("--archive", filled, "verify", "--report", tmp_path / "report.jsonl")
    assert ran.exit == 1
    told = [line for line in ran.out.splitlines() if line.startswith(f"warc/{path.name}")]
    assert [": at byte " in line for line in told] == [True, True, True, False]
    report = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text("utf-8").splitlines()]
    assert [next(iter(row)) for row in report] == ["archive", *["problem"] * 4, "file", "file", "sums"]
    assert report[-1]["sums"]["ok"] is False
    (row,) = warraq("--archive", filled, "verify", "--json").rows
    assert row["problems"] == {"changed": 1, "damaged": 1, "incomplete": 1, "row_without_record": 1}
    assert len(row["listed"]) == 4


def test_repair_finishes_what_was_left_open(filled: Path, warraq: Callable[..., object]) -> None:
    path = warcs(filled)[1]
    torn = gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n" * 9)[:-9]
    opened = path.rename(path.with_name(path.name + OPEN_SUFFIX))
    opened.write_bytes(opened.read_bytes() + torn)
    manifest = filled / "warc" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes().splitlines(keepends=True)[0])
    with ArchiveStore.open(filled) as store:
        store._db.execute("DELETE FROM articles WHERE capture_id = 2")
        store._db.execute("DELETE FROM revisions WHERE id = 2")
        store._db.execute("DELETE FROM capture_lines WHERE capture_id = 2")
        store._db.execute("DELETE FROM captures WHERE id = 2")

    broken = warraq("--archive", filled, "verify", "--json")
    assert broken.exit == 1
    assert set(broken.rows[0]["problems"]) == {"left_open", "torn", "row_missing"}

    ran = warraq("--archive", filled, "verify", "--repair")
    assert ran.exit == 0, ran.out
    assert "1 captures added" in ran.err
    assert (filled / "warc" / "torn" / f"{path.name}.{path.stat().st_size}").read_bytes() == torn
    assert warraq("--archive", filled, "verify").exit == 0


def test_an_archive_older_than_its_manifest_gets_one(filled: Path, warraq: Callable[..., object]) -> None:
    (filled / "warc" / "manifest.jsonl").unlink()
    (row,) = warraq("--archive", filled, "verify", "--json").rows
    assert row["problems"] == {"not_in_manifest": 2}
    assert warraq("--archive", filled, "verify", "--repair").exit == 0


def test_what_is_no_archive_is_told(tmp_path: Path, warraq: Callable[..., object]) -> None:
    ran = warraq("--archive", tmp_path, "verify")
    assert ran.exit == 2
    assert "no archive here" in ran.err
