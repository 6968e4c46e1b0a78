"""Fetching ReplayWeb.page for `warraq replay`: `make replay`, or `python -m crawler.cli.player`.

It is AGPL, so that it is no part of this project, in whole or in part: npm fetches the published package, whose digest
is pinned, and two files of it (and its licence) are laid beside the environment.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from archive.errors import WarraqError
from archive.web.player_files import FILES, folder, installed
from crawler.cli.output import say

PACKAGE: Final = "replaywebpage"
VERSION: Final = "2.5.3"
INTEGRITY: Final = (
    "sha512-nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
)
"""Of the package's file, as npm writes it (Subresource Integrity): change it with the version."""
LICENCE: Final = "LICENSE"
NOTE: Final = "INSTALLED"
"""Says which package the files are of."""
TIMEOUT_SECONDS: Final = 300
MAX_FILE_BYTES: Final = 16 << 20


class PlayerError(WarraqError):
    """ReplayWeb.page cannot be installed; the text says why, and what to do."""


def install(destination: Path) -> bool:
    """Fetch the files by npm, and put them into a folder.

    Args:
        destination: made if it is missing; files of the same names are replaced.

    Returns:
        Whether they were not there already.

    Raises:
        PlayerError: npm is missing or fails, what it fetched is not what was pinned, or the disk fails.
    """
    note = destination / NOTE
    there = all((destination / name).is_file() for name in FILES)
    if there and note.is_file() and note.read_text("utf-8") == _note():
        return False
    npm = shutil.which("npm")
    if npm is None:
        raise PlayerError(
            "npm is not installed, which fetches ReplayWeb.page. Debian, Ubuntu: apt install npm; macOS: brew install "
            "node. Everything else of 'warraq replay' works without."
        )
    try:
        with tempfile.TemporaryDirectory(prefix="warraq-") as scratch:
            unpack(_fetched(npm, Path(scratch)), destination)
        note.write_text(_note(), "utf-8")
    except OSError as error:
        raise PlayerError(f"{destination}: cannot be written: {error.strerror or error}") from error
    return True


def _note() -> str:
    return f"{PACKAGE} {VERSION} {INTEGRITY}\n"


def _fetched(npm: str, scratch: Path) -> Path:
    """The package's file; nothing of it has been run."""
    command = [npm, "pack", "--silent", "--ignore-scripts", "--fetch-retries=1", f"{PACKAGE}@{VERSION}"]
    try:
        subprocess.run(  # noqa: S603  (words of ours)
            command, cwd=scratch, capture_output=True, check=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.CalledProcessError as error:
        why = next(filter(None, reversed(error.stderr.splitlines())), f"it ended with {error.returncode}")
        raise PlayerError(
            f"npm cannot fetch {PACKAGE} {VERSION}: {why.strip()}. See to the network, then run it again."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise PlayerError(f"npm did not fetch {PACKAGE} {VERSION} within {TIMEOUT_SECONDS} s") from error
    found = list(scratch.glob("*.tgz"))
    if len(found) != 1:
        raise PlayerError(f"npm fetched {len(found)} files for {PACKAGE} {VERSION}, where one was expected")
    return found[0]


def unpack(package: Path, destination: Path) -> None:
    """Take the files out of the package's file, if it is the one that was pinned.

    Raises:
        PlayerError: it is another, or lacks a file.
        OSError: the files cannot be written.
    """
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode("ascii")
    if f"sha512-{digest}" != INTEGRITY:
        raise PlayerError(
            f"{PACKAGE} {VERSION} as npm gave it is not what was published: its digest is sha512-{digest}, where "
            f"{INTEGRITY} was expected. Nothing was installed."
        )
    destination.mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as tar:
        for name in (*FILES, LICENCE):
            _take(tar, name, destination)


def _take(tar: tarfile.TarFile, name: str, destination: Path) -> None:
    try:
        member = tar.getmember(f"package/{name}")
        content = tar.extractfile(member) if member.isfile() and member.size <= MAX_FILE_BYTES else None
    except KeyError:
        content = None
    if content is None:
        raise PlayerError(
            f"{PACKAGE} {VERSION} has no file {name} as it should be. Nothing else can be done here."
        )
    temporary = destination / f".{name}.{secrets.token_hex(4)}.part"
    try:
        temporary.write_bytes(content.read())
        temporary.replace(destination / name)
    finally:
        temporary.unlink(missing_ok=True)


def main() -> int:
    """Install it where `warraq replay` looks for it, and say so."""
    destination = folder()
    try:
        fresh = install(destination)
    except PlayerError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    what = f"ReplayWeb.page {VERSION} (AGPL-3.0-or-later)"
    say(f"{what} {'was installed in' if fresh else 'is installed already in'} {destination}")
    say("'warraq replay' now offers every page with scripts, too.")
    return 0 if installed() else 1


if __name__ == "__main__":
    sys.exit(main())
