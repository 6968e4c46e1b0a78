"""`warraq crawl` and `warraq add`: fetch, archive, extract."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.app import EXIT_INTERRUPTED
from crawler.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from crawler.cli.app import Invocation
    from crawler.run import CrawlSummary, Order

MAX_HOSTS_SHOWN = 10
REASONS = {
    "host_busy": "of hosts that asked for a pause",
    "host_failing": "of hosts that fail",
    "pages_per_day": "past the pages a host and day",
}
"""Why URLs wait for a later crawl, in words."""


_requisites_option = click.option(
    "--requisites/--no-requisites",
    default=True,
    help="Also what the pages show, so that they can be seen again: images and styles, after all pages of the "
    "host. Which, and how many: [crawl] requisites in warraq.toml.",
)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--due", is_flag=True, help="Only sources whose schedule says so: a line in crontab then schedules all."
)
@click.option("--max-pages", type=click.IntRange(min=1), metavar="N", help="Fetch at most N pages.")
@click.option(
    "--depth", type=click.IntRange(min=0), metavar="N", help="Links followed from a home page to find lists."
)
@click.option(
    "--look-again",
    is_flag=True,
    help="Fetch every known article again: what was edited, what is gone?",
)
@_requisites_option
@json_option
@click.pass_obj
def crawl(invocation: Invocation, /, sources: tuple[str, ...], as_json: bool, **how: Any) -> int:
    """Fetch, archive and extract what the sources offer.

    Every exchange goes to WARC as it went over the wire; pages become articles you can search. Without names,
    all sources are crawled at once, each host at its own pace. Stop with Ctrl-C and run it again: it resumes.

    \b
    Examples:
      warraq crawl
      warraq crawl news.example --max-pages 100
      warraq crawl --look-again
      */10 * * * *  warraq --archive /srv/news crawl --due      (in crontab)
    """  # noqa: D301  (click's own marker)
    from crawler.run import Order

    return _run(invocation, Order(sources=sources, **how), as_json=as_json)


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@_requisites_option
@json_option
@click.pass_obj
def add(invocation: Invocation, urls: tuple[str, ...], requisites: bool, as_json: bool) -> int:
    """Archive these pages now, with their images and styles.

    \b
    Example:
      warraq add https://news.example/2026/01/02/story.html
    """  # noqa: D301  (click's own marker)
    from crawler.run import Order

    order = Order(urls=urls, requisites=requisites, command="add")
    return _run(invocation, order, as_json=as_json)


def _run(invocation: Invocation, order: Order, *, as_json: bool) -> int:
    from crawler.progress import Progress
    from crawler.run import run_crawl

    folder = invocation.existing_archive()
    with Progress(shown=not as_json) as progress:
        summary = run_crawl(folder, order, progress.report)
    if as_json:
        row = asdict(summary)
        row.pop("interrupted")
        emit(row)
    else:
        say(describe(summary))
    return EXIT_INTERRUPTED if summary.interrupted else 0


def describe(summary: CrawlSummary) -> str:
    """What a crawl did, in a few lines."""
    lines = [
        f"{summary.requests:,} requests in {summary.seconds:,.1f} s, {summary.captures:,} captures in WARC.",
        f"Articles: {summary.articles_new:,} new, {summary.articles_changed:,} changed, "
        f"{summary.unchanged:,} unchanged.",
    ]
    if summary.requisites or summary.requisites_failed:
        failed = f" ({summary.requisites_failed:,} could not be had)" if summary.requisites_failed else ""
        lines.append(f"With what they show: {summary.requisites:,} images and styles{failed}.")
    if summary.rejected:
        lines.append(
            "No articles: "
            + ", ".join(f"{count:,} {reason}" for reason, count in summary.rejected.items())
            + "."
        )
    if summary.errors:
        lines.append(
            "Errors: " + ", ".join(f"{count:,} {kind}" for kind, count in summary.errors.items()) + "."
        )
    if summary.refused:
        lines.append(f"Links into traps, not followed: {sum(summary.refused.values()):,}.")
    if summary.hosts_failing:
        shown = ", ".join(summary.hosts_failing[:MAX_HOSTS_SHOWN])
        more = len(summary.hosts_failing) - MAX_HOSTS_SHOWN
        lines.append(f"Failing, left alone for now: {shown}" + (f" and {more:,} more." if more > 0 else "."))
    if summary.left:
        waiting = ", ".join(f"{count:,} {REASONS[reason]}" for reason, count in summary.left.items())
        lines.append(f"Queued for a later crawl: {waiting}.")
    if summary.interrupted:
        lines.append("Stopped; nothing is lost. Run it again to go on.")
    elif summary.articles_new:
        lines.append("Search them: warraq search 'a word'")
    return "\n".join(lines)
