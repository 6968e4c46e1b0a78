"""`warraq show`: one article, all of it."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from archive.diff import diff_words
from archive.errors import NotFoundError, UsageError
from archive.store import ArchiveStore
from crawler.cli.absent import capture_rows, list_captures, row_of, show_page
from crawler.cli.output import emit, json_option, safe
from crawler.cli.terminal import dim, is_terminal, marked, passage

if TYPE_CHECKING:
    from pathlib import Path

    from archive.diff import Span
    from archive.memory import SetAside
    from archive.records import Capture, RejectionReason
    from archive.store import ArticleRow, RevisionRow
    from archive.store.pages import KnownPage
    from crawler.cli.app import Invocation

MAX_PAGE_BYTES = 64 << 20
"""Of a page once decoded, for --html."""
_FACTS = (
    "id", "url", "canonical_url", "source", "authors", "agencies", "paywalled", "published", "published_source",
    "modified", "language", "languages", "script", "section", "topics", "publisher", "image", "usage_preferences",
    "status", "first_seen", "last_seen", "capture_id", "extractor_version",
)  # fmt: skip
"""Columns shown above the text, where they say something."""


@click.command()
@click.argument("id_or_url")
@click.argument("compared", nargs=-1, type=int, metavar="[N M]")
@click.option("--revisions", is_flag=True, help="Each text the article had.")
@click.option("--captures", is_flag=True, help="When it was fetched, and where in WARC that lies.")
@click.option(
    "--html", is_flag=True, help="The page of the latest revision as it was fetched, and nothing else."
)
@click.option(
    "--diff", is_flag=True, help="What changed, by words: from revision N to M, or in the last edit."
)
@json_option
@click.pass_obj
def show(
    invocation: Invocation, /, id_or_url: str, compared: tuple[int, ...], as_json: bool, **what: bool
) -> None:
    """Show the article ID_OR_URL: a number from search, or any URL it was found under.

    Of a page that gave none it tells what became of it (gone, deleted, blocked, moved, refused, failed) and the
    captures that show it.

    \b
    Examples:
      warraq show 12
      warraq show https://news.example/2026/01/02/story.html --captures
      warraq show 12 --diff          what the last edit changed
      warraq show 12 --diff 1 3      from its first text to its third
    """  # noqa: D301  (click's own marker)
    revisions, captures, html, diff = (what[name] for name in ("revisions", "captures", "html", "diff"))
    if html and (revisions or captures or diff or as_json):
        raise UsageError("--html shows the page alone: leave out --revisions, --captures, --diff and --json")
    if compared and not diff:
        raise UsageError(f"{' '.join(map(str, compared))}: numbers of revisions go with --diff")
    folder = invocation.existing_archive()
    with ArchiveStore.open(folder, readonly=True) as store, store.snapshot():
        try:
            article = store.article(id_or_url)
        except NotFoundError:
            page = None if revisions or html or diff else store.page(id_or_url.strip())
            if page is None:
                raise
            _show_absent(folder, page, as_json=as_json)
            return
        if html:
            _write_page(folder, store.capture(article.capture_id))
            return
        texts = store.revisions(article.id) if revisions or diff else None
        set_aside = store.set_aside(article)
        places = None
        if captures:
            places = _Places(tuple(store.captures(article_id=article.id)), store.rejections(article.id))
    if diff:
        changes = _compared(texts or [], compared)
        if as_json:
            emit({"id": article.id, "url": article.url, **changes.row()})
        else:
            _show_changes(article, changes)
    elif as_json:
        emit(_row(article, texts, places) | {"set_aside": [asdict(one) for one in set_aside]})
    else:
        _show(article, set_aside, texts, places)


def _show_absent(folder: Path, page: KnownPage, *, as_json: bool) -> None:
    if as_json:
        emit(row_of(folder, page))
    else:
        show_page(folder, page)


@dataclass(frozen=True, slots=True)
class _Places:
    """An article's captures, and why some of them do not show it."""

    captures: tuple[Capture, ...]
    rejections: dict[int, RejectionReason]


@dataclass(frozen=True, slots=True)
class _Changes:
    """Two revisions by their numbers, and what differs."""

    before: int
    after: int
    fields: dict[str, list[Span]]

    def row(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "before": self.before,
            "after": self.after,
            "changes": {name: [asdict(span) for span in spans] for name, spans in self.fields.items()},
        }


def _last_change(revisions: list[RevisionRow]) -> tuple[int, int]:
    """Numbers of the last revision that changed a page of the article, and of that page's one before."""
    for last in range(len(revisions), 1, -1):
        for first in range(last - 1, 0, -1):
            if revisions[first - 1].part == revisions[last - 1].part:
                return first, last
    return len(revisions), len(revisions)


def _compared(revisions: list[RevisionRow], numbers: tuple[int, ...]) -> _Changes:
    count = len(revisions)
    if len(numbers) not in {0, 2}:
        raise UsageError("--diff takes the numbers of two revisions, or none for the last edit")
    first, last = numbers or _last_change(revisions)
    if not (1 <= first <= count and 1 <= last <= count):
        raise NotFoundError(f"it has {count} revision(s): give two numbers from 1 to {count}.")
    before, after = revisions[first - 1], revisions[last - 1]
    fields = {}
    for name in ("title", "lead", "text"):
        spans = diff_words(getattr(before, name) or "", getattr(after, name) or "")
        if any(span.kind != "same" for span in spans):
            fields[name] = spans
    return _Changes(first, last, fields)


def _show_changes(article: ArticleRow, changes: _Changes) -> None:
    """Marked as wdiff does, and coloured on a terminal; each passage with a direction of its own."""
    terminal = is_terminal()
    click.echo(passage(article.title, [(0, len(article.title))], terminal=terminal))
    click.echo(dim(f"revision {changes.before} to {changes.after}", terminal=terminal))
    if not changes.fields:
        click.echo("no word differs")
    for name, spans in changes.fields.items():
        click.echo("\n" + dim(name, terminal=terminal))
        click.echo("".join(marked(span, terminal=terminal) for span in spans))


def _row(article: ArticleRow, revisions: list[RevisionRow] | None, places: _Places | None) -> dict[str, Any]:
    row = asdict(article)
    if revisions is not None:
        row["revisions"] = [asdict(revision) for revision in revisions]
    if places is not None:
        row["captures"] = capture_rows(places.captures, places.rejections)
    return row


def _show(
    article: ArticleRow,
    set_aside: list[SetAside],
    revisions: list[RevisionRow] | None,
    places: _Places | None,
) -> None:
    terminal = is_terminal()
    click.echo(passage(article.title, [(0, len(article.title))], terminal=terminal))
    for name in _FACTS:
        fact = getattr(article, name)
        if fact is not None and fact != ():
            value = "; ".join(map(str, fact)) if isinstance(fact, tuple) else str(fact)
            click.echo(f"{dim(f'{name:17}', terminal=terminal)} {passage(value, terminal=terminal)}")
    for one in set_aside:
        told = (
            f"{'; '.join(one.values)}, says {one.source}: as of capture {one.profile} that is the site's own"
        )
        click.echo(f"{dim(f'not {one.field:13}', terminal=terminal)} {passage(told, terminal=terminal)}")
    _show_text(article, terminal=terminal)
    for revision in revisions or ():
        click.echo()
        of_page = f", page {revision.part}" if revision.part > 1 else ""
        click.echo(
            dim(
                f"revision {revision.id} ({revision.change}{of_page}) by extractor {revision.extractor_version}",
                terminal=terminal,
            )
        )
        click.echo(passage(revision.title, [(0, len(revision.title))], terminal=terminal))
        _show_text(revision, terminal=terminal)
    if places is not None:
        click.echo()
        list_captures(places.captures, places.rejections)


def _show_text(text: ArticleRow | RevisionRow, *, terminal: bool) -> None:
    """The standfirst, then the paragraphs, each with a direction of its own."""
    for paragraph in [*([text.lead] if text.lead else []), *text.text.split("\n")]:
        if paragraph:
            click.echo("\n" + passage(paragraph, terminal=terminal))


def _write_page(folder: Path, capture: Capture) -> None:
    """The page's bytes as they were, without the content's encoding; on a terminal as safe text."""
    from archive.warc.reader import read_exchange
    from archive.wire import decode_body, media_type

    exchange = read_exchange(folder / "warc", capture.warc_file, capture.offset, capture.group_length)
    if not exchange.body:
        raise NotFoundError(f"{capture.url}: its capture {capture.id} has no page")
    page = decode_body(exchange.headers, exchange.body, MAX_PAGE_BYTES).content
    if is_terminal():
        charset = media_type(exchange.headers)[1] or "utf-8"
        try:
            text = page.decode(charset, "replace")
        except LookupError:
            text = page.decode("utf-8", "replace")
        click.echo(safe(text))
    else:
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
