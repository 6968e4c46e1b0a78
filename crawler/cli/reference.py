"""The command reference, made from the commands themselves: `python -m crawler.cli.reference [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.app import warraq
from crawler.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
"""Columns of the help texts."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
SETTINGS = warraq.context_settings
"""Of the names of --help: a command keeps those it was first asked with, whoever asks next."""
INTRODUCTION = """\
# Commands

Made from the commands themselves by `make docs`; `make check` tells when it is out of date.

Exit codes: 0 done (faults of single URLs, rejected pages and searches without a hit are told, and are no
failure) · 1 the work as a whole failed · 2 usage or configuration · 130 stopped by Ctrl-C after a clean end.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    sections = [f"{'#' * (2 + name.count(' '))} {name}\n\n```text\n{text}\n```\n" for name, text in _helps()]
    return "\n".join([INTRODUCTION, *sections])


def _helps() -> Iterator[tuple[str, str]]:
    """Every command's full name and help text, in the order of the overview."""
    waiting: list[tuple[str, click.Command]] = [("warraq", warraq)]
    while waiting:
        name, command = waiting.pop(0)
        context = click.Context(
            command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH, **SETTINGS
        )
        yield name, command.get_help(context).rstrip()
        if isinstance(command, click.Group):
            below = [
                (f"{name} {each}", command.get_command(context, each))
                for each in command.list_commands(context)
            ]
            waiting = [(full, found) for full, found in below if found is not None] + waiting


def main() -> int:
    """Write docs/commands.md, or with --check say whether it is as it would be written."""
    page = reference()
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, "utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text("utf-8") == page:
        return 0
    note(f"{PAGE}: is out of date; run 'make docs' and commit it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
