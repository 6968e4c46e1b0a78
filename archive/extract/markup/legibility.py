"""How well bytes read as text in an encoding: 1 as running text does, about 0.5 as its script's rare letters would."""

from __future__ import annotations

import re
from itertools import pairwise

SAMPLE_BYTES = 8 * 1024
"""Bytes of running text that are looked at."""

ASCII = bytes(range(128))
FEW_BYTES = 12
"""Beyond ASCII: fewer are judged with the words around them."""

MARKUP = re.compile(rb"<[^<>]*>|&#?\w{1,10};")

WESTERN = frozenset(
    {"cp1252", "cp1254", "cp1250", "cp1257", "cp1258", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-10",
     "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "mac-roman"}
)  # fmt: skip
"""Encodings of the Latin alphabet."""

Script = tuple[str, str, str]
"""First and last character of its range, and its commonest letters. These tell apart two tables of one script, and a
script from another read in its table: they are about two thirds of an alphabet's running text, and a quarter of one of
ideographs or syllables."""

ARABIC = ("\u0600", "\u06ff", "اليمنوترهبعدفسقكةأ")
CYRILLIC = ("\u0400", "\u04ff", "оеаинтсрвлкмдпу")
GREEK = ("\u0370", "\u03ff", "αοιετσνηρκπυλίόά")
HEBREW = ("\u0590", "\u05ff", "אבהוילמנרשתדחק")
THAI = ("\u0e00", "\u0e7f", "าีนรกอเ่ง้วมยลทสต")
SIMPLIFIED = ("\u4e00", "\u9fff", "的一是了在有人中国大不个年和会为这上我到们时地出来对新发月日经报")
TRADITIONAL = ("\u4e00", "\u9fff", "的一是在有人中國大不個年和會為這上我到們時地出來對新發月日經報")
JAPANESE = ("\u3040", "\u9fff", "のにはをがとでたしてるいなれんっアンスト、。")
KOREAN = ("\uac00", "\ud7af", "이다의에는을가고지하은를한로도사기어해서대정")

TABLES: dict[str, Script] = {
    "cp1256": ARABIC, "cp1251": CYRILLIC, "koi8-r": CYRILLIC, "cp1253": GREEK, "cp1255": HEBREW, "cp874": THAI,
    "gb18030": SIMPLIFIED, "cp932": JAPANESE, "cp949": KOREAN, "big5hkscs": TRADITIONAL, "euc_jp": JAPANESE,
    "iso8859-6": ARABIC, "iso8859-5": CYRILLIC,
}  # fmt: skip
"""What a page without a usable label may be in, the most used first."""

SCRIPTS = tuple(dict.fromkeys(TABLES.values()))
IDEOGRAPHIC_FROM = "\u3000"


def sample(content: bytes) -> bytes:
    """Bytes of running text alone: markup is ASCII and would hide the evidence."""
    # As bytes: text would be cut at \x85 and \xa0 too, which are halves of characters.
    words = MARKUP.sub(b" ", content[: 1 << 20]).split()
    kept = b" ".join(word for word in words if not word.isascii())[:SAMPLE_BYTES]
    if len(kept.translate(None, ASCII)) >= FEW_BYTES:
        return kept
    return b" ".join(words)[:SAMPLE_BYTES]  # «più è»: what stands around it tells more than these two words


def fits(content: bytes, encoding: str) -> bool:
    """Whether an encoding has a character for nearly every byte."""
    text = content.decode(encoding, "replace")
    return text.count("\ufffd") <= 0.02 * len(text)


def is_western(content: bytes) -> bool:
    """Whether accented letters stand singly in Latin words; ÇáÚÑÈíÉ is another encoding's text."""
    letters = [char for char in content.decode("cp1252", "replace") if char.isalpha()]
    return fits(content, "cp1252") and sum(char > "\x7f" for char in letters) <= 0.4 * len(letters)


def legibility(content: bytes, encoding: str) -> float:
    """How well a sample reads in an encoding that is not of the Latin alphabet."""
    text = content.decode(encoding, "replace")
    script = TABLES.get(encoding)
    return _score(text, script) if script else max(_score(text, each) for each in SCRIPTS)


def _score(text: str, script: Script) -> float:
    wide = [char for char in text if char > "\x7f"]
    if not wide:
        return 0.0
    first, last, common = script
    inside = sum(first <= char <= last for char in wide)
    bad = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in wide)
    # Case does not change inside a word, unless the word is another alphabet's: ФпрпфЬмй.
    broken = sum(one.islower() and other.isupper() for one, other in pairwise(text))
    foreign = sum(char.isalpha() for char in wide if not first <= char <= last)
    usual = sum(char in common for char in wide) / len(wide) * (3 if first >= IDEOGRAPHIC_FROM else 1)
    return (inside - foreign - 4 * bad - 2 * broken) / len(wide) * (0.5 + min(usual, 0.5))
