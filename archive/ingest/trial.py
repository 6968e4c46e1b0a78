"""A source's rules, tried on its latest captures: what each finds, and what they change together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.markup.decoding import decode
from archive.extract.markup.tree import TooLargeError, parse
from archive.extract.sites import SiteKnowledge, count_matches, labels
from archive.extract.sites.scripts import RuleFaultError
from archive.ingest.comparing import compare
from archive.ingest.derive import derive_exchange, page_of
from archive.records import Rejected, is_readable
from archive.warc.reader import read_exchange

if TYPE_CHECKING:
    from pathlib import Path

    from archive.extract.sites import Rules
    from archive.ingest.comparing import PageChange
    from archive.records import Capture, Exchange
    from archive.store import ArchiveStore

TRIED_CAPTURES = 20

_LATEST = """
SELECT id FROM captures WHERE source = ? AND role = 'page'
AND outcome IN ('waiting', 'new', 'changed', 'unchanged', 'rejected') ORDER BY id DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class RuleMatches:
    """One rule, and on how many captures it finds something."""

    rule: str
    """`FIELD_xpath: EXPRESSION`, or `FILE: FIELD()`; with the days that it holds for, where it has some."""
    captures: int
    """Of its time, among those tried."""
    matched: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules of a source do on its latest captures."""

    source: str
    captures: int
    rules: tuple[RuleMatches, ...]
    changes: tuple[PageChange, ...]
    """Against the same pages without rules."""
    faults: tuple[tuple[str, str], ...]
    """URL and what failed on it."""

    @property
    def idle(self) -> tuple[RuleMatches, ...]:
        """The rules that find nothing on any capture of their time, where there is one."""
        return tuple(rule for rule in self.rules if rule.captures and not rule.matched)


def try_rules(
    store: ArchiveStore, warc_folder: Path, source: str, known: SiteKnowledge, count: int = TRIED_CAPTURES
) -> Trial:
    """Read a source's latest captures with its rules and without; nothing is fetched and nothing changed.

    Args:
        store: the archive's.
        warc_folder: where its captures lie.
        source: its name.
        known: its rules among them.
        count: captures to try at most.

    Raises:
        WarcError: a capture cannot be read.
    """
    sets = known.rules.get(source, ())
    tried: Counter[int] = Counter()
    matched: Counter[tuple[int, str]] = Counter()
    changes: list[PageChange] = []
    faults: list[tuple[str, str]] = []
    captures = [store.capture(row[0]) for row in store.query(_LATEST, (source, count))]
    captures = [capture for capture in captures if is_readable(capture)]
    for capture in captures:
        exchange = _read(warc_folder, capture)
        at = next((at for at, rules in enumerate(sets) if rules.hold_at(capture.started)), None)
        if at is not None:
            tried[at] += 1
            matched.update((at, rule) for rule, found in _matches(exchange, sets[at]).items() if found)
        plain = derive_exchange(exchange, SiteKnowledge({source: ()}))
        ruled = derive_exchange(exchange, SiteKnowledge({source: sets}))
        if isinstance(ruled, Rejected) and ruled.reason == "fault":
            faults.append((capture.url, ruled.detail))
        elif change := compare(capture, plain, ruled, None):
            changes.append(change)
    told = tuple(
        RuleMatches(label + _time_of(rules), tried[at], matched[at, label])
        for at, rules in enumerate(sets)
        for label in labels(rules)
    )
    return Trial(source, len(captures), told, tuple(changes), tuple(faults))


def _read(warc_folder: Path, capture: Capture) -> Exchange:
    return read_exchange(warc_folder, capture.warc_file, capture.offset, capture.group_length)


def _matches(exchange: Exchange, rules: Rules) -> dict[str, int]:
    page = page_of(exchange)
    if isinstance(page, Rejected):
        return {}
    try:
        root = parse(decode(page.content, page.charset).text)
        return {} if root is None else count_matches(root, page.url, rules)
    except (TooLargeError, RuleFaultError):
        return {}  # the reading with the rules says so


def _time_of(rules: Rules) -> str:
    days = [
        f"{word} {day}" for word, day in (("from", rules.valid_from), ("until", rules.valid_until)) if day
    ]
    return f" ({' '.join(days)})" if days else ""
