"""Pages with their truths, as examples: each as it is, and with the names of its elements masked.

A site that nobody has seen names its parts in words that no rule knows. The copies stand for such sites: the
structural reading is worse on them, as it is on pages it was not tuned on, and the trees learn how far to
trust it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive import urls
from archive.extract import Page
from archive.extract.article import compose_text
from archive.extract.body.blocks import lay_out
from archive.extract.learned.features import describe
from archive.extract.markup.decoding import decode
from archive.extract.markup.tree import parse
from archive.extract.metadata.fields import read_metadata
from archive.extract.reading import read_structure
from training.labels import TOKEN, agreement, label, shingles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Layout
    from archive.extract.learned.features import Numbers
    from archive.extract.metadata.fields import Metadata
    from archive.extract.reading import Reading

MASKS = (0.0, 1.0, 0.5, 0.5)
"""Share of the names that is masked in each copy of a page; the first is the page as it is."""

WITH_STANDFIRST = frozenset({"fundus"})
"""Collections whose truths hold the standfirst."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One reading of a page."""

    layout: Layout
    metadata: Metadata
    reading: Reading
    candidates: Numbers
    rows: Numbers


@dataclass(frozen=True, slots=True)
class Example:
    """A page with its truth."""

    url: str
    collection: str
    publisher: str
    """Its registrable domain: pages of one are never on both sides of a fold."""
    truth: str
    labels: frozenset[int]
    """The blocks of the truth's text."""
    copies: tuple[Copy, ...]
    """One for each of MASKS."""

    def score(self, copy: Copy, lines: list[int]) -> tuple[float, float, bool]:
        """Precision, recall and equality of the text that a choice of blocks gives."""
        text = compose_text(copy.layout, lines, copy.metadata)[0]
        lead = " ".join(copy.layout.blocks[index].text for index in copy.reading.lead)
        if self.collection in WITH_STANDFIRST and lead not in text:
            text = f"{lead}\n{text}"
        return agreement(shingles(TOKEN.findall(self.truth)), shingles(TOKEN.findall(text)))


def read_examples(manifest: Path) -> Iterator[Example]:
    """The examples of a manifest: rows of url, file and truth; rows without a text are left out."""
    with manifest.open(encoding="utf-8") as rows:
        for line in rows:
            row = json.loads(line)
            truth = _truth(row)
            if truth and not row.get("refuse"):
                yield _example(row, truth, manifest.parent)


def _truth(row: dict[str, Any]) -> str | None:
    if "text" in row:
        return "\n".join(row["text"])
    return (row.get("truth") or {}).get("body")


def _example(row: dict[str, Any], truth: str, folder: Path) -> Example:
    content = (folder / row["file"]).read_bytes()
    if row["file"].endswith(".gz"):
        content = gzip.decompress(content)
    told = row.get("fetched")
    fetched = datetime.fromisoformat(told).replace(tzinfo=UTC) if told else datetime(2100, 1, 1, tzinfo=UTC)
    page = Page(row["url"], content, None, fetched)
    copies = tuple(_copy(page, share, f"{number} {row['url']}") for number, share in enumerate(MASKS))
    host = urlsplit(row["url"]).hostname or ""
    return Example(
        url=row["url"],
        collection=row.get("collection", "seed"),
        publisher=urls.registrable_domain(host) or host,
        truth=truth,
        labels=label(copies[0].layout, truth),
        copies=copies,
    )


def _copy(page: Page, masked: float, salt: str) -> Copy:
    root = parse(decode(page.content, page.charset).text)
    if root is None:
        raise ValueError(f"{page.url}: no element in it")
    metadata = read_metadata(root, page)
    if masked:
        mask(root, masked, salt)
    layout = lay_out(root)
    reading = read_structure(layout, root, metadata)
    for node in layout.nodes:
        del node.element  # a thousand trees would stay in memory
    return Copy(layout, metadata, reading, *describe(layout, reading))


def mask(root: HtmlElement, share: float, salt: str) -> None:
    """Replace a share of the names of classes, ids and roles by numbers, the same name by the same number."""
    for element in root.iter():
        if isinstance(element.tag, str):
            for attribute in ("class", "id", "role"):
                names = element.get(attribute)
                if names:
                    element.set(attribute, " ".join(_masked(name, share, salt) for name in names.split()))


def _masked(name: str, share: float, salt: str) -> str:
    digest = hashlib.sha256(f"{salt} {name}".encode()).digest()
    return f"k{int.from_bytes(digest[1:5])}" if digest[0] < 256 * share else name
