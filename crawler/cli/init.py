"""`warraq init`: a new archive."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from crawler.cli.app import DEFAULT_ARCHIVE, Invocation
from crawler.cli.output import emit, json_option, say
from settings.file import create


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--contact",
    required=True,
    metavar="MAIL_OR_URL",
    help="Where the owner of a site can reach you; sent in the User-Agent.",
)
@click.option("--name", help="The archive's name.  [default: the folder's]")
@json_option
@click.pass_obj
def init(invocation: Invocation, folder: Path | None, contact: str, name: str | None, as_json: bool) -> None:
    """Make an archive in DIR (default: ./news-archive, or what --archive says)."""
    from archive.store import ArchiveStore

    folder = folder or invocation.archive
    path = create(folder, contact, name)
    (folder / "warc").mkdir(exist_ok=True)
    ArchiveStore.open(folder).close()  # so that searching it says "nothing found", not "no archive"
    if as_json:
        emit({"archive": str(folder), "settings": str(path)})
        return
    where = "" if folder == Path(DEFAULT_ARCHIVE) else f"--archive {shlex.quote(str(folder))} "
    say(f"Made an archive in {folder}. Its settings are in {path}.")
    say("Next:")
    say(f"  warraq {where}sources add https://news.example/   name a site and see how it can be crawled")
    say(f"  warraq {where}crawl                               fetch, archive and extract it")
    say(f"  warraq {where}search 'a word'                     find it again")
    if where:
        say(f"Without --archive, commands use WARRAQ_ARCHIVE or ./{DEFAULT_ARCHIVE}.")
