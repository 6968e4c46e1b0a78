"""The ledger: one form a line, chained, never changed unnoticed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.custody import ledger
from archive.custody.chain import NO_LINE
from archive.custody.ledger import Decision, Entry, Erasure, Rehomed, Replacement, WithheldCapture
from archive.custody.verify import Listener, verify
from archive.errors import ArchiveError
from archive.ingest import rebuild, recover
from archive.store import ArchiveStore

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.integers(1, 1 << 53)
ENTRIES = st.one_of(
    st.builds(
        Decision,
        id=NUMBERS,
        instant=TEXTS,
        action=st.sampled_from(["takedown", "seal", "exclude"]),
        reason=TEXTS,
        articles=st.lists(NUMBERS, max_size=3).map(tuple),
        identities=st.lists(TEXTS, max_size=3).map(tuple),
        captures=st.lists(st.builds(WithheldCapture, NUMBERS, TEXTS, st.none() | TEXTS), max_size=3).map(
            tuple
        ),
        rehomed=st.lists(st.builds(Rehomed, NUMBERS, NUMBERS, st.none() | NUMBERS), max_size=3).map(tuple),
        previous=TEXTS,
    ),
    st.builds(
        Erasure,
        id=NUMBERS,
        instant=TEXTS,
        action=st.just("erased"),
        takedown=NUMBERS,
        files=st.lists(st.builds(Replacement, TEXTS, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
        previous=TEXTS,
    ),
)


def decision(reason: str = "asked for by the author", action: ledger.Action = "exclude") -> Decision:
    return Decision(0, "2026-05-01T00:00:00Z", action, reason, identities=("https://news.test/خبر",))


def problems(folder: Path) -> list[str]:
    found: list[str] = []
    verify(folder, Listener(lambda problem: found.append(str(problem))))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with a ledger of three exclusions."""
    for number in range(3):
        ledger.append(tmp_path, decision(f"reason {number}"))
    with ArchiveStore.open(tmp_path) as store:
        recover(tmp_path, store)
    return tmp_path


@given(entries=st.lists(ENTRIES, max_size=4))
def test_what_is_written_is_read(entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    written = [ledger.append(folder, entry) for entry in entries]
    book = ledger.read(folder)
    assert book.entries == tuple(written)
    assert book.faults == ()
    assert [entry.id for entry in written] == list(range(1, len(entries) + 1))
    for new, old in zip(written, entries, strict=True):
        assert replace(new, id=old.id, previous=old.previous) == old


def test_lines_are_chained(folder: Path) -> None:
    book = ledger.read(folder)
    assert book.entries[0].previous == NO_LINE
    assert len({entry.previous for entry in book.entries} | {book.head}) == 4
    assert problems(folder) == []


def test_no_byte_can_be_changed(folder: Path) -> None:
    path = folder / "ledger.jsonl"
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        content = bytearray(whole)
        content[position] ^= 1
        path.write_bytes(content)
        found = problems(folder)
        assert any(problem.startswith("ledger.jsonl") for problem in found), position


@pytest.mark.parametrize("line", range(3))
def test_no_line_can_be_taken_out(folder: Path, line: int) -> None:
    path = folder / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[line]
    path.write_bytes(b"".join(lines))
    assert any(problem.startswith("ledger.jsonl") for problem in problems(folder))
    if line < 2:
        for act in (lambda: ledger.append(folder, decision()), lambda: rebuild(folder, workers=1)):
            with pytest.raises(ArchiveError, match="restore it from a backup"):
                act()


def test_a_ledger_written_anew_is_not_the_one_the_database_knows(folder: Path) -> None:
    path = folder / "ledger.jsonl"
    path.unlink()
    for number in range(3):
        ledger.append(folder, decision(f"another reason {number}"))
    assert ledger.read(folder).faults == ()
    assert sum("says otherwise of takedown" in problem for problem in problems(folder)) == 3
    path.unlink()
    assert sum("is not in it" in problem for problem in problems(folder)) == 3


def test_a_torn_line_was_never_decided(folder: Path) -> None:
    path = folder / "ledger.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"id": 4, "instant"')
    assert ledger.read(folder).faults == ()
    ledger.append(folder, decision("reason 4"))
    assert path.read_bytes().startswith(whole)
    assert len(ledger.read(folder).entries) == 4


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"null", b"1", b'{"id": 1}', b"\xff", b"[" * 100_000, b'{"id": 1, "action": "erased"}'],
)
def test_a_line_that_is_none_is_told(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(line + b"\n")
    assert ledger.read(tmp_path).faults[0].startswith("line 1: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [("action", "erase"), ("captures", [1]), ("files", []), ("rehomed", None), ("id", "1")],
)
def test_fields_of_another_kind_are_told(tmp_path: Path, field: str, value: object) -> None:
    ledger.append(tmp_path, decision())
    path = tmp_path / "ledger.jsonl"
    row = json.loads(path.read_text()) | {field: value}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n")
    assert ledger.read(tmp_path).faults
