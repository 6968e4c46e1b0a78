"""`warc/manifest.jsonl`: the SHA-256 of every finished file, chained from line to line.

A line is one JSON object of `name`, `bytes`, `sha256` and `previous`, the SHA-256 of the line before it
(without its line break; 64 zeros for the first). No line can be changed, taken out or put in without the
hash of the last line becoming another: whoever notes that hash elsewhere, on paper or with a notary, can
prove later that the files are those of that day. `verify` prints it.

A file that a takedown wrote anew has a line with `replaces` before `previous`: the name of the file whose place
it took. That file's own line, and with it the hash of what was there, stays.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from archive.custody.chain import NO_LINE, append_line, digest_of, read_lines
from archive.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST: Final = "manifest.jsonl"
WARC_FOLDER: Final = "warc"
MAX_LINE_BYTES: Final = 4096
_KEYS: Final = ("name", "bytes", "sha256", "previous")
_KEYS_OF_SUCCESSOR: Final = ("name", "bytes", "sha256", "replaces", "previous")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: one finished file."""

    name: str
    """Relative to warc/, with forward slashes."""
    size: int
    """In bytes; the line calls it `bytes`."""
    sha256: str
    """Of the file, in lower-case hexadecimal."""
    previous: str
    """SHA-256 of the line before, without its line break."""
    replaces: str | None = None
    """Name of the file whose place this one took, and which is gone."""

    def line(self) -> bytes:
        """The one form the line may have, without its line break."""
        fields: dict[str, str | int] = {"name": self.name, "bytes": self.size, "sha256": self.sha256}
        if self.replaces is not None:
            fields["replaces"] = self.replaces
        fields["previous"] = self.previous
        return json.dumps(fields, ensure_ascii=False, separators=(", ", ": ")).encode()

    def digest(self) -> str:
        """What the next line calls `previous`."""
        return digest_of(self.line())

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Read a line.

        Raises:
            ValueError: it is none, or not in its one form.
        """
        if len(line) > MAX_LINE_BYTES:
            raise ValueError(f"longer than {MAX_LINE_BYTES} bytes")
        fields = json.loads(line)
        if not isinstance(fields, dict) or tuple(fields) not in {_KEYS, _KEYS_OF_SUCCESSOR}:
            raise ValueError(f"not an object of {', '.join(_KEYS)}")
        if type(fields["bytes"]) is not int or not all(
            isinstance(value, str) for key, value in fields.items() if key != "bytes"
        ):
            raise ValueError("a field of another type")
        entry = cls(
            fields["name"], fields["bytes"], fields["sha256"], fields["previous"], fields.get("replaces")
        )
        if entry.line() != line:
            raise ValueError("not written as a manifest's lines are")
        return entry


@dataclass(frozen=True, slots=True)
class Manifest:
    """All lines, and what is wrong with them."""

    entries: tuple[Entry, ...]
    """Those that can be read."""
    faults: tuple[str, ...]
    head: str
    """SHA-256 of the last line; `NO_LINE` where there is none."""


def read(folder: Path) -> Manifest:
    """The manifest of an archive; an empty one where there is none yet.

    Raises:
        ArchiveError: it is there and cannot be read.
    """
    path = _path(folder)
    try:
        lines = read_lines(path)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}. See to the disk.") from error
    entries: list[Entry] = []
    faults: list[str] = []
    previous = NO_LINE
    for number, line in enumerate(lines.whole, 1):
        try:
            entry = Entry.of(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: {error}")
        else:
            if entry.previous != previous:
                faults.append(
                    f"line {number} does not follow from the one before: changed, or one is missing"
                )
            entries.append(entry)
        previous = digest_of(line)
    if lines.torn:
        faults.append(f"line {len(lines.whole) + 1} is torn")
    return Manifest(tuple(entries), tuple(faults), lines.head)


def append(folder: Path, path: Path, sha256: str | None = None, *, replaces: str | None = None) -> None:
    """Add a finished file, durably; a torn last line, left by a crash, is cut off first.

    Args:
        folder: the archive.
        path: of the file, below the archive's warc/.
        sha256: of the file where it is known, such as to who wrote it; otherwise the file is read.
        replaces: name of the file whose place it takes.

    Raises:
        ArchiveError: the file cannot be read, or the manifest cannot be written.
    """
    manifest = _path(folder)
    try:
        name = path.relative_to(manifest.parent).as_posix()
        entry = Entry(name, path.stat().st_size, sha256 or sha256_of(path), NO_LINE, replaces)
        append_line(manifest, lambda lines: replace(entry, previous=lines.head).line())
    except OSError as error:
        raise ArchiveError(
            f"{manifest}: {path.name} cannot be added: {error.strerror or error}. The file itself is whole; "
            f"see to the disk (space, permissions), then 'warraq verify --repair' adds it."
        ) from error


def append_missing(folder: Path, paths: list[Path]) -> list[str]:
    """Add the finished files that the manifest does not name, such as after a crash between the two.

    Returns:
        Their names.
    """
    known = {entry.name for entry in read(folder).entries}
    warc = folder / WARC_FOLDER
    missing = [path for path in paths if path.relative_to(warc).as_posix() not in known]
    for path in missing:
        append(folder, path)
    return [path.relative_to(warc).as_posix() for path in missing]


def appender(folder: Path) -> Callable[[Path, str], None]:
    """What a `WarcWriter` calls when it has finished a file."""

    def finished(path: Path, sha256: str) -> None:
        append(folder, path, sha256)

    return finished


def sha256_of(path: Path) -> str:
    """Of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _path(folder: Path) -> Path:
    return folder / WARC_FOLDER / MANIFEST
