"""Whether the ledger is as it was written, and everything it says is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.custody.ledger import LEDGER, line_sha256
from archive.custody.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.custody.ledger import Ledger
    from archive.store import ArchiveStore


def ledger_problems(book: Ledger, store: ArchiveStore | None, sha256: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the ledger, and with what archive.db and the manifest have of it.

    A last line that was changed or taken away breaks no chain, but the others know what it said.

    Args:
        book: the ledger.
        store: the archive's database, where there is one.
        sha256: of WARC files by their names, as the manifest has them.
    """
    for fault in book.faults:
        yield Problem.of("ledger", LEDGER, fault)
    for decision in book.unfinished():
        what = f"the records of takedown {decision.id} are not out of the WARC files yet"
        yield Problem.of("takedown", LEDGER, what)
    for file in (file for erasure in book.erasures.values() for file in erasure.files):
        if (sha256.get(file.name), sha256.get(file.by)) != (file.sha256, file.by_sha256):
            what = f"the manifest says otherwise of {file.name} and {file.by}, which took its place"
            yield Problem.of("ledger", LEDGER, what)
    if store is not None:
        yield from _against_database(book, store)


def _against_database(book: Ledger, store: ArchiveStore) -> Iterator[Problem]:
    known = {takedown.id: takedown for takedown in store.takedowns}
    for decision in book.decisions:
        takedown = known.pop(decision.id, None)
        if takedown is None:
            yield Problem.of("takedown", LEDGER, f"archive.db does not know takedown {decision.id} yet")
        elif takedown.line_sha256 != line_sha256(decision):
            yield Problem.of("ledger", LEDGER, f"archive.db says otherwise of takedown {decision.id}")
    for number in known:
        yield Problem.of("ledger", LEDGER, f"takedown {number}, which archive.db knows, is not in it")
