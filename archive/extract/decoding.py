"""Bytes to text: which character encoding a page is in.

A byte-order mark decides. Then the content itself, if it is UTF-8: text in another encoding practically never
forms valid multi-byte sequences (Duerst 1997), while labels are wrong on a few per cent of pages. Then what
<meta> and Content-Type say, each weighed against the text it would give, and at last a guess by content.
Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2): iso-8859-1 is windows-1252.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import pairwise

META_SCAN_BYTES = 16 * 1024
"""How far a <meta charset> is looked for. Browsers stop at 1,024, pages do not."""

MIN_GUESS_SCORE = 0.55
"""Below it, a guess is worse than the label."""

GUESS_BYTES = 32 * 1024
"""Bytes of non-markup text a guess looks at."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

META_CHARSET = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{2,40})""")
MARKUP = re.compile(r"<[^<>]*>|&#?\w{1,10};")

# Where a browser's reading of a label is not Python's (WHATWG Encoding Standard, "Names and labels").
AS_BROWSERS_READ = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "iso8859-9": "cp1254",
    "iso8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
    "johab": "cp949", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8", "utf-7": "utf-8",
}  # fmt: skip

WESTERN = frozenset({"cp1252", "cp1254", "cp1250", "cp1257", "iso8859-2", "iso8859-15"})
"""Encodings of the Latin alphabet."""

HANZI = ("\u4e00", "\u9fff")
KANA_AND_KANJI = ("\u3040", "\u9fff")
COMMON_KANA = "のにはをがとでたしてるいなれんっアンスト、。"
GUESSES = (
    ("cp1256", ("\u0600", "\u06ff"), "اليمنوترهبعدفسقكةأ"),
    ("cp1251", ("\u0400", "\u04ff"), "оеаинтсрвлкмдпу"),
    ("koi8-r", ("\u0400", "\u04ff"), "оеаинтсрвлкмдпу"),
    ("cp1253", ("\u0370", "\u03ff"), "αοιετσνηρκπυλίόά"),
    ("cp1255", ("\u0590", "\u05ff"), "אבהוילמנרשתדחק"),
    ("cp874", ("\u0e00", "\u0e7f"), "าีนรกอเ่ง้วมยลทสต"),
    ("gb18030", HANZI, "的一是了在有人中国大不个年和会为这上我到们时地出来对新发月日经报"),
    ("cp932", KANA_AND_KANJI, COMMON_KANA),
    ("cp949", ("\uac00", "\ud7af"), "이다의에는을가고지하은를한로도사기어해서대정"),
    ("big5hkscs", HANZI, "的一是在有人中國大不個年和會為這上我到們時地出來對新發月日經報"),
    ("euc_jp", KANA_AND_KANJI, COMMON_KANA),
)
"""What a page without a usable label may be in, the most used first: encoding, the range of its script, the
commonest letters of it. They tell apart two tables of one script, and a script from another read in its table:
they are about two thirds of an alphabet's running text, and a quarter of one of ideographs or syllables."""

IDEOGRAPHIC_FROM = "\u3000"

CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
"""Control characters but tab and line ends: no text has them, lxml ends its reading at a NUL."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text and the encoding it was read in."""

    text: str
    encoding: str
    """Python's name of it."""
    source: str
    """`bom`, `content`, `meta`, `header` or `guess`."""


def decode(content: bytes, charset: str | None) -> Decoded:
    """Decode a page; never fails: bytes that fit nothing become U+FFFD.

    Args:
        content: the page, its Content-Encoding undone.
        charset: of the Content-Type header, as sent.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return Decoded(
                content[len(mark) :].decode(encoding, "replace").replace("\0", ""), encoding, "bom"
            )
    if _looks_utf16(content):
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        return Decoded(content.decode(encoding, "replace").replace("\0", ""), encoding, "content")
    content = content.translate(None, CONTROLS)
    encoding, source = _weigh(content, charset)
    return Decoded(content.decode(encoding, "replace"), encoding, source)


def _looks_utf16(content: bytes) -> bool:
    # "<\0" or "\0<": UTF-16 without its mark; NULs sprinkled over other text are noise.
    return content[:400:2].count(0) > 150 or content[1:401:2].count(0) > 150


def _weigh(content: bytes, charset: str | None) -> tuple[str, str]:
    utf8 = _utf8_share(content)
    if utf8 == 1.0:  # ASCII alone, or valid throughout
        return "utf-8", "content"
    declared = [(label, source) for label, source in _labels(content, charset) if label != "utf-8"]
    if utf8 > 0.9:  # broken in places: a cut snippet, an ad in another encoding
        return "utf-8", "content"
    sample = _sample(content)
    # <meta> before the header: a server's default says nothing of a page, its author's <meta> does.
    for label, source in declared:
        if _plausible(sample, label):
            return label, source
    guess = _guess(sample)
    if guess is not None:
        return guess, "guess"
    return declared[0] if declared else ("cp1252", "guess")


def _labels(content: bytes, charset: str | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    head = content[:META_SCAN_BYTES]
    for pattern in (META_CHARSET, XML_ENCODING):
        match = pattern.search(head)
        if match:
            found.append((match[1].decode("ascii"), "meta"))
    if charset:
        found.append((charset, "header"))
    return [(encoding, source) for label, source in found if (encoding := python_encoding(label))]


def python_encoding(label: str) -> str | None:
    """Python's name of the encoding a browser reads a label as; None for an unknown label."""
    label = label.strip().strip("\"'").lower()
    label = {
        "x-sjis": "shift_jis",
        "windows-31j": "cp932",
        "x-gbk": "gbk",
        "x-euc-jp": "euc_jp",
        "utf8": "utf-8",
    }.get(label, label)
    try:
        info = codecs.lookup(label)
        "".encode(info.name)
    except (LookupError, ValueError):  # not a text encoding, or a name with a NUL
        return None
    name = info.name
    return AS_BROWSERS_READ.get(label) or AS_BROWSERS_READ.get(name) or name


def _utf8_share(content: bytes) -> float:
    """Share of the non-ASCII runs that are valid UTF-8; 1 where all is."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
        wide = sum(1 for char in text if char > "\x7f")
        bad = text.count("\ufffd")
        return (wide - bad) / wide if wide else 0.0
    return 1.0


def _sample(content: bytes) -> bytes:
    """Bytes of running text alone: markup is ASCII and would hide the evidence."""
    text = MARKUP.sub(" ", content[: 1 << 20].decode("latin-1"))
    kept = " ".join(word for word in text.split() if not word.isascii())
    return kept.encode("latin-1")[:GUESS_BYTES]


def _plausible(sample: bytes, encoding: str) -> bool:
    """Whether the text this encoding gives reads as text."""
    text = sample.decode(encoding, "replace")
    if text.count("\ufffd") > 0.02 * len(text):
        return False
    if encoding in WESTERN:
        return _is_western(text)
    return any(char > "\x7f" and char.isalpha() for char in text)


def _is_western(text: str) -> bool:
    """Whether accented letters stand singly in Latin words; ÇáÚÑÈíÉ is another encoding's text."""
    letters = [char for char in text if char.isalpha()]
    return sum(char > "\x7f" for char in letters) <= 0.4 * len(letters)


def _guess(sample: bytes) -> str | None:
    if _is_western(sample.decode("cp1252", "replace")):
        return "cp1252"
    best, best_score = None, 0.0
    for encoding, script, common in GUESSES:
        score = _score(sample.decode(encoding, "replace"), script, common)
        if score > best_score:
            best, best_score = encoding, score
    return best if best_score > MIN_GUESS_SCORE else None


def _score(text: str, script: tuple[str, str], common: str) -> float:
    """How well a text reads as one of a script: 1 is as running text does, 0.5 has the script's rare letters."""
    wide = [char for char in text if char > "\x7f"]
    if not wide:
        return 0.0
    first, last = script
    inside = sum(first <= char <= last for char in wide)
    bad = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in wide)
    # Case does not change inside a word, unless the word is another alphabet's: ФпрпфЬмй.
    broken = sum(one.islower() and other.isupper() for one, other in pairwise(text))
    usual = sum(char in common for char in wide) / len(wide) * (3 if first >= IDEOGRAPHIC_FROM else 1)
    return (inside - 4 * bad - 2 * broken) / len(wide) * (0.5 + min(usual, 0.5))
