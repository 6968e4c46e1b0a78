"""What an exchange leads to: rows of the frontier, and nothing else."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from archive.ingest import Recorder
from archive.records import Candidate, Exchange
from archive.store import ArchiveStore
from archive.store.frontier import Came, FrontierStore, Lease
from archive.urls import canonical
from archive.warc.writer import WarcWriter
from crawler.discovery import Discovery
from crawler.frontier.visit import HOUR_SECONDS, LONGEST_PAUSE_SECONDS, MAX_LISTS, MAX_SECTIONS, Visitor
from crawler.session import Scope, Session
from settings.app import ArchiveSettings, CrawlSettings, Settings, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.records import ErrorKind, Role
    from crawler.frontier.verdict import Verdict

SITE = "https://news.test"
SOURCE = SourceSettings(name="news", url=f"{SITE}/")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RETRIES = 2
REDIRECTS = 4
HTML = (b"Content-Type", b"text/html; charset=utf-8")
XML = (b"Content-Type", b"application/xml")
JSON = (b"Content-Type", b"application/json")
Header = tuple[bytes, bytes]


@dataclass
class Crawl:
    """A crawl without a network: leases are taken and settled by hand."""

    session: Session
    visitor: Visitor
    told: list[str] = field(default_factory=list)

    @property
    def frontier(self) -> FrontierStore:
        return self.session.frontier

    def seed(self, url: str, role: Role = "home", found_by: str = "user") -> None:
        candidate = Candidate(url, role=role, found_by=found_by)
        self.frontier.found.visit(candidate, source="news", now=self.session.began)

    def lease(self, url: str) -> Lease:
        """Lease a URL that must be waiting."""
        for of_host, _ in self.frontier.urls.hosts_waiting():
            refused = []
            while (lease := self.frontier.urls.peek(of_host, float("inf"))) is not None:
                self.frontier.urls.lease(lease.id)
                if lease.url == url:
                    break
                refused.append(lease.id)
            for other in refused:
                self.frontier.urls._batch.write(
                    "UPDATE urls SET state = 'queued', attempts = attempts - 1 WHERE id = ?", (other,)
                )
            if lease is not None:
                return replace(lease, attempts=lease.attempts + 1)
        raise AssertionError(f"{url} does not wait to be fetched")

    def answer(
        self, url: str, body: bytes = b"", *headers: Header, status: int = 200, error: ErrorKind | None = None
    ) -> Verdict:
        """Lease a URL and settle it with an answer."""
        lease = self.lease(url)
        exchange = Exchange(
            lease.url, datetime.now(UTC), b"GET", b"HTTP/1.1", None if error else status, headers=headers,
            body=body, error=error, error_detail="as the test says" if error else None,
            provenance=self.session.provenance(lease),
        )  # fmt: skip
        return self.visitor.settle(lease, exchange)

    def redirect(self, url: str, location: str) -> Verdict:
        return self.answer(url, b"", (b"Location", location.encode()), status=302)

    def row(self, url: str) -> dict[str, object]:
        """The frontier's row of a URL; empty where there is none."""
        rows = self.frontier.urls._batch.read("SELECT * FROM urls WHERE identity = ?", (canonical(url),))
        found = rows.fetchone()
        return dict(found) if found else {}

    def waiting(self, role: Role | None = None) -> list[str]:
        rows = self.frontier.urls._batch.read(
            "SELECT url FROM urls WHERE state = 'queued' AND (?1 IS NULL OR role = ?1) ORDER BY id", (role,)
        )
        return [row[0] for row in rows]


def whole(lease: Lease) -> Exchange:
    """A page that came whole."""
    return Exchange(lease.url, NOW, b"GET", b"HTTP/1.1", 200, headers=(HTML,), body=b"<p>")


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    settings = Settings(
        archive=ArchiveSettings(contact="tests@example.org"),
        crawl=CrawlSettings(retries=RETRIES, redirects=REDIRECTS),
        source=[SOURCE],
    )
    with (
        ArchiveStore.open(tmp_path) as store,
        FrontierStore.open(tmp_path) as frontier,
        WarcWriter(tmp_path / "warc", prefix="t", info={}, max_bytes=1 << 30) as writer,
    ):
        recorder = Recorder(writer, store)
        scope = Scope(sources=(SOURCE,), depth=2)
        session = Session(settings, scope, store=store, frontier=frontier, recorder=recorder, pool=None)
        frontier.urls.select(["news"])
        told: list[str] = []
        visitor = Visitor(session, host_has_work=told.append, named_hosts={"news.test"})
        yield Crawl(session, visitor, told)


# --- redirects


def test_a_redirect_of_the_same_identity_is_the_same_visit(crawl: Crawl) -> None:
    crawl.seed("http://news.test/story.html", "page")
    crawl.redirect("http://news.test/story.html", f"{SITE}/story.html?utm_source=x")
    row = crawl.row(f"{SITE}/story.html")
    assert (row["state"], row["url"], row["redirects"]) == ("queued", f"{SITE}/story.html?utm_source=x", 1)
    assert crawl.told == ["news.test"]
    crawl.answer(f"{SITE}/story.html?utm_source=x", b"<p>", HTML)
    assert crawl.row(f"{SITE}/story.html")["state"] == "done"
    assert crawl.session.tally.pages == 1


def test_a_redirect_of_the_same_identity_for_ever_ends(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    verdicts = [crawl.redirect(f"{SITE}/story.html", "/story.html") for _ in range(REDIRECTS + 1)]
    assert [verdict.action for verdict in verdicts] == ["redirect"] * REDIRECTS + ["give_up"]
    assert crawl.row(f"{SITE}/story.html")["error"] == "redirect_loop"
    assert crawl.session.tally.errors == {"redirect_loop": 1}


def test_a_redirect_elsewhere_takes_along_what_is_known(crawl: Crawl) -> None:
    found = Candidate(
        f"{SITE}/?p=7",
        found_by="feed",
        title="Rain",
        published="2026-02-28T10:00:00+02:00",
        section="weather",
    )
    crawl.frontier.found.offer(found, came=Came("news", f"{SITE}/feed", 1), run_began=0.0)
    crawl.redirect(f"{SITE}/?p=7", "https://m.news.test/rain")
    assert crawl.row(f"{SITE}/?p=7")["state"] == "done"
    lease = crawl.lease("https://m.news.test/rain")
    assert (lease.title, lease.published, lease.section) == (found.title, found.published, found.section)
    assert (lease.via, lease.hops, lease.redirects, lease.source) == (f"{SITE}/?p=7", 1, 1, "news")
    assert crawl.told == ["m.news.test"]


def test_a_loop_of_redirects_ends_and_is_told(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/a", "page")
    crawl.redirect(f"{SITE}/a", "/b")
    crawl.redirect(f"{SITE}/b", "/c")
    crawl.redirect(f"{SITE}/c", "/a")
    assert crawl.waiting() == []
    assert crawl.row(f"{SITE}/c")["error"] == "redirect_loop"
    assert crawl.session.tally.errors == {"redirect_loop": 1}


def test_a_chain_of_redirects_ends_at_the_limit(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/0", "page")
    for number in range(REDIRECTS):
        crawl.redirect(f"{SITE}/{number}", f"/{number + 1}")
    assert crawl.redirect(f"{SITE}/{REDIRECTS}", "/on").action == "give_up"
    assert crawl.row(f"{SITE}/on") == {}
    assert crawl.session.tally.errors == {"redirect_loop": 1}


def test_a_wall_that_sets_a_cookie_elsewhere_lets_the_page_through(crawl: Crawl) -> None:
    story, wall = f"{SITE}/story.html", f"{SITE}/wall?to=/story.html"
    crawl.frontier.found.offer(
        Candidate(story, found_by="feed", title="Rain"), came=Came("news", f"{SITE}/feed", 1), run_began=0.0
    )
    crawl.redirect(story, wall)
    crawl.answer(wall, b"", (b"Location", b"/story.html"), (b"Set-Cookie", b"seen=1"), status=302)
    lease = crawl.lease(story)
    assert (lease.title, lease.hops, lease.redirects) == ("Rain", 1, 2)
    crawl.visitor.settle(lease, whole(lease))
    assert crawl.row(story)["state"] == "done"
    assert crawl.waiting() == []
    assert crawl.session.tally.errors == {}
    assert crawl.told == ["news.test"] * 2


def test_a_page_that_leads_back_to_who_named_it_does_not_fetch_that_again(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", home("/2026/03/01/gone"), HTML)
    crawl.redirect(f"{SITE}/2026/03/01/gone", "/2026/03/01/gone?utm_source=x")
    gone = f"{SITE}/2026/03/01/gone?utm_source=x"
    crawl.answer(gone, b"", (b"Location", b"/"), (b"Set-Cookie", b"seen=1"), status=302)
    assert crawl.row(f"{SITE}/")["state"] == "done"
    assert crawl.waiting("home") == []


@pytest.mark.parametrize("story_sets_one_too", [False, True])
def test_a_wall_that_never_lets_through_ends_as_a_loop(crawl: Crawl, story_sets_one_too: bool) -> None:
    story, wall = f"{SITE}/story.html", f"{SITE}/wall"
    cookie = (b"Set-Cookie", b"seen=1")
    crawl.seed(story, "page")
    asked = 0
    while url := next(iter(crawl.waiting()), None):
        asked += 1
        assert asked <= REDIRECTS + 1
        to = wall if url == story else story
        sets = (cookie,) if url == wall or story_sets_one_too else ()
        crawl.answer(url, b"", (b"Location", to.encode()), *sets, status=302)
    assert crawl.session.tally.errors == {"redirect_loop": 1}
    assert asked == (REDIRECTS + 1 if story_sets_one_too else 3)


@pytest.mark.parametrize("cookies", [0, 1])
def test_a_page_that_redirects_to_itself_for_ever_is_a_loop_with_and_without_a_cookie(
    crawl: Crawl, cookies: int
) -> None:
    story = f"{SITE}/story.html"
    crawl.seed(story, "page")
    headers = ((b"Location", b"/story.html"), *((b"Set-Cookie", b"seen=1"),) * cookies)
    while crawl.answer(story, b"", *headers, status=302).action != "give_up":
        pass
    assert crawl.row(story)["error"] == "redirect_loop"
    assert crawl.session.tally.errors == {"redirect_loop": 1}


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://[::1]/", "http://10.1.2.3/x", "http://169.254.169.254/latest/"]
)
def test_a_redirect_to_a_private_address_is_refused(crawl: Crawl, location: str) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    crawl.redirect(f"{SITE}/story.html", location)
    assert crawl.waiting() == []
    assert crawl.row(location) == {}
    assert crawl.session.tally.errors == {"private_address": 1}


def test_a_link_to_a_private_address_is_refused(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/feed", "feed")
    crawl.answer(f"{SITE}/feed", rss("http://192.168.1.1/admin", f"{SITE}/good"), XML)
    assert crawl.waiting() == [f"{SITE}/good"]
    assert crawl.session.tally.errors == {"private_address": 1}


def test_a_redirect_without_a_usable_address_is_a_fault(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    assert crawl.redirect(f"{SITE}/story.html", "mailto:editor@news.test").action == "give_up"
    assert crawl.session.tally.errors == {"http_4xx": 1}


# --- retries and giving up


def test_a_passing_fault_is_tried_again_in_the_same_visit(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    with time_machine.travel(NOW, tick=False):
        verdicts = [crawl.answer(f"{SITE}/story.html", error="timeout") for _ in range(RETRIES)]
        row = crawl.row(f"{SITE}/story.html")
    assert [verdict.action for verdict in verdicts] == ["again"] * RETRIES
    assert [verdict.wait for verdict in verdicts] == [2.0, 4.0]
    assert (row["state"], row["due"], row["error"]) == ("queued", NOW.timestamp() + 4.0, "timeout")
    assert crawl.session.tally.errors == {}, "no fault yet"
    assert crawl.answer(f"{SITE}/story.html", b"<p>", HTML).action == "done"
    assert crawl.row(f"{SITE}/story.html")["error"] is None


def test_a_fault_that_stays_is_given_up_and_counted_once(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    verdicts = [crawl.answer(f"{SITE}/story.html", status=500) for _ in range(RETRIES + 1)]
    assert verdicts[-1].action == "give_up"
    row = crawl.row(f"{SITE}/story.html")
    assert (row["state"], row["error"], row["status"]) == ("failed", "http_5xx", 500)
    assert crawl.session.tally.errors == {"http_5xx": 1}


def test_pauses_between_visits_that_fail_grow(crawl: Crawl) -> None:
    url = f"{SITE}/story.html"
    crawl.seed(url, "page")
    pauses = []
    with time_machine.travel(NOW, tick=False):
        now = NOW.timestamp()
        for _ in range(7):
            while crawl.answer(url, error="connect").action == "again":
                pass
            pauses.append(float(str(crawl.row(url)["due"])) - now)
            assert crawl.frontier.urls.retry_failed(["news"], now + pauses[-1]) == 1
    hours = [pause / HOUR_SECONDS for pause in pauses]
    assert hours == [0, 4, 16, 64, 168, 168, 168]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_a_visit_that_succeeds_forgets_the_failures_before_it(crawl: Crawl) -> None:
    url = f"{SITE}/story.html"
    crawl.seed(url, "page")
    for _ in range(2):
        while crawl.answer(url, error="connect").action == "again":
            pass
        crawl.frontier.urls.retry_failed(["news"], float("inf"))
    crawl.answer(url, b"<p>", HTML)
    assert crawl.row(url)["failures"] == 0


def test_what_is_gone_is_not_tried_again(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    assert crawl.answer(f"{SITE}/story.html", status=404).action == "give_up"
    assert crawl.frontier.urls.retry_failed(["news"], float("inf")) == 0


@pytest.mark.parametrize(("status", "looks"), [(404, 2), (410, 2), (403, 1), (451, 1)])
def test_what_was_gone_when_first_asked_for_is_looked_at_once_more(
    crawl: Crawl, status: int, looks: int
) -> None:
    url = f"{SITE}/story.html"
    crawl.seed(url, "page")
    urls = crawl.frontier.urls
    for _ in range(looks):
        assert crawl.waiting() == [url]
        crawl.answer(url, status=status)
        assert crawl.waiting() == [], "not in the same crawl"
        urls.look_again(["news"], crawl.session.began + HOUR_SECONDS)
    assert crawl.waiting() == []


def test_a_feed_that_is_gone_is_no_page_to_look_at_again(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/feed", "feed")
    crawl.answer(f"{SITE}/feed", status=404)
    assert crawl.frontier.urls.look_again(["news"], float("inf")) == 0


def test_a_page_is_looked_at_soon_where_that_is_asked_for(crawl: Crawl) -> None:
    url, urls = f"{SITE}/story.html", crawl.frontier.urls
    crawl.seed(url, "page")
    crawl.answer(url, b"<p>", HTML)
    soon = time.time() + 60
    assert urls.look_again(["news"], soon) == 0
    urls.look_soon(canonical(url))
    assert urls.look_again(["news"], crawl.session.began) == 0, "not in the same crawl"
    assert urls.look_again(["news"], soon) == 1
    crawl.answer(url, b"<p>", HTML)
    assert urls.look_again(["news"], soon) == 0, "once"


def test_a_busy_host_is_left_alone_for_as_long_as_it_asks(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    with time_machine.travel(NOW, tick=False):
        verdict = crawl.answer(f"{SITE}/story.html", b"", (b"Retry-After", b"90"), status=429)
        assert crawl.row(f"{SITE}/story.html")["due"] == NOW.timestamp() + 90
    assert (verdict.action, verdict.host_wait) == ("again", 90.0)


# --- what is found


def rss(*links: str, title: str = "News") -> bytes:
    entries = "".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links)
    return f'<rss version="2.0"><channel><title>{title}</title>{entries}</channel></rss>'.encode()


def home(*links: str, head: str = "") -> bytes:
    anchors = "".join(f'<a href="{link}">A headline that has some words in it</a>' for link in links)
    return f"<html><head>{head}</head><body><main>{anchors}</main></body></html>".encode()


FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="/feed">'


def test_a_home_page_that_names_nothing_is_probed(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", home("/2026/03/01/rain-in-the-hills"), HTML)
    lists = set(crawl.waiting("feed")) | set(crawl.waiting("sitemap")) | set(crawl.waiting("wordpress"))
    assert {f"{SITE}/feed/", f"{SITE}/sitemap.xml"} <= lists
    assert any("wp-json" in url for url in lists)


def test_a_home_page_that_names_its_feed_is_not_probed(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", home(head=FEED_LINK), HTML)
    assert crawl.waiting("feed") == [f"{SITE}/feed"]
    assert crawl.waiting("sitemap") == crawl.waiting("wordpress") == []


def test_a_home_page_whose_robots_txt_named_a_sitemap_is_not_probed(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    sitemap = Candidate(f"{SITE}/map.xml", role="sitemap", found_by="robots")
    crawl.visitor.take_sitemaps(f"{SITE}/robots.txt", "news", Discovery((sitemap,)))
    assert crawl.row(sitemap.url)["via"] == f"{SITE}/robots.txt"
    crawl.answer(f"{SITE}/", home(), HTML)
    assert crawl.waiting() == [sitemap.url]


def test_sitemaps_of_an_origin_that_no_source_asked_for_are_left(crawl: Crawl) -> None:
    sitemap = Candidate(f"{SITE}/map.xml", role="sitemap", found_by="robots")
    crawl.visitor.take_sitemaps(f"{SITE}/robots.txt", "", Discovery((sitemap,)))
    assert crawl.row(sitemap.url) == {}


def test_a_probe_that_finds_nothing_is_no_fault_of_the_site(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", home(), HTML)
    for url in crawl.waiting():
        crawl.answer(url, status=404)
    assert crawl.session.tally.errors == {}
    assert [endpoint.url for endpoint in crawl.frontier.plans.endpoints("news")] == [f"{SITE}/"]


def test_an_article_leads_nowhere(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/2026/03/01/rain", "page")
    crawl.answer(f"{SITE}/2026/03/01/rain", home("/2026/02/28/wind", head=FEED_LINK), HTML)
    assert crawl.waiting() == []


def navigation(*paths: str) -> bytes:
    links = "".join(f'<li><a href="{path}">{path.strip("/")}</a></li>' for path in paths)
    return f"<html><body><nav><ul>{links}</ul></nav><main></main></body></html>".encode()


def test_sections_are_capped(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", navigation(*(f"/section-{number}/" for number in range(50))), HTML)
    assert len(crawl.waiting("section")) == MAX_SECTIONS


def test_a_section_named_on_every_page_counts_once(crawl: Crawl) -> None:
    sections = [f"/category/{name}/" for name in ("world", "local", "sport", "culture", "health", "weather")]
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", navigation(*sections), HTML)
    assert len(crawl.waiting("section")) == len(sections)
    for path in sections[:4]:
        crawl.answer(SITE + path, navigation(*sections), HTML)
    crawl.answer(SITE + sections[4], navigation(*sections, "/category/science/"), HTML)
    assert f"{SITE}/category/science/" in crawl.waiting("section"), "six are read, and twenty may be"


def test_sections_end_at_the_depth_asked_for(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", navigation("/category/world/"), HTML)
    crawl.answer(f"{SITE}/category/world/", navigation("/category/world/asia/"), HTML)
    crawl.answer(f"{SITE}/category/world/asia/", navigation("/category/world/asia/japan/"), HTML)
    assert crawl.waiting("section") == []


def posts(*numbers: int) -> bytes:
    return json.dumps(
        [
            {
                "link": f"{SITE}/post-{number}/", "title": {"rendered": f"Post {number}"},
                "date_gmt": "2026-02-01T10:00:00", "modified_gmt": "2026-02-01T10:00:00",
                "date": "2026-02-01T12:00:00", "modified": "2026-02-01T12:00:00",
            }
            for number in numbers
        ]
    ).encode()  # fmt: skip


REST = f"{SITE}/wp-json/wp/v2/posts?per_page=100&page=1"


def test_rest_is_paged_while_it_brings_news(crawl: Crawl) -> None:
    crawl.seed(REST, "wordpress")
    crawl.answer(REST, posts(1, 2, 3), JSON, (b"X-WP-TotalPages", b"3"), (b"X-WP-Total", b"9"))
    assert len(crawl.waiting("wordpress")) == 2
    assert len(crawl.waiting("page")) == 3


def test_rest_paging_stops_when_everything_on_a_page_is_known(crawl: Crawl) -> None:
    paged = (JSON, (b"X-WP-TotalPages", b"3"), (b"X-WP-Total", b"9"))
    crawl.seed(REST, "wordpress")
    crawl.answer(REST, posts(1, 2, 3), *paged)
    for url in [*crawl.waiting("wordpress")]:
        crawl.answer(url, posts(4, 5, 6), *paged)
    for url in crawl.waiting("page"):
        crawl.answer(url, b"<p>", HTML)
    crawl.session.began += 3600  # the next crawl
    with time_machine.travel(crawl.session.began + 1):
        crawl.seed(REST, "wordpress")
        crawl.answer(REST, posts(1, 2, 3), *paged)
    assert crawl.waiting() == []


def test_a_post_said_to_be_edited_is_fetched_again_and_paging_goes_on(crawl: Crawl) -> None:
    paged = (JSON, (b"X-WP-TotalPages", b"2"), (b"X-WP-Total", b"4"))
    crawl.seed(REST, "wordpress")
    crawl.answer(REST, posts(1, 2), *paged)
    for url in [*crawl.waiting("wordpress"), *crawl.waiting("page")]:
        crawl.answer(url, posts(1, 2), *paged)
    crawl.session.began += 3600
    with time_machine.travel(crawl.session.began + 1):
        crawl.seed(REST, "wordpress")
        edited = posts(1, 2).replace(b'"modified_gmt": "2026-02-01', b'"modified_gmt": "2099-02-01', 1)
        crawl.answer(REST, edited, *paged)
    assert crawl.waiting("page") == [f"{SITE}/post-1/"]
    assert len(crawl.waiting("wordpress")) == 1


def test_lists_of_a_source_are_bounded(crawl: Crawl) -> None:
    maps = "".join(
        f"<sitemap><loc>{SITE}/map-{number}.xml</loc></sitemap>" for number in range(MAX_LISTS + 50)
    )
    crawl.seed(f"{SITE}/sitemap.xml", "sitemap")
    crawl.answer(f"{SITE}/sitemap.xml", f"<sitemapindex>{maps}</sitemapindex>".encode(), XML)
    assert len(crawl.waiting("sitemap")) == MAX_LISTS


def test_links_into_a_trap_are_refused_and_counted_and_a_feed_is_believed(crawl: Crawl) -> None:
    trap, calendar, story = "/x/a/b/a/b/a/b/rain", "/agenda/2999/01/", "/2026/03/01/rain-in-the-hills"
    crawl.seed(f"{SITE}/")
    anchors = "".join(f'<a href="{link}">A headline that has some words in it</a>' for link in (trap, story))
    page = navigation(calendar, "/world/").replace(b"<main>", f"<main>{anchors}".encode())
    crawl.answer(f"{SITE}/", page, HTML)
    assert crawl.waiting("page") == [SITE + story]
    assert crawl.waiting("section") == [f"{SITE}/world/"]
    assert crawl.session.traps.refused == {"repeating": 1, "calendar": 1}
    assert crawl.session.tally.errors == {}
    crawl.answer(f"{SITE}/world/", page, HTML)
    assert crawl.session.traps.refused == {"repeating": 1, "calendar": 1}, "each address counts once"
    crawl.seed(f"{SITE}/feed", "feed")
    crawl.answer(f"{SITE}/feed", rss(SITE + trap), XML)
    assert SITE + trap in crawl.waiting("page")


# --- the plan


def test_endpoints_that_a_site_names_are_kept_with_what_they_gave(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/")
    crawl.answer(f"{SITE}/", home("/2026/03/01/rain-in-the-hills", head=FEED_LINK), HTML)
    crawl.answer(f"{SITE}/feed", rss(f"{SITE}/2026/03/01/rain-in-the-hills", f"{SITE}/2026/02/28/wind"), XML)
    plan = {endpoint.url: endpoint for endpoint in crawl.frontier.plans.endpoints("news")}
    feed = plan[f"{SITE}/feed"]
    assert (feed.role, feed.found_by, feed.entries, feed.status) == ("feed", "alternate", 2, 200)
    assert plan[f"{SITE}/"].role == "home"


def test_an_endpoint_that_fails_keeps_what_it_gave_and_tells_its_fault(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/feed", "feed")
    crawl.answer(f"{SITE}/feed", rss(f"{SITE}/2026/02/28/wind"), XML)
    crawl.seed(f"{SITE}/feed", "feed")
    while crawl.answer(f"{SITE}/feed", error="timeout").action == "again":
        pass
    (feed,) = crawl.frontier.plans.endpoints("news")
    assert (feed.entries, feed.status, feed.faults) == (1, 200, "as the test says")


def test_a_404_feed_and_a_feed_that_is_none_are_told_in_the_plan(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/gone", "feed")
    crawl.seed(f"{SITE}/page", "feed")
    crawl.seed(f"{SITE}/noise", "feed")
    crawl.answer(f"{SITE}/gone", b"<html>gone", HTML, status=404)
    crawl.answer(f"{SITE}/page", home("/2026/03/01/rain-in-the-hills"), HTML)
    crawl.answer(f"{SITE}/noise", bytes(range(256)) * 40, (b"Content-Type", b"application/rss+xml"))
    plan = {endpoint.url: endpoint for endpoint in crawl.frontier.plans.endpoints("news")}
    assert (plan[f"{SITE}/gone"].status, plan[f"{SITE}/gone"].faults) == (404, "http_4xx")
    assert "a web page came where a feed was expected" in (plan[f"{SITE}/page"].faults or "")
    assert plan[f"{SITE}/noise"].faults
    assert plan[f"{SITE}/noise"].entries == 0


def test_what_an_index_lists_is_no_endpoint_of_the_plan(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/sitemap.xml", "sitemap")
    index = f"<sitemapindex><sitemap><loc>{SITE}/map-1.xml</loc></sitemap></sitemapindex>"
    crawl.answer(f"{SITE}/sitemap.xml", index.encode(), XML)
    crawl.answer(
        f"{SITE}/map-1.xml", f"<urlset><url><loc>{SITE}/2026/02/28/wind</loc></url></urlset>".encode(), XML
    )
    assert [endpoint.url for endpoint in crawl.frontier.plans.endpoints("news")] == [f"{SITE}/sitemap.xml"]
    assert f"{SITE}/2026/02/28/wind" in crawl.waiting("page")


def test_a_url_that_may_not_be_fetched_is_told(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/private", "page")
    lease = crawl.lease(f"{SITE}/private")
    crawl.visitor.refuse(lease, "robots")
    assert (crawl.row(lease.url)["state"], crawl.row(lease.url)["error"]) == ("excluded", "robots")
    assert crawl.session.tally.errors == {"robots": 1}


# --- pages that were named one by one


def name(crawl: Crawl, url: str) -> None:
    """As `warraq add URL` does: no source is crawled, the page alone."""
    row = crawl.frontier.found.visit(Candidate(url, found_by="user"), source="", now=crawl.session.began)
    crawl.frontier.urls.select([], [row])


def test_a_named_page_is_followed_where_it_redirects_to(crawl: Crawl) -> None:
    name(crawl, "https://short.test/7")
    crawl.redirect("https://short.test/7", f"{SITE}/story.html")
    assert crawl.told == ["news.test"] * 2
    crawl.redirect(f"{SITE}/story.html", "https://www.news.test/story.html")
    assert crawl.answer("https://www.news.test/story.html", b"<p>", HTML).action == "done"


def test_a_named_page_is_followed_to_what_is_known(crawl: Crawl) -> None:
    crawl.seed(f"{SITE}/story.html", "page")
    with time_machine.travel(crawl.session.began - 3600):
        crawl.answer(f"{SITE}/story.html", b"<p>", HTML)
    name(crawl, "https://short.test/7")
    crawl.redirect("https://short.test/7", f"{SITE}/story.html")
    assert crawl.lease(f"{SITE}/story.html").role == "page"


def test_named_pages_that_redirect_to_each_other_end(crawl: Crawl) -> None:
    for url in (f"{SITE}/a", f"{SITE}/b"):
        name(crawl, url)
        with time_machine.travel(crawl.session.began - 3600):
            crawl.answer(url, b"<p>", HTML)
    name(crawl, f"{SITE}/a")
    crawl.redirect(f"{SITE}/a", "/b")
    crawl.redirect(f"{SITE}/b", "/a")
    assert crawl.waiting() == []


def test_a_named_page_is_not_followed_to_a_private_address(crawl: Crawl) -> None:
    name(crawl, "https://short.test/7")
    crawl.redirect("https://short.test/7", "http://10.1.2.3/")
    assert crawl.waiting() == []
