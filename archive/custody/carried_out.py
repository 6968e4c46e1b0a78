"""Whether the ledger is as it was written, and everything it says is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.custody.ledger import LEDGER
from archive.custody.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.custody.ledger import Ledger
    from archive.store import ArchiveStore


def ledger_problems(book: Ledger, store: ArchiveStore | None) -> Iterator[Problem]:
    """What is wrong with the ledger, and with what archive.db has of it.

    A last line that was taken away breaks no chain; the database still knows it.
    """
    for fault in book.faults:
        yield Problem.of("ledger", LEDGER, fault)
    for decision in book.unfinished():
        what = f"the records of takedown {decision.id} are not out of the WARC files yet"
        yield Problem.of("takedown", LEDGER, what)
    if store is None:
        return
    known = {takedown.id: takedown for takedown in store.takedowns}
    for decision in book.decisions:
        takedown = known.pop(decision.id, None)
        if takedown is None:
            yield Problem.of("takedown", LEDGER, f"archive.db does not know takedown {decision.id} yet")
        elif (takedown.instant, takedown.action, takedown.reason) != (
            decision.instant, decision.action, decision.reason,
        ):  # fmt: skip
            yield Problem.of("ledger", LEDGER, f"archive.db says otherwise of takedown {decision.id}")
    for number in known:
        yield Problem.of("ledger", LEDGER, f"takedown {number}, which archive.db knows, is not in it")
