"""Pages with the truth of what their articles are: the project's own, and sets kept beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "archive" / "extract" / "golden"
MANIFESTS = ("manifest.jsonl", "pages.jsonl")

OWN = "own"
"""The project's golden pages: made by hand, and what extraction is to give of each."""

SCRIPTS = {"CJK": "Han", "HIRAGANA": "Japanese", "KATAKANA": "Japanese"}
MIN_KANA_SHARE = 0.1
"""Kana among the letters of a text that is Japanese; its ideographs may be the more numerous."""


@dataclass(frozen=True)
class Truth:
    """What one page's article is; a field that the set tells nothing of is None."""

    body: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    """ISO 8601; a day alone, or with its time."""
    present: tuple[str, ...] = ()
    """Snippets that the text must have."""
    absent: tuple[str, ...] = ()
    """Snippets that it must not have."""
    has_snippets: bool = False
    refused: bool = False
    """The page holds no article: right is no text at all."""

    @cached_property
    def script(self) -> str:
        """The script of most letters of the body, `Latin` or `Arabic`; empty where there is no body."""
        letters = Counter(_script(char) for char in self.body or "" if char.isalpha())
        if letters["Japanese"] > MIN_KANA_SHARE * letters.total():
            return "Japanese"
        return max(letters, key=lambda name: letters[name], default="")


@dataclass(frozen=True, slots=True)
class Case:
    """One page of a set."""

    collection: str
    url: str
    file: Path
    truth: Truth
    row: dict[str, Any]
    """The manifest's, for what else it tells of the fetch: `fetched`, `timezone`, `charset`, `status`."""

    @property
    def content(self) -> bytes:
        """The page's bytes."""
        content = self.file.read_bytes()
        return gzip.decompress(content) if self.file.suffix == ".gz" else content


def own_cases() -> list[Case]:
    """The project's golden pages."""
    found = []
    for path in sorted(GOLDEN.glob("*.json")):
        row = json.loads(path.read_text(encoding="utf-8"))
        refused = "rejected" in row
        truth = Truth(
            None if refused else "\n".join(row["text"]),
            row.get("title"),
            tuple(row.get("authors") or ()),
            row.get("published"),
            refused=refused,
        )
        found.append(Case(OWN, row["url"], path.with_suffix(".html"), truth, row))
    return found


def read_manifest(manifest: Path) -> list[Case]:
    """The pages of a manifest, a JSON object a line with `url`, `file` and their truth; those without one are left out.

    Raises:
        FileNotFoundError: the manifest is absent, or a page of it.
        ValueError: a line is no JSON object of that kind.
    """
    found = []
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            truth = _truth(row)
            file = manifest.parent / row["file"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{manifest}, line {number}: {type(error).__name__}: {error}") from error
        if not file.is_file():
            raise FileNotFoundError(f"{manifest}, line {number}: {file} is absent")
        if truth is not None:
            found.append(Case(row.get("collection", "seed"), row["url"], file, truth, row))
    return found


def _truth(row: dict[str, Any]) -> Truth | None:
    """A row's truth, in either of the two forms that manifests have."""
    if "text" in row:
        return Truth(
            "\n".join(row["text"]),
            row["title"],
            (row["author"],),
            row["published"],
            refused=bool(row.get("refuse")),
        )
    told = row.get("truth")
    if not told:
        return None
    return Truth(
        told.get("body"),
        told.get("title"),
        tuple(told.get("authors") or ()),
        told.get("published"),
        tuple(told.get("with") or ()),
        tuple(told.get("without") or ()),
        "with" in told,
        bool(row.get("refuse")),
    )


def beside_the_checkout() -> Path:
    """The folder of what is not the project's to keep; it may be absent."""
    named = os.environ.get("WARRAQ_SHARED")
    return Path(named) if named else ROOT.parent / "shared"


def manifests_beside() -> Iterator[Path]:
    """The manifests of page sets beside the checkout."""
    for folder in sorted(beside_the_checkout().glob("*/")):
        yield from (folder / name for name in MANIFESTS if (folder / name).is_file())


def _script(char: str) -> str:
    word = unicodedata.name(char, "?").split()[0]
    return SCRIPTS.get(word, word.capitalize())
