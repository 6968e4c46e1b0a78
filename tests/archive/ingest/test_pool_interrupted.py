"""Ctrl-C on a terminal reaches every process of the group: workers leave it to their parent from the start."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.ingest import DerivationPool, Recorder
from archive.records import Article, Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from pathlib import Path

PAGE = f"<html><body><article><h1>Ferry</h1>{'<p>The ferry was late. It was very late again.</p>' * 20}</article>"


def _worker() -> int:
    """The process id of the one worker, once it was started."""
    deadline = time.monotonic() + 10
    while not (workers := multiprocessing.active_children()):
        assert time.monotonic() < deadline
    (worker,) = workers
    assert worker.pid is not None
    return worker.pid


@pytest.mark.slow
def test_a_worker_that_is_starting_survives(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    with (
        ArchiveStore.open(tmp_path) as store,
        WarcWriter(tmp_path / "warc", prefix="test", info={}, max_bytes=1 << 30) as writer,
    ):
        recorder = Recorder(writer, store)
        for number in range(4):
            body = PAGE.replace("Ferry", f"Ferry {number}").encode()
            recorder.record(
                Exchange(
                    f"http://127.0.0.1/{number}", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
                    b"GET / HTTP/1.1\r\n\r\n", head + body, 200, headers=((b"Content-Type", b"text/html"),),
                    body=body, provenance=Provenance(role="page"),
                )
            )  # fmt: skip
        waiting = recorder.checkpoint()
    with DerivationPool(tmp_path / "warc", 1) as pool:
        pool.submit(waiting)
        worker = _worker()
        for _ in range(40):  # from before Python itself is up to after the models are loaded
            os.kill(worker, signal.SIGINT)
            time.sleep(0.05)
        derived = [outcome for batch in pool.drain() for _, outcome in batch]
        assert _worker() == worker, "the same worker, not another in its place"
    assert [isinstance(outcome, Article) for outcome in derived] == [True] * 4
    assert "Traceback" not in capfd.readouterr().err
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()), "and here it still counts"
