"""CSV by RFC 4180, UTF-8: a header, then a record an article; lists and objects are cells of JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from archive.export.destination import output
from archive.export.rows import columns, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.export.rows import ArchivedArticle, Options, Summary, Value

BOM = b"\xef\xbb\xbf"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters for which spreadsheets run a cell (OWASP, "CSV Injection")."""


def export(articles: Iterator[ArchivedArticle], destination: Path, options: Options) -> Summary:
    """Write a record an article; see `archive.export.rows.Exporter`."""
    names = [column.name for column in columns(options)]
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    with output(destination, options) as out:
        out.write(BOM if options.bom else b"")
        writer.writerow(names)
        rows = 0
        for row in articles:
            found = values(row)
            writer.writerow([_cell(found[name], escape=options.escape_formulas) for name in names])
            out.write(line.getvalue().encode())
            line.seek(0)
            line.truncate()
            rows += 1
        out.write(line.getvalue().encode())  # the header, where there was no row
    return out.summary(rows, destination)


def _cell(value: Value, *, escape: bool) -> str | int | None:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if escape and isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
