"""What a check of an archive may find, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ProblemKind = Literal[
    "torn", "damaged", "block_digest", "payload_digest", "incomplete", "left_open", "unreadable",
    "row_missing", "row_wrong", "row_without_record", "file_missing",
    "not_in_manifest", "changed", "manifest", "database", "ledger", "takedown",
]  # fmt: skip
"""More may be added, none renamed."""

_RESTORE: Final = "Restore the file from a backup; 'warraq rebuild' leaves this place out"
_REPAIR: Final = "'warraq verify --repair' mends it"
_REBUILD: Final = "'warraq rebuild' makes the database anew from the files"
_REMEDIES: Final[dict[ProblemKind, str]] = {
    "torn": _RESTORE,
    "damaged": _RESTORE,
    "block_digest": _RESTORE,
    "payload_digest": _RESTORE,
    "incomplete": _RESTORE,
    "left_open": _REPAIR,
    "unreadable": "See to the disk and the rights to the file",
    "row_missing": _REBUILD,
    "row_wrong": _REBUILD,
    "row_without_record": _REBUILD,
    "file_missing": "Restore the file from a backup; without it, 'warraq rebuild' drops what it held",
    "not_in_manifest": _REPAIR,
    "changed": "Restore the file from a backup: it is not what was written",
    "manifest": "Restore the manifest from a backup: the chain says that it was changed",
    "database": _REBUILD,
    "ledger": "Restore the ledger from a backup: it is not what was written",
    "takedown": "'warraq verify --repair' carries it out",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in one line."""

    kind: ProblemKind
    file: str
    """Relative to the archive."""
    offset: int | None
    """In bytes, where it is a place in a file."""
    what: str
    remedy: str

    @classmethod
    def of(
        cls, kind: ProblemKind, file: str, what: str, *, offset: int | None = None, remedy: str | None = None
    ) -> Problem:
        """With the remedy of its kind, unless another is given."""
        return cls(kind, file, offset, what, remedy or _REMEDIES[kind])

    def __str__(self) -> str:
        place = f"{self.file}: " if self.offset is None else f"{self.file}: at byte {self.offset}: "
        return f"{place}{self.what}. {self.remedy}."
