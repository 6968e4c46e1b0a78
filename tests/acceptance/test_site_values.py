"""A site whose template says the same of all articles, crawled, rebuilt, read anew and imported: all rows the same."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from crawler.demo import DemoSite
from crawler.demo.pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Archive

pytestmark = pytest.mark.slow

TABLES = (
    "captures", "articles", "revisions", "articles_folded", "capture_lines", "removed_lines", "sites", "site_lines",
    "site_values",
)  # fmt: skip
WRITERS = ("Ann Reed", "Omar Quill", "Salma Haddad", "Lena Voss")
PLACES = ("ferry", "bridge", "harbour", "library", "market", "school", "lighthouse", "orchard", "quarry")


def publish(site: DemoSite) -> list[str]:
    """Articles that are all by one account, of one second, under one slogan, as far as their heads say."""
    urls = []
    for at, place in enumerate(PLACES):
        path = f"/2026/04/the-{place}/"
        site.put(path, Page((
            f'<html lang=en><head><title>The {place} opens again</title><meta property="og:title" content="Morning, '
            'noon and night"><meta name=author content="Rami Saleh"><meta property="article:published_time" '
            'content="2026-01-05T10:11:12Z"></head><body><article>'
            f"<h1>The {place} opens again</h1><span class=byline>{WRITERS[at % 4]}</span> "
            f"<time datetime=2026-02-{at + 1:02}T08:00:00Z></time>"
            f"<p>After {at + 4} months behind a fence the {place} of the town is open again, and whoever came for the "
            f"{place} on its first morning found it painted in the colour of the {at + 2} boats at the pier.</p>"
            f"<p>“We had {at + 11} volunteers, and none of them had ever mended a {place} before”, said the mayor.</p>"
            "</article></body></html>"
        ).encode()))  # fmt: skip
        urls.append(site.url.rstrip("/") + path)
    return urls


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


def articles(folder: Path, columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return db.execute(f"SELECT {columns} FROM articles ORDER BY published").fetchall()


def test_a_site_says_its_own_and_its_articles_theirs(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive()
    with DemoSite() as site:
        urls = publish(site)
        archive.run("add", *urls)
    (shown,) = archive.rows("show", urls[0])
    assert {one["field"]: one["source"] for one in shown["set_aside"]} == {
        "title": "meta:og:title",
        "authors": "meta:author",
        "published": "meta:article:published_time",
    }
    for_people = archive.run("show", urls[0])
    assert re.search(
        r"^not authors +Rami Saleh, says meta:author: as of capture \d+ that", for_people, re.MULTILINE
    )
    assert articles(archive.folder, "title, authors, published") == [
        (f"The {place} opens again", f'["{WRITERS[at % 4]}"]', f"2026-02-{at + 1:02}T08:00:00+00:00")
        for at, place in enumerate(PLACES)
    ]
    live = rows(archive.folder)

    elsewhere = new_archive()
    shutil.copytree(archive.folder / "warc", elsewhere.folder / "warc", dirs_exist_ok=True)
    elsewhere.run("rebuild")
    assert rows(elsewhere.folder) == live

    (told,) = archive.rows("reextract")
    assert (told["articles_same"], told["articles_different"]) == (len(PLACES), 0)
    assert rows(archive.folder) == live

    importing = new_archive()
    importing.run("import", archive.folder / "warc")
    columns = "title, authors, published, published_source, field_sources, evidence"
    assert articles(importing.folder, columns) == articles(archive.folder, columns)
