"""Takedowns: decided, written into the ledger, and carried out to the last file.

The order is such that a crash at any point leaves a decision that `resume` carries out again from the start,
without harm: the ledger's line; the rows of archive.db, from which on nothing of it is shown; the files
without its records, beside the old ones; the manifest's lines; the rows' new places; the ledger's word that it
is done; and only then the old files go.

Each attempt that goes leaves a record in its place (`compose_tombstone`), so that a rebuild counts the others as
before. A revisit that stays and whose original goes is *rehomed*: it becomes the whole response, or refers to
the first one that stays with the same payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.custody import ledger, manifest, rewriting
from archive.custody.ledger import Decision, Erasure, Replacement, WithheldCapture
from archive.custody.reach import reach
from archive.custody.rehoming import rehome, rehomed
from archive.errors import ArchiveError, TakenDownError, UsageError, WarcError
from archive.store.frontier import DATABASE, FrontierStore
from archive.store.takedowns import Takedown, Withheld
from archive.urls import canonical, normalise
from archive.warc.cdxj import drop_stale
from archive.warc.compose import compose_tombstone
from archive.warc.location import is_foreign
from archive.warc.reader import record_id_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from archive.custody.ledger import Action, Ledger, Rehomed
    from archive.custody.reach import NamedArticle
    from archive.records import Capture
    from archive.store import ArchiveStore


@dataclass(frozen=True, slots=True)
class Plan:
    """What a takedown would do."""

    action: Action
    articles: tuple[NamedArticle, ...]
    identities: tuple[str, ...]
    """Canonical URLs that are fetched no more."""
    captures: tuple[Capture, ...]
    rehomed: tuple[Rehomed, ...]
    files: tuple[str, ...]
    """WARC files to be written anew."""


def plan(
    folder: Path, store: ArchiveStore, *, articles: Sequence[int] = (), urls: Sequence[str] = (), seal: bool
) -> Plan:
    """Find out what a takedown would do; nothing is changed.

    Args:
        folder: the archive.
        store: its database.
        articles: ids of articles.
        urls: addresses; where nothing of one is archived, it is excluded from later crawls alone.
        seal: whether the records stay in the WARC files, unseen.

    Raises:
        UsageError: a URL is none that could be fetched, or the records lie where they cannot be taken out.
        TakenDownError: a URL is taken down already.
        WarcError: a revisit that stays repeats a payload that cannot be read.
    """
    with store.snapshot():
        for url in urls:
            _check_url(store, url)
        reached = reach(store, articles=articles, urls=urls)
        captures = [store.capture(number) for number in reached.captures]
        moved: tuple[Rehomed, ...] = ()
        files: set[str] = set()
        if seal:
            captures = _with_repetitions(store, captures)
        else:
            moved = tuple(rehomed(store, captures))
            for one in moved:  # what cannot be done is told before anything is
                rehome(folder / manifest.WARC_FOLDER, store, one)
            files = {one.warc_file for one in captures} | {store.capture(one.id).warc_file for one in moved}
            _check_own(files)
    action: Action = ("seal" if seal else "takedown") if captures else "exclude"
    return Plan(action, reached.articles, reached.identities, tuple(captures), moved, tuple(sorted(files)))


def take_down(folder: Path, store: ArchiveStore, planned: Plan, reason: str) -> Decision:
    """Carry out what was planned.

    Args:
        folder: the archive, under the `CrawlLock` of this process, and `recover`ed.
        store: open for writing.
        planned: of this state of the archive.
        reason: for the ledger; shown to who asks for what is gone.

    Returns:
        The ledger's line. Captures that became whole responses wait to be read.

    Raises:
        ArchiveError: the ledger, the database or a file cannot be written. Once the ledger has the decision,
            nothing of it is shown, and `resume` carries it on.
    """
    warc = folder / manifest.WARC_FOLDER
    decision = ledger.append(
        folder,
        Decision(
            id=0,
            instant=_now(),
            action=planned.action,
            reason=reason,
            articles=tuple(article.id for article in planned.articles),
            identities=planned.identities,
            captures=tuple(
                WithheldCapture(one.id, _record_id(warc, one), one.payload_digest) for one in planned.captures
            ),
            rehomed=planned.rehomed,
        ),
    )
    resume(folder, store)
    return decision


def resume(folder: Path, store: ArchiveStore) -> None:
    """Carry out whatever the ledger says and is not done yet; cheap where all is.

    Args:
        folder: the archive, under the `CrawlLock` of this process.
        store: open for writing.

    Raises:
        ArchiveError: the ledger was changed, or the database or a file cannot be written.
    """
    book = ledger.read_sound(folder)
    known = {takedown.id for takedown in store.takedowns}
    fresh = [decision for decision in book.decisions if decision.id not in known]
    unfinished = book.unfinished()
    if fresh or unfinished:
        store.durably()
        for decision in fresh:
            store.takedowns.withhold(named(decision), [one.id for one in decision.captures])
        _withdraw(folder, [*fresh, *unfinished])
        store.takedowns.scrub()
        for decision in unfinished:
            _erase(folder, store, decision)
        book = ledger.read_sound(folder)
    _remove_replaced(folder, book)


def named(decision: Decision) -> Withheld:
    """What archive.db has to know of a decision."""
    return Withheld(
        Takedown(
            decision.id, decision.instant, decision.action, decision.reason, ledger.line_sha256(decision)
        ),
        decision.articles,
        decision.identities,
        tuple({one.payload_digest: None for one in decision.captures if one.payload_digest is not None}),
        tuple({one.record_id: None for one in decision.captures if one.record_id}),
    )


def in_force(folder: Path, paths: Iterable[Path]) -> list[Path]:
    """The WARC files that count, of those there are: a crash may leave a file and its successor side by side.

    The old one counts until the ledger says that all is done.
    """
    book = ledger.read_sound(folder)
    replaced = {file.name for erasure in book.erasures.values() for file in erasure.files}
    begun = [decision.id for decision in book.unfinished()]
    return [
        path
        for path in paths
        if path.name not in replaced
        and not any(rewriting.is_successor(path.name, number) for number in begun)
    ]


def _check_url(store: ArchiveStore, url: str) -> None:
    """Whether something is archived of a URL, or it can be excluded."""
    identity = canonical(url)
    for table in ("captures", "articles"):
        statement = f"SELECT 1 FROM {table} WHERE canonical_url = ? LIMIT 1"  # noqa: S608  (names of ours)
        if store.query(statement, [identity]):
            return
    takedown = store.takedowns.of_url(url)
    if takedown is not None:
        raise TakenDownError(f"{url}: {takedown} already; nothing more of it is archived.")
    if normalise(url) is None:
        raise UsageError(f"{url!r}: nothing of it is archived, and it is no URL that could be fetched")


def _check_own(files: Iterable[str]) -> None:
    foreign = sorted(filter(is_foreign, files))
    if foreign:
        raise UsageError(
            f"{foreign[0]}: was imported and is kept byte for byte, so nothing is taken out of it; --seal keeps "
            f"its records and shows them nowhere"
        )


def _with_repetitions(store: ArchiveStore, captures: Sequence[Capture]) -> list[Capture]:
    """With the revisits of these, which would show the sealed bytes under other addresses."""
    ids = {capture.id for capture in captures}
    for capture in captures:
        rows = store.query("SELECT id FROM captures WHERE revisit_of = ?", [capture.id])
        ids.update(number for (number,) in rows)
    return [store.capture(number) for number in sorted(ids)]


def _record_id(warc: Path, capture: Capture) -> str:
    """WARC-Record-ID; nothing where the record is damaged, so that it can be taken down all the same."""
    try:
        return record_id_at(warc, capture.warc_file, capture.offset)
    except WarcError:
        return ""


def _withdraw(folder: Path, decisions: Sequence[Decision]) -> None:
    """Out of what is still to be fetched."""
    if (folder / DATABASE).is_file():
        with FrontierStore.open(folder) as frontier:
            for decision in decisions:
                frontier.urls.withdraw(decision.identities)


def _erase(folder: Path, store: ArchiveStore, decision: Decision) -> None:
    """Write the files without the decision's records, and put them in the place of the old ones."""
    warc = folder / manifest.WARC_FOLDER
    _check_rows(store, decision)
    members = _members(warc, store, decision)
    places = {store.capture(number).warc_file for number in members}
    moved: list[Capture] = []
    for name in sorted(name for name in places if not rewriting.is_successor(name, decision.id)):
        path = warc / rewriting.successor(name, decision.id)
        captures = sorted(store.captures(warc_file=name), key=lambda one: one.offset)
        rewritten = rewriting.rewrite(warc / name, path, captures, members)
        _list_successor(folder, warc / name, path, rewritten.sha256)
        moved.extend(rewritten.captures)
    store.settle(moved, {one.id: one.now for one in decision.rehomed})
    ledger.append(folder, Erasure(0, _now(), "erased", decision.id, _replacements(folder, decision.id)))


def _check_rows(store: ArchiveStore, decision: Decision) -> None:
    """Without the rows it is not known where the records lie."""
    for number in [*(one.id for one in decision.captures), *(one.id for one in decision.rehomed)]:
        if not store.query("SELECT 1 FROM captures WHERE id = ?", [number]):
            raise ArchiveError(
                f"archive.db has no capture {number}, which takedown {decision.id} in {ledger.LEDGER} names, so "
                f"its records cannot be found. 'warraq rebuild' makes archive.db anew and carries it on."
            )


def _members(warc: Path, store: ArchiveStore, decision: Decision) -> dict[int, tuple[bytes, ...]]:
    """Capture's id -> what takes the place of its records."""
    members: dict[int, tuple[bytes, ...]] = {}
    for one in decision.captures:
        started = store.capture(one.id).started
        members[one.id] = (compose_tombstone(decision.id, one.id, started),)
    for other in decision.rehomed:
        if not rewriting.is_successor(store.capture(other.id).warc_file, decision.id):
            members[other.id] = rehome(warc, store, other)
    return members


def _list_successor(folder: Path, old: Path, new: Path, sha256: str) -> None:
    """In the manifest, with the old file before it."""
    manifest.append_missing(folder, [old])
    if new.name not in {entry.name for entry in manifest.read(folder).entries}:
        manifest.append(folder, new, sha256, replaces=old.name)


def _replacements(folder: Path, takedown: int) -> tuple[Replacement, ...]:
    entries = manifest.read(folder).entries
    sha256 = {entry.name: entry.sha256 for entry in entries}
    return tuple(
        Replacement(entry.replaces, sha256.get(entry.replaces, ""), entry.name, entry.sha256)
        for entry in entries
        if entry.replaces is not None and rewriting.is_successor(entry.name, takedown)
    )


def _remove_replaced(folder: Path, book: Ledger) -> None:
    """Old files, once the ledger says that others took their place."""
    warc = folder / manifest.WARC_FOLDER
    old = [warc / file.name for erasure in book.erasures.values() for file in erasure.files]
    there = [path for path in old if path.exists()]
    for path in there:
        path.unlink()
    if there:
        rewriting.sync_folder(warc)
        drop_stale(folder)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
