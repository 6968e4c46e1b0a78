"""Workers: results in the order of submission, and none lost with a worker."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveError, ConfigError
from archive.ingest import Derivation, DerivationPool, Limits, Recorder
from archive.records import Article, Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter
from settings.file import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.records import Capture

PAGES = 60
BEGAN = datetime(2026, 4, 22, 6, tzinfo=UTC)
SENTENCE = "The ferry across the strait was cancelled for the third day because of the wind. "


@pytest.fixture
def captures(tmp_path: Path) -> Iterator[list[Capture]]:
    """Pages in WARC, each with its number in its title."""
    (tmp_path / "warc").mkdir()
    with (
        ArchiveStore.open(tmp_path) as store,
        WarcWriter(tmp_path / "warc", prefix="test", info={}, max_bytes=1 << 30) as writer,
    ):
        recorder = Recorder(writer, store)
        for number in range(PAGES):
            recorder.record(_exchange(number))
        yield recorder.checkpoint()


def _exchange(number: int) -> Exchange:
    paragraphs = "".join(f"<p>{SENTENCE * 4}</p>" for _ in range(4))
    body = (
        f"<html><head><title>Ferry {number}</title></head><body><article><h1>Ferry {number}</h1>{paragraphs}"
    )
    content = f"{body}</article></body></html>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(content)
    return Exchange(
        f"http://127.0.0.1/2026/ferry-{number:03d}.html",
        BEGAN + timedelta(seconds=number),
        b"GET / HTTP/1.1\r\n\r\n",
        head + content,
        200,
        headers=((b"Content-Type", b"text/html"),),
        body=content,
        provenance=Provenance(role="page"),
    )


@pytest.mark.slow
def test_results_come_in_the_order_of_submission(tmp_path: Path, captures: list[Capture]) -> None:
    with DerivationPool(tmp_path / "warc", workers=2) as pool:
        pool.submit(captures)
        derived = [each for batch in pool.drain() for each in batch]
        assert pool.backlog == 0
    assert [capture.id for capture, _ in derived] == [capture.id for capture in captures]
    titles = [extraction.title for _, extraction in derived if isinstance(extraction, Article)]
    assert titles == [f"Ferry {number}" for number in range(PAGES)]


@pytest.mark.slow
def test_a_dead_worker_costs_no_page(tmp_path: Path, captures: list[Capture]) -> None:
    with DerivationPool(tmp_path / "warc", workers=1) as pool:
        pool.submit(captures)
        batches = pool.drain()
        derived = [*next(batches)]
        for worker in multiprocessing.active_children():
            if worker.pid is not None:
                os.kill(worker.pid, signal.SIGKILL)
        derived += [each for batch in batches for each in batch]
    assert [capture.id for capture, _ in derived] == [capture.id for capture in captures]
    assert all(isinstance(extraction, Article) for _, extraction in derived)


def test_no_page_is_refused_because_no_worker_can_start(captures: list[Capture], tmp_path: Path) -> None:
    """The language model is unpacked into the folder of temporary files; what waits is read another time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with DerivationPool(tmp_path / "warc", 1) as pool:
            pool.submit(captures)
            with pytest.raises(ArchiveError, match=r"pages cannot be read: .*TMPDIR"):
                list(pool.drain())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_archive_s_captures_are_derived_as_its_settings_say(archive_folder: Path) -> None:
    (archive_folder / "warraq.toml").write_text(
        '[archive]\ncontact = "a@example.org"\n'
        "[extract]\nworkers = 3\npage_seconds = 4.0\npage_memory = 300000000\n"
        '[[source]]\nname = "n"\nurl = "https://n.example/"\nbody_xpath = ["//main"]\n',
        "utf-8",
    )
    derivation = Derivation.of(archive_folder, load(archive_folder))
    assert (derivation.folder, derivation.workers) == (archive_folder, 3)
    assert derivation.limits == Limits(4.0, 300_000_000)
    assert derivation.known is not None
    rules = derivation.known.rules_for("n", BEGAN)
    assert rules is not None
    assert rules.xpaths == {"body": ("//main",)}


def test_a_wrong_rule_is_told_before_anything_is_derived(archive_folder: Path) -> None:
    with (archive_folder / "warraq.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[source]]\nname = "n"\nurl = "https://n.example/"\nrules = "rules/n.toml"\n')
    with pytest.raises(ConfigError, match=r"rules/n\.toml"):
        Derivation.of(archive_folder, load(archive_folder))
