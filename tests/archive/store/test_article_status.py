"""Edited, moved, deleted, blocked: what later sights of an article's address say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from archive.records import Article, Capture
from archive.store import ArchiveStore

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://news.test/2026/04/22/river.html"
BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)


def capture(number: int, status: int, url: str = URL) -> Capture:
    return Capture(
        id=number, url=url, canonical_url=url, role="page", source="s", started=BEGAN + timedelta(hours=number),
        status=status, media_type="text/html", payload_digest=f"sha1:{number}", record_type="response",
        warc_file="w.warc.gz", offset=number * 1000, length=500, group_length=900,
    )  # fmt: skip


def article(text: str = "The river has risen.") -> Article:
    return Article(URL, URL, "River rises", text)


def archived(folder: Path, statuses: list[int | str], *, first: bool = True) -> ArchiveStore:
    """An archive that saw these answers in turn; a text stands for a 200 with it."""
    store = ArchiveStore.open(folder)
    seen = ["The river has risen.", *statuses] if first else statuses
    for number, answer in enumerate(seen, 1):
        one = capture(number, answer if isinstance(answer, int) else 200)
        store.add_captures([one], waiting=[number] if isinstance(answer, str) else [])
        if isinstance(answer, str):
            store.apply([(one, article(answer))], "1")
    return store


SAME = "The river has risen."
OTHER = "The river has fallen."


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([], "live"),
        ([404], "live"),
        ([404, 404], "deleted"),
        ([404, 410], "deleted"),
        ([410, 500, 410], "deleted"),
        ([404, SAME, 404], "live"),
        ([404, 404, SAME], "live"),
        ([404, 404, OTHER], "edited"),
        ([OTHER, 404, 404], "deleted"),
        ([OTHER, 404], "edited"),
        ([403], "blocked"),
        ([451, SAME], "live"),
        ([301], "moved"),
        ([301, 404], "live"),
        ([302], "live"),
    ],
)
def test_the_last_sights_decide(tmp_path: Path, answers: list[int | str], status: str) -> None:
    with archived(tmp_path, answers) as store:
        assert store.article(URL).status == status
        absent = sum(answer in {301, 403, 404, 410, 451} for answer in answers)
        kept = [one for one in store.captures(article_id=1) if one.status != 200]
        assert len(kept) == absent, "each is there as evidence"


def test_a_deletion_does_not_count_as_seen(tmp_path: Path) -> None:
    with archived(tmp_path, [SAME, 404, 404]) as store:
        assert store.article(URL).last_seen == "2026-04-22T14:00:00.000000Z"


def test_the_order_of_derivations_does_not_matter(tmp_path: Path) -> None:
    captures = [
        capture(1, 200),
        capture(2, 404),
        capture(3, 404),
        capture(4, 200),
        capture(5, 404),
        capture(6, 410),
    ]
    texts = {1: SAME, 4: OTHER}
    results = set()
    for number, order in enumerate(permutations(texts)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with ArchiveStore.open(folder) as store:
            store.add_captures(captures, waiting=texts)
            for one in order:
                store.apply([(captures[one - 1], article(texts[one]))], "1")
            results.add(str(store.query("SELECT id, status, last_seen FROM articles")))
            results.add(str(store.query("SELECT id, article_id FROM captures")))
    assert len(results) == 2
    assert any("deleted" in result for result in results)


def test_another_address_is_another_matter(tmp_path: Path) -> None:
    with archived(tmp_path, []) as store:
        other = [replace(capture(number, 404), url=URL + "?print=1") for number in (2, 3)]
        store.add_captures(other, waiting=[])
        assert store.article(URL).status == "live"
