"""What is fetched and not kept: an archive for a moment, and nothing left of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive.errors import UsageError
from crawler.demo.pages import Page
from crawler.scratch import CONTACT_VARIABLE, contact_for, scratch_archive
from settings.file import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.demo import DemoSite

PROGRAM = Path(sys.executable).with_name("warraq")
CONTACT = "tests@example.org"


def test_an_archive_says_who_fetches(archive_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTACT_VARIABLE, "someone-else@example.org")
    assert contact_for(archive_folder) == load(archive_folder).archive.contact


def test_without_an_archive_the_environment_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTACT_VARIABLE, CONTACT)
    assert contact_for(tmp_path) == CONTACT


@pytest.mark.parametrize("contact", [None, ""])
def test_nothing_is_fetched_without_a_contact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contact: str | None
) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE, raising=False)
    if contact is not None:
        monkeypatch.setenv(CONTACT_VARIABLE, contact)
    with pytest.raises(UsageError, match=f"warraq init.*{CONTACT_VARIABLE}"):
        contact_for(tmp_path)


def test_a_scratch_archive_has_at_most_one_source_and_is_gone_afterwards() -> None:
    with scratch_archive(CONTACT, source="https://news.test/") as folder:
        (source,) = load(folder).source
        assert (source.name, source.url) == ("site", "https://news.test/")
    assert not folder.parent.exists()
    with scratch_archive(CONTACT) as empty:
        assert load(empty).source == []


def test_a_scratch_archive_is_gone_after_a_failure_too() -> None:
    with pytest.raises(ZeroDivisionError), scratch_archive(CONTACT) as folder:  # noqa: PT012
        assert folder.is_dir()
        raise ZeroDivisionError
    assert not folder.parent.exists()


@pytest.fixture
def extract(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """`warraq extract URL` without an archive, in a process of its own: Twisted starts once in each."""
    (tmp_path / "tmp").mkdir()

    def run(url: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, CONTACT_VARIABLE: CONTACT, "TMPDIR": str(tmp_path / "tmp")}
        done = subprocess.run(
            [PROGRAM, "extract", url, "--json"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        assert os.listdir(tmp_path) == ["tmp"], "no archive is made"  # noqa: PTH208
        left = [path.name for path in (tmp_path / "tmp").iterdir() if path.name.startswith("warraq")]
        assert left == []
        return done

    return run


Extract = "Callable[[str], subprocess.CompletedProcess[str]]"


@pytest.mark.slow
def test_one_page_is_fetched_and_read_where_it_redirects_to(extract: Extract, demo_site: DemoSite) -> None:
    url, story = list(demo_site.articles.items())[2]
    short = demo_site.put("/s/3", Page(b"", status=301, headers=(("Location", url),)))
    row = json.loads(extract(short).stdout)
    assert row["title"].split() == story.title.split()
    assert row["url"] == url
    (agent,) = {served.headers["user-agent"] for served in demo_site.log}
    assert CONTACT in agent


@pytest.mark.slow
@pytest.mark.parametrize(("path", "why"), [("/private/drafts/", "robots"), ("/loop", "redirect_loop")])
def test_what_gives_no_page_is_told(extract: Extract, demo_site: DemoSite, path: str, why: str) -> None:
    demo_site.put("/loop", Page(b"", status=302, headers=(("Location", "/loop2"),)))
    demo_site.put("/loop2", Page(b"", status=302, headers=(("Location", "/loop"),)))
    done = extract(demo_site.url.rstrip("/") + path)
    assert done.returncode == 1
    assert why in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_an_answer_that_is_no_page_is_a_reason(extract: Extract, demo_site: DemoSite) -> None:
    done = extract(f"{demo_site.url}nowhere/")
    assert done.returncode == 0
    assert json.loads(done.stdout)["rejected"] == "error_page"
