"""A site's own lines are gone from all its articles: live, after a kill, from WARC, on a second crawl."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from archive.custody.takedown import plan, take_down
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import (
    DerivationPool,
    Difference,
    Reextracted,
    rebuild,
    recover,
    reextract,
)
from archive.records import Article, Exchange, Provenance
from archive.store import ArchiveStore, Filters
from archive.wire import parse_response
from tests.archive.ingest.site_archive import BEGAN, crawl, opened, read_page, rows

if TYPE_CHECKING:
    from pathlib import Path

PLEA = "Independent reporting like this costs money, and readers like you are who pays for it every month."
BIO = "Salma Haddad writes on water, cities and what becomes of both; her book on the Orontes came out last spring."
FACTS = (
    "The Lantern was founded in Homs in 2011 and is owned by the forty people who write for it and print it."
)
QUOTE = "Nobody slept in the valley that night, said the engineer, because everybody had heard the gates go."
SPARED = [QUOTE, "What happens next"]
PAGES = 40
FOLLOW_UPS, SYNDICATED, AUTHORED = (20, 22, 25), (27, 28, 29), 3


def paragraphs(seed: int, count: int = 5) -> list[str]:
    words = random.Random(seed)
    sentences = [
        " ".join(
            "".join(words.choices("abcdefghilmnoprstu", k=words.randint(3, 9))) for _ in range(14)
        ).capitalize()
        for _ in range(count * 3)
    ]
    return [". ".join(sentences[at::count]) + "." for at in range(count)]


def page(number: int, *, edited: str = "", plea: str = PLEA, comment: str = "") -> Exchange:
    """The page of an article, as its template and its author made it."""
    body = paragraphs(SYNDICATED[0] if number in SYNDICATED else number)
    if edited:
        body[1] = edited
    if number in FOLLOW_UPS:
        body.insert(3, QUOTE)
    bio = BIO if number % AUTHORED == 0 else ""
    written = [body[0], f"<h3>{SPARED[1]}</h3>", body[1], plea, *body[2:], FACTS, bio]
    title = " ".join(paragraphs(number + 1000, 1)[0].split()[:7])
    html = "".join(one if one.startswith("<") else f"<p>{one}</p>" for one in written if one)
    content = (
        f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"<div class=story>{html}</div></article><!--{comment}--></body></html>"
    ).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
    parsed = parse_response(head % len(content) + content)
    return Exchange(
        f"http://lantern.test/news/{number}.html", BEGAN + timedelta(minutes=number), b"GET / HTTP/1.1\r\n\r\n",
        head % len(content) + content, parsed.status, parsed.reason, parsed.headers, parsed.body,
        provenance=Provenance(source="lantern"),
    )  # fmt: skip


def site(count: int = PAGES) -> list[Exchange]:
    return [page(number) for number in range(count)]


def texts(folder: Path) -> dict[int, str]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {article.id: article.text for article in store.select(Filters())}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the site, crawled once; not to be changed."""
    folder = tmp_path_factory.mktemp("site")
    crawl(folder, site())
    return folder


def test_what_is_the_sites_is_gone_from_every_article_and_nothing_else_is(crawled: Path) -> None:
    found = texts(crawled)
    assert len(found) == PAGES
    for number, one in enumerate(site()):
        whole = read_page(one)
        assert isinstance(whole, Article)
        assert {PLEA, FACTS} <= set(whole.text.split("\n")), "the page alone does not tell"
        assert found[number + 1].split("\n") == [
            line for line in whole.text.split("\n") if line not in {PLEA, FACTS, BIO}
        ]


def test_the_first_pages_keep_their_lines_until_the_eighth(tmp_path: Path) -> None:
    crawl(tmp_path, site(7))
    assert all(PLEA in text for text in texts(tmp_path).values())
    assert rows(tmp_path)["site_lines"] == []
    crawl(tmp_path, [page(7)])
    assert not any(PLEA in text for text in texts(tmp_path).values())


def test_a_revision_names_the_profile_it_was_made_with_and_keeps_what_was_taken(crawled: Path) -> None:
    with ArchiveStore.open(crawled, readonly=True) as store:
        found = store.query("SELECT revision_id, profile, removed FROM removed_lines ORDER BY revision_id")
        assert {profile for _, profile, _ in found} <= {8, 16, 32}
        assert all(PLEA in removed and FACTS in removed for *_, removed in found)


@pytest.mark.parametrize("batch", [1, 5, PAGES])
def test_rows_do_not_depend_on_how_pages_come_in(tmp_path: Path, crawled: Path, batch: int) -> None:
    crawl(tmp_path, site(), batch=batch)
    assert rows(tmp_path, places=False) == rows(crawled, places=False)


def test_rows_do_not_depend_on_the_order_once_sites_are_settled(tmp_path: Path, crawled: Path) -> None:
    exchanges = site()
    with opened(tmp_path) as (recorder, store):
        for one in exchanges:
            recorder.record(one)
        waiting = recorder.checkpoint()
        random.Random(5).shuffle(waiting)
        for capture in waiting:
            store.apply([(capture, read_page(exchanges[capture.id - 1]))], EXTRACTOR_VERSION)
        store.settle_sites()
    assert rows(tmp_path, places=False) == rows(crawled, places=False)


def second_crawl(comment: str = "again") -> list[Exchange]:
    """Every page again, none the same bytes: one edited, some with another plea, one without any."""
    plea = "Readers pay for what you read here, and this month we are short of four hundred of them, sadly."
    again = [page(number, comment=comment) for number in range(PAGES)]
    again[5] = page(5, edited=paragraphs(5000, 1)[0], comment=comment)
    again[6] = page(6, plea="", comment=comment)
    again[10:] = [page(number, plea=plea, comment=comment) for number in range(10, PAGES)]
    return again


def changes(folder: Path) -> list[int]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return [
            row[0]
            for row in store.query("SELECT article_id FROM revisions WHERE change != 'first' ORDER BY id")
        ]


def test_an_edit_is_a_revision_and_a_profile_is_none(tmp_path: Path) -> None:
    crawl(tmp_path, site())
    crawl(tmp_path, [page(number, comment="again") for number in range(10)])
    crawl(tmp_path, [page(5, edited=paragraphs(5000, 1)[0]), page(6, plea="")])
    assert changes(tmp_path) == [6]


def test_another_plea_on_all_pages_is_no_edit(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(), *second_crawl()])
    assert set(changes(tmp_path)) > {6}, "the new plea is not known yet"
    crawl(tmp_path, second_crawl("once more"))
    assert changes(tmp_path) == [6]


def test_an_article_looked_at_twice_before_its_site_is_known_has_no_spurious_revision(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(5), page(2, plea="", comment="again")])
    assert changes(tmp_path) == [3]
    crawl(tmp_path, site()[5:])
    assert changes(tmp_path) == []
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.fate(6).outcome == "unchanged"
        assert store.article("3").status == "live"


def test_a_rebuild_and_a_reading_anew_give_the_same_rows(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(), *second_crawl()])
    before = rows(tmp_path)
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before
    with ArchiveStore.open(tmp_path) as store, DerivationPool(tmp_path / "warc", 1) as pool:
        told = list(reextract(store, pool, Filters(), dry_run=False))
    assert [one for one in told if isinstance(one, Difference)] == []
    assert isinstance(told[-1], Reextracted)
    assert told[-1].articles_same == PAGES
    assert rows(tmp_path) == before


def test_a_kill_between_two_batches_makes_no_difference(tmp_path: Path, crawled: Path) -> None:
    exchanges = site()
    with opened(tmp_path) as (recorder, store):
        for one in exchanges:
            recorder.record(one)
        derived = [(capture, read_page(exchanges[capture.id - 1])) for capture in recorder.checkpoint()]
        store.apply(derived[:19], EXTRACTOR_VERSION)
    with ArchiveStore.open(tmp_path) as store:
        recover(tmp_path, store)
        waiting = store.waiting()
        assert [capture.id for capture in waiting] == list(range(20, PAGES + 1))
        store.apply(derived[19:], EXTRACTOR_VERSION)
    assert rows(tmp_path, places=False) == rows(crawled, places=False)


def test_after_a_takedown_the_site_is_what_is_left_of_it(tmp_path: Path) -> None:
    crawl(tmp_path, site(10))
    with ArchiveStore.open(tmp_path) as store:
        assert PLEA in str(store.query("SELECT removed FROM removed_lines WHERE revision_id = 3"))
        take_down(tmp_path, store, plan(tmp_path, store, articles=[2, 3, 4], urls=[], seal=False), "asked to")
        store.settle_sites()
    left = rows(tmp_path)
    assert left["site_lines"] == [], "seven pages tell nothing"
    assert all(PLEA in text for text in texts(tmp_path).values())
    assert {row[0] for row in left["capture_lines"]} == {1, *range(5, 11)}
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == left


def test_an_archive_of_before_gets_its_memory_by_reading_anew(tmp_path: Path, crawled: Path) -> None:
    crawl(tmp_path, site(7))
    with ArchiveStore.open(tmp_path) as store:
        for table in ("removed_lines", "capture_lines", "sites"):
            store.query(f"DELETE FROM {table}")
    # A page of it, fetched again: its line is told with the others', and is no edit for that.
    crawl(tmp_path, [page(3, comment="again")])
    assert changes(tmp_path) == []
    with ArchiveStore.open(tmp_path) as store, DerivationPool(tmp_path / "warc", 1) as pool:
        list(reextract(store, pool, Filters(), dry_run=False))
    crawl(tmp_path, site()[7:8])
    assert not any(PLEA in text for text in texts(tmp_path).values())
