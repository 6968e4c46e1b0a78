"""Whatever comes: a clear message or a recorded reason, never a traceback, and nothing else disturbed."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import socket
import threading
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

import pytest

from archive.ingest.rebuild import own_files
from archive.store import ArchiveStore, Filters
from archive.store.frontier import FrontierStore
from archive.urls import canonical
from archive.warc.reader import read_exchange, scan
from crawler.demo import DemoSite
from crawler.demo.pages import Page
from tests.acceptance.conftest import attempt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.store.rows import ArticleRow, Fate
    from tests.acceptance.conftest import Archive
    from tests.conftest import Ran

MAX_BODY = 1 << 20
SAY = "The ferry across the strait was cancelled for the third day, since the wind had not turned. "
ARABIC = "قال سكان القرية إن المطر لم يتوقف منذ ثلاثة أيام، وإن النهر ارتفع حتى بلغ الجسر القديم. "
HOSTILE = "Storm \x1b[2J\x1b]0;owned\x07 over \u202eevil\u202c the \x9b31m har\u2066bour"
"""Clears the screen, sets the window's title, turns the order of what follows, colours it."""
HARMFUL = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066")


# --- the command line


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("[archive\nname = 1", r"warraq\.toml.*line 1|warraq\.toml:1"),
        ('[archive]\ncontact = "a@b.example"\ncolour = "red"', r"warraq\.toml:3.*colour"),
        ('[archive]\ncontact = "a@b.example"\n[crawl]\ndelay = "fast"', r"warraq\.toml:4.*delay"),
        ('[archive]\ncontact = "a@b.example"\n[crawl]\ndelay = -1', r"warraq\.toml:4.*delay"),
        ('[archive]\nname = "x"', r"warraq\.toml.*contact"),
        ("", r"warraq\.toml.*archive"),
        ('[archive]\ncontact = "me"', r"warraq\.toml:2.*contact"),
        ('[archive]\ncontact = "a@b.example"\n[[source]]\nname = "x"\nurl = "ftp://x"', r"warraq\.toml:5.*url"),
        (
            '[archive]\ncontact = "a@b.example"\n[[source]]\nname = "x"\nurl = "http://x.test/"\nschedule = "often"',
            r"warraq\.toml.*'x'.*often",
        ),
        ("\xff\xfe", r"warraq\.toml.*UTF-8"),
    ],
)  # fmt: skip
def test_a_broken_warraq_toml_is_told_with_its_place(
    warraq: Callable[..., Ran], tmp_path: Path, broken: str, told: str
) -> None:
    (tmp_path / "warraq.toml").write_bytes(broken.encode("latin-1"))
    done = warraq("--archive", tmp_path, "crawl")
    assert done.exit == 2
    assert "Traceback" not in done.err
    assert re.search(told, done.err.replace("\n", " ")), done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["warraq.toml"], "nothing was begun"


@pytest.mark.parametrize(
    "command",
    [["crawl"], ["add", "https://news.test/"], ["search", "rain"], ["show", "1"], ["status"], ["rebuild"],
     ["reextract"], ["export", "jsonl", "out.jsonl"], ["sources", "list"], ["import", "x.txt"]],
)  # fmt: skip
def test_a_folder_that_is_no_archive(warraq: Callable[..., Ran], tmp_path: Path, command: list[str]) -> None:
    done = warraq("--archive", tmp_path / "nowhere", *command)
    assert done.exit == 2
    assert "no archive here" in done.err
    assert "warraq init" in done.err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("database", ["archive.db", "frontier.db"])
def test_a_database_that_is_none_is_told_with_its_cure(
    warraq: Callable[..., Ran], archive_folder: Path, database: str
) -> None:
    warraq("--archive", archive_folder, "sources", "add", "--no-discover", "http://news.test/")
    (archive_folder / database).write_bytes(b"This is no database. " * 100)
    done = attempt(archive_folder, "crawl")
    assert done.returncode == 1
    assert database in done.stderr
    assert "rebuild" in done.stderr or "moved away" in done.stderr


@pytest.mark.parametrize(
    "url",
    ["", " ", "not a site", "/etc/passwd", "mailto:editor@news.test", "ftp://news.test/", "javascript:alert(1)",
     "http://", "http://[::1", "https://news.test:port/", "x" * 5000, "http://\x1b[2J.test/", "http://a b.test/"],
)  # fmt: skip
def test_what_is_no_site_is_refused(warraq: Callable[..., Ran], archive_folder: Path, url: str) -> None:
    before = (archive_folder / "warraq.toml").read_bytes()
    for command in (["sources", "add"], ["add"]):
        done = warraq("--archive", archive_folder, *command, "--", url)
        assert done.exit == 2, command
        assert done.err
        assert "Traceback" not in done.err
        assert "fault in warraq" not in done.err
        assert not any(code in done.err for code in HARMFUL)
    assert (archive_folder / "warraq.toml").read_bytes() == before


def test_sources_that_are_none(warraq: Callable[..., Ran], archive_folder: Path) -> None:
    for command in (["crawl"], ["crawl", "nobody"]):
        done = warraq("--archive", archive_folder, *command)
        assert done.exit == 1
        assert "warraq sources" in done.err


# --- one crawl over everything that goes wrong


class RawServer:
    """Answers each connection with the same bytes, or keeps silent."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                if self._answer is None:
                    self._held.append(connection)
                    continue
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self._answer)

    def close(self) -> None:
        self._socket.close()
        for connection in self._held:
            connection.close()


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def article(title: str, sentence: str = SAY, *, head: str = "") -> str:
    paragraphs = "".join(f"<p>{sentence * 3}</p>" for _ in range(4))
    return (
        f"<html><head>{head}<title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}"
        "</article></body></html>"
    )


def pages() -> dict[str, Page]:
    """What the wild site serves: paths that look like articles, and what is there."""
    utf8 = "text/html; charset=utf-8"
    noise = random.Random(7).randbytes(60_000)
    too_long = article("Too long", head=f"<!--{random.Random(8).randbytes(3 * MAX_BODY).hex()}-->")
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
    nul = article("Nul bytes in it").replace("ferry", "fer\0ry").replace("<p>", "<p>\0")
    return {
        "/2026/03/empty/": Page(b"", utf8),
        "/2026/03/blank/": Page(b" \n\t ", utf8),
        "/2026/03/binary/": Page(noise, utf8),
        "/2026/03/picture/": Page(b"\x89PNG\r\n\x1a\n" + noise, "image/png"),
        "/2026/03/cp1256/": Page(article("المطر لا يتوقف", ARABIC, head=meta).encode("cp1256"), "text/html"),
        "/2026/03/mislabelled/": Page(article("النهر يرتفع", ARABIC).encode(), "text/html; charset=ISO-8859-1"),
        "/2026/03/nul/": Page(nul.encode(), utf8),
        "/2026/03/too-long/": Page(too_long.encode(), utf8),
        "/2026/03/bomb/": Page(article("Bomb").encode() + b"<p>" + b" " * (40 << 20), utf8),
        "/2026/03/deep/": Page(b"<div>" * 200_000 + article("Deep").encode(), utf8),
        "/2026/03/hostile/": Page(article(HOSTILE).encode(), utf8),
        "/2026/03/gone/": Page(b"<h1>Gone</h1>", utf8, status=410),
        "/2026/03/broken/": Page(b"<h1>Sorry</h1>", utf8, status=500),
        "/2026/03/not-gzip/": Page(b"this is not gzip", "text/plain", headers=(("Content-Encoding", "gzip"),)),
        "/2026/03/good/": Page(article("A good page among them").encode(), utf8),
    }  # fmt: skip


class Wild(DemoSite):
    """A site whose home names four feeds, of which one is right; its articles are anything but."""

    def __init__(self) -> None:
        super().__init__()
        self._answers = {}
        feeds = ("/feeds/gone", "/feeds/page", "/feeds/noise", "/feeds/good")
        head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
        self.put("/", Page(f"<html><head>{head}</head><body><main></main></body></html>".encode()))
        self.put("/feeds/page", Page(article("This is no feed").encode()))
        self.put("/feeds/noise", Page(random.Random(9).randbytes(20_000), "application/rss+xml"))
        self.paths = pages()
        items = "".join(
            f"<item><title>{escape(path)}</title><link>{self.put(path, page)}</link></item>"
            for path, page in self.paths.items()
        )
        feed = f'<rss version="2.0"><channel><title>Wild</title>{items}</channel></rss>'
        self.put("/feeds/good", Page(feed.encode(), "application/rss+xml"))


class Crawled:
    """The archive after the crawl, asked by path."""

    def __init__(
        self, folder: Path, done: subprocess.CompletedProcess[str], wild: Wild, good: DemoSite
    ) -> None:
        self.folder, self.done, self.wild, self.good = folder, done, wild, good
        self.summary: dict[str, Any] = json.loads(done.stdout)

    def fate(self, path: str) -> Fate:
        with ArchiveStore.open(self.folder, readonly=True) as store:
            (capture,) = store.captures(url=self.wild.url.rstrip("/") + path)
            return store.fate(capture.id)

    def article(self, path: str) -> ArticleRow:
        with ArchiveStore.open(self.folder, readonly=True) as store:
            return store.article(self.wild.url.rstrip("/") + path)

    def errors(self, url: str) -> set[str | None]:
        """What the frontier remembers of a URL."""
        with FrontierStore.open(self.folder) as frontier:
            rows = frontier.urls._batch.read("SELECT error FROM urls WHERE identity = ?", (canonical(url),))
            return {row[0] for row in rows}


@pytest.fixture(scope="module")
def crawled(new_archive: Callable[..., Archive]) -> Iterator[Crawled]:
    """One crawl over a good site and all the bad ones."""
    archive = new_archive()
    settings = archive.folder / "warraq.toml"
    limits = f"delay = 0.0\ntimeout = 2.0\nretries = 0\nmax_body = {MAX_BODY}"
    settings.write_text(settings.read_text().replace("delay = 0.0", limits))
    silent, garbage = RawServer(None), RawServer(b"SSH-2.0-OpenSSH_9.6\r\n")
    with DemoSite() as good, Wild() as wild:
        urls = {
            "good": good.url, "wild": wild.url, "silent": silent.url, "garbage": garbage.url,
            "closed": closed_port(), "nowhere": "http://nowhere.invalid/", "endless": f"http://{'x' * 64}.test/",
        }  # fmt: skip
        for name, url in urls.items():
            archive.run("sources", "add", "--no-discover", url, "--name", name)
        # No name server need be asked for long what is reserved to be nobody's (RFC 6761).
        environment = {**os.environ, "RES_OPTIONS": "timeout:1 attempts:1"}
        yield Crawled(archive.folder, attempt(archive.folder, "crawl", "--json", env=environment), wild, good)
    silent.close()
    garbage.close()


@pytest.mark.slow
def test_no_other_sites_article_is_missing(crawled: Crawled) -> None:
    assert crawled.done.returncode == 0, crawled.done.stderr
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        found = {article.canonical_url for article in store.select(Filters(source=("good",)))}
        assert {canonical(url) for url in crawled.good.articles} <= found
        assert store.waiting() == []
        captures = list(store.captures())
        for capture in captures:
            read_exchange(crawled.folder / "warc", capture.warc_file, capture.offset, capture.group_length)
    assert crawled.article("/2026/03/good/").title == "A good page among them"
    recorded = sum(1 for path in own_files(crawled.folder / "warc") for _ in scan(path))
    assert recorded == len(captures) == crawled.summary["captures"]


@pytest.mark.slow
def test_hosts_that_do_not_answer_are_told_by_kind(crawled: Crawled) -> None:
    errors = crawled.summary["errors"]
    assert errors["connect"] >= 1
    assert errors["timeout"] >= 1
    assert errors["dns"] >= 1
    assert errors["malformed"] >= 1
    assert crawled.done.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/2026/03/empty/", "not_html"),
        ("/2026/03/blank/", "not_html"),
        ("/2026/03/deep/", "too_short"),
        ("/2026/03/binary/", "not_html"),
        ("/2026/03/picture/", "not_html"),
        ("/2026/03/bomb/", "too_large"),
        ("/2026/03/not-gzip/", "not_html"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(crawled: Crawled, path: str, reason: str) -> None:
    fate = crawled.fate(path)
    assert fate.article_id is None
    assert fate.rejection == reason, fate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/2026/03/gone/", "http_4xx"),
        ("/2026/03/broken/", "http_5xx"),
        ("/2026/03/too-long/", "too_large"),
    ],
)
def test_what_could_not_be_had_is_told_and_kept(crawled: Crawled, path: str, error: str) -> None:
    assert crawled.errors(crawled.wild.url.rstrip("/") + path) == {error}
    assert crawled.summary["errors"][error] >= 1
    fate = crawled.fate(path)  # the exchange is evidence all the same
    assert fate.article_id is None


@pytest.mark.slow
def test_a_page_that_was_cut_says_so_in_warc(crawled: Crawled) -> None:
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        (capture,) = store.captures(url=f"{crawled.wild.url}2026/03/too-long/")
    assert (capture.truncated, capture.error) == ("length", "too_large")
    exchange = read_exchange(crawled.folder / "warc", capture.warc_file, capture.offset, capture.group_length)
    assert len(exchange.body) == MAX_BODY


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "title", "sentence"),
    [
        ("/2026/03/cp1256/", "المطر لا يتوقف", ARABIC),
        ("/2026/03/mislabelled/", "النهر يرتفع", ARABIC),
        ("/2026/03/nul/", "Nul bytes in it", SAY),
    ],
)
def test_a_page_that_is_only_ill_told_is_read_right(
    crawled: Crawled, path: str, title: str, sentence: str
) -> None:
    found = crawled.article(path)
    assert found.title == title
    assert found.text.split("\n") == [(sentence * 3).strip()] * len(found.text.split("\n"))


@pytest.mark.slow
def test_feeds_that_are_none_are_told_with_their_faults(crawled: Crawled) -> None:
    with FrontierStore.open(crawled.folder) as frontier:
        plan = {endpoint.url: endpoint for endpoint in frontier.plans.endpoints("wild")}
    gone, page, noise, good = (
        plan[f"{crawled.wild.url}feeds/{name}"] for name in ("gone", "page", "noise", "good")
    )
    assert (gone.status, gone.faults) == (404, "http_4xx")
    assert "a web page came where a feed was expected" in str(page.faults)
    assert noise.faults
    assert (good.faults, good.entries) == (None, len(crawled.wild.paths))


@pytest.mark.slow
def test_a_hostile_title_acts_on_no_terminal(crawled: Crawled) -> None:
    found = crawled.article("/2026/03/hostile/")
    assert any(code in found.title for code in HARMFUL), "or there is nothing to test"
    for command in (
        ["search", "storm"], ["show", str(found.id)], ["show", str(found.id), "--captures", "--revisions"],
        ["search", "storm", "--json"], ["show", str(found.id), "--json"], ["crawl"], ["status"],
    ):  # fmt: skip
        done = attempt(crawled.folder, *command)
        assert done.returncode == 0, done.stderr
        assert not [code for code in HARMFUL if code in done.stdout + done.stderr], command
        if "--json" in command:
            assert [row for row in map(json.loads, done.stdout.splitlines()) if row["title"] == found.title]


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    ["", " ", '"', '""', "OR", "AND OR NOT", "NOT", "-", "*", "()", "((", "NEAR(", "NEAR(,5)", "^", "+",
     "\u0640\u0640", "\u200f", "'", "{}", "~", ":" * 100, "(" * 5000],
)  # fmt: skip
def test_a_query_of_signs_alone_says_what_is_wrong(
    crawled: Crawled, warraq: Callable[..., Ran], query: str
) -> None:
    done = warraq("--archive", crawled.folder, "search", "--", query)
    assert done.exit == 2, done
    assert done.out == ""
    assert "word" in done.err or "2000" in done.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    ['"ferry', "ferry AND", "OR ferry", "(ferry", "ferry)", "ferry NOT", "ferry*", "* ferry", "title:ferry:", "fer\0ry",
     "ferry;--", "ferry'", 'ferry""', "ferry NEAR(wind", "x" * 20_000, "\ud800", "ferry\\"],
)  # fmt: skip
def test_a_query_with_a_word_in_it_is_searched(
    crawled: Crawled, warraq: Callable[..., Ran], query: str
) -> None:
    done = warraq("--archive", crawled.folder, "search", "--json", "--", query)
    assert done.exit in {0, 2}
    assert "Traceback" not in done.err
    assert "fault in warraq" not in done.err, done.err
    if done.exit == 2:
        assert done.err


@pytest.mark.slow
def test_one_page_that_cannot_be_had_is_told(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive()
    settings = archive.folder / "warraq.toml"
    settings.write_text(settings.read_text().replace("delay = 0.0", "delay = 0.0\nretries = 0"))
    url = closed_port()
    done = attempt(archive.folder, "add", url)
    assert "connect" in done.stdout
    done = attempt(archive.folder, "sources", "add", url)
    assert done.returncode == 1
    assert "no site answered (connect)" in done.stderr


def test_gzip_is_what_the_wild_site_sends() -> None:
    """The bomb is small on the wire and large once decoded, or the test of it would test nothing."""
    bomb = pages()["/2026/03/bomb/"].body
    assert len(gzip.compress(bomb)) < MAX_BODY < (32 << 20) < len(bomb)
