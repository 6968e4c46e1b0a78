"""`warraq search`: what the archive has on a query."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from archive.search import MAX_LIMIT, Query
from archive.search import count as count_matching
from archive.search import search as search_store
from archive.store import ArchiveStore, Filters
from crawler.cli.filters import filter_options
from crawler.cli.output import emit, json_option, note, say
from crawler.cli.terminal import dim, is_terminal, passage

if TYPE_CHECKING:
    from archive.search import Count, Hit, Results, Sort
    from crawler.cli.app import Invocation

ROW = ("id", "url", "title", "source", "language", "published", "snippet", "score", "cluster_id")
"""Keys of a row of --json."""


@click.command()
@click.argument("query", nargs=-1, required=True)
@filter_options
@click.option(
    "--sort",
    type=click.Choice(["relevance", "date"]),
    default="relevance",
    show_default=True,
    help="The best first, or the latest.",
)
@click.option("--exact", is_flag=True, help="Words as they stand, without their Arabic prefixes and endings.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=20, show_default=True, help="Hits at most."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Hits to pass over.")
@click.option("--count", is_flag=True, help="Only how many there are.")
@json_option
@click.pass_obj
def search(
    invocation: Invocation,
    /,
    query: tuple[str, ...],
    filters: Filters,
    exact: bool,
    as_json: bool,
    **how: str,
) -> None:
    """Search titles, leads and texts for QUERY.

    \b
      warraq search دير الزور                  both words, in any form
      warraq search '"قوات الأسد"'             the phrase, as it stands
      warraq search 'ميليش*'                   words that begin so
      warraq search 'حلب OR إدلب'              one of them
      warraq search 'حلب NOT إدلب'             the first without the second; also -إدلب
      warraq search 'NEAR(حلب قصف, 5)'         at most five words apart
      warraq search 'title:حلب'                in title, lead, text, author or topic

    Vowel signs, tatweel, the variants of letters and digits make no difference.
    """  # noqa: D301  (click's own marker)
    wanted = Query.parse(" ".join(query), exact=exact)
    with ArchiveStore.open(invocation.existing_archive(), readonly=True) as store:
        if how["count"]:
            _show_count(count_matching(store, wanted, filters), as_json=as_json)
            return
        limit, offset = int(how["limit"]), int(how["offset"])
        sort: Sort = "date" if how["sort"] == "date" else "relevance"
        results = search_store(store, wanted, filters, sort, limit, offset)
        if as_json:
            for hit in results.hits:
                row = asdict(hit)
                emit({key: row[key] for key in ROW})
        else:
            for hit in results.hits:
                _show_hit(hit)
        matching = count_matching(store, wanted, filters).matching
        shown = len(results.hits)
        if not shown:
            note(_hint(store, wanted, filters, matching))
        elif not as_json and matching > shown:
            more = f" --offset {offset + shown} shows more." if offset + shown < matching else ""
            note(f"{offset + 1:,} to {offset + shown:,} of {matching:,}.{more}")
        _tell_undated(results)


def _show_count(count: Count, *, as_json: bool) -> None:
    if as_json:
        emit({"count": count.matching, "undated": count.undated})
    else:
        say(str(count.matching))
        _tell_undated(count)


def _tell_undated(found: Count | Results) -> None:
    if found.undated:
        note(f"{found.undated:,} more without a date: --from and --to leave them out.")


def _show_hit(hit: Hit) -> None:
    terminal = is_terminal()
    facts = [str(hit.id), *(fact for fact in (hit.source, hit.language, hit.published) if fact), hit.url]
    click.echo(passage(hit.title, hit.title_marks, terminal=terminal))
    click.echo("  " + dim(" · ".join(facts), terminal=terminal))
    click.echo("  " + passage(hit.snippet, hit.snippet_marks, terminal=terminal))
    click.echo()


def _hint(store: ArchiveStore, query: Query, filters: Filters, matching: int) -> str:
    """Why there is nothing to show, and what may help."""
    if matching:
        return f"{matching:,} articles fit; --offset passes over all of them."
    if not store.statistics().articles:
        return "The archive holds no article yet: 'warraq crawl' or 'warraq import' fills it."
    if filters != Filters():
        without = count_matching(store, query).matching
        if without:
            return f"No article fits the filters; {without:,} fit without them."
    if query.exact:
        return "No article has these words as they stand; without --exact their other forms are found too."
    return "No article fits. Try fewer words, OR between them, or the beginning of one with *."
