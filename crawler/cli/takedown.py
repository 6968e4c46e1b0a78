"""`warraq takedown`: what must not be shown or fetched any more."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from archive.errors import NotFoundError, UsageError
from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from pathlib import Path

    from archive.custody.takedown import Plan
    from archive.store import ArchiveStore
    from crawler.cli.app import Invocation

MAX_REASON_LENGTH = 2_000
SHOWN_ARTICLES = 20
SHOWN_ADDRESSES = 20
MAX_READ_CAPTURES = 200
"""Captures that are looked through for the images they showed."""


@click.command()
@click.argument("what", metavar="ID_OR_URL...", nargs=-1)
@click.option("--query", "search", metavar="QUERY", help="Every article that this search finds.")
@click.option("--exact", is_flag=True, help="--query: words as they stand, as in search.")
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why: kept in the ledger, shown to who asks for it."
)
@click.option("--seal", is_flag=True, help="Leave the records in the WARC files; show them nowhere.")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would go.")
@click.option("--yes", is_flag=True, help="Do not ask, also where several articles go.")
@json_option
@click.pass_obj
def takedown(invocation: Invocation, /, what: tuple[str, ...], reason: str, **how: Any) -> None:
    """Take articles, or whatever was captured at a URL, out of the archive for good.

    They are gone from search, show, export, replay and archive.db, and never fetched again, under any form of
    their addresses; a copy that comes from elsewhere is refused. Their records are cut out of the WARC files,
    which are written anew under other names; every other record stays as it is. With --seal the records stay, and
    are shown nowhere. ledger.jsonl says what was done, when and why, and rebuild keeps to it.

    What other pages say of them stays (home pages, feeds, lists that link to them), and so do the images they
    showed, which are named at the end: these can be taken down by their own URLs. So do exports, backups and copies
    made before; archive.db.before-* are such copies. A URL of which nothing is archived is excluded from later
    crawls.

    \b
    Examples:
      warraq takedown 1234 --reason 'asked for by the author, 2026-05-01'
      warraq takedown https://news.example/story.html --reason 'court order 12/2026' --seal
      warraq takedown --query '"a name"' --reason 'privacy' --dry-run
    """  # noqa: D301  (click's own marker)
    from archive.custody.takedown import plan, take_down
    from archive.ingest import recover
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock

    folder = invocation.existing_archive()
    because = _reason(reason)
    if bool(what) == bool(how["search"]):
        raise UsageError("name articles by id or URL, or give a --query; not both")

    def planned_in(store: ArchiveStore) -> Plan:
        articles, urls = _named(store, what)
        if how["search"]:
            articles = _found(store, how["search"], exact=how["exact"])
        return plan(folder, store, articles=articles, urls=urls, seal=how["seal"])

    if how["dry_run"]:
        with ArchiveStore.open(folder, readonly=True) as store:
            planned = planned_in(store)
            _tell(planned, None, because, _images(folder, store, planned), as_json=how["as_json"])
        return
    with CrawlLock(folder, command="takedown"), ArchiveStore.open(folder) as store:
        recover(folder, store)
        planned = planned_in(store)
        if not how["yes"]:
            _confirm(planned)
        images = _images(folder, store, planned)
        decision = take_down(folder, store, planned, because)
        _read_waiting(folder, store)
        store.settle_sites()
    _tell(planned, decision.id, because, images, as_json=how["as_json"])


def _reason(text: str) -> str:
    from archive.store.rows import storable

    reason = storable(" ".join(text.split()))
    if not reason or len(reason) > MAX_REASON_LENGTH:
        raise UsageError(f"--reason: say why, in 1 to {MAX_REASON_LENGTH} characters")
    return reason


def _found(store: ArchiveStore, search: str, *, exact: bool) -> list[int]:
    """The articles a query finds.

    Raises:
        NotFoundError: none.
    """
    from archive.search import Query, matching_ids

    articles = matching_ids(store, Query.parse(search, exact=exact))
    if not articles:
        raise NotFoundError(f"{search!r}: finds no article. Nothing was taken down.")
    return articles


def _named(store: ArchiveStore, names: tuple[str, ...]) -> tuple[list[int], list[str]]:
    """Ids of articles, and URLs, whether an article's or not.

    Raises:
        NotFoundError: no article has this id.
    """
    articles = [store.article(name).id for name in names if name.isascii() and name.isdigit()]
    return articles, [name for name in names if not (name.isascii() and name.isdigit())]


def _confirm(planned: Plan) -> None:
    """Ask before several articles go.

    Raises:
        UsageError: there is nobody to ask.
        click.Abort: no.
    """
    count = len(planned.articles)
    if count < 2:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{count:,} articles would go: --dry-run shows them, --yes takes them down")
    for line in _lines(planned):
        note(line)
    click.confirm(f"{count:,} articles will go for good. Go on?", abort=True, err=True)


def _read_waiting(folder: Path, store: ArchiveStore) -> None:
    """Read what became a whole response of its own."""
    waiting = store.waiting()
    if not waiting:
        return
    from archive.extract import EXTRACTOR_VERSION
    from archive.ingest import Derivation
    from settings.file import load

    with Derivation.of(folder, load(folder)).pool(workers=1) as pool:
        pool.submit(waiting)
        for derived in pool.drain():
            store.apply(derived, EXTRACTOR_VERSION)


def _images(folder: Path, store: ArchiveStore, planned: Plan) -> list[str]:
    """Archived images that were first named by what goes: they stay, since other pages may show them too."""
    from archive.errors import WarcError
    from archive.warc.reader import read_exchange
    from crawler.discovery.requisites import requisites

    warc = folder / "warc"
    found: dict[str, None] = {}
    for capture in planned.captures[:MAX_READ_CAPTURES]:
        if capture.role != "page" or capture.record_type != "response":
            continue
        with suppress(WarcError):
            page = read_exchange(warc, capture.warc_file, capture.offset, capture.group_length)
            for image in requisites(page, {"image"}):
                first = next(store.captures(url=image.url, role="requisite"), None)
                if first is None or first.status != 200:
                    continue
                named = read_exchange(warc, first.warc_file, first.offset, first.group_length).provenance
                if named.via == capture.url:
                    found[image.url] = None
    return list(found)


def _tell(planned: Plan, number: int | None, reason: str, images: list[str], *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "id": number,
                "action": planned.action,
                "reason": reason,
                "articles": [{"id": one.id, "url": one.url, "title": one.title} for one in planned.articles],
                "identities": list(planned.identities),
                "captures": [one.id for one in planned.captures],
                "rehomed": [one.id for one in planned.rehomed],
                "files": list(planned.files),
                "images": images,
                "dry_run": number is None,
            }
        )
        return
    for line in _lines(planned):
        say(line)
    if images:
        say(
            "Images that it showed stay, since other pages may show them too; each can be taken down by its URL:"
        )
        for image in images[:SHOWN_ADDRESSES]:
            say(f"  {image}")
        if len(images) > SHOWN_ADDRESSES:
            say(f"  ... and {len(images) - SHOWN_ADDRESSES:,} more: --json has all")
    if number is None:
        say("Nothing was changed: this is what would go.")
    else:
        say(f"Done: takedown {number} in ledger.jsonl. Exports and backups made before still hold it.")


def _lines(planned: Plan) -> list[str]:
    """What goes, for people."""
    lines = [f"{one.id} {one.url} {one.title}" for one in planned.articles[:SHOWN_ARTICLES]]
    if len(planned.articles) > SHOWN_ARTICLES:
        lines.append(f"... and {len(planned.articles) - SHOWN_ARTICLES:,} more articles")
    if planned.action == "exclude":
        lines.append("Nothing is archived of it.")
    else:
        stay = (
            "sealed in their files"
            if planned.action == "seal"
            else f"out of {len(planned.files):,} WARC files"
        )
        lines.append(f"{len(planned.articles):,} articles, {len(planned.captures):,} captures: {stay}.")
    if planned.rehomed:
        lines.append(f"{len(planned.rehomed):,} captures that repeat one of them stay, made whole.")
    lines.append(f"Not fetched again: {len(planned.identities):,} addresses.")
    lines += [f"  {identity}" for identity in planned.identities[:SHOWN_ADDRESSES]]
    if len(planned.identities) > SHOWN_ADDRESSES:
        lines.append(f"  ... and {len(planned.identities) - SHOWN_ADDRESSES:,} more")
    return lines
