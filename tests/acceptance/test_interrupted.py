"""Two crawls at once, and Ctrl-C: it is told who crawls, nothing is lost, and the next crawl goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from archive.store import ArchiveStore, CrawlLock, Filters
from archive.urls import canonical
from crawler.demo import DemoSite
from tests.acceptance.conftest import PATIENCE_SECONDS, PROGRAM, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Archive
    from tests.conftest import Ran

pytestmark = pytest.mark.slow


@contextmanager
def crawling(folder: Path, site: DemoSite, *, requests: int) -> Iterator[subprocess.Popen[str]]:
    """A crawl in a process group of its own, as on a terminal, once it has made so many requests."""
    wanted = len(site.log) + requests
    with subprocess.Popen(
        [PROGRAM, "--archive", folder, "crawl", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as crawl:  # fmt: skip
        until = time.monotonic() + PATIENCE_SECONDS
        while len(site.log) < wanted and crawl.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        assert crawl.poll() is None, "it is to be interrupted in the middle of its work"
        try:
            yield crawl
        finally:
            if crawl.poll() is None:
                os.killpg(crawl.pid, signal.SIGKILL)


@pytest.mark.parametrize("command", [["crawl"], ["add", "https://news.test/story.html"], ["crawl", "--due"]])
def test_who_comes_second_is_told_who_since_when_and_what_to_do(
    warraq: Callable[..., Ran], archive_folder: Path, command: list[str]
) -> None:
    warraq("--archive", archive_folder, "sources", "add", "--no-discover", "https://news.test/")
    before = sorted(path.name for path in archive_folder.iterdir())
    with CrawlLock(archive_folder, "crawl --due") as lock:
        holder = lock.holder()
        done = warraq("--archive", archive_folder, *command)
        assert lock.holder() == holder, "the second changes nothing of the first"
    assert holder is not None
    assert done.exit == 1
    assert f"'crawl --due' (process {os.getpid()} on {holder.host}, since {holder.started})" in done.err
    assert "Wait until it ends, or stop it" in done.err
    assert sorted(path.name for path in archive_folder.iterdir()) == sorted({*before, ".crawl.lock"})


def test_a_second_crawl_says_who_crawls_and_ctrl_c_loses_nothing(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive(delay=0.1)
    with DemoSite() as site:
        archive.run("sources", "add", "--no-discover", site.url, "--name", "lantern")
        with crawling(archive.folder, site, requests=9) as crawl:
            second = attempt(archive.folder, "crawl")
            assert second.returncode == 1
            assert f"process {crawl.pid}" in second.stderr
            assert "'crawl'" in second.stderr
            beside = attempt(archive.folder, "add", site.url)
            assert (beside.returncode, f"process {crawl.pid}" in beside.stderr) == (1, True)
            assert crawl.poll() is None
            os.killpg(crawl.pid, signal.SIGINT)
            out, err = crawl.communicate(timeout=PATIENCE_SECONDS)
        assert crawl.returncode == 130, err
        assert "Traceback" not in err
        first = json.loads(out)
        assert 0 < first["captures"] == len(site.log)
        archive.run("crawl")
        with ArchiveStore.open(archive.folder, readonly=True) as store:
            urls = [article.canonical_url for article in store.select(Filters())]
        assert {canonical(url) for url in site.articles} <= set(urls)
        asked = [canonical(site.url.rstrip("/") + served.target) for served in site.log]
        assert [url for url in map(canonical, site.articles) if asked.count(url) != 1] == []


@pytest.mark.parametrize("requests", [1, 12])
def test_ctrl_c_reaches_workers_too(new_archive: Callable[..., Archive], requests: int) -> None:
    archive = new_archive(delay=0.1)
    with DemoSite() as site:
        archive.run("sources", "add", "--no-discover", site.url, "--name", "lantern")
        with crawling(archive.folder, site, requests=requests) as crawl:
            for _ in range(2):  # who is impatient presses it twice
                os.killpg(crawl.pid, signal.SIGINT)
                time.sleep(0.05)
            _, err = crawl.communicate(timeout=PATIENCE_SECONDS)
        assert crawl.returncode == 130, err
        assert "Traceback" not in err
        assert "KeyboardInterrupt" not in err
        archive.run("crawl")
        with ArchiveStore.open(archive.folder, readonly=True) as store:
            urls = {article.canonical_url for article in store.select(Filters())}
        assert {canonical(url) for url in site.articles} <= urls
