"""Texts from the web on a terminal: isolated from each other's direction, their matches in bold."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crawler.cli.output import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.diff import Span

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"


def is_terminal() -> bool:
    """Whether standard output is read by a person at once."""
    return sys.stdout.isatty()


def passage(text: str, marks: Sequence[tuple[int, int]] = (), *, terminal: bool) -> str:
    """A text made safe; on a terminal its marks in bold, and its direction kept to itself.

    An Arabic title would otherwise turn the order of the numbers and URLs beside it (Unicode UAX #9; FSI
    takes the direction from the text). Elsewhere the text is left as it is: isolates are no part of it.
    """
    if not terminal:
        return safe(text)
    parts: list[str] = []
    at = 0
    for start, end in marks:
        parts += [safe(text[at:start]), click.style(safe(text[start:end]), bold=True)]
        at = end
    return "".join([FIRST_STRONG_ISOLATE, *parts, safe(text[at:]), POP_DIRECTIONAL_ISOLATE])


def dim(text: str, *, terminal: bool) -> str:
    """A safe text of less weight."""
    return click.style(safe(text), dim=True) if terminal else safe(text)


def marked(span: Span, *, terminal: bool) -> str:
    """A span of a diff with its mark, as wdiff sets it, the white space around it outside."""
    if span.kind == "same":
        return passage(span.text, terminal=terminal)
    bare = span.text.strip()
    at = span.text.find(bare)
    text = passage(bare, terminal=terminal)
    marked = f"[-{text}-]" if span.kind == "gone" else f"{{+{text}+}}"
    if terminal:
        marked = click.style(marked, fg="red" if span.kind == "gone" else "green")
    return span.text[:at] + marked + span.text[at + len(bare) :]
