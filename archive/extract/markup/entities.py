"""Character references in values that are escaped once more than HTML asks for, as titles and JSON-LD often are."""

from __future__ import annotations

import html
import re

NO_CHARACTER = re.compile(r"&#[0-9]{1000,}+;?")
"""A number that no character has; Python refuses to read one of 4,300 digits, and `html.unescape` fails on it."""


def unescape(text: str) -> str:
    """A text with its character references resolved; U+FFFD stands for what is no character."""
    return html.unescape(NO_CHARACTER.sub("\ufffd", text)) if "&" in text else text
