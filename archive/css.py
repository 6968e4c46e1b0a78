"""URLs of a style sheet: which there are, and the same led elsewhere.

Source: CSS Syntax Level 3, sections 4.3.4 to 4.3.7 (strings, url tokens, escapes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Possessive throughout: what was taken is not tried again in other shares, so time stays linear.
_STRING = r'"(?:[^"\\\n]|\\(?s:.))*+"' + r"|'(?:[^'\\\n]|\\(?s:.))*+'"
# Without flags, and with nothing before its first letter: the search for that letter is then a fast one.
_URL = re.compile(
    rf"([uU][rR][lL](?<!\w[uU][rR][lL]))\(\s*+(?:({_STRING})|((?:[^\s\"'()\\]|\\(?s:.))*+))\s*+\)"
    rf"|(@[iI][mM][pP][oO][rR][tT])\s*+({_STRING})"
)
_FONT_FACE = re.compile(r"@font-face\s*+\{[^}]*+\}", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_IMPORT_BEFORE = re.compile(r"@import\s*+\Z", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|\n|(.))", re.DOTALL)
_MAX_CODE_POINT = 0x10FFFF


def rewrite_css(text: str, lead: Callable[[str], str | None]) -> str:
    """Rewrite `url()` and `@import` of a style sheet or a style attribute.

    Args:
        text: in any encoding that has ASCII in it; what is no URL stays as it is.
        lead: the address of a URL within the archive; None where it must not be loaded.
    """

    def rewritten(found: re.Match[str]) -> str:
        url = _url_of(found)
        if not url or url.startswith("#"):
            return found[0]
        return f"{'@import ' if found[5] else ''}url({_quote(lead(url) or '')})"

    return _URL.sub(rewritten, text)


def css_urls(text: str) -> Iterator[tuple[str, Literal["style", "font", "image"]]]:
    """What a style sheet or a style attribute names, as found: imported sheets, fonts, and the rest, which is images.

    Args:
        text: in any encoding that has ASCII in it.
    """
    text = _COMMENT.sub(" ", text)
    fonts = [found.span() for found in _FONT_FACE.finditer(text)]
    for found in _URL.finditer(text):
        url = _url_of(found)
        if not url or url.startswith("#"):
            continue
        if found[5] or _IMPORT_BEFORE.search(text, max(0, found.start() - 20), found.start()):
            yield url, "style"
        else:
            while fonts and fonts[0][1] < found.start():
                fonts.pop(0)
            yield url, "font" if fonts and fonts[0][0] < found.start() else "image"


def _url_of(found: re.Match[str]) -> str:
    quoted, bare, imported = found[2], found[3], found[5]
    return _unescape(quoted[1:-1] if quoted else imported[1:-1] if imported else bare)


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
