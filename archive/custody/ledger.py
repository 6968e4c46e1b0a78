"""`ledger.jsonl`: what was taken down, why, and what was done about it; truth beside the WARC files.

A line is one JSON object in one form, chained to the line before it (see `chain`), and never changed. A
*decision* comes before anything is done about it, so that a crash leaves a decision to be carried out, never
a removal without a reason. An *erasure* says that a takedown's records are gone from the WARC files, with the
SHA-256 of each file before and after.

::

    {"id": 1, "instant": "...", "action": "takedown", "reason": "...", "articles": [12], "identities": [...],
     "captures": [{"id": 12, "record_id": "<urn:uuid:...>", "payload_digest": "sha1:..."}],
     "rehomed": [], "previous": "000..."}
    {"id": 2, "instant": "...", "action": "erased", "takedown": 1,
     "files": [{"name": "...", "sha256": "...", "by": "...", "by_sha256": "..."}], "previous": "..."}

`seal` has the form of `takedown`: its records stay in the WARC files and are shown nowhere. `exclude` has no
captures: nothing was archived of what it names, and nothing is to be.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, get_args

from archive.custody.chain import NO_LINE, append_line, digest_of, read_lines
from archive.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

    from archive.custody.chain import Lines

LEDGER: Final = "ledger.jsonl"
MAX_LINE_BYTES: Final = 256 << 20
"""A takedown of a million captures takes 150 bytes each."""

Action = Literal["takedown", "seal", "exclude"]


@dataclass(frozen=True, slots=True)
class WithheldCapture:
    """A capture that is not to be seen again."""

    id: int
    record_id: str
    """WARC-Record-ID of its first record: what a rebuild knows it by."""
    payload_digest: str | None
    """An article that comes with this payload under another address is refused."""


@dataclass(frozen=True, slots=True)
class Rehomed:
    """A revisit that stays, and that referred to a record which goes."""

    id: int
    """Of its capture."""
    was: int
    """The capture it referred to."""
    now: int | None
    """The capture it refers to instead; None where it becomes a whole response, with the payload it repeated."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A WARC file that another took the place of."""

    name: str
    """Relative to warc/."""
    sha256: str
    by: str
    by_sha256: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be seen no more."""

    id: int
    """Number of its line, from 1."""
    instant: str
    """UTC, ISO 8601 to the second."""
    action: Action
    reason: str
    articles: tuple[int, ...] = ()
    identities: tuple[str, ...] = ()
    """Canonical URLs that are fetched no more."""
    captures: tuple[WithheldCapture, ...] = ()
    rehomed: tuple[Rehomed, ...] = ()
    previous: str = NO_LINE
    """SHA-256 of the line before, without its line break."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """From a line's object; ValueError, TypeError or KeyError where it is none."""
        return cls(
            **row
            | {
                "articles": tuple(row["articles"]),
                "identities": tuple(row["identities"]),
                "captures": tuple(WithheldCapture(**one) for one in row["captures"]),
                "rehomed": tuple(Rehomed(**one) for one in row["rehomed"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """A takedown's records are gone from the files."""

    id: int
    instant: str
    action: Literal["erased"]
    takedown: int
    """Its decision's id."""
    files: tuple[Replacement, ...]
    previous: str = NO_LINE

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """From a line's object; ValueError, TypeError or KeyError where it is none."""
        return cls(**row | {"files": tuple(Replacement(**one) for one in row["files"])})


Entry = Decision | Erasure
Line = TypeVar("Line", Decision, Erasure)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines, and what is wrong with them."""

    entries: tuple[Entry, ...] = ()
    """Those that can be read."""
    faults: tuple[str, ...] = ()
    """A torn last line is none: nothing was done yet about what it would have said."""
    head: str = NO_LINE
    """SHA-256 of the last line."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """In the order they were made."""
        return tuple(entry for entry in self.entries if isinstance(entry, Decision))

    @property
    def erasures(self) -> dict[int, Erasure]:
        """By the id of the takedown that each completes."""
        return {entry.takedown: entry for entry in self.entries if isinstance(entry, Erasure)}

    def unfinished(self) -> tuple[Decision, ...]:
        """Takedowns whose records may still be in the files."""
        erased = self.erasures
        return tuple(
            decision
            for decision in self.decisions
            if decision.action == "takedown" and decision.id not in erased
        )


def read(folder: Path) -> Ledger:
    """An archive's ledger; an empty one where there is none yet.

    Raises:
        ArchiveError: it is there and cannot be read at all.
    """
    path = folder / LEDGER
    try:
        return _ledger(read_lines(path))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}. See to the disk.") from error


def read_sound(folder: Path) -> Ledger:
    """The same, where it is to be acted upon.

    Raises:
        ArchiveError: it cannot be read, or is not as it was written.
    """
    ledger = read(folder)
    if ledger.faults:
        raise ArchiveError(
            f"{folder / LEDGER}: {ledger.faults[0]}. It says what must not be shown, so nothing is done by "
            f"halves: restore it from a backup; 'warraq verify' lists all its faults."
        )
    return ledger


def append(folder: Path, entry: Line) -> Line:
    """Add a line, durably.

    Args:
        folder: the archive.
        entry: its id and `previous` are set here.

    Returns:
        The entry as it stands in the ledger.

    Raises:
        ArchiveError: the ledger is not as it was written, or cannot be written.
    """
    path = folder / LEDGER
    written: list[Line] = []

    def compose(lines: Lines) -> bytes:
        ledger = _ledger(lines)
        if ledger.faults:
            raise ArchiveError(
                f"{path}: {ledger.faults[0]}. Nothing is added to a ledger that was changed: restore it "
                f"from a backup."
            )
        written.append(replace(entry, id=len(lines.whole) + 1, previous=lines.head))
        return _line(written[0])

    try:
        append_line(path, compose)
    except OSError as error:
        decided = (
            "'warraq verify --repair' goes on" if isinstance(entry, Erasure) else "Nothing was taken down"
        )
        raise ArchiveError(
            f"{path}: cannot be written: {error.strerror or error}. {decided}; see to the disk."
        ) from error
    return written[0]


def line_sha256(entry: Entry) -> str:
    """SHA-256 of an entry's line, in hexadecimal."""
    return digest_of(_line(entry))


def _ledger(lines: Lines) -> Ledger:
    entries: list[Entry] = []
    faults: list[str] = []
    previous = NO_LINE
    for number, line in enumerate(lines.whole, 1):
        try:
            entry = _entry(line)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            faults.append(f"line {number}: {error}")
        else:
            if (entry.id, entry.previous) != (number, previous):
                faults.append(
                    f"line {number} does not follow from the one before: changed, or one is missing"
                )
            entries.append(entry)
        previous = digest_of(line)
    return Ledger(tuple(entries), tuple(faults), lines.head)


def _entry(line: bytes) -> Entry:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES} bytes")
    row = json.loads(line)
    if not isinstance(row, dict):
        raise TypeError("no JSON object")
    known: type[Decision | Erasure] = Erasure if row.get("action") == "erased" else Decision
    if tuple(row) != tuple(field.name for field in fields(known)):
        raise ValueError("not the fields of a ledger's line")
    entry = known.of(row)
    if isinstance(entry, Decision) and entry.action not in get_args(Action):
        raise ValueError(f"no such action: {entry.action!r}")
    if _line(entry) != line:
        raise ValueError("not written as a ledger's lines are")
    return entry


def _line(entry: Entry) -> bytes:
    """The one form the line may have, without its line break."""
    return json.dumps(asdict(entry), ensure_ascii=False, separators=(", ", ": ")).encode()
