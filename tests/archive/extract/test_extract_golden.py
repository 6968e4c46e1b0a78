"""Each golden page gives what stands in the JSON file beside it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from archive.extract import Page, extract_html
from archive.records import Article, Provenance, Rejected

GOLDEN = Path(__file__).parent / "golden"
PAGES = sorted(path.stem for path in GOLDEN.glob("*.html"))


@pytest.mark.parametrize("name", PAGES)
def test_golden_page(name):
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    page = Page(
        expected.pop("url"),
        (GOLDEN / f"{name}.html").read_bytes(),
        None,
        datetime.fromisoformat(expected.pop("fetched")),
        Provenance(timezone=expected.pop("timezone", None)),
    )
    found = extract_html(page)
    if "rejected" in expected:
        assert isinstance(found, Rejected), found
        assert found.reason == expected["rejected"], found
        assert found.detail
        return
    assert isinstance(found, Article), found
    got = {field: getattr(found, field) for field in expected}
    got |= {field: list(got[field]) for field in ("authors", "topics") if field in got}
    got["text"] = found.text.split("\n")
    assert got == expected


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_its_source(name):
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    page = Page(
        expected["url"],
        (GOLDEN / f"{name}.html").read_bytes(),
        None,
        datetime.fromisoformat(expected["fetched"]),
    )
    found = extract_html(page)
    if isinstance(found, Rejected):
        return
    for field in (
        "title",
        "text",
        "lead",
        "authors",
        "published",
        "modified",
        "section",
        "topics",
        "image",
        "publisher",
    ):
        assert bool(getattr(found, field)) == (field in found.sources), field
    assert found.published_source == found.sources.get("published")
