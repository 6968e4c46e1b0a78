"""A manifest: where the files of a folder are from, what they were called and when they were published.

`manifest.csv` (its first line names the columns) or `manifest.jsonl` (an object a line), in UTF-8, in the folder
whose files it describes. A line that is wrong leaves its file out until it is mended: what is in the archive is
there for good, and a page under a wrong address is worse than one that comes later.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from archive.extract.dates.machine import parse_machine
from archive.ingest.folders import open_regular
from archive.records import Provenance
from archive.urls import normalise
from archive.warc.foreign import instant_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.ingest.folders import Found

MAX_LINE_BYTES: Final = 1 << 20
MAX_TEXT_LENGTH: Final = 500
"""Characters of a title, a section, or the name of a source."""
CLOCK_SKEW: Final = timedelta(days=1)
"""By which clocks and zones may be wrong before an instant of fetching lies in the future."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Described:
    """What a line says of a file."""

    place: str
    """Manifest and line, for faults."""
    file: str
    """As the line names it."""
    url: str | None = None
    fetched: datetime | None = None
    """Aware, UTC."""
    encoding: str | None = None
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(slots=True)
class FileManifest:
    """What a manifest says."""

    rows: dict[Path, Described] = field(default_factory=dict)
    """By the file's real path."""
    faults: dict[str, str] = field(default_factory=dict)
    """Manifest and line -> what is wrong with it."""
    wrong: set[Path] = field(default_factory=set)
    """Real paths of files that a wrong line names: they are left out."""


@dataclass(slots=True)
class Descriptions:
    """What the manifests among what was found say."""

    rows: dict[Path, Described] = field(default_factory=dict)
    """By the file's real path."""
    faults: dict[str, str] = field(default_factory=dict)
    """Manifest and line -> what is wrong with it."""
    undescribed: list[Path] = field(default_factory=list)
    """Files that lie beside or below a manifest that does not name them: they are called by their own paths."""


def describe(found: Found) -> Descriptions:
    """Read the manifests among what was found; a file whose line is wrong is taken out of it."""
    said, wrong, folders = Descriptions(), dict[Path, str](), list[Path]()
    for path in found.manifests:
        try:
            one = read_manifest(path)
        except (OSError, ValueError) as error:
            said.faults[str(path)] = f"cannot be read: {error}"
            wrong |= dict.fromkeys(_files_below(found, path.parent), f"{path} cannot be read")
            continue
        folders.append(path.parent)
        said.faults |= one.faults
        wrong |= dict.fromkeys(one.wrong, f"its line in {path} is wrong")
        for real, row in one.rows.items():
            if real in said.rows:
                said.faults[row.place] = f"{row.file} is named by {said.rows[real].place} already"
            else:
                said.rows[real] = row
                found.add(path.parent / row.file)
    _leave_out(found, wrong)
    said.undescribed = [
        path
        for path in found.files
        if path.resolve() not in said.rows and any(path.is_relative_to(folder) for folder in folders)
    ]
    return said


def _files_below(found: Found, folder: Path) -> list[Path]:
    return [path.resolve() for path in found.files if path.is_relative_to(folder)]


def _leave_out(found: Found, wrong: dict[Path, str]) -> None:
    for path in found.files:
        if path.resolve() in wrong:
            found.left_out[str(path)] = f"{wrong[path.resolve()]}: mend it, and import again"
    found.files = [path for path in found.files if path.resolve() not in wrong]


class _LineError(ValueError):
    """What is wrong with a line."""


def read_manifest(path: Path) -> FileManifest:
    """Read a manifest.

    Raises:
        ValueError: it cannot be read as a whole: the text says why, with the line.
        OSError: it cannot be opened.
    """
    found = FileManifest()
    lines = _csv_rows(path) if path.suffix == ".csv" else _json_rows(path)
    named: dict[Path, int] = {}
    unread: set[str] = set()
    for number, said, fault in lines:
        place = f"{path}: line {number}"
        unread |= said.keys() - COLUMNS.keys()
        real: Path | None = None
        try:
            if fault is not None and "file" not in said:
                raise _LineError(fault)
            real = _file(path.parent, said.get("file", ""))
            if fault is not None:
                raise _LineError(fault)
            if real in named:
                raise _LineError(f"{said['file']} is named in line {named[real]} already")
            named[real] = number
            found.rows[real] = _described(place, said)
        except ValueError as error:
            found.faults[place] = str(error)
            if real is not None and real not in found.rows:
                found.wrong.add(real)
    if unread:
        known = ", ".join(COLUMNS)
        found.faults[str(path)] = f"not read: {', '.join(sorted(unread))}; known are {known}"
    return found


_Line: TypeAlias = "tuple[int, dict[str, str], str | None]"
"""Its number, what it says, and what is wrong with it as a line."""


def _file(folder: Path, name: str) -> Path:
    """The real path of a file that a line names; ValueError where it is not in the manifest's folder."""
    if not name:
        raise _LineError("names no file")
    if "\0" in name or PurePosixPath(name).is_absolute():
        raise _LineError(f"{name!r}: not relative to the manifest's folder")
    path = Path(os.path.normpath(folder / name))
    real = path.resolve()
    if not real.is_relative_to(folder.resolve()):
        raise _LineError(f"{name!r}: leads out of the manifest's folder")
    if not real.is_file():
        raise _LineError(f"{name!r}: no such file")
    return real


def _described(place: str, said: dict[str, str]) -> Described:
    """Raises ValueError with the column that is wrong."""
    values: dict[str, Any] = {}
    for column, check in COLUMNS.items():
        text = said.get(column, "").strip()
        if not text:
            continue
        try:
            values[column] = check(text)
        except ValueError as error:
            raise _LineError(f"{column}: {error}") from error
    _check_order(values)
    own = {name: values.pop(name, None) for name in ("url", "fetched", "encoding")}
    file = values.pop("file")
    return Described(place, file, **own, provenance=Provenance(via=file, **values))


def _check_order(values: dict[str, Any]) -> None:
    """What is said to be published after it was fetched would be passed over without a word."""
    zone = ZoneInfo(values["timezone"]) if "timezone" in values else None
    for column in ("published", "modified"):
        moment = parse_machine(values[column], zone) if column in values else None
        if moment is not None and moment.after(values.get("fetched") or datetime.now(UTC)):
            raise _LineError(f"{column}: {values[column]} lies after the file was fetched")


def _address(text: str) -> str:
    url = normalise(text)
    if url is None:
        raise ValueError(f"{text!r} is no http(s) address")
    return url


def _fetched(text: str) -> datetime:
    try:
        instant = instant_of(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no day and no instant with its offset, as 2020-05-01T10:00:00Z"
        ) from error
    if instant > datetime.now(UTC) + CLOCK_SKEW:
        raise ValueError(f"{text} lies in the future")
    return instant


def _date(text: str) -> str:
    if parse_machine(text, None) is None:
        raise ValueError(f"{text!r} is no date, as 2020-05-01 or 2020-05-01T10:00:00+03:00")
    return text


def _line(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > MAX_TEXT_LENGTH:
        raise ValueError(f"more than {MAX_TEXT_LENGTH} characters")
    return line


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{text!r} is no BCP 47 tag, as ar or pt-BR")
    return text


def _timezone(text: str) -> str:
    with suppress(OSError, ValueError):  # a folder of the time zone database is no zone either
        ZoneInfo(text)
        return text
    raise ValueError(f"{text!r} is no IANA time zone, as Asia/Damascus")


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except (LookupError, ValueError) as error:
        raise ValueError(f"{text!r} is no known encoding, as windows-1256") from error


COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "file": str,
    "url": _address,
    "fetched": _fetched,
    "published": _date,
    "modified": _date,
    "title": _line,
    "section": _line,
    "source": _line,
    "language": _language,
    "timezone": _timezone,
    "encoding": _encoding,
}
"""The columns of a manifest, and what a value must be; all but `file` may be empty or absent."""


def _csv_rows(path: Path) -> Iterator[_Line]:
    rows = csv.reader(_texts(path), strict=True)
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        if "file" not in columns or len(set(columns)) < len(columns):
            raise ValueError(f"line 1: names no column 'file', or one twice; known are {', '.join(COLUMNS)}")
        for row in rows:
            fault = f"{len(row)} fields for {len(columns)} columns" if len(row) > len(columns) else None
            if row:
                yield rows.line_num, dict(zip(columns, row, strict=False)), fault
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from error


def _json_rows(path: Path) -> Iterator[_Line]:
    for number, line in enumerate(_texts(path), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, {}, f"no JSON: {error}"
            continue
        if not isinstance(said, dict):
            yield number, {}, "no JSON object"
            continue
        given = {name: value for name, value in said.items() if value is not None}
        odd = [name for name in COLUMNS if name in given and not isinstance(given[name], str)]
        texts = {name: str(value) for name, value in given.items() if name not in odd}
        yield number, texts, f"{odd[0]}: no text" if odd else None


def _texts(path: Path) -> Iterable[str]:
    """The lines of a manifest; a byte order mark, as spreadsheets write it, is no part of the first."""
    with open_regular(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), 1):
            if len(line) > MAX_LINE_BYTES:
                raise ValueError(f"line {number}: longer than {MAX_LINE_BYTES} bytes")
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(f"line {number}: not in UTF-8: save it as UTF-8") from error
