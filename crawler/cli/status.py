"""`warraq status`: what the archive holds, and how its sources do."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archive.store import SourceStatistics, Statistics
    from archive.store.frontier import FrontierStore
    from crawler.cli.app import Invocation
    from settings.app import SourceSettings


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does."""

    name: str
    url: str | None
    """None for what warraq.toml no longer has."""
    articles: int
    last_seen: str | None
    """When a capture of one of its articles was made last: UTC, ISO 8601."""
    last_crawled: str | None
    """When a crawl of it ended last: UTC, ISO 8601."""
    endpoints: int
    """Feeds, sitemaps and the like that answered last time."""
    endpoints_failing: int
    """That did not, or gave something with faults."""
    queued: int
    """URLs that wait to be fetched."""
    failed: int
    """URLs given up for now."""


@click.command()
@json_option
@click.pass_obj
def status(invocation: Invocation, as_json: bool) -> None:
    """Show what the archive holds and how its sources do."""
    from archive.store import ArchiveStore
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    with ArchiveStore.open(folder, readonly=True) as store:
        held = store.statistics()
        without_article = store.pages_without_article()
    health = _health(folder, settings.source, held)
    failing = _failing(folder, settings.crawl.rest_after)
    size = sum(path.stat().st_size for path in (folder / "warc").rglob("*") if path.is_file())
    if as_json:
        row = {key: value for key, value in asdict(held).items() if key != "sources"}
        row |= {"pages_without_article": without_article, "hosts_failing": failing}
        row |= {"sources": [asdict(one) for one in health]}
        emit({"archive": str(folder), "warc_bytes": size, **row})
        return
    _show(folder, held, size)
    if without_article:
        say(f"Pages without an article: {_counts(without_article)}")
    for host in failing:
        until = host["rest_until"] or "the next crawl"
        say(f"Failing: {host['host']}, {host['failures']:,} times in a row; left alone until {until}")
    _show_sources(health)


def _health(folder: Path, sources: Iterable[SourceSettings], held: Statistics) -> list[SourceHealth]:
    """The sources of warraq.toml in its order, then those that only the archive knows."""
    from archive.store.frontier import DATABASE, FrontierStore

    by_name = {one.source: one for one in held.sources}
    urls: dict[str, str | None] = {source.name: source.url for source in sources}
    urls.update({name: None for name in by_name if name is not None and name not in urls})
    with FrontierStore.open(folder) if (folder / DATABASE).is_file() else nullcontext() as frontier:
        return [_health_of(name, url, by_name.get(name), frontier) for name, url in urls.items()]


def _failing(folder: Path, at_least: int) -> list[dict[str, str | int | None]]:
    """Hosts that crawls leave alone since they fail as a whole."""
    from archive.store.frontier import DATABASE, FrontierStore

    if not (folder / DATABASE).is_file():
        return []
    with FrontierStore.open(folder) as frontier:
        return [
            {"host": one.host, "failures": one.failures, "rest_until": _utc(one.rest_until or None)}
            for one in frontier.hosts.failing(at_least)
        ]


def _health_of(
    name: str, url: str | None, held: SourceStatistics | None, frontier: FrontierStore | None
) -> SourceHealth:
    """How one source does; where nothing was ever crawled there is no frontier to ask."""
    endpoints = [one for one in frontier.plans.endpoints(name) if one.status is not None] if frontier else []
    failing = [one for one in endpoints if one.faults or (one.status or 0) >= 400]
    states = _by_state(frontier.urls.counts(name)) if frontier else {}
    return SourceHealth(
        name=name,
        url=url,
        articles=held.articles if held else 0,
        last_seen=held.last_seen if held else None,
        last_crawled=_utc(frontier.plans.last_crawled().get(name)) if frontier else None,
        endpoints=len(endpoints) - len(failing),
        endpoints_failing=len(failing),
        queued=states.get("queued", 0) + states.get("leased", 0),
        failed=states.get("failed", 0),
    )


def _by_state(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    states: dict[str, int] = {}
    for (_, state), count in counts.items():
        states[state] = states.get(state, 0) + count
    return states


def _utc(seconds: float | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _show(folder: Path, held: Statistics, size: int) -> None:
    say(f"{folder}: {held.articles:,} articles, {held.revisions:,} revisions, {held.captures:,} captures")
    say(f"WARC: {size:,} bytes")
    if held.first_published and held.last_published:
        say(f"Published: {held.first_published[:10]} to {held.last_published[:10]}, {held.undated:,} undated")
    if held.languages:
        say("Languages: " + _counts({name or "unknown": count for name, count in held.languages.items()}))
    if held.waiting:
        say(f"Still to be read: {held.waiting:,} captures; the next 'warraq crawl' reads them")
    if held.rejected:
        say("No articles: " + _counts(held.rejected))
    if held.errors:
        say("Errors: " + _counts(held.errors))


def _counts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _show_sources(health: Iterable[SourceHealth]) -> None:
    health = list(health)
    if not health:
        say("No sources yet. Add one: warraq sources add https://news.example/")
        return
    say()
    width = min(max(len(one.name) for one in health), 40)
    heads = ("articles", "last crawl", "ways in", "failing", "queued")
    say(f"{'source':<{width}}  {heads[0]:>8}  {heads[1]:<16}  {heads[2]:>7}  {heads[3]:>7}  {heads[4]:>6}")
    for one in health:
        crawled = (one.last_crawled or "never")[:16].replace("T", " ")
        gone = "" if one.url else "  (no longer in warraq.toml)"
        say(
            f"{one.name:<{width}}  {one.articles:>8,}  {crawled:<16}  {one.endpoints:>7,}  "
            f"{one.endpoints_failing:>7,}  {one.queued:>6,}{gone}"
        )
