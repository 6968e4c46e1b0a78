"""Lists of sources in and out: TOML, CSV and OPML.

TOML keeps every key. CSV has a column a key; cells of several values hold them a line each. OPML, the
format of feed readers (http://opml.org/spec2.opml), keeps name, address, language and feeds alone.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

from lxml import etree
from pydantic import ValidationError

from archive.errors import ConfigError, UsageError
from settings.app import SourceSettings
from settings.faults import fault_text
from settings.sources import settings_of, site_url, slug
from settings.toml_lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

Format = Literal["toml", "csv", "opml"]
MAX_BYTES = 16 << 20
"""A larger file is not read."""
MAX_SOURCES = 100_000

FIELDS = tuple(SourceSettings.model_fields)
LISTS = frozenset(
    name for name, field in SourceSettings.model_fields.items() if field.annotation == list[str]
)
NUMBERS = frozenset({"delay"})
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_ALIASES = {"homepage": "url", "website": "url", "link": "url", "slug": "name"}
"""Columns of other tools' lists of sources (Media Cloud writes `homepage`)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no source."""

    line: int
    """Of the file, from 1."""
    name: str
    """What the row calls itself; empty where it does not."""
    reason: str


@dataclass(frozen=True, slots=True)
class SourceList:
    """What a file gave."""

    sources: tuple[SourceSettings, ...]
    refused: tuple[Refused, ...]
    remarks: tuple[str, ...] = ()
    """What was passed over, such as columns that mean nothing here."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: Mapping[str, object]


def format_of(name: str) -> Format:
    """The format that a file's name says.

    Raises:
        UsageError: it says none of ours.
    """
    suffix = PurePath(name).suffix.lower().removeprefix(".")
    for known in get_args(Format):
        if suffix == known or (known == "opml" and suffix == "xml"):
            return known  # type: ignore[no-any-return]
    raise UsageError(f"{name}: its name does not say its format; add --format {'|'.join(get_args(Format))}")


def read_sources(
    content: bytes, form: Format, *, place: str, there: Sequence[SourceSettings] = ()
) -> SourceList:
    """Read a list of sources; a wrong row is refused with its reason, the others count.

    Args:
        content: the file's bytes, UTF-8 (OPML: as its XML declaration says).
        form: its format.
        place: its name, for errors.
        there: the sources that the archive has: their names and addresses are refused.

    Raises:
        ConfigError: the file as a whole cannot be read.
    """
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{place}: larger than {MAX_BYTES >> 20} MiB; split it")
    rows, remarks = _READERS[form](content, place)
    if len(rows) > MAX_SOURCES:
        raise ConfigError(f"{place}: more than {MAX_SOURCES} sources; split it")
    names = {source.name: "the archive" for source in there}
    urls = {source.url: source.name for source in there}
    sources: list[SourceSettings] = []
    refused: list[Refused] = []
    for row in rows:
        source, reason = _validated(row.values, names)
        if source is not None and source.name in names:
            reason = f"name: '{source.name}' is taken in {names[source.name]}; names are unique"
        elif source is not None and source.url in urls:
            reason = f"url: {source.url} is there already, as '{urls[source.url]}'"
        if source is None or reason:
            refused.append(Refused(row.line, str(row.values.get("name", "")), reason))
            continue
        names[source.name] = f"line {row.line}"
        urls[source.url] = source.name
        sources.append(source)
    return SourceList(tuple(sources), tuple(refused), remarks)


def _validated(values: Mapping[str, object], names: Collection[str]) -> tuple[SourceSettings | None, str]:
    """A source, or why it is none. A bare host becomes an address, and a row without a name gets one."""
    filled = dict(values)
    url = filled.get("url")
    try:
        if isinstance(url, str):
            filled["url"] = site_url(url)
            filled.setdefault("name", slug(site_url(url), names))
        return SourceSettings.model_validate(filled), ""
    except UsageError as error:
        return None, f"url: {error}"
    except ValidationError as error:
        return None, "; ".join(
            f"{' '.join(map(str, fault['loc']))}: {fault_text(fault, ('source', 0))}"
            for fault in error.errors()
        )


def _decoded(content: bytes, place: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{place}:{line}: is not UTF-8; save the file as UTF-8") from error


def _read_toml(content: bytes, place: str) -> tuple[list[_Row], tuple[str, ...]]:
    text = _decoded(content, place)
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{place}: not TOML: {error}") from error
    tables = tree.get("source")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{place}: holds no [[source]] tables")
    lines = key_lines(text)
    rows = [_Row(lines.get(("source", index), 1), table) for index, table in enumerate(tables)]
    others = sorted(tree.keys() - {"source"})
    return rows, (f"passed over: {', '.join(others)} (only [[source]] is read)",) if others else ()


def _read_csv(content: bytes, place: str) -> tuple[list[_Row], tuple[str, ...]]:
    text = _decoded(content, place)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets write `;` where the comma is a decimal mark
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        numbered = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ConfigError(f"{place}:{reader.line_num}: not CSV: {error}") from error
    if not numbered:
        return [], ()
    header = [_ALIASES.get(cell.strip().lower(), cell.strip().lower()) for cell in numbered[0][1]]
    if "url" not in header:  # a plain list of addresses
        return [_Row(line, {"url": row[0].strip()}) for line, row in numbered], ()
    unknown = sorted(set(header) - set(FIELDS) - {""})
    remarks = (f"passed over: column {', '.join(unknown)} (read: {', '.join(FIELDS)})",) if unknown else ()
    return [_Row(line, dict(_cells(header, row))) for line, row in numbered[1:]], remarks


def _cells(header: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, object]]:
    for name, cell in zip(header, row, strict=False):
        value = cell.strip()
        if name not in FIELDS or not value:
            continue
        if name in LISTS:
            yield name, [line for line in value.splitlines() if line]
        elif name in NUMBERS:
            yield name, _number(value)
        else:
            yield name, value


def _number(text: str) -> float | str:
    """A number; a text that is none stays one, to be refused with its column named."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _read_opml(content: bytes, place: str) -> tuple[list[_Row], tuple[str, ...]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"{place}: not OPML: {error}") from error
    rows: dict[tuple[str, str], _Row] = {}
    for outline in root.iter("outline"):
        feed = outline.get("xmlUrl")
        home = outline.get("htmlUrl") or outline.get("url") or _origin(feed)
        if not home:
            continue  # a folder of outlines
        title = outline.get("title") or outline.get("text") or ""
        values: dict[str, object] = {"url": home, "endpoints": []}
        if _SLUG.fullmatch(title):  # titles are for people, but our own export writes names there
            values["name"] = title
        if outline.get("language"):
            values["language"] = outline.get("language")
        row = rows.setdefault((home, title), _Row(outline.sourceline or 0, values))
        endpoints = row.values["endpoints"]
        if feed and isinstance(endpoints, list) and feed not in endpoints:
            endpoints.append(feed)
    return list(rows.values()), ()


def _origin(feed: str | None) -> str | None:
    """The site of a feed that names none."""
    parts = urlsplit(feed or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None


_READERS = {"toml": _read_toml, "csv": _read_csv, "opml": _read_opml}


def write_sources(sources: Sequence[SourceSettings], form: Format) -> str:
    """A list of sources as a text; what OPML cannot say is left out of it."""
    return _WRITERS[form](sources)


def _write_toml(sources: Sequence[SourceSettings]) -> str:
    import tomlkit  # noqa: PLC0415  (30 ms that only this needs)

    return tomlkit.dumps({"source": [settings_of(source) for source in sources]})


def _write_csv(sources: Sequence[SourceSettings]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    for source in sources:
        values = settings_of(source)
        writer.writerow(
            {key: "\n".join(cell) if isinstance(cell, list) else cell for key, cell in values.items()}
        )
    return out.getvalue()


def _write_opml(sources: Sequence[SourceSettings]) -> str:
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources"
    body = etree.SubElement(root, "body")
    for source in sources:
        for place in [{"xmlUrl": feed, "htmlUrl": source.url} for feed in source.endpoints] or [
            {"url": source.url}
        ]:
            outline = etree.SubElement(body, "outline", text=source.name, title=source.name)
            outline.set("type", "rss" if "xmlUrl" in place else "link")
            for name, value in place.items():
                outline.set(name, value)
            if source.language:
                outline.set("language", source.language)
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True).decode() + "\n"


_WRITERS = {"toml": _write_toml, "csv": _write_csv, "opml": _write_opml}
