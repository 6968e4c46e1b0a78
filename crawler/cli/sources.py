"""`warraq sources`: the sites of an archive."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from archive.errors import ArchiveBusyError, UsageError, WarraqError
from crawler.cli.output import emit, json_option, note, say
from settings.file import load
from settings.sources import TomlValue, add, change, find, remove, settings_of, site_url, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.cli.app import Invocation
    from crawler.interchange import Format
    from settings.app import SourceSettings

FORMATS = ("toml", "csv", "opml")
format_option: Callable[[Any], Any] = click.option(
    "--format", "form", type=click.Choice(FORMATS), help="The file's format.  [default: what its name says]"
)


@click.group()
def sources() -> None:
    """The sites that an archive crawls; they stand in its warraq.toml."""


@sources.command("add")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--name", help="Its short name.  [default: its host]")
@click.option("--schedule", metavar="EXPR", help="An interval (6h) or cron expression for 'crawl --due'.")
@click.option(
    "--discover/--no-discover", default=True, help="Fetch each site's pages to show how it can be crawled."
)
@json_option
@click.pass_obj
def add_(
    invocation: Invocation,
    urls: Sequence[str],
    name: str | None,
    schedule: str | None,
    discover: bool,
    as_json: bool,
) -> None:
    """Add sites by their address; a bare host will do."""
    folder = invocation.existing_archive()
    if name and len(urls) > 1:
        raise UsageError("--name is for one URL; leave it out to name each site after its host")
    there = load(folder).source
    _check_schedule(schedule)
    added = _new_sources([site_url(url) for url in urls], there, name, schedule)
    add(folder, added)
    for source in added:
        if as_json:
            emit(settings_of(source))
        else:
            say(f"Added {source.name}: {source.url}")
    if added and discover:
        _plan(folder, [source.name for source in added], as_json=as_json)
    elif added and not as_json:
        say("Next: warraq crawl")


def _new_sources(
    urls: Sequence[str], there: Sequence[SourceSettings], name: str | None, schedule: str | None
) -> list[SourceSettings]:
    """The sources to be written; an address that is there already is told and left out."""
    from settings.app import SourceSettings

    names = {source.url: source.name for source in there}
    added: list[SourceSettings] = []
    for url in dict.fromkeys(urls):
        if url in names:
            note(f"{url} is there already, as '{names[url]}'")
            continue
        taken = {source.name for source in (*there, *added)}
        values = {"name": name or slug(url, taken), "url": url, "schedule": schedule}
        added.append(
            _source(SourceSettings, {key: value for key, value in values.items() if value is not None})
        )
    return added


def _source(model: type[SourceSettings], values: dict[str, str]) -> SourceSettings:
    from pydantic import ValidationError

    from settings.faults import fault_text

    try:
        return model.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"--{fault['loc'][0]}: {fault_text(fault, ('source', 0))}") from error


def _plan(folder: Path, names: Sequence[str], *, as_json: bool) -> None:
    """Show how the sources can be crawled. Failing that, they stay: a site may be down for an hour."""
    from crawler.cli.discover import plan_sources

    try:
        plan_sources(folder, names, as_json=as_json)
    except WarraqError as error:
        again = f"warraq sources check {' '.join(names)}"
        raise type(error)(f"{error}\nThe source stays in warraq.toml; try again with '{again}'.") from error


@sources.command("list")
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the sources."""
    there = load(invocation.existing_archive()).source
    if as_json:
        for source in there:
            emit(source.model_dump())
        return
    if not there:
        say("No sources yet. Add one: warraq sources add https://news.example/")
    width = min(max((len(source.name) for source in there), default=0), 40)
    for source in there:
        extra = "  ".join(filter(None, [source.schedule and f"every {source.schedule}", source.language]))
        say(f"{source.name:<{width}}  {source.url}  {extra}".rstrip())


@sources.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show all settings of a source."""
    source = find(invocation.existing_archive(), name)
    if as_json:
        emit(source.model_dump())
        return
    from crawler.interchange import write_sources

    say(write_sources([source], "toml").strip())


@sources.command("edit")
@click.argument("name")
@click.argument("assignments", nargs=-1, metavar="KEY=VALUE...")
@click.option("--unset", multiple=True, metavar="KEY", help="Take a key out; its default counts again.")
@json_option
@click.pass_obj
def edit_(
    invocation: Invocation, name: str, assignments: Sequence[str], unset: Sequence[str], as_json: bool
) -> None:
    """Change settings of a source, such as: schedule=6h delay=5 exclude='["/video/"]'."""
    folder = invocation.existing_archive()
    if not assignments and not unset:
        raise UsageError(
            "nothing to change; say KEY=VALUE or --unset KEY ('warraq sources show NAME' has the keys)"
        )
    values = dict(_assignment(text) for text in assignments)
    _check_schedule(values.get("schedule"))
    change(folder, name, values, unset)
    source = find(folder, name)
    if as_json:
        emit(source.model_dump())
    else:
        say(f"Changed {name}: {', '.join([*assignments, *(f'{key} unset' for key in unset)])}")


def _check_schedule(schedule: TomlValue | None) -> None:
    """Refuse what is no schedule; a value of another type is told with the other keys."""
    if isinstance(schedule, str):
        from crawler.schedule import check  # APScheduler is imported for it alone

        check(schedule)


def _assignment(text: str) -> tuple[str, TomlValue]:
    """A key and its value: TOML where it is TOML (`5`, `["a"]`), else the text itself (`6h`, a URL)."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"{text!r}: say KEY=VALUE")
    try:
        parsed: TomlValue = tomllib.loads(f"value = {value}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        parsed = value
    # A date or time is a text here, and so is what would set more than one key.
    return key.strip(), parsed if isinstance(parsed, str | int | float | list) else value


@sources.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@json_option
@click.pass_obj
def remove_(invocation: Invocation, names: Sequence[str], as_json: bool) -> None:
    """Take sources out of warraq.toml; what they gave stays in the archive."""
    folder = invocation.existing_archive()
    for name in names:
        find(folder, name)  # all of them, before any goes
    for name in dict.fromkeys(names):
        remove(folder, name)
        _forget(folder, name)
        if as_json:
            emit({"removed": name})
        else:
            say(f"Removed {name}; its articles stay.")


def _forget(folder: Path, name: str) -> None:
    """Drop what crawling knows of a source, unless a crawl runs: that one ends as it began."""
    from archive.store import CrawlLock
    from archive.store.frontier import DATABASE, FrontierStore

    if not (folder / DATABASE).is_file():
        return
    try:
        with CrawlLock(folder, "sources remove"), FrontierStore.open(folder) as frontier:
            frontier.plans.forget_source(name)
            frontier.commit()
    except ArchiveBusyError as error:
        note(f"{error}\nThe crawl that runs goes on with {name}; later ones leave it out.")


@sources.command("import")
@click.argument("file", type=click.File("rb"))
@format_option
@json_option
@click.pass_obj
def import_(invocation: Invocation, file: IO[bytes], form: Format | None, as_json: bool) -> int:
    """Add the sources of a TOML, CSV or OPML file; rows that are wrong are told and left out."""
    from crawler.interchange import MAX_BYTES, format_of, read_sources

    folder = invocation.existing_archive()
    place = str(file.name)
    content: bytes = file.read(MAX_BYTES + 1)
    read = read_sources(content, form or format_of(place), place=place, there=load(folder).source)
    add(folder, read.sources)
    for remark in read.remarks:
        note(f"{place}: {remark}")
    if as_json:
        refused = [{"line": row.line, "name": row.name, "reason": row.reason} for row in read.refused]
        emit({"added": [source.name for source in read.sources], "refused": refused})
    else:
        for row in read.refused:
            say(f"{place}:{row.line}: refused {row.name}: {row.reason}")
        say(f"Added {len(read.sources)} sources, refused {len(read.refused)}.")
    return 1 if read.refused and not read.sources else 0


@sources.command("export")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@format_option
@click.option("--force", is_flag=True, help="Replace the file where it is there.")
@json_option
@click.pass_obj
def export_(invocation: Invocation, file: Path, form: Format | None, force: bool, as_json: bool) -> None:
    """Write the sources to a TOML, CSV or OPML file; - is standard output."""
    from crawler.interchange import format_of, write_sources

    there = load(invocation.existing_archive()).source
    to_stdout = str(file) == "-"
    form = form or ("toml" if to_stdout else format_of(str(file)))
    content = write_sources(there, form).encode()
    if to_stdout:
        sys.stdout.buffer.write(content)
        return
    try:
        with file.open("wb" if force else "xb") as out:
            out.write(content)
    except FileExistsError as error:
        raise UsageError(f"{file}: is there already; name another file or add --force") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {os.strerror(error.errno or 0)}") from error
    if form == "opml":
        note("OPML keeps names, addresses, languages and endpoints; TOML and CSV keep every setting")
    if as_json:
        emit({"sources": len(there), "file": str(file), "bytes": len(content)})
    else:
        say(f"Wrote {len(there)} sources to {file}.")


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--rules", "rules_only", is_flag=True, help="The rules alone: nothing is fetched.")
@click.option(
    "--captures",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Pages to try the rules on: the latest of each source.",
)
@json_option
@click.pass_obj
def check(
    invocation: Invocation, names: Sequence[str], rules_only: bool, captures: int, as_json: bool
) -> int:
    """Try the endpoints and rules of sources (default: all).

    A source's rules say where its pages have what: prune_xpath, body_xpath, title_xpath, lead_xpath, author_xpath,
    date_xpath, modified_xpath in its [[source]], and the file that 'rules' names. They are tried on the source's latest
    captures, from WARC: on how many each finds something, and what they change against the same pages without them.
    The exit code is 1 where a rule finds nothing on any of them, or fails on one.

    \b
    Examples:
      warraq sources edit news.example 'body_xpath=["//div[@class=\'story\']"]'
      warraq sources check news.example --rules
      warraq reextract --source news.example --dry-run
    """  # noqa: D301  (click's own marker)
    folder = invocation.existing_archive()
    there = load(folder).source
    chosen = [find(folder, name) for name in names] or there
    if not chosen:
        raise UsageError("no sources yet; add one with 'warraq sources add URL'")
    from crawler.cli.rules import check_rules

    sound = check_rules(folder, chosen, captures, as_json=as_json)
    if not rules_only:
        _plan(folder, [source.name for source in chosen], as_json=as_json)
    return 0 if sound else 1
