"""One command, measured: its time, its CPU and its memory, those of all its processes together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

SAMPLE_SECONDS = 0.25
"""Between two looks at the memory. A look costs the kernel milliseconds, none of them counted below."""

MEMORY_KIND = "PSS" if psutil.LINUX else "RSS"
"""Linux tells each process's share of pages that several have; elsewhere they count once a process."""

READY = "ready"
"""What a contestant prints once it has imported what it needs; the rest of its life is its work."""

_ROOT = Path(__file__).resolve().parents[1]
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took."""

    seconds: float
    """From its start to its end."""
    cpu_seconds: float
    """User and system, of the process and of all that it started and waited for."""
    work_seconds: float
    """Without what came before it was ready."""
    work_cpu_seconds: float
    peak_mebibytes: float
    """The most that was seen of all its processes at one time; `MEMORY_KIND` says of what."""
    told: dict[str, int]
    """Its last line: counts by name."""


class BenchmarkError(RuntimeError):
    """A command failed, so there is nothing to compare."""


def measure(module: str, arguments: Sequence[str], python: Path | None = None) -> Measured:
    """Run `python -m MODULE ARGUMENTS` to its end.

    It prints `READY`, and at its end one JSON object of counts.

    Args:
        module: a contestant.
        arguments: its command line.
        python: of another environment; default: the one that runs.

    Raises:
        BenchmarkError: it failed, or told nothing; what it said stands on standard error.
    """
    command = [str(python or sys.executable), "-m", module, *arguments]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    ready_at, ready_cpu, told = began, 0.0, ""
    with _Memory(process.pid) as memory:
        for line in process.stdout or ():
            if line.strip() == READY:
                ready_at, ready_cpu = time.monotonic(), _cpu_seconds(process.pid)
            else:
                told = line
        # subprocess's own wait tells nothing of resources.
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout is not None:
        process.stdout.close()
    if process.returncode or not told:
        raise BenchmarkError(f"{' '.join(command)}: exit code {process.returncode}, last line {told!r}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(
        ended - began, cpu, ended - ready_at, cpu - ready_cpu, memory.peak / _MEBIBYTE, json.loads(told)
    )


class _Memory:
    """Watches the memory of a process and its descendants while the context lasts."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_memory(process) for process in _family(self._pid)))


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> int:
    """Bytes; 0 of a process that has just ended."""
    try:
        return int(process.memory_full_info().pss if psutil.LINUX else process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _cpu_seconds(pid: int) -> float:
    total = 0.0
    for process in _family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
