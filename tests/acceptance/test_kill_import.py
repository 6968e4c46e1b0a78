"""kill -9 of imports at any instant, then the same import again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import signal
import subprocess
import time
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from archive.store import ArchiveStore, Filters
from tests.acceptance.conftest import PATIENCE_SECONDS, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROUNDS = int(os.environ.get("WARRAQ_KILL_ROUNDS", "4"))
SEED = int(os.environ.get("WARRAQ_KILL_SEED") or time.time_ns() % 1_000_000)
"""To see a failure again: WARRAQ_KILL_SEED as the failed test told it."""
MAX_CHANGES = 60
"""Of files in the archive, as far as they are seen, after which the kill comes."""
STORIES = 8
"""Of each file of a round."""
WORDS = (
    "harbour",
    "morning",
    "council",
    "bridge",
    "river",
    "wheat",
    "library",
    "engineer",
    "village",
    "ferry",
)


@dataclass(slots=True)
class Killed:
    """What rounds of killing left to check."""

    archive: Archive
    files: list[Path] = field(default_factory=list)
    """Everything that was to be imported."""
    titles: list[str] = field(default_factory=list)
    """Of the articles in it."""
    foreign: list[bytes] = field(default_factory=list)
    """The WARC files in it."""


class Desk:
    """Writes files to import, each with articles that are in no other."""

    def __init__(self, folder: Path, killed: Killed) -> None:
        self._folder = folder
        self._killed = killed
        self._chance = random.Random(SEED)

    def write(self, number: int) -> None:
        """A WARC file, a WACZ with two, and a folder of pages and texts."""
        warcs = [self._warc(f"{number}-{place}") for place in range(3)]
        self._killed.foreign += warcs
        warc = self._folder / f"{number}.warc.gz"
        warc.write_bytes(warcs[0])
        wacz = self._folder / f"{number}.wacz"
        with zipfile.ZipFile(wacz, "w") as out:
            for place, content in enumerate(warcs[1:]):
                out.writestr(f"archive/{place}.warc.gz", content)
        pages = self._folder / str(number)
        pages.mkdir()
        for place in range(STORIES):
            title, page = self._story(f"{number}-{place}")
            (pages / f"{place}.html").write_text(page)
            title = f"Text {number}-{place}"
            self._killed.titles.append(title)
            (pages / f"{place}.txt").write_text(f"{title}\n\n{page[-200:]}\n")
        self._killed.files += [pages, warc, wacz]

    def _story(self, name: str) -> tuple[str, str]:
        title = f"Report {name}: {' '.join(self._chance.sample(WORDS, 4))}"
        self._killed.titles.append(title)
        text = "".join(f"<p>{' '.join(self._chance.choices(WORDS, k=60))}.</p>" for _ in range(4))
        return title, (
            f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}"
            "</article></body></html>"
        )

    def _warc(self, name: str) -> bytes:
        """Of pages, and of revisits of each."""
        members = []
        for place in range(STORIES):
            body = self._story(f"{name}-{place}")[1].encode()
            block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
            digest = f"sha1:{hashlib.sha1(body).hexdigest()}"
            for kind, content in (("response", block), ("revisit", block[: -len(body)])):
                head = (
                    f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://{name}.test/{place}\r\n"
                    f"WARC-Date: 2020-05-01T10:00:00Z\r\nWARC-Payload-Digest: {digest}\r\n"
                    f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(content)}\r\n\r\n"
                )
                members.append(gzip.compress(head.encode() + content + b"\r\n\r\n"))
        return b"".join(members)

    def kill_an_import(self, *, group: bool) -> None:
        """Import everything there is, and kill it once files of the archive have changed so many times."""
        killed, wanted = self._killed, self._chance.randint(1, MAX_CHANGES)
        seen = _sizes(killed.archive.folder)
        with subprocess.Popen(
            [PROGRAM, "--archive", killed.archive.folder, "import", *killed.files],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as running:  # fmt: skip
            until = time.monotonic() + PATIENCE_SECONDS
            while wanted and running.poll() is None and time.monotonic() < until:
                now = _sizes(killed.archive.folder)
                wanted, seen = wanted - (now != seen), now
            time.sleep(self._chance.random() * self._chance.choice((0.0, 0.003, 0.3)))
            if group and running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
            else:
                running.kill()
            assert running.wait() in {0, -signal.SIGKILL}, (
                "it ends by itself or by the kill, never by a fault"
            )


def _sizes(folder: Path) -> dict[str, int]:
    found = {}
    for path in folder.rglob("*"):
        try:
            found[str(path)] = path.stat().st_size
        except FileNotFoundError:
            continue
    return found


@pytest.fixture(scope="module")
def killed(new_archive: Callable[..., Archive], tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """An archive whose imports were killed again and again, and then one that was left to end."""
    killed = Killed(new_archive())
    desk = Desk(tmp_path_factory.mktemp("desk"), killed)
    for number in range(ROUNDS):
        desk.write(number)
        desk.kill_an_import(group=number % 2 == 1)
    killed.archive.run("import", *killed.files)
    return killed


def test_every_article_is_there_once(killed: Killed) -> None:
    with ArchiveStore.open(killed.archive.folder, readonly=True) as store:
        titles = [article.title for article in store.select(Filters())]
        assert store.waiting() == []
        captures = [(capture.warc_file, capture.offset) for capture in store.captures()]
    assert sorted(titles) == sorted(killed.titles), f"seed {SEED}"
    assert len(set(captures)) == len(captures), f"seed {SEED}"


def test_the_files_are_kept_byte_for_byte_and_nothing_beside_them(killed: Killed) -> None:
    kept = (killed.archive.folder / "warc" / "imported").iterdir()
    assert sorted(path.read_bytes() for path in kept) == sorted(killed.foreign), f"seed {SEED}"


def test_verify_is_content_and_a_rebuild_gives_the_same_rows(killed: Killed) -> None:
    killed.archive.run("verify")
    before = _rows(killed.archive.folder)
    killed.archive.run("rebuild")
    assert _rows(killed.archive.folder) == before, f"seed {SEED}"


def test_once_more_changes_nothing(killed: Killed) -> None:
    before = _rows(killed.archive.folder)
    (row,) = killed.archive.rows("import", *killed.files)
    assert (row["files"], row["captures"], row["articles_new"], row["refused"]) == (0, 0, 0, {})
    assert _rows(killed.archive.folder) == before


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {
            table: store.query(f"SELECT * FROM {table} ORDER BY id")
            for table in ("captures", "articles", "revisions", "articles_folded")
        }
