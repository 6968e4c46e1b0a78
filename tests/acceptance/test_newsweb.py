"""164 real hosts from their bare home URLs to searchable articles, in one crawl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from archive.ingest.rebuild import own_files
from archive.search import parse_query, search
from archive.store import ArchiveStore, Filters
from archive.urls import canonical
from archive.warc.reader import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MIN_ARCHIVED = 0.97
MIN_ARTICLES = 0.95


@pytest.fixture(scope="module")
def newsweb(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(proxy URL, log of requests)."""
    folder = tmp_path_factory.mktemp("newsweb")
    ready, log = folder / "port", folder / "log.jsonl"
    server = subprocess.Popen(
        [sys.executable, str(shared / "newsweb" / "serve.py"), "--port", "0", "--ready", str(ready), "--log", str(log)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    server.stdout.readline()
    while not ready.exists() or not ready.read_text():
        assert server.poll() is None
    yield f"http://127.0.0.1:{ready.read_text()}", log
    server.terminate()
    server.wait()
    server.stdout.close()


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    """The pages of the real web: url and title."""
    manifest = (shared / "newsweb" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    pages = [json.loads(line) for line in manifest]
    return [{"url": page["url"], "title": (page.get("truth") or {}).get("title") or ""} for page in pages]


@pytest.fixture(scope="module")
def crawled(
    newsweb: tuple[str, Path], rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, object]]:
    """The archive of one crawl over all hosts, and the crawl's summary."""
    proxy, _ = newsweb
    folder = tmp_path_factory.mktemp("archive") / "news"
    hosts = sorted({urlsplit(row["url"]).netloc.encode("idna").decode() for row in rows})
    environment = {**os.environ, "http_proxy": proxy, "https_proxy": proxy}

    def warraq(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "--archive", str(folder), *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    warraq("init", str(folder), "--contact", "tests@example.org")
    configuration = folder / "warraq.toml"
    configuration.write_text(configuration.read_text().replace("delay = 2.0", "delay = 0.05"))
    warraq("sources", "add", "--no-discover", *[f"https://{host}/" for host in hosts])
    return folder, json.loads(warraq("crawl", "--json"))


def fetched_as(url: str) -> str:
    parts = urlsplit(url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
    return f"https://{parts.hostname}{target}"


def test_all_hosts_are_archived_and_read(crawled: tuple[Path, dict[str, object]], rows: list[dict[str, str]]) -> None:
    folder, _ = crawled
    with ArchiveStore.open(folder, readonly=True) as store:
        archived = {c.canonical_url for c in store.captures(role="page") if c.status == 200 and c.truncated is None}
        articles = {url for article in store.select(Filters()) for url in (canonical(article.url), article.canonical_url)}
    wanted = [canonical(fetched_as(row["url"])) for row in rows]
    missing = [url for url in wanted if url not in archived]
    unread = [url for url in wanted if url not in articles]
    assert len(missing) <= (1 - MIN_ARCHIVED) * len(wanted), missing
    assert len(unread) <= (1 - MIN_ARTICLES) * len(wanted), unread


def test_each_article_is_found_by_words_of_its_title(crawled: tuple[Path, dict[str, object]]) -> None:
    folder, _ = crawled
    lost = []
    with ArchiveStore.open(folder, readonly=True) as store:
        for article in store.select(Filters()):
            words = [word for word in article.title.split() if any(char.isalnum() for char in word)][:6]
            hits = search(store, parse_query(" ".join(words)), Filters(), limit=100)
            if article.id not in {hit.id for hit in hits}:
                lost.append(article.title)
    assert lost == []


def test_every_exchange_in_the_servers_log_is_in_warc(crawled: tuple[Path, dict[str, object]], newsweb: tuple[str, Path]) -> None:
    folder, summary = crawled
    served = Counter(
        (row["host"], row["target"], row["status"])
        for row in map(json.loads, newsweb[1].read_text(encoding="utf-8").splitlines())
    )
    kept: Counter[tuple[str, str, int]] = Counter()
    for path in own_files(folder / "warc"):
        for _, exchange in scan(path):
            parts = urlsplit(exchange.url)
            kept[parts.hostname or "", exchange.url.split(parts.netloc, 1)[1], exchange.status or 0] += 1
    assert served - kept == Counter()
    assert kept - served == Counter()
    assert summary["requests"] == sum(served.values())
