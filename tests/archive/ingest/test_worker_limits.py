"""Workers that are killed, hang in C, or grow: each costs the item it was at, after a second try, and no other."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveError
from archive.ingest.worker import Limits
from archive.ingest.workers import Lost, Workers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TIGHT = Limits(seconds=0.5, memory=260_000_000)
COUNT = 24
AT = 7
"""The item that something happens over."""


@dataclass(frozen=True)
class Work:
    """What a worker of these tests is asked."""

    number: int
    deed: str = ""
    notes: Path | None = None
    """Each try leaves a line here."""


def warm_up() -> None:
    pass


def answer(work: Work) -> int:
    if work.notes is not None:
        with work.notes.open("a") as notes:
            notes.write(f"{os.getpid()}\n")
    if work.deed:
        DEEDS[work.deed](work)
    return work.number


def _hang_in_c(work: Work) -> None:
    """Exponential time inside `re`, which holds the interpreter; and every exception is swallowed."""
    try:
        re.match(r"(a|aa)+$", "a" * 200 + "b")
    except BaseException:
        time.sleep(1000)


def _hang_deaf(work: Work) -> None:
    """Nothing but a kill ends this."""
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    re.match(r"(a|aa)+$", "a" * 200 + "b")


def _grow(work: Work) -> None:
    held = []
    while True:
        held.append(bytearray(10_000_000))  # touched: resident
        time.sleep(0.001)


def _grow_at_once(work: Work) -> None:
    """In one call of C, between two looks."""
    bytes(b"x" * 2_000_000_000)


def _exit(work: Work) -> None:
    os._exit(9)


def _die_once(work: Work) -> None:
    assert work.notes is not None
    if len(work.notes.read_text().splitlines()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)


DEEDS = {
    "hang": _hang_in_c, "hang deaf": _hang_deaf, "wait": lambda work: time.sleep(1000), "grow": _grow,
    "grow at once": _grow_at_once, "exit": _exit, "segfault": lambda work: os.kill(os.getpid(), signal.SIGSEGV),
    "die once": _die_once,
}  # fmt: skip


def _asked(deed: str, notes: Path) -> list[int | Lost]:
    items = [Work(number, deed, notes) if number == AT else Work(number, "", None) for number in range(COUNT)]
    with Workers(answer, warm_up, count=2, limits=TIGHT) as workers:
        workers.submit(items)
        answers = [found for batch in workers.drain() for found in batch]
        assert workers.backlog == 0
    assert [found for number, found in enumerate(answers) if number != AT] == [
        number for number in range(COUNT) if number != AT
    ]
    return answers


@pytest.mark.parametrize(
    ("deed", "kind", "said"),
    [
        ("hang", "time", r"time: more than 0\.5 s of CPU time, 2 times"),
        ("hang deaf", "time", r"time: more than 1\.5 s by the clock, 2 times"),
        ("wait", "time", r"time: more than 1\.5 s by the clock, 2 times"),
        ("grow", "memory", r"memory: more than 260 MB, 2 times"),
        ("grow at once", "memory", r"memory: more than 260 MB, 2 times"),
        ("exit", "died", r"died over this page, 2 times \(exit code 9\)"),
        ("segfault", "died", r"died over this page, 2 times \(SIGSEGV\)"),
    ],
)
def test_it_costs_its_own_item_after_a_second_try(tmp_path, deed, kind, said):
    notes = tmp_path / "notes"
    lost = _asked(deed, notes)[AT]
    assert isinstance(lost, Lost)
    assert lost.kind == kind
    assert re.search(said, lost.detail)
    tries = notes.read_text().splitlines()
    assert len(tries) == len(set(tries)) == 2, "in two workers"


def test_what_succeeds_the_second_time_is_answered(tmp_path):
    assert _asked("die once", tmp_path / "notes")[AT] == AT


def test_nothing_is_waited_for_by_who_asks_what_is_ready(tmp_path):
    """A crawl asks once in half a second, in its event loop."""
    with Workers(answer, warm_up, count=1, limits=TIGHT) as workers:
        workers.submit([Work(0), Work(1, "wait"), Work(2)])
        answers: list[int | Lost] = []
        longest = 0.0
        while len(answers) < 3:
            asked = time.monotonic()
            answers += workers.ready()
            longest = max(longest, time.monotonic() - asked)
            time.sleep(0.01)
    assert (answers[0], answers[2]) == (0, 2)
    assert longest < 0.5


def test_a_stopped_worker_is_replaced(tmp_path):
    with Workers(answer, warm_up, count=1, limits=TIGHT) as workers:
        workers.submit([Work(0)])
        assert next(workers.drain()) == [0]
        (process,) = multiprocessing.active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        workers.submit(Work(number) for number in range(1, 30))
        assert [found for batch in workers.drain() for found in batch] == list(range(1, 30))


def test_what_the_parent_holds_is_not_counted(tmp_path):
    """Under Linux, ru_maxrss of a new process begins with the peak of the one that started it."""
    held = bytearray(b"x" * TIGHT.memory)
    with Workers(answer, warm_up, count=1, limits=TIGHT) as workers:
        workers.submit([Work(0)])
        assert next(workers.drain()) == [0]
    assert held


def test_large_items_and_answers_do_not_lock_each_other(tmp_path):
    """Both sides of a connection would wait for the other to read."""
    large = [b"%d" % number + b"x" * 1_000_000 for number in range(12)]
    with Workers(bytes.upper, warm_up, count=2, limits=TIGHT) as workers:
        workers.submit(large)
        assert [found for batch in workers.drain() for found in batch] == [each.upper() for each in large]


def test_workers_that_end_before_they_begin_refuse_nothing(tmp_path):
    with Workers(answer, _cannot_start, count=2, limits=TIGHT) as workers:
        workers.submit([Work(0)])
        with pytest.raises(ArchiveError, match=r"end at once \(exit code 3\)"):
            list(workers.drain())
        assert workers.backlog == 1


def _cannot_start() -> None:
    os._exit(3)


def test_no_worker_outlives_its_pool(tmp_path):
    with Workers(answer, warm_up, count=2, limits=Limits()) as workers:
        workers.submit([Work(0), Work(1, "hang deaf"), Work(2, "wait")])
        assert next(workers.drain()) == [0]
    assert not multiprocessing.active_children()
