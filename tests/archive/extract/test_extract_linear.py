"""Every pattern that meets a page's text takes time in proportion to the text."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from pathlib import Path

import pytest

import archive.extract

BAIT_CHARACTERS = 30_000
CPU_SECONDS = 0.25
"""For one bait: linear patterns take under 0.03 s, and what grows with the square 0.5 s and more."""

UNITS = (
    " ", "\n", "\xa0", "a", "A", "1", "-", ".", ",", '"', "'", "<", ">", "(", "[", "&", "/", ":", "@", "_", "|", "?",
    "é", "ب", "بَ", "文", "年", "«", "\x80", "a ", "A ", "Ab ", "Ab cd ", "1 ", "12:", "1.", "1-", "-a", "a-", "a, ",
    " - ", " | ", " and ", " , ", " ·", "a.", "a@", "\n \n", "A'", "<a", "<a ", "<a/b=", "<a b='", "/*", "<!--", "&#1",
    "http://", "1a", "aA", "::", "-has-a",
)  # fmt: skip
"""Repeated, these are what patterns begin with, go on with and stop at."""


def modules():
    found = pkgutil.walk_packages(archive.extract.__path__, "archive.extract.")
    return [importlib.import_module(module.name) for module in found]


def patterns():
    return {
        f"{module.__name__}.{name}": pattern
        for module in modules()
        for name, pattern in vars(module).items()
        if isinstance(pattern, re.Pattern)
    }


PATTERNS = patterns()


def words_of(pattern):
    """Words that a pattern itself has, the longest: the beginning of what it looks for."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return sorted(set(re.findall(r"[^\W_]+", source)), key=lambda word: (len(word), word))[-3:]


def baits(pattern):
    words = words_of(pattern)
    for unit in (*UNITS, *words, *(f"{word} " for word in words)):
        for before, after in (("", "\0"), ("", "\n\0"), (words[0] if words else "", "\0")):
            text = f"{before}{(unit * BAIT_CHARACTERS)[:BAIT_CHARACTERS]}{after}"
            yield unit, text if isinstance(pattern.pattern, str) else text.encode()


def seconds(pattern, text):
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    pattern.fullmatch(text)
    return time.process_time() - start


def slow_baits(pattern):
    """The first bait that takes too long three times; whatever else the machine does, one of three is quick."""
    return next(
        (
            unit
            for unit, text in baits(pattern)
            if all(seconds(pattern, text) > CPU_SECONDS for _ in range(3))
        ),
        None,
    )


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name):
    assert slow_baits(PATTERNS[name]) is None


def test_a_pattern_that_is_not_linear_would_be_found():
    assert slow_baits(re.compile(r"\s+and\s+")) is not None


def test_no_pattern_hides_in_a_function():
    """A pattern that is no module's constant is not among those tested."""
    hidden = []
    for path in sorted(Path(archive.extract.__path__[0]).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
        hidden += [
            f"{path.name}:{call.lineno}"
            for function in functions
            for call in ast.walk(function)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "re"
            and call.func.attr != "escape"
        ]
    assert hidden == []
