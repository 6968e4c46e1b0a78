"""What a site says of all its articles alike is none's: live, after a kill, from WARC, in any order, after an edit."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.custody.takedown import plan, take_down
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import PageChange, Reextracted, rebuild, recover, reextract
from archive.memory import SetAside
from archive.records import Article, Exchange, Provenance
from archive.store import ArchiveStore, Filters
from archive.store.database import open_for_writing, transaction
from archive.wire import parse_response
from tests.archive.ingest.site_archive import BEGAN, PoolOfNone, crawl, opened, read_page, rows

if TYPE_CHECKING:
    from pathlib import Path

    from archive.ingest import DerivationPool
    from archive.store import ArticleRow

SLOGAN = "Light on the valley, every day"
ACCOUNT = "Web team"
IMPORTED = "2026-03-20T10:11:12+00:00"
WRITERS = ("Salma Haddad", "Omar Quill", "Nour Aldin", "Lena Voss")
PAGES = 20


def prose(seed: int) -> list[str]:
    words = random.Random(seed)
    return [
        " ".join("".join(words.choices("abcdefghilmnoprstu", k=6)) for _ in range(30)).capitalize() + "."
        for _ in range(4)
    ]


def headline(number: int) -> str:
    return " ".join(prose(number + 1000)[0].split()[:6])


def page(number: int, *, writer: str | None = None, comment: str = "", modified: int = 0) -> Exchange:
    """A page whose template fills JSON-LD and Open Graph with the same for all, and whose visible part is right."""
    by = WRITERS[number % len(WRITERS)] if writer is None else writer
    story = "".join(f"<p>{paragraph}</p>" for paragraph in prose(number))
    byline = f'<span class="byline">{by}</span>' if by else ""
    content = (
        f'<!DOCTYPE html><html lang=en><head><title>{headline(number)}</title><meta property="og:title"'
        f' content="{SLOGAN}"><script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{SLOGAN}",'
        f' "author": {{"name": "{ACCOUNT}"}}, "datePublished": "{IMPORTED}",'
        f' "dateModified": "2026-04-{modified + 1:02}T07:00:00Z"}}</script></head><body><article>'
        f"<h1>{headline(number)}</h1>{byline}<time datetime=2026-02-{number % 28 + 1:02}T09:30:00Z></time>"
        f"<div class=story>{story}</div></article><!--{comment}--></body></html>"
    ).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
    parsed = parse_response(head % len(content) + content)
    return Exchange(
        f"http://lantern.test/news/{number}.html", BEGAN + timedelta(minutes=number),
        b"GET / HTTP/1.1\r\n\r\n", head % len(content) + content, parsed.status, parsed.reason, parsed.headers,
        parsed.body, provenance=Provenance(source="lantern"),
    )  # fmt: skip


def site(count: int = PAGES) -> list[Exchange]:
    return [page(number) for number in range(count)]


def articles(folder: Path) -> dict[int, ArticleRow]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {article.id: article for article in store.select(Filters())}


def reextract_here(folder: Path, *, dry_run: bool = False) -> list[PageChange | Reextracted]:
    with ArchiveStore.open(folder) as store:
        return list(reextract(store, cast("DerivationPool", PoolOfNone(folder)), Filters(), dry_run=dry_run))


def changes(folder: Path) -> list[tuple[int, str]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return store.query("SELECT id, change FROM revisions WHERE change != 'first' ORDER BY id")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the site, crawled once; not to be changed."""
    folder = tmp_path_factory.mktemp("site")
    crawl(folder, site())
    return folder


def test_the_next_source_holds_on_every_page_and_says_so(crawled: Path) -> None:
    found = articles(crawled)
    assert len(found) == PAGES
    for number in range(PAGES):
        article = found[number + 1]
        assert article.title == headline(number)
        assert article.authors == (WRITERS[number % len(WRITERS)],)
        assert article.published == f"2026-02-{number % 28 + 1:02}T09:30:00+00:00"
        assert article.published_source == article.field_sources["published"] == "time"
        assert (article.field_sources["title"], article.field_sources["authors"]) == ("h1", "byline")
        assert article.evidence is not None
        assert {name: one.source for name, one in article.evidence.items()} == {
            "title": "h1",
            "authors": "byline",
            "published": "time",
            "modified": "json-ld:dateModified",
        }
    assert changes(crawled) == []


def test_what_was_set_aside_is_told(crawled: Path) -> None:
    with ArchiveStore.open(crawled, readonly=True) as store:
        assert store.set_aside(store.article("1")) == [
            SetAside("title", (SLOGAN,), "meta:og:title", 8),
            SetAside("authors", (ACCOUNT,), "json-ld:author", 8),
            SetAside("published", (IMPORTED,), "json-ld:datePublished", 8),
        ]
        assert store.query("SELECT field, value, since, found FROM site_values ORDER BY field") == [
            ("authors", "webteam", 1, 8),
            ("published", IMPORTED, 1, 8),
            ("title", "lightonthevalleyeveryday", 1, 8),
        ]


def test_the_index_finds_what_holds(crawled: Path) -> None:
    with ArchiveStore.open(crawled, readonly=True) as store:
        hits = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
        assert store.query(hits, ('authors:"omar quill"',)) == [(5,)]
        assert store.query(hits, ("title:valley",)) == [(0,)]


def test_until_the_eighth_page_the_first_source_counts(tmp_path: Path) -> None:
    crawl(tmp_path, site(7))
    assert {(one.title, one.authors) for one in articles(tmp_path).values()} == {(SLOGAN, (ACCOUNT,))}


def test_a_page_that_names_nobody_else_keeps_the_account(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(8), page(8, writer="")])
    assert articles(tmp_path)[9].authors == (ACCOUNT,)
    assert articles(tmp_path)[9].title == headline(8)


@pytest.mark.parametrize("batch", [1, 7, PAGES])
def test_rows_do_not_depend_on_how_pages_come_in(tmp_path: Path, crawled: Path, batch: int) -> None:
    crawl(tmp_path, site(), batch=batch)
    assert rows(tmp_path, places=False) == rows(crawled, places=False)


def test_a_kill_between_two_batches_makes_no_difference(tmp_path: Path, crawled: Path) -> None:
    exchanges = site()
    with opened(tmp_path) as (recorder, store):
        for one in exchanges:
            recorder.record(one)
        derived = [(capture, read_page(exchanges[capture.id - 1])) for capture in recorder.checkpoint()]
        store.apply(derived[:6], EXTRACTOR_VERSION)
    with ArchiveStore.open(tmp_path) as store:
        recover(tmp_path, store)
        store.apply(derived[6:], EXTRACTOR_VERSION)
    assert rows(tmp_path, places=False) == rows(crawled, places=False)


def again() -> list[Exchange]:
    """Some pages again, unchanged, or edited where only the visible byline tells it."""
    return [
        page(2, comment="again"),
        page(3, writer="Ida Berg", modified=9),
        page(5, writer=""),
    ]


def test_a_profile_is_no_edit_and_another_writer_is(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(8), *again(), *site()[8:]])
    assert changes(tmp_path) == [(10, "edit"), (11, "edit")]
    assert articles(tmp_path)[4].authors == ("Ida Berg",)
    assert articles(tmp_path)[6].authors == (ACCOUNT,)


def test_an_edit_hidden_by_the_account_is_one_once_the_site_is_known(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(4), *again()[:2]])
    assert changes(tmp_path) == [], "the account stood before both"
    crawl(tmp_path, site()[4:])
    assert changes(tmp_path) == [(6, "edit")]
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert [one.authors for one in store.revisions(4)] == [("Lena Voss",), ("Ida Berg",)]
        assert store.fate(6).outcome == "changed"
        assert [one.modified for one in store.revisions(4)] == [
            "2026-04-01T07:00:00+00:00",
            "2026-04-10T07:00:00+00:00",
        ]
    before = rows(tmp_path)
    reextract_here(tmp_path)
    assert rows(tmp_path) == before


def test_a_rebuild_and_a_reading_anew_give_the_same_rows(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(4), *again(), *site()[4:], *again()])
    before = rows(tmp_path)
    rebuild(tmp_path, workers=1)
    assert rows(tmp_path) == before
    for dry_run in (True, False):
        told = reextract_here(tmp_path, dry_run=dry_run)
        assert [one for one in told if isinstance(one, PageChange)] == []
        assert isinstance(told[-1], Reextracted)
        assert told[-1].articles_same == PAGES
        assert rows(tmp_path) == before


def test_after_a_takedown_the_site_is_what_is_left_of_it(tmp_path: Path) -> None:
    crawl(tmp_path, site(10))
    with ArchiveStore.open(tmp_path) as store:
        take_down(tmp_path, store, plan(tmp_path, store, articles=[2, 3, 4], urls=[], seal=False), "asked to")
        store.settle_sites()
    assert rows(tmp_path)["site_values"] == [], "seven pages tell nothing"
    assert {one.authors for one in articles(tmp_path).values()} == {(ACCOUNT,)}
    assert {one.title for one in articles(tmp_path).values()} == {SLOGAN}


def test_an_archive_of_before_gets_its_memory_by_reading_anew(tmp_path: Path, crawled: Path) -> None:
    with opened(tmp_path) as (recorder, store):
        read = {recorder.record(one).id: one for one in site()}
        for capture in recorder.checkpoint():
            article = read_page(read[capture.id])
            assert isinstance(article, Article)
            store.apply([(capture, replace(article, others={}))], EXTRACTOR_VERSION)
    with closing(open_for_writing(tmp_path)) as db, transaction(db):
        db.execute("UPDATE capture_lines SET said = NULL")
    # A page fetched again meanwhile changes nothing of that.
    crawl(tmp_path, [page(3, comment="again")])
    assert changes(tmp_path) == []
    reextract_here(tmp_path)
    found = rows(tmp_path, places=False)
    assert found["site_values"] == rows(crawled)["site_values"]
    assert [article.authors for article in articles(tmp_path).values()] == [
        article.authors for article in articles(crawled).values()
    ]
    assert changes(tmp_path) == []


def test_nothing_of_a_page_taken_down_is_left_in_the_memory(tmp_path: Path) -> None:
    crawl(tmp_path, [*site(3), page(2, writer="Ida Berg")])
    assert "Ida Berg" in str(rows(tmp_path)["capture_lines"])
    assert [row[0] for row in rows(tmp_path)["latent_revisions"]] == [4], "an edit, as it may turn out"
    with ArchiveStore.open(tmp_path) as store:
        take_down(tmp_path, store, plan(tmp_path, store, articles=[3], urls=[], seal=False), "asked to")
        store.settle_sites()
    left = rows(tmp_path)
    assert {row[0] for row in left["capture_lines"]} == {1, 2}
    assert left["latent_revisions"] == []


visits = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([None, "", "Ida Berg", "Omar Quill"]), st.integers(0, 3)),
    min_size=8, max_size=20,
)  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(visits, st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_the_order_in_which_pages_are_read_nor_on_reading_anew(
    tmp_path_factory: pytest.TempPathFactory,
    visited: list[tuple[int, str | None, int]],
    shuffling: random.Random,
) -> None:
    exchanges = [page(number, writer=writer, modified=modified) for number, writer, modified in visited]
    live, other = tmp_path_factory.mktemp("live"), tmp_path_factory.mktemp("other")
    crawl(live, exchanges)
    with opened(other) as (recorder, store):
        read = {recorder.record(one).id: one for one in exchanges}
        waiting = recorder.checkpoint()
        shuffling.shuffle(waiting)
        for capture in waiting:
            store.apply([(capture, read_page(read[capture.id]))], EXTRACTOR_VERSION)
        store.settle_sites()
    before = rows(live)
    assert contents(other) == contents(live)
    for folder in (live, other):
        reextract_here(folder)
    assert rows(live) == before
    assert rows(other, places=False) == rows(live, places=False)


def contents(folder: Path) -> list[tuple[object, ...]]:
    """Of all revisions what counts as content; the rest is that of any of several equal captures until read anew."""
    with ArchiveStore.open(folder, readonly=True) as store:
        return store.query(
            "SELECT id, change, title, authors, published, lead, text FROM revisions ORDER BY id"
        )
