"""Worker processes that answer items in order, and of which none costs more than the item it dies over.

A thread supervises them: it gives items out, takes answers in, and puts a new process in the place of one that ended,
so that whoever waits for answers (a crawl's event loop, once in half a second) is never held up by it. Every item is
answered one by one, so the first without an answer is the one that its worker died over. That one is tried once more;
if a second worker dies, it is `Lost`.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, Pipe, wait
from typing import TYPE_CHECKING, Any, Generic, Literal, Self

from archive.errors import ArchiveError
from archive.ingest.worker import EXIT_MEMORY, READY, Answer, Duty, Item, Limits, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import SpawnProcess

ITEMS_AHEAD = 8
"""Items a worker is given beforehand, so that it never waits for the next."""
MAX_AHEAD_BYTES = 1024
"""A larger item is given to a worker that waits for it: what lies in a connection unread stays within the 8 KiB that
macOS buffers. Beyond its buffer, giving would wait for a worker that may be waiting to be heard."""
MAX_HELD = 256
"""Items a worker may be ahead of the first answer that is still missing: one slow page holds up the order of the
answers, and must neither stop the other workers nor let answers pile up."""
TRIES = 2
MAX_FAILED_STARTS = 3
START_SECONDS = 120.0
"""By the clock, until a worker has loaded its models (1 s where nothing else runs)."""
LOOK_SECONDS = 1.0
"""Between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An item without an answer: every worker that tried it ended over it."""

    kind: Literal["time", "memory", "died"]
    detail: str


@dataclass(slots=True)
class _Piece(Generic[Answer]):
    """An item's way through the workers."""

    pickled: bytes
    tries: int = 0
    answer: Answer | Lost | None = None
    done: bool = False


@dataclass(slots=True)
class _Worker(Generic[Answer]):
    process: SpawnProcess
    connection: Connection
    ready: bool = False
    given: deque[_Piece[Answer]] = field(default_factory=deque)
    """In the order in which they are answered; the first is the one in work."""
    since: float = field(default_factory=time.monotonic)
    """When it was started, or the first of `given` came to be the first."""
    overdue: bool = False
    """Killed, for the clock."""


class Workers(Generic[Item, Answer]):
    """So many worker processes; items in, answers out, in the same order."""

    def __init__(
        self,
        task: Callable[[Item], Answer],
        warm_up: Callable[[], None],
        *,
        count: int = 0,
        limits: Limits | None = None,
    ) -> None:
        """Start nothing yet: processes begin with the first items.

        Args:
            task: answers an item, in a worker.
            warm_up: called once in each worker.
            count: of processes; 0 is one a core.
            limits: of one item.
        """
        self._duty = Duty(task, warm_up, limits or Limits(), os.getpid())
        self._workers: list[_Worker[Answer] | None] = [None] * (count or os.cpu_count() or 1)
        self._order: deque[_Piece[Answer]] = deque()
        self._queue: deque[_Piece[Answer]] = deque()
        self._changed = threading.Condition()
        """Guards the two queues and `_failure`; the workers are the supervising thread's alone."""
        self._failure: str | None = None
        self._failed_starts = 0
        self._closing = False
        self._woken, self._wake = Pipe(duplex=False)
        self._is_woken = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; what is not done yet is left for another time."""
        self._closing = True
        if self._thread is not None:
            self._rouse()
            self._thread.join()
            self._thread = None

    @property
    def backlog(self) -> int:
        """Items submitted and not yet handed back."""
        return len(self._order)

    def submit(self, items: Iterable[Item]) -> None:
        """Queue items, in the order in which their answers are wanted."""
        pieces: list[_Piece[Answer]] = [_Piece(pickle.dumps(item)) for item in items]
        if not pieces:
            return
        with self._changed:
            self._order.extend(pieces)
            self._queue.extend(pieces)
        if self._thread is None:
            self._thread = threading.Thread(target=self._supervise, name="workers", daemon=True)
            self._thread.start()
        self._rouse()

    def ready(self) -> list[Answer | Lost]:
        """What is answered, in order, without waiting.

        Raises:
            ArchiveError: no item can be answered on this machine as it is.
        """
        answers: list[Answer | Lost] = []
        with self._changed:
            while self._order and self._order[0].done:
                answers.append(self._order.popleft().answer)  # type: ignore[arg-type]  # it is done
            failure = self._failure
        if answers:
            self._rouse()  # there is room again
        elif failure is not None and self._order:
            raise ArchiveError(failure)
        return answers

    def drain(self) -> Iterator[list[Answer | Lost]]:
        """Everything that is left, in order, in batches as they come.

        Raises:
            ArchiveError: as `ready`.
        """
        while self._order:
            with self._changed:
                self._changed.wait_for(lambda: self._order[0].done or self._failure is not None)
            yield self.ready()

    def _rouse(self) -> None:
        """Have the supervising thread look at the queue again."""
        with self._changed:
            if not self._is_woken:
                self._is_woken = True
                self._wake.send_bytes(b"!")

    # What follows is the supervising thread's.

    def _supervise(self) -> None:
        try:
            while not self._closing:
                self._give_out()
                self._listen()
        except Exception as error:
            self._fail(f"the worker processes cannot be supervised: {type(error).__name__}: {error}")
            raise
        finally:
            for worker in self._alive():
                worker.process.kill()  # it only reads
                worker.process.join()
                worker.connection.close()

    def _alive(self) -> list[_Worker[Answer]]:
        return [worker for worker in self._workers if worker is not None]

    def _give_out(self) -> None:
        if self._failure is not None:
            return
        with self._changed:
            room = MAX_HELD * len(self._workers) - (len(self._order) - len(self._queue))
            while self._queue and room > 0:
                slot = min(range(len(self._workers)), key=self._load)
                worker = self._workers[slot] or self._start(slot)
                if worker is None or not _has_room(worker, self._queue[0]):
                    return
                self._give(worker, self._queue.popleft())
                room -= 1

    def _load(self, slot: int) -> int:
        worker = self._workers[slot]
        return len(worker.given) if worker is not None else -1  # what cost a worker begins in a fresh one

    def _start(self, slot: int) -> _Worker[Answer] | None:
        # A process inherits the mask of the thread that starts it: SIGINT is blocked in a worker from its first
        # instant, long before it can say that it leaves ^C to its parent. Not before the resource tracker runs:
        # starting that unblocks it.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        ours, theirs = Pipe()
        context = get_context(
            "spawn"
        )  # forked, it would inherit the locks of this process's threads as they are
        process = context.Process(target=work, args=(self._duty, theirs), name="warraq worker", daemon=True)
        try:
            process.start()
        except OSError as error:
            self._fail(f"no worker process can be started: {error}")
            ours.close()
            return None
        finally:
            theirs.close()
        worker: _Worker[Answer] = _Worker(process, ours)
        self._workers[slot] = worker
        return worker

    def _give(self, worker: _Worker[Answer], piece: _Piece[Answer]) -> None:
        if not worker.given and worker.ready:
            worker.since = time.monotonic()
        worker.given.append(piece)
        with suppress(OSError):  # it has just died: `_listen` learns of it and gives its pieces out again
            worker.connection.send_bytes(piece.pickled)

    def _listen(self) -> None:
        alive = {worker.connection: worker for worker in self._alive()}
        for connection in wait([self._woken, *alive], LOOK_SECONDS):
            if connection is self._woken:
                with self._changed:
                    self._woken.recv_bytes()
                    self._is_woken = False
            else:
                self._hear(alive[connection])  # type: ignore[index]  # one of ours
        for worker in self._alive():
            self._look_at_the_clock(worker)

    def _hear(self, worker: _Worker[Answer]) -> None:
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        worker.since = time.monotonic()
        if worker.ready:
            self._finish(worker.given.popleft(), said)
        elif said == READY:
            worker.ready = True
            self._failed_starts = 0
        else:
            self._fail(said)

    def _finish(self, piece: _Piece[Answer], answer: Answer | Lost) -> None:
        with self._changed:
            piece.answer, piece.done = answer, True
            self._changed.notify_all()

    def _fail(self, reason: str) -> None:
        with self._changed:
            self._failure = reason
            self._changed.notify_all()

    def _look_at_the_clock(self, worker: _Worker[Answer]) -> None:
        limit = self._duty.limits.wall_seconds if worker.ready else START_SECONDS
        if (worker.given or not worker.ready) and time.monotonic() - worker.since > limit:
            worker.overdue = True
            worker.process.kill()

    def _bury(self, worker: _Worker[Answer]) -> None:
        """After a worker's end: a mark against the item it was at, and all that it was given for others to do."""
        worker.process.join()
        worker.connection.close()
        self._workers[self._workers.index(worker)] = None
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= MAX_FAILED_STARTS and self._failure is None:
                self._fail(f"pages cannot be read: worker processes end at once ({_cause(worker)[1]})")
        elif worker.given:
            first = worker.given[0]
            first.tries += 1
            if first.tries >= TRIES:
                worker.given.popleft()
                self._finish(first, self._lost(worker))
        with self._changed:
            self._queue.extendleft(reversed(worker.given))

    def _lost(self, worker: _Worker[Answer]) -> Lost:
        kind, cause = _cause(worker)
        limits = self._duty.limits
        if kind == "time":
            spent = (
                f"{limits.wall_seconds:g} s by the clock"
                if worker.overdue
                else f"{limits.seconds:g} s of CPU time"
            )
            return Lost(kind, f"time: more than {spent}, {TRIES} times")
        if kind == "memory":
            return Lost(kind, f"memory: more than {limits.memory / 1e6:,.0f} MB, {TRIES} times")
        return Lost(kind, f"the worker process died over this page, {TRIES} times ({cause})")


def _has_room(worker: _Worker[Any], piece: _Piece[Any]) -> bool:
    if len(piece.pickled) > MAX_AHEAD_BYTES:
        return worker.ready and not worker.given
    return len(worker.given) < ITEMS_AHEAD


def _cause(worker: _Worker[Any]) -> tuple[Literal["time", "memory", "died"], str]:
    """Why a process ended."""
    code = worker.process.exitcode or 0
    if worker.overdue or code == -signal.SIGPROF:
        return "time", "too long"
    if code == EXIT_MEMORY:
        return "memory", "more memory than [extract] page_memory"
    with suppress(ValueError):
        return "died", signal.Signals(-code).name
    return "died", f"exit code {code}"
