"""One folding for documents and queries, so that what is there is found.

`fold` brings spellings that a reader takes for the same to one form: vowelled and bare Arabic, tatweel
and the junk that outlets put into words to slip past platform filters («ميليشـ.ـيا»), the letter variants
of Arabic and Persian keyboards, digits of every script, Latin letters with and without marks. Scripts
written without spaces become overlapping pairs of characters, so that FTS5's unicode61 can index them.

The order of the passes is fixed, and each is written so that a second fold changes nothing:

1. presentation-form marks dropped, then NFKC;
2. one table lookup a character: case, marks, letter variants, digits (`_Table`);
3. junk inside Arabic words, tatweel, thousands separators, the two spellings of a final hamza deleted;
4. runs without spaces cut into pairs.

`fold_map` does the same and remembers where each character came from; its passes are the same patterns.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from dataclasses import dataclass
from typing import Final

TATWEEL: Final = "\u0640"
ARABIC_LETTERS: Final = (
    "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff"  # Arabic
    "\u0750-\u077f\u08a0-\u08c9"  # its supplement and extension A
)
"""Inside of a regular expression's class; tatweel (U+0640) is not among them."""

_UNSPACED_RANGES: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0eb9\u0ebb-\u0ecf\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d"  # Myanmar
    "\u1780-\u17d3\u17dd"  # Khmer
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u3099\u309a\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe"  # kana
    "\u3105-\u312f\u31f0-\u31ff"  # bopomofo, small kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"  # Han
    "\u1100-\u11ff\uac00-\ud7a3"  # Hangul: spaced, but with particles joined to its nouns
)

# NFKC turns these into a space and a mark, which would cut the word that carries them.
_PRESENTATION_MARKS: Final = re.compile("[\ufe70-\ufe7f\ufc5e-\ufc63\ufcf2-\ufcf4]")

_LETTER_VARIANTS: Final = {
    **dict.fromkeys("أإآٱٲٳٵ", "ا"),
    **dict.fromkeys("ىیےېۍێۓ", "ي"),
    **dict.fromkeys("ؤئ", "ء"),
    **dict.fromkeys("ةہھۀۂۃەۿ", "ه"),
    **dict.fromkeys("کڪ", "ك"),
    "ڤ": "ف",
    **{"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"},
}

# Deleted: tashkeel and Koranic signs, niqqud, combining marks of Latin, Greek and Cyrillic, joiners,
# bidi controls, the soft hyphen, variation selectors, the byte order mark, Arabic's thousands separator.
_DELETED: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u064b-\u065f"
    "\u066c\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff\u00ad\u034f\u180b-\u180f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
    "\U000e0000-\U000e01ef]+"
)
# Letters of these scripts lose their marks; elsewhere (Indic vowels, kana's voicing) a mark is a letter.
_MARKED_SCRIPTS: Final = re.compile(
    "[A-Za-z\u00c0-\u058f\u1c80-\u1c8f\u1d00-\u1fff\u2c60-\u2c7f\ua640-\ua7ff\uab30-\uab6f]"
)

_L: Final = f"[{ARABIC_LETTERS}]"
_JUNK: Final = r"[.,:;'\"`*٭·•|~^_+=/\\<>!\-\u2010-\u2015\u2026]"
_STARS: Final = "[*٭·•|~^]"


@dataclass(frozen=True, slots=True)
class _Deletion:
    """Something to delete, and signs without one of which a text has none: to look for a sign is cheaper."""

    pattern: re.Pattern[str]
    signs: str

    def concerns(self, text: str) -> bool:
        return any(map(text.__contains__, self.signs))


_THOUSANDS: Final = _Deletion(re.compile(r",(?<=[0-9],)(?=[0-9]{3}(?![0-9]))"), ",")
"""1,200 is ١٬٢٠٠ (whose separator the table drops) is 1200."""
_DELETIONS: Final = (
    # Junk with a tatweel in it, or stars, between two Arabic letters. A bare '.' ends sentences, a bare '_'
    # joins hashtags: they stay (`alternates` gives such words joined as well).
    _Deletion(
        re.compile(rf"(?<={_L})(?:{_JUNK}*{TATWEEL}(?:{_JUNK}|{TATWEEL})*|{_STARS}+)(?={_L})"),
        f"{TATWEEL}*٭·•|~^",
    ),
    _Deletion(re.compile(f"{TATWEEL}+"), TATWEEL),
    _THOUSANDS,
    # «شيء» and «شئ» (whose ئ the table made ء) are one word.
    _Deletion(re.compile(f"ي+(?=ء(?!{_L}))"), "ء"),
)
_UNSPACED: Final = re.compile(f"[{_UNSPACED_RANGES}]+")
_DOT_INSIDE: Final = re.compile(rf"\.(?<={_L}\.)(?={_L})")
_WORD_DOTTED: Final = re.compile(rf"{_L}[{ARABIC_LETTERS}{TATWEEL}]*(?:\.[{ARABIC_LETTERS}{TATWEEL}]+)+")
_WORD_SPLIT: Final = re.compile(rf"{_L}+(?:{TATWEEL}+ +{TATWEEL}+{_L}+)+")


class _Table(dict[int, str]):
    """What one character of a NFKC text becomes; each is worked out when it is first met.

    A cache of `_fold_character` in the shape `str.translate` wants: at most one entry a code point.
    """

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _fold_character(chr(codepoint))
        return folded


_TABLE: Final = _Table()


def _fold_character(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cc", "Cs", "Zl", "Zp"}:
        return char if char in "\t\n" else " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    folded = _LETTER_VARIANTS.get(char, char)
    if _MARKED_SCRIPTS.match(char):
        folded = unicodedata.normalize("NFKD", folded.casefold())
        folded = "".join(_LETTER_VARIANTS.get(part, part) for part in folded)
    return _DELETED.sub("", folded)


def fold(text: str) -> str:
    """The form under which a text is indexed and sought.

    Args:
        text: any text; control characters and lone surrogates become spaces.

    Returns:
        The folded text. Newlines and spaces stay; `fold(fold(text)) == fold(text)`.
    """
    return _join(_letters(text))


def _join(letters: str) -> str:
    """Passes 3 and 4."""
    if letters.isascii():
        return _THOUSANDS.pattern.sub("", letters)
    for deletion in _DELETIONS:
        if deletion.concerns(letters):
            letters = deletion.pattern.sub("", letters)
    return _UNSPACED.sub(_pairs, letters)


def _letters(text: str) -> str:
    """Passes 1 and 2: each character for itself, tatweel and junk still in place."""
    if text.isascii():
        return text.translate(_TABLE)
    text = _PRESENTATION_MARKS.sub("", text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_TABLE)


def _pairs(run: re.Match[str]) -> str:
    text, whole = run.group(), run.string
    pairs = " ".join(text[at : at + 2] for at in range(max(1, len(text) - 1)))
    before = "" if run.start() == 0 or whole[run.start() - 1].isspace() else " "
    after = "" if run.end() == len(whole) or whole[run.end()].isspace() else " "
    return before + pairs + after


def alternates(text: str) -> tuple[str, ...]:
    """Further spellings of words in a text, folded, each once, in order of appearance.

    «ق.تل» and «قـ ـتل» are given as «قتل»: a dot may as well end a sentence and a space part two words, so
    the text itself keeps them. The last character of each run without spaces is given too, since a search
    for one character (京) looks for pairs that begin with it.
    """
    return _alternates(_letters(text))


def joined_words(text: str) -> tuple[str, ...]:
    """The `alternates` that are words cut by dots or spaces, without the ends of runs."""
    return tuple(dict.fromkeys(_join(word) for word in _cut_words(_letters(text))))


def _alternates(letters: str) -> tuple[str, ...]:
    if letters.isascii():
        return ()
    found = _cut_words(letters)
    found += [run[-1] for run in _UNSPACED.findall(letters) if len(run) > 1]
    return tuple(dict.fromkeys(_join(word) for word in found))


def _cut_words(letters: str) -> list[str]:
    found: list[str] = []
    if _DOT_INSIDE.search(letters):
        found += [re.sub(f"[.{TATWEEL}]", "", word) for word in _WORD_DOTTED.findall(letters)]
    if f"{TATWEEL} " in letters:
        found += [re.sub(f"[ {TATWEEL}]", "", word) for word in _WORD_SPLIT.findall(letters)]
    return found


def is_unspaced(text: str) -> bool:
    """Whether a folded text is of a script without spaces alone."""
    return _UNSPACED.fullmatch(text) is not None


def index_text(text: str) -> str:
    """What the search index holds of a text: its fold, and the `alternates` on a line of their own."""
    letters = _letters(text)
    further = _alternates(letters)
    return f"{_join(letters)}\n{' '.join(further)}" if further else _join(letters)


@dataclass(frozen=True, slots=True)
class FoldMap:
    """A folded text and where each of its characters came from."""

    text: str
    starts: array[int]
    """For each character of `text`: index of the first character of the original it stands for."""
    ends: array[int]
    """For each: index past the last; equal to the start for a space that the fold put in."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `text[start:end]` stands for; `start < end`."""
        return self.starts[start], max(self.ends[start:end])


def fold_map(text: str) -> FoldMap:
    """Fold a text and keep the way back: `fold_map(text).text == fold(text)`."""
    folded = _mapped_letters(text)
    for deletion in _DELETIONS:
        folded = _without(folded, deletion.pattern)
    return _with_pairs(folded)


def _mapped_letters(text: str) -> FoldMap:
    parts: list[str] = []
    starts, ends = array("l"), array("l")
    if unicodedata.is_normalized("NFKC", text):
        pieces = [_TABLE[codepoint] for codepoint in map(ord, text)]
        origins = array("l", [at for at, piece in enumerate(pieces) for _ in piece])
        return FoldMap("".join(pieces), origins, array("l", [at + 1 for at in origins]))
    for start, end in _clusters(text):
        piece = unicodedata.normalize("NFKC", _PRESENTATION_MARKS.sub("", text[start:end])).translate(_TABLE)
        parts.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return FoldMap("".join(parts), starts, ends)


def _clusters(text: str) -> list[tuple[int, int]]:
    """Spans that normalise each for itself."""
    bounds = [at for at, char in enumerate(text) if at == 0 or not _joins_previous(char)]
    return list(zip(bounds, [*bounds[1:], len(text)], strict=True))


def _joins_previous(char: str) -> bool:
    """Whether normalisation could merge a character with, or move it before, the one in front of it."""
    if _PRESENTATION_MARKS.match(char):
        return True
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff"


def _without(folded: FoldMap, pattern: re.Pattern[str]) -> FoldMap:
    kept: list[str] = []
    starts, ends = array("l"), array("l")
    at = 0
    for match in pattern.finditer(folded.text):
        kept.append(folded.text[at : match.start()])
        starts += folded.starts[at : match.start()]
        ends += folded.ends[at : match.start()]
        at = match.end()
    if at == 0:
        return folded
    kept.append(folded.text[at:])
    return FoldMap("".join(kept), starts + folded.starts[at:], ends + folded.ends[at:])


def _with_pairs(folded: FoldMap) -> FoldMap:
    parts: list[str] = []
    starts, ends = array("l"), array("l")
    at = 0

    def keep(start: int, end: int) -> None:
        parts.append(folded.text[start:end])
        starts.extend(folded.starts[start:end])
        ends.extend(folded.ends[start:end])

    for run in _UNSPACED.finditer(folded.text):
        keep(at, run.start())
        position = run.start()
        for pair in re.finditer(r"\s|\S+", _pairs(run)):
            if pair.group().isspace():
                parts.append(" ")
                border = folded.starts[min(position, run.end() - 1)]
                starts.append(border)
                ends.append(border)
            else:
                keep(position, position + len(pair.group()))
                position += 1
        at = run.end()
    keep(at, len(folded.text))
    return FoldMap("".join(parts), starts, ends)


def text_digest(text: str) -> str:
    """`sha256:` and hex, of the NFC text with each run of white space as one space.

    Two revisions with one digest read the same: only layout differs.
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return "sha256:" + hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
