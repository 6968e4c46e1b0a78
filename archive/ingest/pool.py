"""Extraction in worker processes that read the WARC files themselves.

Handing over a place in a file instead of a body measured 2.56 times a naive spider on two cores. Results come
back in the order of submission, so that the ids of articles do not depend on which worker was faster.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Self

from archive.errors import ArchiveError
from archive.records import Extraction, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.records import Capture

CHUNK_PAGES = 4
"""Pages a task: the queue's own cost is then below 1 % of a page's."""
CHUNKS_AHEAD = 16
"""Tasks a worker is given beforehand. Results are fetched and tasks given out once in half a second, in which
a worker reads some 20 pages: with 8 pages ahead, as it once was, workers stood still half of the time."""
MAX_TASKS = 64
"""Tasks a worker may be ahead of the first result that is still missing: one slow page holds up the order of
the results, and must neither stop the other workers nor let results pile up."""
PARENT_CHECK_SECONDS = 1.0
MAX_DETAIL_LENGTH = 500

Place = tuple[str, int, int]
"""WARC file, offset, length of the group."""


@dataclass(slots=True)
class _Task:
    captures: Sequence[Capture]
    worker: int
    future: Future[list[Extraction]]


class DerivationPool:
    """Worker processes for `derive`, one executor each, so that one death costs one worker's tasks."""

    def __init__(self, warc_folder: Path, workers: int = 0) -> None:
        self._folder = warc_folder
        self._executors = [self._start() for _ in range(workers or os.cpu_count() or 1)]
        self._running: deque[_Task] = deque()
        self._queued: deque[Capture] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; what is not done yet is left for another time."""
        for executor in self._executors:
            executor.shutdown(wait=False, cancel_futures=True)
        for executor in self._executors:
            executor.shutdown(wait=True)

    @property
    def backlog(self) -> int:
        """Captures submitted and not yet handed back."""
        return len(self._queued) + sum(len(task.captures) for task in self._running)

    def submit(self, captures: Sequence[Capture]) -> None:
        """Queue captures, in the order in which their results are wanted."""
        self._queued.extend(captures)
        self._feed()

    def ready(self) -> list[tuple[Capture, Extraction]]:
        """What is done, in order, without waiting.

        Raises:
            ArchiveError: no page can be read on this machine as it is; they wait for another time.
        """
        done: list[tuple[Capture, Extraction]] = []
        while self._running and self._running[0].future.done():
            task = self._running.popleft()
            done.extend(zip(task.captures, self._outcome(task), strict=True))
        self._feed()
        return done

    def drain(self) -> Iterator[list[tuple[Capture, Extraction]]]:
        """Everything that is left, in order, in batches as they come.

        Raises:
            ArchiveError: as `ready`.
        """
        while self._running:
            wait([self._running[0].future])
            yield self.ready()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
        )

    def _feed(self) -> None:
        load = [0] * len(self._executors)
        for task in self._running:
            load[task.worker] += not task.future.done()
        while self._queued and len(self._running) < MAX_TASKS * len(load):
            worker = min(range(len(load)), key=load.__getitem__)
            if load[worker] >= CHUNKS_AHEAD:
                return
            captures = [self._queued.popleft() for _ in range(min(CHUNK_PAGES, len(self._queued)))]
            self._running.append(_Task(captures, worker, self._send(worker, captures)))
            load[worker] += 1

    def _send(self, worker: int, captures: Sequence[Capture]) -> Future[list[Extraction]]:
        places = [(capture.warc_file, capture.offset, capture.group_length) for capture in captures]
        with _interrupts_blocked():
            try:
                return self._executors[worker].submit(_derive_all, self._folder, places)
            except BrokenProcessPool:
                self._executors[worker] = self._start()
                return self._executors[worker].submit(_derive_all, self._folder, places)

    def _outcome(self, task: _Task) -> list[Extraction]:
        """A task's results; where its worker died, its pages one by one, so that one page costs one page."""
        try:
            return task.future.result()
        except BrokenProcessPool:
            # A worker takes its tasks in order, so it died over this one; those behind it are sent again.
            extractions = [self._alone(task.worker, capture) for capture in task.captures]
            for other in self._running:
                if other.worker == task.worker and _is_broken(other.future):
                    other.future = self._send(other.worker, other.captures)
            return extractions

    def _alone(self, worker: int, capture: Capture) -> Extraction:
        try:
            return self._send(worker, [capture]).result()[0]
        except BrokenProcessPool:
            return Rejected("fault", "the worker process died twice over this page")


def _is_broken(future: Future[list[Extraction]]) -> bool:
    return future.done() and isinstance(future.exception(), BrokenProcessPool)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process started meanwhile has SIGINT blocked from its first instant, long before `_begin` is called."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(parent: int) -> None:
    """Prepare a worker: it leaves ^C to its parent, ends with it, and loads its models once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with suppress(ArchiveError):  # told with the first page: a worker that fails here dies without a word
        _warm_up()


@cache
def _warm_up() -> None:
    """Load what takes long, until it is loaded.

    Raises:
        ArchiveError: it cannot be. That is no fault of a page, and no page is to be refused for it: the language
            model, for one, is unpacked into the folder of temporary files, which may be full.
    """
    from archive.extract import warm_up  # noqa: PLC0415  (only workers load the extractor)

    try:
        warm_up()
    except Exception as error:
        raise ArchiveError(
            f"pages cannot be read: {type(error).__name__}: {error}. What was recorded is safe; see to the disk (space "
            f"in {tempfile.gettempdir()}, or name another folder with TMPDIR) and to memory, then run it again."
        ) from None


def _end_with(parent: int) -> None:
    """A kill -9 of the parent must not leave workers behind."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def _derive_all(folder: Path, places: Sequence[Place]) -> list[Extraction]:
    from archive.ingest.derive import derive  # noqa: PLC0415  (only workers load the extractor)

    _warm_up()
    results: list[Extraction] = []
    for warc_file, offset, group_length in places:
        try:
            results.append(derive(folder, warc_file, offset, group_length))
        except Exception as error:  # one page's fault, whatever it is, must not cost another page
            results.append(Rejected("fault", f"{type(error).__name__}: {error}"[:MAX_DETAIL_LENGTH]))
    return results
