"""warraq.toml on disk: made, read and edited, with errors that name file, line and key."""

from __future__ import annotations

import fcntl
import os
import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from archive.errors import ConfigError, NotAnArchiveError, UsageError
from settings.app import ArchiveSettings, Settings
from settings.faults import duplicate, explain, explain_syntax, fault_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tomlkit

FILE_NAME = "warraq.toml"
MAX_BYTES = 16 << 20
"""A larger warraq.toml is not read: 100,000 sources take about 10 MB."""
_TEMPLATE = """\
# An archive of Warraq. This is the one file to edit; the commands edit it too and keep your comments.
# A mistake in it is told with its line: try 'warraq sources list'.

[archive]
name = {name}
# Who crawls: sent to each site in the User-Agent, so that its owner can reach you.
contact = {contact}

[crawl]
# Seconds from the end of a request to a host to the start of the next. 0 is for your own hosts alone.
delay = 2.0
# Requests in flight to one host (with a delay it is one), and over all hosts.
per_host = 2
concurrency = 256
# Links followed from a source's home page: 1 reads its sections, 2 their further pages too.
depth = 2
# What pages show beside their text, so that they can be seen again: "images", "styles", "fonts", "scripts".
# [] fetches none: enough where the text alone is wanted.
requisites = ["images", "styles"]

[extract]
# Worker processes that read the text out of pages; 0 is one a core.
workers = 0
# A page that takes more CPU seconds, or a worker more bytes over it, is refused with the reason "limit".
page_seconds = 10.0
page_memory = 500_000_000

# Sources, one [[source]] each. 'warraq sources add https://news.example/' writes one and shows its feeds.
#
# [[source]]
# name = "news.example"
# url = "https://news.example/"
# schedule = "6h"                  # due every six hours in 'warraq crawl --due'; or cron: "0 6 * * *"
# timezone = "Asia/Damascus"       # the zone of dates that name none
# language = "ar"
# exclude = ["/video/"]            # regular expressions of URLs that are not fetched
# prune_xpath = ["//div[@id='ads']"]  # parts of its pages that are never text
# title_xpath = ["//h2[@id='headline']"]  # where its pages have what; also body_, lead_, author_, date_, modified_xpath
"""


def create(folder: Path, contact: str, name: str | None = None) -> Path:
    """Write the warraq.toml of a new archive, with comments that teach.

    Args:
        folder: the archive's folder; made where it is missing.
        contact: mail address or URL for the User-Agent.
        name: the archive's name; the folder's where none is given.

    Returns:
        The file written.

    Raises:
        UsageError: the contact or name is not allowed, there is a warraq.toml already, or the folder cannot
            be made.
    """
    path = folder / FILE_NAME
    try:
        archive = ArchiveSettings(contact=contact, name=name or folder.resolve().name)
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"{fault['loc'][0]}: {fault_text(fault, ('archive',))}") from error
    text = _TEMPLATE.format(name=_quoted(archive.name), contact=_quoted(archive.contact))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        what = "there is an archive here already" if path.exists() else "this is a file, not a folder"
        raise UsageError(f"{folder}: {what}; name another folder, or edit {path}") from error
    except OSError as error:
        raise UsageError(
            f"{folder}: an archive cannot be made here ({error.strerror}); name another folder"
        ) from error
    return path


def load(folder: Path) -> Settings:
    """Read an archive's settings.

    Args:
        folder: the archive's folder, which holds warraq.toml.

    Raises:
        NotAnArchiveError: there is no warraq.toml.
        ConfigError: it is wrong; the text has a line for each fault, with its file, line and key.
    """
    path = folder / FILE_NAME
    return _parse(_decode(_read(path), path), path)


@contextmanager
def edit(folder: Path) -> Iterator[tomlkit.TOMLDocument]:
    """Edit warraq.toml; comments, order and layout stay as they were.

    The result is checked before it takes the file's place, all at once (written beside it, synced, renamed).
    Where the block raises, or the result would be wrong, the file stays untouched. Editors take turns.

    Args:
        folder: the archive's folder.

    Yields:
        The document, to be changed in place.

    Raises:
        NotAnArchiveError: there is no warraq.toml.
        ConfigError: the file is wrong before, or would be after, or was changed by someone else meanwhile.
    """
    import tomlkit  # noqa: PLC0415  (30 ms that only commands which edit have to pay)

    with _editing(folder) as draft:
        document = tomlkit.parse(draft.text)
        if document.as_string() != draft.text:  # tomlkit 0.15 gathers arrays of tables that are interleaved
            raise ConfigError(
                f"{folder / FILE_NAME}: write all [[source]] together, and all [[watch]] together"
            )
        yield document
        draft.text = document.as_string()


def rewrite(folder: Path, change: Callable[[str], str]) -> None:
    """Edit warraq.toml as a text, under the same checks as `edit`.

    Args:
        folder: the archive's folder.
        change: gives the new text from the old one.

    Raises:
        NotAnArchiveError: there is no warraq.toml.
        ConfigError: the file is wrong before, or would be after, or was changed by someone else meanwhile.
    """
    with _editing(folder) as draft:
        draft.text = change(draft.text)


@dataclass(slots=True)
class _Draft:
    text: str


@contextmanager
def _editing(folder: Path) -> Iterator[_Draft]:
    path = folder / FILE_NAME
    lock = _lock(folder)
    try:
        before = _read(path)
        draft = _Draft(_decode(before, path))
        _parse(draft.text, path)
        yield draft
        _parse(draft.text, path)
        if _read(path) != before:
            raise ConfigError(f"{path}: was changed by someone else meanwhile; run the command again")
        if draft.text.encode() != before:
            _replace(path.resolve(), draft.text.encode())
    finally:
        os.close(lock)


def _lock(folder: Path) -> int:
    """Hold the folder itself: a lock file beside warraq.toml would be one more thing to wonder about."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise NotAnArchiveError(_no_archive(folder)) from error
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_archive(folder: Path) -> str:
    return (
        f"{folder}: no archive here ({FILE_NAME} is missing). "
        f"Make one with 'warraq init {folder} --contact MAIL_OR_URL', or name another with --archive."
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAnArchiveError(_no_archive(path.parent)) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES >> 20} MiB; is this a file of settings?")
    return content


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")  # editors on Windows write a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8; save the file as UTF-8") from error


def _parse(text: str, path: Path) -> Settings:
    """Settings of a text; `path` is only named in errors."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(explain_syntax(str(error), text, path)) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deep to be read") from error
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(explain(error, tree, text, path)) from error
    for kind, tables in (("source", settings.source), ("watch", settings.watch)):
        told = duplicate(kind, [table.name for table in tables], text, path)
        if told:
            raise ConfigError(told)
    return settings


def _quoted(value: str) -> str:
    """A TOML basic string (TOML 1.0, "String"): backslash, quote and controls escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(_printable(char) for char in escaped)}"'


def _printable(char: str) -> str:
    return char if ord(char) >= 32 and char != "\x7f" else f"\\u{ord(char):04x}"
