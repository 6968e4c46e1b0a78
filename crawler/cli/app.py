"""The command `warraq`: its commands by name, loaded when called, and its exit codes."""

from __future__ import annotations

import importlib
import signal
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import click

from archive.errors import NotAnArchiveError, WarraqError
from crawler.cli.output import note

DEFAULT_ARCHIVE = "news-archive"
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """A command: where it lives and its line in the overview, so that `--help` imports nothing."""

    target: str
    summary: str


COMMANDS: dict[str, Command] = {
    "init": Command("crawler.cli.init:init", "Make an archive."),
    "sources": Command(
        "crawler.cli.sources:sources", "Add, list, show, edit, remove, import, export sources."
    ),
    "discover": Command("crawler.cli.discover:discover", "Show how a site could be crawled; keep nothing."),
    "crawl": Command("crawler.cli.crawl:crawl", "Fetch, archive and extract what the sources offer."),
    "add": Command("crawler.cli.crawl:add", "Archive these pages now."),
    "search": Command("crawler.cli.search:search", "Search the archive."),
    "show": Command("crawler.cli.show:show", "Show one article, all of it."),
    "export": Command("crawler.cli.export:export", "Export articles as jsonl, csv, parquet or wacz."),
    "extract": Command(
        "crawler.cli.extract:extract", "Extract an article from a file or URL; no archive needed."
    ),
    "reextract": Command(
        "crawler.cli.reextract:reextract", "Extract again from WARC and report what changes."
    ),
    "rebuild": Command("crawler.cli.reextract:rebuild", "Make archive.db anew from WARC alone."),
    "verify": Command("crawler.cli.verify:verify", "Check every record, file and row against the others."),
    "takedown": Command(
        "crawler.cli.takedown:takedown", "Take articles out of the archive for good, or seal them."
    ),
    "import": Command(
        "crawler.cli.importing:import_files", "Bring texts, pages and WARC files of others in."
    ),
    "replay": Command("crawler.cli.replay:replay", "Show archived pages in the browser."),
    "status": Command("crawler.cli.status:status", "Show what the archive holds and how its sources do."),
    "demo": Command("crawler.cli.demo:demo", "Try everything on a small news site of our own."),
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """What stands before the command: `ctx.obj` of every command."""

    archive: Path
    debug: bool

    def existing_archive(self) -> Path:
        """The archive's folder.

        Raises:
            NotAnArchiveError: there is no warraq.toml in it.
        """
        if not (self.archive / "warraq.toml").is_file():
            raise NotAnArchiveError(
                f"{self.archive}: no archive here (warraq.toml is missing). "
                f"Make one with 'warraq init {self.archive} --contact MAIL_OR_URL', or name another with --archive."
            )
        return self.archive


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `search` starts without Scrapy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module, or None where there is no such command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of one that is none, say which was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="WARRAQ_ARCHIVE",
    default=DEFAULT_ARCHIVE,
    show_default=True,
    show_envvar=True,
    help="The archive's folder.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="warraq")
@click.pass_context
def warraq(ctx: click.Context, archive: Path, debug: bool) -> None:
    """Crawl, archive, search and export the news.

    \b
    A first archive:
      warraq init --contact you@example.org
      warraq sources add https://news.example/
      warraq crawl
      warraq search 'a word'
      warraq export jsonl articles.jsonl

    Try it without the internet: warraq demo
    """  # noqa: D301  (click's own marker for a paragraph that is not rewrapped)
    ctx.obj = Invocation(archive, debug)


def main() -> NoReturn:
    """Run the command line; turn our errors into a message and an exit code."""
    debug = "--debug" in sys.argv
    try:
        result = warraq.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        note("stopped")
        _end_interrupted()
    except WarraqError as error:
        if debug:
            raise
        note(f"warraq: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        note(
            f"warraq: unexpected {type(error).__name__}: {error}. This is a fault in warraq; --debug shows where."
        )
        sys.exit(1)
    if result == EXIT_INTERRUPTED:
        _end_interrupted()
    sys.exit(result if isinstance(result, int) else 0)


def _end_interrupted() -> NoReturn:
    """End; one more Ctrl-C does not turn the clean end into a kill while Python shuts down."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(EXIT_INTERRUPTED)
