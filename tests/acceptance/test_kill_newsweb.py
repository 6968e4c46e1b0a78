"""kill -9 at any instant of a crawl over 164 hosts at once: what was recorded is never asked for again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from archive.ingest.rebuild import own_files
from archive.store import ArchiveStore
from archive.warc.reader import read_exchange
from tests.acceptance.conftest import PATIENCE_SECONDS, PROGRAM
from tests.acceptance.test_kill import ROUNDS, SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.records import Exchange
    from tests.acceptance.conftest import Archive, Newsweb

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

DELAY_SECONDS = 0.3
LONGEST_LIFE_SECONDS = 1.5
"""Of a crawl that is killed, once it has begun to ask."""


@dataclass(slots=True)
class Crawled:
    """An archive whose crawl was killed again and again, until one came to its end."""

    archive: Archive
    asked: Counter[str]
    """Of the hosts, by their own log: host -> requests."""
    kills: int

    def exchanges(self) -> list[Exchange]:
        with ArchiveStore.open(self.archive.folder, readonly=True) as store:
            captures = list(store.captures())
        warc = self.archive.folder / "warc"
        return [read_exchange(warc, c.warc_file, c.offset, c.group_length) for c in captures]


@pytest.fixture(scope="module")
def crawled(newsweb: Newsweb, newsweb_urls: list[str], new_archive: Callable[..., Archive]) -> list[Crawled]:
    """As many archives as it takes to kill so often: a crawl that has ended would begin anew."""
    homes = sorted({f"https://{urlsplit(url).hostname}/" for url in newsweb_urls})
    chance, kills = random.Random(SEED), 0
    crawled: list[Crawled] = []
    while kills < ROUNDS:
        archive = new_archive(delay=DELAY_SECONDS, environment=newsweb.environment)
        archive.run("sources", "add", "--no-discover", *homes)
        before, of_this = len(newsweb.requests()), 0
        while kills < ROUNDS and crawl_and_kill(archive, newsweb, chance, group=bool(kills % 2)):
            kills, of_this = kills + 1, of_this + 1
        if kills == ROUNDS:
            archive.run("crawl", "--no-requisites")
        asked = Counter(row["host"] for row in newsweb.requests()[before:])
        crawled.append(Crawled(archive, asked, of_this))
    return crawled


def crawl_and_kill(archive: Archive, newsweb: Newsweb, chance: random.Random, *, group: bool) -> bool:
    """Start a crawl and kill it in the middle of whatever it does; False where it ended before."""
    before = newsweb.log.stat().st_size
    with subprocess.Popen(
        [PROGRAM, "--archive", archive.folder, "crawl", "--no-requisites", "--json"],
        env={**os.environ, **newsweb.environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as crawl:  # fmt: skip
        until = time.monotonic() + PATIENCE_SECONDS
        while newsweb.log.stat().st_size == before and crawl.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
        if crawl.poll() is not None:
            assert crawl.returncode == 0
            return False
        (os.killpg if group else os.kill)(crawl.pid, signal.SIGKILL)
        return crawl.wait() == -signal.SIGKILL


def test_every_page_is_fetched(crawled: list[Crawled], newsweb_urls: list[str]) -> None:
    assert sum(one.kills for one in crawled) == ROUNDS
    for one in crawled:
        with ArchiveStore.open(one.archive.folder, readonly=True) as store:
            fetched = {capture.url for capture in store.captures(role="page") if capture.status == 200}
        assert set(newsweb_urls) - fetched == set(), f"seed {SEED}"


def test_what_was_recorded_is_not_asked_for_again(crawled: list[Crawled]) -> None:
    for one in crawled:
        first_tries = Counter(each.url for each in one.exchanges() if each.provenance.attempt == 1)
        assert {url: times for url, times in first_tries.items() if times > 1} == {}, f"seed {SEED}"


def test_a_kill_costs_each_host_the_one_request_in_flight(crawled: list[Crawled]) -> None:
    for one in crawled:
        recorded = Counter(urlsplit(each.url).hostname or "" for each in one.exchanges())
        lost = {host: times - recorded[host] for host, times in one.asked.items()}
        assert min(lost.values()) >= 0
        assert max(lost.values()) <= one.kills, f"seed {SEED}"


def test_every_file_is_whole_and_every_row_has_its_record(crawled: list[Crawled]) -> None:
    for one in crawled:
        for path in own_files(one.archive.folder / "warc"):
            subprocess.run(["gzip", "-t", path], check=True)
        one.archive.run("verify")
