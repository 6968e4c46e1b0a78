"""What is wrong with a warraq.toml, said in terms of its lines and keys."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, get_args

from settings.app import Section, Settings
from settings.toml_lines import KeyPath, key_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MAX_SHOWN = 10
"""Errors told at once."""

CONTACT_HINT = (
    "a mail address or a URL where the owner of a site can reach you; nothing is crawled without one"
)
_HINTS = {
    "contact": CONTACT_HINT,
    "name": "lower-case letters, digits, '.', '_' and '-', at most 80, the first a letter or digit",
    "prefix": "letters, digits and '_', at most 40",
    "url": "an address that begins with http:// or https://",
    "query": "the words to search for",
}
"""What is allowed, where pydantic would show a regular expression."""


def explain_syntax(message: str, text: str, path: Path) -> str:
    """Tomllib's `Invalid value (at line 3, column 7)` in the form of all our errors."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if match is None:
        return f"{path}: not TOML: {message}"
    line = match[2] or text.rstrip("\n").count("\n") + 1
    column = f":{match[3]}" if match[3] else ""
    return f"{path}:{line}{column}: not TOML: {match[1][:1].lower()}{match[1][1:]}; mend or remove this line"


def explain(error: ValidationError, tree: Mapping[str, object], text: str, path: Path) -> str:
    """A line for each fault, in the file's order: file, line, key, what is allowed.

    Args:
        error: what the schema found.
        tree: the text as tomllib read it.
        text: the file's text.
        path: the file, to be named.
    """
    lines = key_lines(text)
    faults = sorted((_line(lines, fault["loc"]), _explained(fault, tree)) for fault in error.errors())
    told = [f"{path}:{line}: {explained}" for line, explained in faults[:MAX_SHOWN]]
    if len(faults) > MAX_SHOWN:
        told.append(f"{path}: and {len(faults) - MAX_SHOWN} further errors")
    return "\n".join(told)


def duplicate(kind: str, names: list[str], text: str, path: Path) -> str | None:
    """What to say of the first name given twice, or None."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            lines = key_lines(text)
            here, there = (_line(lines, (kind, at, "name")) for at in (index, first[name]))
            taken = f"'{name}' is taken by the {kind} of line {there}; names are unique"
            return f"{path}:{here}: [[{kind}]] name: {taken}"
        first[name] = index
    return None


def _line(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """The line of a key, or of the nearest table around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _explained(fault: ErrorDetails, tree: Mapping[str, object]) -> str:
    """What is wrong with one key and what is allowed, in one line."""
    path: KeyPath = fault["loc"]
    if path == ("archive",) and fault["type"] == "missing":
        return f"[archive] contact: missing; give {CONTACT_HINT}"
    return f"{_place(path, tree)}: {fault_text(fault)}"


def fault_text(fault: ErrorDetails, within: KeyPath = ()) -> str:
    """What is wrong with a value and what is allowed, without its place.

    Args:
        fault: what the schema found.
        within: where the schema stands in that of warraq.toml: `("source", 0)` for a source alone.
    """
    path: KeyPath = (*within, *fault["loc"])
    key = str(next(part for part in reversed(path) if isinstance(part, str)))
    match fault["type"]:
        case "extra_forbidden":
            return f"unknown key; {_suggestion(path)}"
        case "missing":
            return f"missing; give {_HINTS.get(key, 'a value')}"
        case "value_error":
            return str(fault["ctx"]["error"])
        case "string_pattern_mismatch" | "string_too_short":
            return f"must be {_HINTS.get(key, fault['msg'])}, not {_shown(fault['input'])}"
        case "model_type":
            return f"must be a table ([{key}]), not {_shown(fault['input'])}"
        case _:
            return f"{fault['msg'].replace('Input should be', 'must be')}, not {_shown(fault['input'])}"


def _suggestion(path: KeyPath) -> str:
    """The known key that an unknown one was meant to be, or all that are known there."""
    model: object = Settings
    for part in path[:-1]:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, Section):
            annotation = model.model_fields[part].annotation
            model = next(iter(get_args(annotation)), annotation)
    known = sorted(model.model_fields) if isinstance(model, type) and issubclass(model, Section) else []
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"allowed here: {', '.join(known)}"


def _place(path: KeyPath, tree: Mapping[str, object]) -> str:
    """A path as a reader of the file would say it: `[crawl] delay`, `[[source]] 'kurier' include 2`."""
    table, *rest = path
    if not rest:
        return str(table)
    if not isinstance(rest[0], int):
        return " ".join([f"[{table}]", *map(str, rest)])
    index, *keys = rest
    rows = tree.get(str(table))
    row = rows[index] if isinstance(rows, list) and isinstance(index, int) else None
    name = row.get("name") if isinstance(row, dict) else None
    which = f"'{name}'" if isinstance(name, str) and "name" not in keys else f"{int(index) + 1}"
    return " ".join([f"[[{table}]]", which, *(str(key + 1) if isinstance(key, int) else key for key in keys)])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
