"""A worker process: one item after the other, each within the limits of `Limits`.

What ends an item that goes on for too long is the kernel, not Python: a timer of the process's CPU time whose signal
has its default action. A regular expression or a call into lxml holds the interpreter, so that no thread or handler of
Python's own would get a turn; and code that swallows every exception cannot swallow this. Memory has two fences:
a limit of the address space, at which an allocation fails, and a look at the peak of what is resident, ten times a
second and after each item. Either way the process ends: what has been so large, or was cut off somewhere, reads no
other page, and `archive.ingest.workers` puts another in its place.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from settings.app import ExtractSettings

Item = TypeVar("Item")
Answer = TypeVar("Answer")

EXIT_MEMORY = 75
"""Exit code of a worker that held more than it may."""
WATCH_SECONDS = 0.1
ADDRESS_SPACE = resource.RLIMIT_AS
STATUS = "/proc/self/status"
STATM = Path("/proc/self/statm")
"""proc(5)."""
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
"""Unit of ru_maxrss (getrusage(2) of Linux and of macOS)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost. The counts of `archive.extract.page` come first: these are for what they miss.

    What passes a count does so on every machine. Time and memory depend on the machine, so each page that is
    refused for them was tried twice, and says so (`archive.ingest.workers.Lost`).
    """

    seconds: float = 10.0
    """CPU time: other load on the machine does not count."""
    memory: int = 500_000_000
    """Bytes a worker may hold, its own code and models (about 150 MB) among them."""

    @classmethod
    def of(cls, settings: ExtractSettings) -> Limits:
        """As `[extract]` of warraq.toml says."""
        return cls(settings.page_seconds, settings.page_memory)

    @property
    def wall_seconds(self) -> float:
        """Time by the clock, for what waits and never computes: a disk that does not answer, a stopped process."""
        return 3 * self.seconds


@dataclass(frozen=True, slots=True)
class Duty(Generic[Item, Answer]):
    """What a worker is started with; pickled."""

    task: Callable[[Item], Answer]
    """Answers an item; an exception other than MemoryError is its own to catch."""
    warm_up: Callable[[], None]
    """Loads what takes long, before the first item.

    Raises:
        ArchiveError: no item can be answered on this machine as it is.
    """
    limits: Limits
    parent: int
    """Process id: a worker ends with it."""


READY = "ready"
"""Sent once, before the first answer; in its place, the text of an error where no item can be answered."""


def work(duty: Duty[Item, Answer], connection: Connection) -> None:
    """Answer items until the connection ends: the target of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C reaches the whole group; the parent says what it means
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    threading.Thread(target=_watch, args=(duty.parent, duty.limits.memory), daemon=True).start()
    try:
        duty.warm_up()
    except ArchiveError as error:
        connection.send(str(error))
        return
    _limit_address_space(duty.limits.memory)
    connection.send(READY)
    while True:
        try:
            item = connection.recv()
        except (EOFError, OSError):
            return
        answer = _answer(duty, item)
        try:
            connection.send(answer)
        except OSError:
            return


def _answer(duty: Duty[Item, Answer], item: Item) -> Answer:
    signal.setitimer(signal.ITIMER_PROF, duty.limits.seconds)
    try:
        answer = duty.task(item)
    except MemoryError:
        os._exit(EXIT_MEMORY)
    signal.setitimer(signal.ITIMER_PROF, 0)
    if _peak_bytes() > duty.limits.memory:  # what fell between two looks
        os._exit(EXIT_MEMORY)
    return answer


def _watch(parent: int, memory: int) -> None:
    """End with the parent, whose kill -9 must leave no worker behind; and at the limit of memory."""
    while os.getppid() == parent:
        if _peak_bytes() > memory:
            os._exit(EXIT_MEMORY)
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _peak_bytes() -> int:
    """The most that was ever resident.

    Not by getrusage where there is a choice: under Linux a new process begins there with the peak of the one that
    started it (exec_mmap in fs/exec.c), so that no worker of a large crawl would be within its limit.
    """
    try:
        with open(STATUS, "rb") as status:  # noqa: PTH123  (some lines of the kernel's, ten times a second)
            return int(status.read().partition(b"VmHWM:")[2].split(None, 1)[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES


def _limit_address_space(memory: int) -> None:
    """Let allocations fail that would take this process far beyond its limit between two looks.

    Mapped is more than resident, by libraries and the stacks of threads: the limit is counted from what is mapped
    now. Where the kernel tells no such number (macOS, which does not enforce the limit either), the looks are all.
    """
    try:
        mapped = int(STATM.read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return
    _, hard = resource.getrlimit(ADDRESS_SPACE)
    wanted = mapped + memory
    if hard in (resource.RLIM_INFINITY, -1) or wanted < hard:
        resource.setrlimit(ADDRESS_SPACE, (wanted, hard))
