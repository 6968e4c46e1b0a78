"""`sources add` on the demo site: the plan is made, told and kept. In a process of its own, as it crawls."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from archive.store import ArchiveStore
from settings.file import edit, load

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.demo import DemoSite

pytestmark = pytest.mark.slow


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from crawler.cli.app import main; main()", "--archive", str(folder)]
    return subprocess.run(
        [*command, "sources", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def quick_archive(archive_folder: Path) -> Path:
    with edit(archive_folder) as document:
        document["crawl"]["delay"] = 0.0
    return archive_folder


def test_a_bare_address_becomes_a_plan_and_what_was_fetched_for_it_is_kept(
    quick_archive: Path, demo_site: DemoSite
) -> None:
    ran = run(quick_archive, "add", demo_site.url, "--name", "lantern", "--json")

    assert ran.returncode == 0, ran.stderr
    added, plan = map(json.loads, ran.stdout.splitlines())
    assert added == {"name": "lantern", "url": demo_site.url}
    roles = {endpoint["url"].removeprefix(demo_site.url): endpoint["role"] for endpoint in plan["endpoints"]}
    assert roles["feed/"] == roles["atom.xml"] == roles["culture/feed/"] == "feed"
    assert roles["sitemap_index.xml"] == "sitemap"
    assert roles["local/"] == "section"
    assert "comments/feed/" not in roles
    with ArchiveStore.open(quick_archive, readonly=True) as store:
        kept = {capture.url for capture in store.captures()}
    assert {demo_site.url.rstrip("/") + served.target for served in demo_site.log} == kept
    assert not kept & set(demo_site.articles)


def test_a_host_that_does_not_answer_is_told_and_the_source_stays(quick_archive: Path) -> None:
    ran = run(quick_archive, "add", "http://127.0.0.1:9/")

    assert ran.returncode == 1
    assert "no site answered" in ran.stderr
    assert "warraq sources check 127.0.0.1-9" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert [source.name for source in load(quick_archive).source] == ["127.0.0.1-9"]
