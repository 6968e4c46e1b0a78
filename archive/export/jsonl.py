"""JSON Lines: one object an article, UTF-8 (https://jsonlines.org/)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archive.export.destination import output
from archive.export.rows import WITHHELD, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.export.rows import ArchivedArticle, Options, Summary


def export(articles: Iterator[ArchivedArticle], destination: Path, options: Options) -> Summary:
    """Write a line an article; see `archive.export.rows.Exporter`."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode
    dropped = frozenset() if options.text else WITHHELD
    with output(destination, options) as out:
        rows = 0
        for row in articles:
            kept = {name: value for name, value in values(row).items() if name not in dropped}
            out.write(f"{encode(kept)}\n".encode())
            rows += 1
    return out.summary(rows, destination)
