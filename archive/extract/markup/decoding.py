"""Bytes to text: which character encoding a page is in.

A byte-order mark decides. Then the content itself, if it is UTF-8: text in another encoding practically never
forms valid multi-byte sequences (Duerst 1997), while labels are wrong on a few per cent of pages. Then every encoding
that <meta> or Content-Type name, and those in use for each script, are weighed by the text they would give; a name
counts for something, but not for more than text that reads.
Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2): iso-8859-1 is windows-1252.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np

from archive.extract.markup.charsets import declared_encodings
from archive.extract.markup.legibility import TABLES, WESTERN, fits, is_western, legibility, sample

MIN_GUESS_SCORE = 0.55
"""Below it, a guess is worse than a label."""

LABEL_WEIGHT = 0.15
"""What a reading is worth more for being the one that the page names."""

MIN_UTF8_SHARE = 0.7
"""Of the sequences that are no ASCII: a page with more valid ones is UTF-8, broken in places (a cut snippet, an
insertion in another encoding). By chance GB 2312 has the most, about a quarter."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

UTF16_SCAN_BYTES = 4096

JIS_ESCAPE = re.compile(rb"\x1b\$[@B]")
"""Into JIS X 0208: what ISO-2022-JP has and nothing else."""

ASCII = bytes(range(128))
DELETE = b"\x7f"
CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)]) + DELETE
"""Control characters but tab and line ends: no text has them, lxml ends its reading at a NUL."""
UNCONTROLLED = bytes([*b"\t\n\r", *range(128, 256)])
"""What else is no printable ASCII."""

WIDE_RUN = re.compile(r"[^\x00-\x7f]+")
WIDE_RUN_OR_REST = re.compile(r"[^\x00-\x7f]+|[\x00-\x7f]+")
TWICE_SCAN_CHARACTERS = 1 << 18
TWICE_RUNS = 64
TOO_MANY_ONCE = 7
"""So many that cannot be undone are more than a tenth of TWICE_RUNS; to find all of those takes a millisecond."""
MIN_TWICE_RUNS = 3
"""Fewer may be the example in an article on just this."""
TWICE_ENCODINGS = ("cp1252", "cp1256", "cp1251")
FEW_WIDE_BYTES = 4096
"""Of a page that is all but ASCII: looking through it for runs costs more than asking all that is none at once."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text and the encoding it was read in."""

    text: str
    encoding: str
    """Python's name."""
    source: str
    """`bom`, `content`, `meta`, `header` or `guess`; `twice` where UTF-8 had been taken for another encoding and
    encoded as UTF-8 once more, which is undone."""
    utf8: bytes | None = None
    """The text in UTF-8, where the page's own bytes are that."""


def decode(content: bytes, charset: str | None) -> Decoded:
    """Decode a page; never fails: bytes that fit nothing become U+FFFD.

    Args:
        content: the page, its Content-Encoding undone.
        charset: of the Content-Type header, as sent.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return Decoded(_clean(content[len(mark) :].decode(encoding, "replace")), encoding, "bom")
    wide = _utf16(content)
    if wide is not None:
        return Decoded(_clean(content.decode(wide, "replace")), wide, "content")
    if content.isascii() and JIS_ESCAPE.search(content):
        return Decoded(_clean(content.decode("iso2022_jp", "replace")), "iso2022_jp", "content")
    rare = _rare(content)
    if rare.translate(None, UNCONTROLLED) or DELETE in content:
        content = content.translate(None, CONTROLS)
    try:
        found = Decoded(content.decode("utf-8"), "utf-8", "content", content)
    except UnicodeDecodeError:
        encoding, source = _weigh(content, charset)
        found = Decoded(content.decode(encoding, "replace"), encoding, source)
    is_suspect = found.encoding == "utf-8" and _may_be_twice(rare.translate(None, ASCII))
    once = _once(found.text) if is_suspect else None
    return found if once is None else Decoded(once, "utf-8", "twice")


def _clean(text: str) -> str:
    """A text without control characters."""
    return text.encode().translate(None, CONTROLS).decode()


def _rare(content: bytes) -> bytes:
    """The bytes that are no printable ASCII, in order: a fiftieth of most pages, which is cheaper to look through."""
    signed = np.frombuffer(content, dtype=np.int8)
    return signed[signed < ord(" ")].tobytes()


def _utf16(content: bytes) -> str | None:
    """UTF-16 without its mark: the NULs of its ASCII all stand at odd places, or all at even ones."""
    head = content[:UTF16_SCAN_BYTES]
    even, odd = head[::2].count(0), head[1::2].count(0)
    # NULs sprinkled over other text are noise; some at the other places are letters: 一 is U+4E00.
    if max(even, odd) < 6 or 20 * max(even, odd) < len(head) or 4 * min(even, odd) > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _weigh(content: bytes, charset: str | None) -> tuple[str, str]:
    """The encoding of what is not UTF-8 throughout, and who says so."""
    if _utf8_share(content) >= MIN_UTF8_SHARE:
        return "utf-8", "content"
    said = {name: source for name, source in declared_encodings(content, charset).items() if name != "utf-8"}
    text = sample(content)
    if is_western(text):
        named = ((name, source) for name, source in said.items() if name in WESTERN and fits(text, name))
        return next(named, ("cp1252", "guess"))
    readings = {name: legibility(text, name) for name in (*said, *TABLES) if name not in WESTERN}
    weighed = {name: score + LABEL_WEIGHT * (name in said) for name, score in readings.items()}
    best = max(weighed, key=weighed.__getitem__)  # the first of equals: <meta>, then the header
    if readings[best] > MIN_GUESS_SCORE or (best in said and readings[best] > 0):
        return best, said.get(best, "guess")
    return next(iter(said.items()), ("cp1252", "guess"))


def _utf8_share(content: bytes) -> float:
    """Share of the non-ASCII sequences that are valid UTF-8, where not all are."""
    text = content.decode("utf-8", "replace")
    wide = len(text) - len(text.encode("ascii", "ignore"))
    bad = text.count("\ufffd")
    return (wide - bad) / wide


def _may_be_twice(wide: bytes) -> bool:
    """False where what is no ASCII, all together, holds too little that could be undone: on most pages it is signs."""
    if len(wide) > FEW_WIDE_BYTES:
        return True
    text = wide.decode("utf-8", "replace")
    return any(len(_undone(text, encoding, "ignore") or "") >= MIN_TWICE_RUNS for encoding in TWICE_ENCODINGS)


def _once(text: str) -> str | None:
    """Undo a second encoding: Ø§Ù„ is what windows-1252 makes of the bytes of ال; None where there is none.

    Text that was encoded once gives bytes in these encodings that are no UTF-8, as said above.
    """
    found = (match[0] for match in islice(WIDE_RUN.finditer(text, 0, TWICE_SCAN_CHARACTERS), TWICE_RUNS))
    runs = list(islice(found, TOO_MANY_ONCE))
    if len(runs) == TOO_MANY_ONCE and not any(
        _undone(run, encoding) is not None for run in runs for encoding in TWICE_ENCODINGS
    ):
        return None
    runs += found
    for encoding in TWICE_ENCODINGS:
        undone = sum(_undone(run, encoding) is not None for run in runs)
        if undone >= max(MIN_TWICE_RUNS, 0.9 * len(runs)):
            return "".join(_undone(part, encoding) or part for part in WIDE_RUN_OR_REST.findall(text))
    return None


def _undone(run: str, encoding: str, errors: str = "strict") -> str | None:
    try:
        return codecs.charmap_encode(run, errors, _bytes_of(encoding))[0].decode("utf-8", errors)
    except UnicodeError:
        return None


@cache
def _bytes_of(encoding: str) -> dict[int, int]:
    """Character -> byte; of bytes without a character in it, the control that browsers take them for."""
    pairs = ((bytes([byte]).decode(encoding, "ignore") or chr(byte), byte) for byte in range(128, 256))
    return {ord(char): byte for char, byte in pairs}
