"""Disks that are full, that can only be read, or that refuse: the crawl says so and ends, and nothing is lost."""

from __future__ import annotations

import gzip
import os
import random
import re
import resource
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from archive.ingest.rebuild import own_files
from archive.store import ArchiveStore, Filters
from archive.urls import canonical
from archive.warc.reader import scan
from crawler.demo import DemoSite
from settings.file import create
from tests.acceptance.conftest import attempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SAID = "The ferry across the strait was cancelled for the third day, since the wind had not turned. "


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A small disk of its own at a folder; skips where none may be mounted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a disk is mounted by root alone")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def everything_after_mending(folder: Path, site: DemoSite) -> None:
    """The next crawl gets all, and files and database agree."""
    done = attempt(folder, "crawl", "--json")
    assert done.returncode == 0, done.stderr
    with ArchiveStore.open(folder, readonly=True) as store:
        urls = {article.canonical_url for article in store.select(Filters())}
        captures = [(capture.warc_file, capture.offset) for capture in store.captures()]
        assert store.waiting() == []
    assert {canonical(url) for url in site.articles} <= urls
    files = own_files(folder / "warc")
    assert captures == [(location.warc_file, location.offset) for path in files for location, _ in scan(path)]
    for path in files:
        subprocess.run(["gzip", "-t", path], check=True)


@pytest.fixture
def lantern(tmp_path: Path) -> Iterator[tuple[Path, DemoSite]]:
    """An archive with the demo site as its source."""
    folder = tmp_path / "news"
    create(folder, "tests@example.org")
    settings = folder / "warraq.toml"
    (folder / "warc").mkdir(exist_ok=True)
    with DemoSite() as site:
        text = settings.read_text().replace("delay = 2.0", "delay = 0.0")
        settings.write_text(f'{text}\n[[source]]\nname = "lantern"\nurl = "{site.url}"\n')
        yield folder, site


def test_a_warc_folder_that_cannot_be_written(lantern: tuple[Path, DemoSite]) -> None:
    folder, site = lantern
    (folder / "warc").rmdir()
    (folder / "warc").write_text("a file in its place")
    done = attempt(folder, "crawl")
    assert done.returncode == 1
    assert str(folder / "warc") in done.stderr
    assert "cannot be made" in done.stderr
    assert done.stderr.count("\n") == 1
    (folder / "warc").unlink()
    everything_after_mending(folder, site)


@pytest.mark.parametrize("where", ["warc", "all"])
def test_a_disk_that_is_full(lantern: tuple[Path, DemoSite], tmp_path: Path, where: str) -> None:
    folder, site = lantern
    settings = (folder / "warraq.toml").read_text()
    place, size = (folder / "warc", "40k") if where == "warc" else (folder, "360k")
    with mounted(place, size):
        (folder / "warraq.toml").write_text(settings)
        done = attempt(folder, "crawl")
        assert done.returncode == 1, done.stdout
        assert str(folder) in done.stderr
        assert "No space left" in done.stderr or "disk is full" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=100m", place], check=True)
        everything_after_mending(folder, site)


def test_a_disk_that_can_only_be_read(lantern: tuple[Path, DemoSite]) -> None:
    folder, site = lantern
    with mounted(folder / "warc", "100m"):
        subprocess.run(["mount", "-o", "remount,ro", folder / "warc"], check=True)
        done = attempt(folder, "crawl")
        assert done.returncode == 1, done.stdout
        assert "Read-only file system" in done.stderr
        subprocess.run(["mount", "-o", "remount,rw", folder / "warc"], check=True)
        everything_after_mending(folder, site)


def test_files_that_may_not_grow(lantern: tuple[Path, DemoSite]) -> None:
    """As where a quota is full; which of the three files meets it first is left to chance."""
    folder, site = lantern

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    done = attempt(folder, "crawl", preexec_fn=limit)
    assert done.returncode == 1, done.stdout
    assert "see to the disk" in done.stderr or "check free space" in done.stderr
    everything_after_mending(folder, site)


def articles_to_import(folder: Path) -> list[Path]:
    """A WARC file of 0.6 MB, and a folder of pages of as much."""
    members, pages = [], folder / "pages"
    pages.mkdir(parents=True)
    for number in range(60):
        noise = random.Random(number).randbytes(5_000).hex()
        page = (
            f"<html><head><title>Report {number}</title><!--{noise}--></head><body><article><h1>Report {number}</h1>"
            f"{f'<p>{SAID * 3}</p>' * 4}</article></body></html>"
        )
        (pages / f"{number:02}.html").write_text(page.replace("Report", "Page"))
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://own.test/{number}\r\n"
            f"WARC-Date: 2020-05-01T10:00:00Z\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        members.append(gzip.compress(head.encode() + block + b"\r\n\r\n"))
    (folder / "a.warc.gz").write_bytes(b"".join(members))
    return [pages, folder / "a.warc.gz"]


def everything_was_imported(folder: Path, files: list[Path]) -> None:
    """Once there is room again, the same import gets all, and files and database agree."""
    done = attempt(folder, "import", "--json", *files)
    assert done.returncode == 0, done.stderr
    with ArchiveStore.open(folder, readonly=True) as store:
        titles = [article.title for article in store.select(Filters())]
        assert store.waiting() == []
    assert sorted(titles) == sorted(f"{kind} {number}" for kind in ("Page", "Report") for number in range(60))
    assert not list((folder / "warc" / "imported").glob(".*"))
    done = attempt(folder, "verify")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("limit", [100_000, 700_000])
def test_an_import_that_may_not_grow_its_files(tmp_path: Path, limit: int) -> None:
    """By the limit: the WARC files, the database, or what the workers unpack their language model to."""
    folder = tmp_path / "news"
    create(folder, "tests@example.org")
    files = articles_to_import(tmp_path / "files")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    for path in files:
        done = attempt(folder, "import", path, preexec_fn=limited)
        assert done.returncode == 1, done.stdout
        assert re.search("see to the disk|check free space|disk is full", done.stderr)
    everything_was_imported(folder, files)


def test_an_import_onto_a_disk_that_is_full_or_can_only_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    create(folder, "tests@example.org")
    settings = (folder / "warraq.toml").read_text()
    files = articles_to_import(tmp_path / "files")
    with mounted(folder, "500k"):
        (folder / "warraq.toml").write_text(settings)
        for path in files:
            done = attempt(folder, "import", path)
            assert done.returncode == 1, done.stdout
            assert "No space left" in done.stderr or "disk is full" in done.stderr, done.stderr
        subprocess.run(["mount", "-o", "remount,size=100m", folder], check=True)
        everything_was_imported(folder, files)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        done = attempt(folder, "import", *files)
        assert done.returncode == 1, done.stdout
        assert re.search("read-only|Read-only", done.stderr), done.stderr
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
