"""What this version of extraction gives for pages of many kinds, as digests: `readings.toml` keeps them.

Texts are compared within one EXTRACTOR_VERSION. Where extraction changes and the version does not, an archive that is
read again shows edits of pages that never changed. So a test holds what is read today against what was kept, and
this command keeps what is read today, once the version was raised::

    .venv/bin/python -m tests.archive.extract.readings

Each page has a section of its own, with a name on a line that does not change: branches that change the readings of
different pages merge without a conflict. Where one arises, either side will do, and the command is run again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.extract import EXTRACTOR_VERSION, Page, extract_html, extract_text
from archive.records import Provenance
from crawler.demo.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.records import Extraction

GOLDEN = Path(__file__).parent / "golden"
KEPT = Path(__file__).with_name("readings.toml")
FETCHED = datetime(2026, 5, 1, 9, tzinfo=UTC)
DIGITS = 16

HEAD = re.compile(rb"<head.*?</head>|<script.*?</script>", re.DOTALL)
NAMES = re.compile(rb"""\s(?:class|id|itemprop|rel)=(?:"[^"]*"|'[^']*'|[^\s>]*)""")

COMMAND = ".venv/bin/python -m tests.archive.extract.readings"
ADVICE = f"""\
Extraction gives something else for {{pages}}, and EXTRACTOR_VERSION is still {EXTRACTOR_VERSION}.
Is it meant? Look at what the golden pages (tests/archive/extract/golden) gave and give. If so, raise
EXTRACTOR_VERSION in archive/extract/__init__.py: without that, archives that are read again show false edits. Then run
    {COMMAND}
Where this branch has raised it, and no archive can have been read with version {EXTRACTOR_VERSION} yet, run
    {COMMAND} --unreleased"""


def pages() -> dict[str, Page]:
    """The golden pages, and those of the demo site, by name."""
    found = {path.stem: _golden(path) for path in GOLDEN.glob("*.html")}
    for path, page in Pages("https://lantern.example").all():
        if page.content_type.startswith("text/html"):
            found[path] = Page(f"https://lantern.example{path}", page.body, None, FETCHED)
    return dict(sorted(found.items()))


def _golden(path: Path) -> Page:
    said = json.loads(path.with_suffix(".json").read_text("utf-8"))
    provenance = Provenance(timezone=said.get("timezone"))
    return Page(
        said["url"], path.read_bytes(), None, datetime.fromisoformat(said["fetched"]), provenance=provenance
    )


def read_all(page: Page) -> Iterator[Extraction]:
    """What is read of a page as it is, and of what is left where a site is less careful."""
    content = page.content
    for content_now, charset in (
        (content, None),
        (content[: len(content) * 6 // 10], None),
        (content, "windows-1252"),
        (HEAD.sub(b"", content), None),
        (NAMES.sub(b"", content), None),
    ):
        yield extract_html(Page(page.url, content_now, charset, page.fetched, page.provenance))
    yield extract_text(Page(page.url, content, None, page.fetched, page.provenance))


def readings() -> dict[str, dict[str, str]]:
    """Name of each page -> digest of its bytes, and of all that is read of it."""
    return {
        name: {"page": _digest(page.content), "reading": _digest(written(read_all(page)))}
        for name, page in pages().items()
    }


def written(extractions: Iterable[Extraction]) -> bytes:
    """All that was read, field by field."""
    found = [{"kind": type(each).__name__, **_said(asdict(each))} for each in extractions]
    return json.dumps(found, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass")


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields that have a value: one more field of an article, empty on these pages, changes no reading.

    Nor does what other sources say beside it: that is for its site's memory, and what follows from that is no edit.
    """
    return {
        name: value
        for name, value in fields.items()
        if name != "others" and value not in (None, (), {}, "", False)
    }


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGITS]


def changed(kept: dict[str, Any], now: dict[str, dict[str, str]]) -> list[str]:
    """Names of the pages that are the same and are read otherwise."""
    return [
        name
        for name, digests in now.items()
        if name in kept
        and kept[name]["page"] == digests["page"]
        and kept[name]["reading"] != digests["reading"]
    ]


def load() -> tuple[str, dict[str, Any]]:
    """The version and the digests that were kept."""
    kept = tomllib.loads(KEPT.read_text("utf-8"))
    return kept["version"], kept["pages"]


def main() -> int:
    """Keep today's readings; refuse where they have changed and the version has not."""
    parser = argparse.ArgumentParser(description="Keep what this version of extraction gives.")
    parser.add_argument("--unreleased", action="store_true", help="no archive was read with this version yet")
    unreleased = parser.parse_args().unreleased
    version, kept = load()
    now = readings()
    others = changed(kept, now)
    if others and version == EXTRACTOR_VERSION and not unreleased:
        print(ADVICE.format(pages=", ".join(others)), file=sys.stderr)  # noqa: T201
        return 1
    sections = (
        f'[pages.{json.dumps(name, ensure_ascii=False)}]\npage = "{found["page"]}"\nreading = "{found["reading"]}"\n'
        for name, found in now.items()
    )
    KEPT.write_text(
        f'# Written by: python -m tests.archive.extract.readings\nversion = "{EXTRACTOR_VERSION}"\n\n'
        + "\n".join(sections),
        "utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
