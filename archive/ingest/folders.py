"""What lies in folders that are to be imported: regular files, and what else there is, which is told.

A folder from elsewhere may hold links to what is not meant for anybody, pipes on which a reader waits for ever,
and itself. So only what a user names is followed wherever it leads; what is found is read where it lies.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

MANIFESTS: Final = ("manifest.csv", "manifest.jsonl")
"""Files that say of others where they are from; see `archive.ingest.file_manifest`."""


@dataclass(slots=True)
class Found:
    """What is to be imported."""

    files: list[Path] = field(default_factory=list)
    """In order, each once."""
    manifests: list[Path] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Path -> why."""
    _seen: set[Path] = field(default_factory=set)

    def add(self, path: Path) -> None:
        """Take a file, or a manifest, unless it is there already, under whatever name."""
        real = path.resolve()
        if real in self._seen:
            return
        self._seen.add(real)
        (self.manifests if path.name in MANIFESTS else self.files).append(path)


def find(paths: Iterable[Path]) -> Found:
    """The files named, and those below the folders named, without hidden ones.

    Raises:
        NotFoundError: a path does not exist.
    """
    found = Found()
    for path in paths:
        if path.is_dir():
            for entry in _below(path, found):
                _take(entry, path, found)
        elif path.is_file():
            found.add(path)
        elif path.exists() or path.is_symlink():
            found.left_out[str(path)] = _what_it_is(path)
        else:
            raise NotFoundError(f"{path}: no such file or folder.")
    return found


def open_regular(path: Path) -> BufferedReader:
    """Open a file to read it, without waiting where it has become a pipe.

    Raises:
        ValueError: it is no regular file.
        OSError: it cannot be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ValueError("no regular file")
    return os.fdopen(fd, "rb")


def _below(folder: Path, found: Found) -> Iterator[Path]:
    """Entries of a folder and of those in it, in order; links to folders are among them, and not followed."""

    def unreadable(error: OSError) -> None:
        found.left_out[str(error.filename)] = f"cannot be read: {error.strerror or error}"

    for at, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        entries = [*files, *(name for name in folders if Path(at, name).is_symlink())]
        yield from (Path(at, name) for name in sorted(entries) if not name.startswith("."))


def _take(path: Path, root: Path, found: Found) -> None:
    if not path.is_symlink():
        if path.is_file():
            found.add(path)
        else:
            found.left_out[str(path)] = _what_it_is(path)
    elif path.is_dir():
        found.left_out[str(path)] = "a link to a folder: not followed"
    elif not path.is_file():
        found.left_out[str(path)] = _what_it_is(path)
    elif not path.resolve().is_relative_to(root.resolve()):
        found.left_out[str(path)] = (
            f"a link that leads out of {root}: name the file it leads to, if you want it"
        )
    else:
        found.add(path)


def _what_it_is(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return (
            f"a link that leads nowhere: {error.strerror}" if path.is_symlink() else f"gone: {error.strerror}"
        )
    if stat.S_ISFIFO(mode):
        return "a pipe, no regular file"
    if stat.S_ISSOCK(mode):
        return "a socket, no regular file"
    return "a device, no regular file"
