"""URLs of a style sheet, led into the archive.

Source: CSS Syntax Level 3, sections 4.3.4 to 4.3.7 (strings, url tokens, escapes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Possessive throughout: what was taken is not tried again in other shares, so time stays linear.
_STRING = r'"(?:[^"\\\n]|\\.)*+"' + r"|'(?:[^'\\\n]|\\.)*+'"
_URL = re.compile(
    rf"\b(url)\(\s*+(?:({_STRING})|((?:[^\s\"'()\\]|\\.)*+))\s*+\)|(@import)\s*+({_STRING})",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|\n|(.))", re.DOTALL)
_MAX_CODE_POINT = 0x10FFFF


def rewrite_css(text: str, lead: Callable[[str], str | None]) -> str:
    """Rewrite `url()` and `@import` of a style sheet or a style attribute.

    Args:
        text: in any encoding that has ASCII in it; what is no URL stays as it is.
        lead: the address of a URL within the archive; None where it must not be loaded.
    """

    def rewritten(found: re.Match[str]) -> str:
        quoted, bare, imported = found[2], found[3], found[5]
        url = _unescape(quoted[1:-1] if quoted else imported[1:-1] if imported else bare)
        if not url or url.startswith("#"):
            return found[0]
        return f"{'@import ' if imported else ''}url({_quote(lead(url) or '')})"

    return _URL.sub(rewritten, text)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        if found[1]:
            code = int(found[1], 16)
            return chr(code) if 0 < code <= _MAX_CODE_POINT and not 0xD800 <= code < 0xE000 else "\ufffd"
        return found[2] or ""

    return _ESCAPE.sub(character, text)


def _quote(url: str) -> str:
    # `<` too: within a style element "</style" would end it.
    escaped = re.sub(r'["\\<\n\r\f]', lambda found: f"\\{ord(found[0]):x} ", url)
    return f'"{escaped}"'
