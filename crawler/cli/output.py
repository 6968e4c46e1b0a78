"""What commands print: one JSON object a line for programs, safe text for people."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_ACTING = re.compile(f"[\x7f-\x9f\ud800-\udfff{''.join(sorted(BIDI_CONTROLS))}]")

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line."
)


def emit(row: dict[str, Any]) -> None:
    """Print one JSON object on one line, in UTF-8 whatever the locale says.

    What would act on a terminal is escaped: the same JSON, since it stands in strings alone.
    """
    text = json.dumps(row, ensure_ascii=False, separators=(", ", ": "))
    sys.stdout.buffer.write(_ACTING.sub(_escaped, text).encode() + b"\n")
    sys.stdout.buffer.flush()


def safe(text: str) -> str:
    """A text from the web, fit for a terminal: escape sequences and bidi controls cannot act.

    Newlines and tabs stay; every other control character, and each explicit bidi control
    (which could reorder what follows it, Unicode TR36), is shown as its code.
    """
    return "".join(
        char
        if char in "\n\t" or (char not in BIDI_CONTROLS and unicodedata.category(char) not in {"Cc", "Cs"})
        else f"\\u{ord(char):04x}"
        for char in text
    )


def safe_line(text: str) -> str:
    """A text from elsewhere as one safe line: a file's name with a line break in it adds no line of its own."""
    return safe(text).replace("\n", "\\u000a").replace("\t", "\\u0009")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def say(text: str = "") -> None:
    """Print a line for people."""
    click.echo(safe(text))


def note(text: str) -> None:
    """Print a remark to standard error, so that standard output stays what was asked for."""
    click.echo(safe(text), err=True)
