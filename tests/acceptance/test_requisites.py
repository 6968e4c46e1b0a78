"""A crawl brings what its pages show: each thing once, after the pages, within its share."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from archive.store import ArchiveStore
from archive.warc.reader import read_exchange
from crawler.demo import DemoSite, Page
from crawler.frontier.requisites import FRESH_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.conftest import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

BLOCKED = "http://127.0.0.2:9/pixel.png"
SHOWS = (
    "<link rel=stylesheet href=/shown/a.css><style>h1 { background: url(/shown/inline.png) }</style>"
    '<img src="/shown/1.png?a=1&amp;b=2"><img src=/private/forbidden.png><img src=/shown/gone.png>'
    f"<img src={BLOCKED}><script src=/shown/a.js></script><a href=/shown/report.pdf>The report</a>"
)
SHEET = b"@import 'b.css'; p { background: url(p.png) } @font-face { font-family: F; src: url(f.woff2) }"
FILES = {
    "/shown/a.css": Page(SHEET, "text/css"),
    "/shown/b.css": Page(b"@import 'too-deep.css'; i { background: url(q.png) }", "text/css"),
    **{
        f"/shown/{name}": Page(name.encode(), "image/png")
        for name in ("inline.png", "1.png", "p.png", "q.png")
    },
    "/shown/report.pdf": Page(b"%PDF-1.7", "application/pdf"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    """The demo site, one page of which shows every kind of thing."""
    with DemoSite() as site:
        text = " ".join(f"The council met {number} times this year." for number in range(40))
        html = f"<html lang=en><head><title>What is shown</title></head><body><h1>What is shown</h1><p>{text}{SHOWS}"
        site.put("/2026/04/what-is-shown/", Page(html.encode()))
        feed = f"<item><title>What is shown</title><link>{site.url}2026/04/what-is-shown/</link></item>"
        site.put(
            "/shown.xml", Page(f'<rss version="2.0"><channel>{feed}</channel></rss>'.encode(), "text/xml")
        )
        for target, page in FILES.items():
            site.put(target, page)
        yield site


@pytest.fixture(scope="module")
def crawled(site: DemoSite, new_archive: Callable[..., Archive]) -> Archive:
    archive = new_archive()
    archive.run("sources", "add", "--no-discover", site.url, "--name", "lantern")
    archive.run("sources", "edit", "lantern", f'endpoints=["{site.url}shown.xml"]')
    settings = archive.folder / "warraq.toml"
    settings.write_text(settings.read_text().replace("[extract]", 'linked = ["pdf"]\n\n[extract]'))
    (summary,) = archive.rows("crawl")
    assert (summary["requisites"], summary["requisites_failed"]) == (26 + 6, 3)
    assert summary["rejected"]["not_html"] == 1
    assert summary["errors"] == {"robots": 1}
    return archive


def test_each_is_fetched_once_and_after_the_pages(site: DemoSite, crawled: Archive) -> None:
    targets = [served.target for served in site.log]
    shown = [target for target in targets if target.startswith(("/shown/", "/images/", "/style.css"))]
    assert Counter(shown).most_common(1)[0][1] == 1
    assert set(FILES) - set(map(unquote, shown)) == {"/shown/1.png"}, "it has a query"
    assert "/shown/1.png?a=1&b=2" in shown
    assert "/shown/gone.png" in shown
    assert {f"/images/{story.number}.png" for story in site.articles.values()} <= set(shown)
    assert targets.index(shown[0]) > max(targets.index(target) for target in targets if "/2026/" in target)
    order = [
        target
        for target in shown
        if target.startswith("/shown/") and target.endswith((".css", "1.png?a=1&b=2"))
    ]
    assert order[0] == "/shown/a.css"


def test_what_was_not_asked_for_or_is_forbidden_stays_away(site: DemoSite, crawled: Archive) -> None:
    targets = {served.target for served in site.log}
    assert not targets & {"/private/forbidden.png", "/shown/a.js", "/shown/f.woff2", "/shown/too-deep.css"}


def test_each_is_archived_with_the_page_that_named_it(site: DemoSite, crawled: Archive) -> None:
    page = f"{site.url}2026/04/what-is-shown/"
    via = {}
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        for capture in store.captures(role="requisite"):
            exchange = read_exchange(
                crawled.folder / "warc", capture.warc_file, capture.offset, capture.group_length
            )
            via[capture.url.removeprefix(site.url)] = exchange.provenance.via
            if capture.url.endswith("/1.png?a=1&b=2"):
                assert exchange.body == b"1.png"
        pdf = next(store.captures(url=f"{site.url}shown/report.pdf"))
        assert store.fate(pdf.id).rejection == "not_html"
    assert via["shown/a.css"] == via["shown/inline.png"] == page
    assert via["shown/b.css"] == via["shown/p.png"] == f"{site.url}shown/a.css"


def test_a_later_crawl_asks_again_only_for_what_is_old_and_by_its_validators(
    site: DemoSite, crawled: Archive
) -> None:
    def asked() -> list[tuple[str, int]]:
        before = len(site.log)
        crawled.run("crawl", "--look-again")
        return [
            (served.target, served.status)
            for served in site.log[before:]
            if served.target.startswith("/shown/")
        ]

    edited = site.answer("/2026/04/what-is-shown/").body + b"<img src=/shown/new.png>"
    site.put("/shown/new.png", Page(b"new", "image/png"))
    site.put("/2026/04/what-is-shown/", Page(edited))
    assert [(target, status) for target, status in asked() if "report" not in target] == [
        ("/shown/new.png", 200)
    ]

    with closing(sqlite3.connect(crawled.folder / "frontier.db")) as db, db:
        db.execute("UPDATE urls SET fetched = fetched - ? WHERE url LIKE '%/shown/%.png%'", (FRESH_SECONDS,))
    site.put("/2026/04/what-is-shown/", Page(edited + b"<p>Another word."))
    again = {target: status for target, status in asked() if "report" not in target}
    assert again.pop("/shown/1.png?a=1&b=2") == 304
    assert set(again.values()) == {304}
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        last = list(store.captures(url=f"{site.url}shown/1.png?a=1&b=2"))[-1]
    assert last.record_type == "revisit"


def test_pages_that_are_added_bring_theirs_unless_told_not_to(
    site: DemoSite, new_archive: Callable[..., Archive]
) -> None:
    archive = new_archive()
    page = f"{site.url}2026/04/what-is-shown/"
    (summary,) = archive.rows("add", "--no-requisites", page)
    assert (summary["captures"], summary["requisites"]) == (2, 0)
    (summary,) = archive.rows("add", page)
    assert summary["requisites"] >= 6


def test_a_page_and_a_source_have_their_share(site: DemoSite, new_archive: Callable[..., Archive]) -> None:
    archive = new_archive()
    archive.run("sources", "add", "--no-discover", site.url, "--name", "lantern")
    settings = archive.folder / "warraq.toml"
    limits = "requisites_per_page = 2\nrequisites_per_source = 5\n\n[extract]"
    settings.write_text(settings.read_text().replace("[extract]", limits))
    (summary,) = archive.rows("crawl")
    assert summary["requisites"] == 5
    with closing(sqlite3.connect(archive.folder / "frontier.db")) as db:
        waiting = "SELECT count(*) FROM urls WHERE role = 'requisite' AND state = 'queued'"
        assert db.execute(waiting).fetchone()[0] > 5
        with db:
            db.execute("UPDATE urls SET due = 0 WHERE role = 'requisite'")
    (summary,) = archive.rows("crawl")
    assert summary["requisites"] == 5
