"""`warraq discover`, and the plan that `warraq sources add` makes."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from archive.errors import FetchError
from crawler.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.store.frontier import Endpoint
    from crawler.cli.app import Invocation

ROLE_NAMES = {
    "wordpress": "WordPress REST",
    "feed": "feed",
    "sitemap": "sitemap",
    "section": "section page",
    "home": "home page",
}


@click.command()
@click.argument("url")
@click.option(
    "--contact",
    envvar="WARRAQ_CONTACT",
    metavar="MAIL_OR_URL",
    help="For the User-Agent, where there is no archive yet.",
)
@json_option
@click.pass_obj
def discover(invocation: Invocation, url: str, contact: str | None, as_json: bool) -> None:
    """Show how a site could be crawled; keep nothing.

    Feeds, news sitemaps, WordPress REST and section pages are found from the bare address, tried, and
    listed best first. 'warraq sources add URL' does the same and keeps it.

    \b
    Example:
      warraq discover news.example
    """  # noqa: D301  (click's own marker)
    from crawler.scratch import contact_for, scratch_archive
    from settings.sources import site_url

    home = site_url(url)
    with scratch_archive(contact or contact_for(invocation.archive), source=home) as folder:
        plan = _fetch_plans(folder, ["site"])["site"]
    _show(home, plan, as_json=as_json)


def plan_sources(folder: Path, names: Sequence[str], *, as_json: bool) -> None:
    """Fetch what tells how these sources can be crawled, into their archive; rank and print it.

    Raises:
        FetchError: none of the sites gave anything.
    """
    for name, plan in _fetch_plans(folder, names).items():
        _show(name, plan, as_json=as_json)


def _fetch_plans(folder: Path, names: Sequence[str]) -> dict[str, list[Endpoint]]:
    """Each source's endpoints, best first.

    Raises:
        FetchError: none of the sites gave anything.
    """
    from archive.store.frontier import FrontierStore
    from crawler.progress import Progress
    from crawler.run import Order, run_crawl

    with Progress(shown=os.environ.get("WARRAQ_QUIET") is None) as progress:
        summary = run_crawl(folder, Order(sources=names, max_pages=0, command="sources add"), progress.report)
    with FrontierStore.open(folder) as frontier:
        plans = {name: frontier.plans.endpoints(name) for name in names}
    if not any(endpoint.status == 200 for plan in plans.values() for endpoint in plan):
        kinds = ", ".join(summary.errors) or "nothing came back"
        raise FetchError(f"no site answered ({kinds}). Check the address, and that this machine reaches it.")
    return plans


def _show(site: str, plan: Sequence[Endpoint], *, as_json: bool) -> None:
    """Print a plan, best endpoint first."""
    if as_json:
        emit({"site": site, "endpoints": [asdict(endpoint) for endpoint in plan]})
        return
    say(f"{site}: {len(plan)} ways in, best first")
    for endpoint in plan:
        newest = f", newest {endpoint.newest}" if endpoint.newest else ""
        faults = f" [{endpoint.faults}]" if endpoint.faults else ""
        kind = ROLE_NAMES.get(endpoint.role, endpoint.role)
        say(f"  {kind:15} {endpoint.url}  {endpoint.entries or 0} articles{newest}{faults}")
