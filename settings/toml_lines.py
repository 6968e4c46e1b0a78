"""Where the keys of a TOML text stand, so that an error can name its line.

Neither tomllib nor tomlkit keeps positions. A text that tomllib has read is cut into its statements here
(one a logical line), and each statement is read again alone for the keys it sets.
"""

from __future__ import annotations

import re
import tomllib
from io import StringIO
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""Keys and, in arrays, indexes from the root: `("source", 2, "delay")`."""

# TOML 1.0: multi-line strings first, since `"""` also begins with an empty `""`; up to two quotes may
# stand directly before the closing three.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[{]|[\]}]|\n|[^"'\#\[\]{}\n]+''',
    re.DOTALL,
)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Cut a well-formed TOML text into its statements.

    Args:
        text: TOML that tomllib has read without error.

    Yields:
        The line of each statement, from 1, and its text, newlines in arrays and strings included.
    """
    depth = 0
    line = first = 1
    parts: list[str] = []
    for match in _TOKEN.finditer(text + "\n"):
        piece = match.group()
        if piece == "\n" and depth == 0:
            statement = "".join(parts).strip()
            if statement and not statement.startswith("#"):
                yield first, statement
            parts = []
            line += 1
            first = line
            continue
        depth += (piece in {"[", "{"}) - (piece in {"]", "}"})
        line += piece.count("\n")
        parts.append(piece)


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line of every table and key.

    Args:
        text: TOML that tomllib has read without error.

    Returns:
        Line numbers, from 1, by path from the root. Keys within an inline table or array bear the line of
        the statement they stand in.
    """
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in statements(text):
        if statement.startswith("["):
            table = _header(statement, counts)
            lines.setdefault(table, line)
            continue
        for path in _paths(tomllib.loads(statement)):
            lines.setdefault(table + path, line)
    return lines


def blocks(text: str, key: str) -> list[tuple[int, int]]:
    """Where the tables of an array of tables at the root stand.

    Args:
        text: TOML that tomllib has read without error.
        key: of the array; one written inline (`source = [{...}]`) has no blocks.

    Returns:
        For each `[[key]]` the offsets in `text` of the begin of its header's line and of the end of the
        line of its last key. Comments before the one and after the other are not in it.
    """
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    spans: list[tuple[int, int]] = []
    offsets = list(accumulate(map(len, StringIO(text, newline="\n")), initial=0))
    for line, statement in statements(text):
        end = offsets[line + statement.count("\n")]
        is_header = statement.startswith("[")
        if is_header:
            table = _header(statement, counts)
        if table[:1] != (key,):
            continue
        if is_header and table == (key, len(spans)):
            spans.append((offsets[line - 1], end))
        elif spans:
            spans[-1] = (spans[-1][0], end)
    return spans


def _header(statement: str, counts: dict[KeyPath, int]) -> KeyPath:
    """The path of a `[table]` or `[[array of tables]]`; counts the elements of the latter."""
    path: KeyPath = ()
    node: object = tomllib.loads(statement)
    while isinstance(node, dict) and node:
        ((key, node),) = node.items()
        path += (key,)
        if isinstance(node, list):
            counts[path] = counts.get(path, -1) + 1
            return (*path, counts[path])
        if path in counts:
            path += (counts[path],)
    return path


def _paths(node: object) -> Iterator[KeyPath]:
    """Every path within a value, the outer ones first."""
    if isinstance(node, dict):
        children: Iterator[tuple[str | int, object]] = iter(node.items())
    elif isinstance(node, list):
        children = iter(enumerate(node))
    else:
        return
    for key, child in children:
        yield (key,)
        for path in _paths(child):
            yield (key, *path)
