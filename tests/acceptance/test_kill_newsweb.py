"""kill -9 at any instant of a crawl over 164 hosts at once: what was recorded is never asked for again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from archive.ingest.rebuild import own_files
from archive.store import ArchiveStore
from archive.warc.reader import read_exchange
from tests.acceptance.conftest import PROGRAM
from tests.acceptance.test_kill import ROUNDS, SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.records import Exchange
    from tests.acceptance.conftest import Archive, Newsweb

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

DELAY_SECONDS = 0.2
LONGEST_LIFE_SECONDS = 2.5
"""Of a crawl that is killed, once it has begun to ask."""


@dataclass(slots=True)
class Killed:
    """What rounds of killing and a crawl to the end left."""

    archive: Archive
    newsweb: Newsweb
    urls: list[str]
    kills: int

    def exchanges(self) -> list[Exchange]:
        with ArchiveStore.open(self.archive.folder, readonly=True) as store:
            captures = list(store.captures())
        warc = self.archive.folder / "warc"
        return [read_exchange(warc, c.warc_file, c.offset, c.group_length) for c in captures]


@pytest.fixture(scope="module")
def killed(newsweb: Newsweb, newsweb_urls: list[str], new_archive: Callable[..., Archive]) -> Killed:
    archive = new_archive(delay=DELAY_SECONDS, environment=newsweb.environment)
    homes = sorted({f"https://{urlsplit(url).hostname}/" for url in newsweb_urls})
    archive.run("sources", "add", "--no-discover", *homes)
    chance, kills = random.Random(SEED), 0
    command = [PROGRAM, "--archive", archive.folder, "crawl", "--no-requisites", "--json"]
    for number in range(ROUNDS):
        before = len(newsweb.requests())
        with subprocess.Popen(
            command, env={**os.environ, **newsweb.environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as crawl:  # fmt: skip
            until = time.monotonic() + 60
            while len(newsweb.requests()) == before and crawl.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
            if crawl.poll() is None:
                kills += 1
                (os.killpg if number % 2 else os.kill)(crawl.pid, signal.SIGKILL)
    archive.run("crawl", "--no-requisites")
    return Killed(archive, newsweb, newsweb_urls, kills)


def test_every_page_is_fetched(killed: Killed) -> None:
    assert killed.kills > 0
    with ArchiveStore.open(killed.archive.folder, readonly=True) as store:
        fetched = {capture.url for capture in store.captures(role="page") if capture.status == 200}
    assert set(killed.urls) - fetched == set(), f"seed {SEED}"


def test_what_was_recorded_is_not_asked_for_again(killed: Killed) -> None:
    first_tries = Counter(one.url for one in killed.exchanges() if one.provenance.attempt == 1)
    assert {url: times for url, times in first_tries.items() if times > 1} == {}, f"seed {SEED}"


def test_a_kill_costs_each_host_the_one_request_in_flight(killed: Killed) -> None:
    asked = Counter(row["host"] for row in killed.newsweb.requests())
    recorded: defaultdict[str, int] = defaultdict(int)
    for one in killed.exchanges():
        recorded[urlsplit(one.url).hostname or ""] += 1
    lost = {host: times - recorded[host] for host, times in asked.items()}
    assert min(lost.values()) >= 0
    assert max(lost.values()) <= killed.kills, f"seed {SEED}"


def test_every_file_is_whole_and_every_row_has_its_record(killed: Killed) -> None:
    for path in own_files(killed.archive.folder / "warc"):
        subprocess.run(["gzip", "-t", path], check=True)
    killed.archive.run("verify")
