"""What another reading makes of pages, shown to people and programs."""

from __future__ import annotations

import heapq
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from archive.diff import Span, diff_words
from crawler.cli.output import safe_line
from crawler.cli.terminal import dim, marked, passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.ingest import Difference, PageChange

CONTEXT = 40
"""Characters of what is the same that are shown on either side of a change."""
MAX_PASSAGE = 300
"""Characters of one change that are shown."""
MAX_SPANS = 9
"""Passages of one field that are shown."""
MAX_VALUE = 200
GAP = " … "


class Worst:
    """The changes by which most text is lost or won: so many are kept, whatever the archive holds."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._heap: list[tuple[float, int, PageChange]] = []
        self.seen = 0

    def add(self, change: PageChange) -> None:
        """Keep a change as long as it is among the worst; of equals the earlier."""
        self.seen += 1
        entry = (max(change.lost, change.won), -self.seen, change)
        if len(self._heap) < self._count:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def __iter__(self) -> Iterator[PageChange]:
        """The worst first."""
        return (change for *_, change in sorted(self._heap, key=lambda entry: entry[:2], reverse=True))


def row(change: PageChange) -> dict[str, Any]:
    """A page as JSON: what it was, what it would be."""
    return {
        "article_id": change.article_id,
        "capture_id": change.capture_id,
        "url": change.url,
        "lost": round(change.lost, 4),
        "won": round(change.won, 4),
        "refused_before": asdict(change.refused_before) if change.refused_before else None,
        "refused_after": asdict(change.refused_after) if change.refused_after else None,
        "fields": {
            one.field: {"before": _plain(one.before), "after": _plain(one.after)}
            for one in change.differences
        },
    }


def _plain(value: object) -> object:
    return [str(one) for one in value] if isinstance(value, tuple) else value


def show_changes(changes: Iterable[PageChange], *, terminal: bool) -> None:
    """Page by page, field by field; changes by words, as `show --diff` has them."""
    for change in changes:
        number = f"{change.article_id} " if change.article_id is not None else ""
        click.echo(f"\n{number}{passage(safe_line(change.url), terminal=terminal)}")
        if change.refused_before is not None:
            click.echo(f"  is an article now; it was refused: {_reason(change.refused_before)}")
        elif change.refused_after is not None:
            click.echo(f"  is refused now: {_reason(change.refused_after)}")
        elif change.lost or change.won:
            click.echo(f"  words of the text: {change.lost:.0%} lost, {change.won:.0%} new")
        for difference in change.differences:
            click.echo(
                f"  {dim(difference.field, terminal=terminal)}  {_shown(difference, terminal=terminal)}"
            )


def _reason(rejected: Any) -> str:
    return safe_line(f"{rejected.reason}{f', {rejected.detail}' if rejected.detail else ''}")


def _shown(difference: Difference, *, terminal: bool) -> str:
    before, after = difference.before, difference.after
    if difference.field in {"title", "lead", "text"}:
        spans = _excerpt(diff_words(_line(before), _line(after)))
        return "".join(marked(span, terminal=terminal) for span in spans)
    was, would_be = (passage(_short(_line(value)), terminal=terminal) for value in (before, after))
    return f"{was or '(none)'} -> {would_be or '(none)'}"


def _line(value: object) -> str:
    """A value as one line; a text's paragraphs apart by a sign."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return "" if value is None else str(value).replace("\n", " ¶ ")


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + GAP.rstrip()


def _excerpt(spans: list[Span]) -> list[Span]:
    """The changes with some words around them."""
    shown: list[Span] = []
    for index, span in enumerate(spans):
        if span.kind == "same":
            before = span.text[:CONTEXT] if index else ""
            behind = span.text[-CONTEXT:] if index + 1 < len(spans) else ""
            if len(before) + len(behind) < len(span.text):
                span = replace(span, text=f"{before}{GAP}{behind}")  # noqa: PLW2901
        elif len(span.text) > MAX_PASSAGE:
            span = replace(span, text=span.text[:MAX_PASSAGE] + GAP)  # noqa: PLW2901
        shown.append(span)
    if len(shown) > MAX_SPANS:
        return [*shown[:MAX_SPANS], Span("same", GAP)]
    return shown
