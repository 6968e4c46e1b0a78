"""A page that hangs in C, and workers that are killed, in real crawls: no other page is the worse for it."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from archive.store import ArchiveStore
from crawler.demo import DemoSite
from crawler.demo.pages import Page
from tests.acceptance.conftest import PATIENCE_SECONDS, PROGRAM, attempt
from tests.acceptance.test_bad_input import article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Archive

pytestmark = pytest.mark.slow

HANGS = "2026/03/hangs/"
RULE = "//p[count(//p[count(//p) > 5]) > 900000]"
"""A site's own: cubic in the paragraphs of a page, minutes inside libxml2 for one of 3,000."""


@pytest.fixture(scope="module")
def crawled(new_archive: Callable[..., Archive]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The archive of a site that has such a rule, and one such page."""
    folder = new_archive().folder
    settings = folder / "warraq.toml"
    limits = settings.read_text().replace("page_seconds = 10.0", "page_seconds = 2.0")
    settings.write_text(limits.replace("workers = 0", "workers = 2"))
    with DemoSite() as site:
        hangs = site.put(f"/{HANGS}", Page((article("It hangs") + "<p>more</p>" * 3000).encode()))
        feed = f'<rss version="2.0"><channel><item><link>{hangs}</link></item></channel></rss>'
        more = site.put("/feeds/more", Page(feed.encode(), "application/rss+xml"))
        attempt(folder, "sources", "add", "--no-discover", site.url, "--name", "slow")
        attempt(
            folder, "sources", "edit", "slow", f"prune_xpath={json.dumps([RULE])}", f'endpoints=["{more}"]'
        )
        done = attempt(folder, "crawl", "--no-requisites", "--json")
        assert done.returncode == 0, done.stderr
        yield folder, json.loads(done.stdout) | {"articles": len(site.articles)}


def test_a_page_that_hangs_is_refused_and_no_other(crawled: tuple[Path, dict[str, Any]]) -> None:
    folder, summary = crawled
    assert summary["rejected"]["limit"] == 1
    assert summary["articles_new"] == summary["articles"] > 10
    with ArchiveStore.open(folder, readonly=True) as store:
        refused = {
            capture.url: store.fate(capture.id).rejection_detail
            for capture in store.captures(outcome="rejected")
            if store.fate(capture.id).rejection == "limit"
        }
        assert not store.waiting()
    ((url, detail),) = refused.items()
    assert url.endswith(HANGS)
    assert detail == "time: more than 2 s of CPU time, 2 times"


def test_a_worker_killed_in_the_middle_costs_nothing(crawled: tuple[Path, dict[str, Any]]) -> None:
    """It reads again what another had in work when it was killed, as often by the kernel for want of memory."""
    folder, summary = crawled
    command = [str(PROGRAM), "--archive", str(folder), "reextract", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        victim = _at_work(psutil.Process(running.pid))
        victim.kill()
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert (running.returncode, err) == (0, "")
    sums = json.loads(out.splitlines()[-1])
    assert (sums["articles_same"], sums["articles_different"]) == (summary["articles"], 0)
    assert not psutil.pid_exists(victim.pid)


def _at_work(program: psutil.Process) -> psutil.Process:
    """A worker of a running program that has spent time on pages."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child in program.children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()) and child.cpu_times().user > 1.0:
                    return child
        time.sleep(0.02)
    raise AssertionError("no worker was seen at work")
