"""What `warraq show` tells of a page that gave no article: what became of it, and the captures that show it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from archive.errors import WarcError
from archive.store.rows import utc_text
from crawler.cli.output import say
from crawler.cli.terminal import dim, is_terminal, passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archive.records import Capture, Provenance, RejectionReason
    from archive.store.pages import KnownPage, PageState

_SAID = {
    "deleted": "deleted: not there at two looks in a row",
    "gone": "gone at first look; a later crawl looks again before it counts as deleted",
    "blocked": "blocked",
    "moved": "moved",
    "refused": "no article",
    "failed": "no answer that could be kept as a page",
    "waiting": "captured, not read yet: the next 'warraq crawl' reads it",
    "read": "read",
}


def row_of(folder: Path, page: KnownPage) -> dict[str, Any]:
    """A page for JSON."""
    named = _named(folder, page.captures)
    return {
        "id": None,
        "url": page.url,
        "canonical_url": page.canonical_url,
        "source": page.source,
        "title": named.title if named else None,
        "published": named.published if named else None,
        **asdict(page.state),
        "captures": capture_rows(page.captures, page.rejections),
    }


def show_page(folder: Path, page: KnownPage) -> None:
    """A page for people."""
    terminal = is_terminal()
    named = _named(folder, page.captures)
    heading = (named.title if named else None) or page.url
    click.echo(passage(heading, [(0, len(heading))], terminal=terminal))
    facts = {
        "url": page.url,
        "source": page.source,
        "published": named.published if named else None,
        "status": _said(page.state),
        "location": page.state.location,
    }
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{dim(f'{name:17}', terminal=terminal)} {passage(value, terminal=terminal)}")
    click.echo()
    list_captures(page.captures, page.rejections)


def _said(state: PageState) -> str:
    why = ": ".join(part for part in (state.reason, state.detail) if part)
    return f"{_SAID[state.status]} ({why})" if why else _SAID[state.status]


def capture_rows(
    captures: Iterable[Capture], rejections: Mapping[int, RejectionReason]
) -> list[dict[str, Any]]:
    """Captures for JSON, each with the reason why it showed no article."""
    return [
        asdict(capture) | {"started": utc_text(capture.started), "rejection": rejections.get(capture.id)}
        for capture in captures
    ]


def list_captures(captures: Iterable[Capture], rejections: Mapping[int, RejectionReason]) -> None:
    """Captures for people: instant, answer, and where in WARC it lies."""
    for capture in captures:
        place = f"{capture.warc_file} {capture.offset} {capture.length}"
        answer = str(capture.status or capture.error)
        if capture.id in rejections:
            answer += f" ({rejections[capture.id]})"
        say(f"{capture.id} {utc_text(capture.started)} {answer} {place} {capture.url}")


def _named(folder: Path, captures: tuple[Capture, ...]) -> Provenance | None:
    """What a feed, news sitemap or REST said of a page, as it stands beside its latest capture that has it."""
    from archive.warc.reader import read_exchange

    for capture in reversed(captures):
        # What became of the page is known without; 'warraq verify' tells of what is damaged.
        with suppress(WarcError):
            place = (capture.warc_file, capture.offset, capture.group_length)
            said = read_exchange(folder / "warc", *place).provenance
            if said.title or said.published:
                return said
    return None
