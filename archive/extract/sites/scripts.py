"""Rules in Python, for what XPath cannot say: plain functions in a file of the user's own.

    def title(root, url):
        return root.get("data-headline")

A function is called like the field it finds (see `rules.FIELDS`) and takes the page's root (an `lxml.html.HtmlElement`)
and its URL. It returns a text, an element, a list of these, or None where it finds nothing and the next rule is to be
asked. `prune` returns elements to drop. It must be a function of its two arguments alone: no clock, no network.
"""

from __future__ import annotations

import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive.errors import ConfigError
from archive.extract.sites.rules import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.html import HtmlElement

    from archive.extract.sites.rules import Script

    Function = Callable[[HtmlElement, str], Any]

KEPT_SCRIPTS = 256


class RuleFaultError(Exception):
    """A rule failed over a page; the text says where it is written and what happened."""


@lru_cache(maxsize=KEPT_SCRIPTS)
def functions(script: Script) -> Mapping[str, Function]:
    """A script's rules by the field they find.

    Raises:
        ConfigError: it is no Python, fails on being loaded, or has no function that is a rule.
    """
    names: dict[str, Any] = {"__name__": "warraq_rules", "__file__": script.path}
    try:
        exec(compile(script.text, script.path, "exec"), names)  # noqa: S102  (the user's own file, named in warraq.toml)
    except SyntaxError as error:
        raise ConfigError(f"{script.path}:{error.lineno}: is no Python: {error.msg}") from error
    except Exception as error:
        raise ConfigError(told(script, error)) from error
    found = {name: names[name] for name in FIELDS if callable(names.get(name))}
    if not found:
        raise ConfigError(
            f"{script.path}: has no function that is a rule; define one of {', '.join(FIELDS)}, such as "
            "'def title(root, url)'"
        )
    return found


def call(script: Script, name: str, root: HtmlElement, url: str) -> list[object]:
    """What a script finds for a field; nothing where it has no function for it.

    Raises:
        RuleFaultError: it failed.
    """
    function = functions(script).get(name)
    if function is None:
        return []
    try:
        found = function(root, url)
        # A generator runs only here: its faults are the script's too.
        return [] if found is None else list(found) if _is_several(found) else [found]
    except MemoryError:
        raise
    except Exception as error:
        raise RuleFaultError(told(script, error)) from error


def _is_several(found: object) -> bool:
    # An element is iterable, over its children.
    return not isinstance(found, str) and hasattr(found, "__iter__") and not hasattr(found, "tag")


def told(script: Script, error: BaseException) -> str:
    """A fault with the script's file and the line in it."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script.path
    ]
    return f"{script.path}:{lines[-1] if lines else 1}: {type(error).__name__}: {error}"
