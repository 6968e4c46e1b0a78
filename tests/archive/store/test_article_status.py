"""Edited, moved, deleted, blocked: what later sights of an article's address say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from archive.records import Article, Capture, Rejected
from archive.store import ArchiveStore

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://news.test/2026/04/22/river.html"
BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)


def capture(number: int, status: int, url: str = URL, location: str | None = None) -> Capture:
    return Capture(
        id=number, url=url, canonical_url=url, role="page", source="s", started=BEGAN + timedelta(hours=number),
        status=status, media_type="text/html", payload_digest=f"sha1:{number}", record_type="response",
        warc_file="w.warc.gz", offset=number * 1000, length=500, group_length=900,
        location=location,
    )  # fmt: skip


def article(text: str = "The river has risen.") -> Article:
    return Article(URL, URL, "River rises", text)


Answer = int | str | Rejected | tuple[int, str]
"""A status, a text for a 200 with it, why a 200 is no article, a redirect and where it leads."""


def archived(folder: Path, answers: list[Answer]) -> ArchiveStore:
    """An archive that saw an article and then these answers in turn."""
    store = ArchiveStore.open(folder)
    for number, answer in enumerate(["The river has risen.", *answers], 1):
        status = answer if isinstance(answer, int) else answer[0] if isinstance(answer, tuple) else 200
        one = capture(number, status, location=answer[1] if isinstance(answer, tuple) else None)
        extraction = article(answer) if isinstance(answer, str) else answer
        store.add_captures([one], waiting=[number] if status == 200 else [])
        if isinstance(extraction, Article | Rejected):
            store.apply([(one, extraction)], "1")
    return store


SAME = "The river has risen."
OTHER = "The river has fallen."
NOT_FOUND = Rejected("soft_404", "Page not found")
CHALLENGE = Rejected("challenge", "Just a moment...")
HOME = (301, "https://news.test/")


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
        ([NOT_FOUND], "live"),
        ([NOT_FOUND, NOT_FOUND], "deleted"),
        ([404, NOT_FOUND], "deleted"),
        ([NOT_FOUND, SAME, NOT_FOUND], "live"),
        ([CHALLENGE], "blocked"),
        ([Rejected("password")], "blocked"),
        ([Rejected("consent")], "blocked"),
        ([CHALLENGE, SAME], "live"),
        ([Rejected("listing")], "live"),
        ([Rejected("too_short"), OTHER], "edited"),
        ([HOME], "live"),
        ([HOME, HOME], "deleted"),
        ([404, (308, "https://elsewhere.test/")], "deleted"),
        ([(301, "https://news.test/?p=7")], "moved"),
        ([(301, "https://news.test/river")], "moved"),
        ([(301, "https://news.test/2026/")], "moved"),
        ([(302, "https://news.test/")], "live"),
    ],
)
def test_the_last_sights_decide(tmp_path: Path, answers: list[Answer], status: str) -> None:
    with archived(tmp_path, answers) as store:
        assert store.article(URL).status == status
        none = {
            302,
            500,
            SAME,
            OTHER,
            Rejected("listing"),
            Rejected("too_short"),
            (302, "https://news.test/"),
        }
        kept = [one.id for one in store.captures(article_id=1)]
        texts = (SAME, OTHER)
        told = [number for number, one in enumerate(answers, 2) if one not in none or one in texts]
        assert kept == [1, *told], "each is there as evidence"


def test_another_reading_of_an_absence_undoes_it(tmp_path: Path) -> None:
    with archived(tmp_path, [CHALLENGE]) as store:
        again = store.capture(2)
        assert store.fate(2).article_id == 1
        store.apply([(again, Rejected("too_short"))], "1")
        assert (store.article(URL).status, store.fate(2).article_id) == ("live", None)
        store.apply([(again, NOT_FOUND)], "1")
        assert (store.article(URL).status, store.fate(2).article_id) == ("live", 1)
        assert store.article(URL).last_seen == "2026-04-22T13:00:00.000000Z"
        store.apply([(again, CHALLENGE)], "1")
        assert store.article(URL).status == "blocked"
        store.apply([(again, article(OTHER))], "1")
        assert store.article(URL).status == "edited"


def test_the_same_notice_once_more_is_a_revisit_and_counts(tmp_path: Path) -> None:
    with archived(tmp_path, [NOT_FOUND]) as store:
        store.add_captures([revisit(3, of=2)], waiting=[])
        assert store.article(URL).status == "deleted"
        assert [one.id for one in store.captures(article_id=1)] == [1, 2, 3]
        assert store.rejections(1) == {2: "soft_404", 3: "soft_404"}
        store.apply([(store.capture(2), Rejected("listing"))], "1")
        assert store.article(URL).status == "live"
        assert [one.id for one in store.captures(article_id=1)] == [1]


def test_a_challenge_that_many_addresses_show_blocks_each_of_them(tmp_path: Path) -> None:
    other = "https://news.test/other.html"
    captures = [capture(1, 200), capture(2, 200, other), capture(3, 200, "https://news.test/third.html")]
    with ArchiveStore.open(tmp_path) as store:
        store.add_captures(captures, waiting=[1, 2, 3])
        store.apply([(captures[0], article()), (captures[1], Article(other, other, "B", "Else."))], "1")
        store.add_captures([replace(revisit(4, of=3), url=other)], waiting=[])
        store.apply([(captures[2], CHALLENGE)], "1")
        assert [store.article(url).status for url in (URL, other)] == ["live", "blocked"]
        store.apply([(captures[2], article())], "1")
        assert [store.article(url).status for url in (URL, other)] == ["live", "live"]


def test_each_absence_goes_to_what_its_address_showed_last(tmp_path: Path) -> None:
    """Also where what it showed before is read later."""
    captures = [capture(1, 200), capture(2, 200), capture(3, 404), capture(4, 404)]
    with ArchiveStore.open(tmp_path) as store:
        store.add_captures(captures, waiting=[1, 2])
        later = Article(URL, "https://news.test/second", "B", "Else.")
        store.apply([(captures[1], later), (captures[0], article())], "1")
        assert store.article(URL).status == "live"
        assert store.article("https://news.test/second").status == "deleted"


def revisit(number: int, *, of: int) -> Capture:
    return replace(capture(number, 200), record_type="revisit", revisit_of=of)


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
