"""`warraq demo`: the whole way, on a small news site of our own."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path

import click

from archive.errors import UsageError
from crawler.cli.app import EXIT_INTERRUPTED, warraq
from crawler.cli.output import emit, json_option, say

FOLDER = Path("demo-archive")
CONTACT = "https://example.org/about-this-crawl"
SOURCE = "lantern"
QUERIES = ("ميليشيا", "القمح", '"steam crane"', "雨水花园")
"""The first is «ميليشـ.ـيا» on its page, and the second has a tatweel there: both are found."""


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="Where the demo's archive is made; an earlier demo's is replaced.",
)
@click.option("--serve", is_flag=True, help="Keep the site up afterwards, until Ctrl-C.")
@json_option
def demo(folder: Path, serve: bool, as_json: bool) -> int:
    """Try everything on a small news site, served on this machine alone.

    Makes a fresh archive, crawls the site into it, searches it, exports it, and says what to try next.
    """
    from crawler.demo import DemoSite
    from settings import sources
    from settings.app import SourceSettings
    from settings.file import create

    _clear(folder)
    create(folder, CONTACT, "demo")
    with DemoSite() as site:
        # No delay between requests: it is our own host.
        lantern = SourceSettings(name=SOURCE, url=site.url, timezone="Asia/Damascus", delay=0.0)
        sources.add(folder, [lantern])
        if as_json:
            emit({"archive": str(folder), "site": site.url, "articles": len(site.articles)})
        else:
            say(f"A news site of {len(site.articles)} articles in six languages is served at {site.url}")
            say(f"An archive was made in {folder}.")
        if _step(folder, ["crawl"], as_json=as_json) == EXIT_INTERRUPTED:
            return EXIT_INTERRUPTED
        for query in QUERIES:
            _step(folder, ["search", query], as_json=as_json)
        _step(folder, ["export", "jsonl", str(folder / "articles.jsonl")], as_json=as_json)
        _step(folder, ["status"], as_json=as_json)
        if not as_json:
            _say_what_next(folder)
        if serve:
            say(f"The site stays at {site.url} until Ctrl-C.")
            while True:
                time.sleep(3600)
    return 0


def _step(folder: Path, command: list[str], *, as_json: bool) -> int:
    """Run a command as a user would, its line shown above what it prints; its exit code."""
    arguments = ["--archive", str(folder), *command]
    if not as_json:
        say(f"\n$ {_program()} {shlex.join(arguments)}")
    result = warraq.main([*arguments, *(["--json"] if as_json else [])], standalone_mode=False)
    return result if isinstance(result, int) else 0


def _say_what_next(folder: Path) -> None:
    from archive.store import ArchiveStore, Filters

    with ArchiveStore.open(folder, readonly=True) as store:
        some = next((article.id for article in store.select(Filters())), 1)
    start = f"{_program()} --archive {shlex.quote(str(folder))}"
    steps = (
        (f"show {some}", "one article, all of it"),
        ("search 'title:الجسر'", "a word of a title, with or without its vowel signs"),
        ("search bees --json", "JSON, one object a line"),
        (f"export parquet {shlex.quote(str(folder / 'articles.parquet'))}", "for pandas, DuckDB, R"),
        ("replay", "the pages as they were, in the browser"),
        ("rebuild", "the database anew, from the WARC files alone"),
    )
    width = max(len(command) for command, _ in steps)
    say("\nTry next:")
    for command, purpose in steps:
        say(f"  {start} {command:<{width}}  {purpose}")
    say("Your own archive:")
    say(f"  {_program()} init --contact you@example.org")
    say(f"  {_program()} sources add https://news.example/")


def _program() -> str:
    """How the user can call us: by name where that is on the PATH."""
    return "warraq" if shutil.which("warraq") else shlex.quote(sys.argv[0])


def _clear(folder: Path) -> None:
    """Remove an earlier demo; anything else that is there is left alone.

    Raises:
        UsageError: the folder holds something else.
    """
    settings = folder / "warraq.toml"
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not settings.is_file() or f'contact = "{CONTACT}"' not in settings.read_text("utf-8", "replace"):
        raise UsageError(f"{folder}: is there already and is no demo's archive; name another with --folder")
    shutil.rmtree(folder)
