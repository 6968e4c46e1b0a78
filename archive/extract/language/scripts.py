"""The script of a text, by Unicode's property Script, which Python's `unicodedata` does not have.

It stands in scripts.txt.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_KANA = 0.05
"""Share of kana in East Asian text from which it is Japanese: Chinese quotes a name in kana, and Japanese prose, with
its particles and endings, has several times as much."""

MIN_HANGUL = 0.05
"""The same of Hangul: Korean quotes words in Han, Chinese and Japanese next to none in Hangul."""

EAST_ASIAN = frozenset({"Hani", "Hira", "Kana", "Bopo", "Hang"})


class Table(NamedTuple):
    """scripts.txt, for look-ups of whole texts at once."""

    names: tuple[str, ...]
    """ISO 15924; the first, '', is of what has no script of its own: digits, punctuation, emoji."""
    starts: NDArray[np.int64]
    """The first code points of all ranges and of the gaps between them, ascending from 0."""
    places: NDArray[np.int64]
    """For each of them the place of its script in `names`."""
    low: NDArray[np.int64]
    """For each code point below 0x10000 the place of its script: nearly all of any text."""


@lru_cache(maxsize=1)
def table() -> Table:
    """The table in scripts.txt; read once."""
    text = resources.files("archive.extract.language").joinpath("scripts.txt").read_text(encoding="utf-8")
    names, ranges = [""], []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, *spans = line.split()
        for span in spans:
            first, _, last = span.partition("-")
            ranges.append((int(first, 16), int(last or first, 16), len(names)))
        names.append(name)
    starts, places = [0], [0]
    for start, end, place in sorted(ranges):
        starts += [start, end + 1]
        places += [place, 0]
    bounds, of = np.array(starts), np.array(places)
    low = of[np.searchsorted(bounds, np.arange(0x10000), side="right") - 1]
    return Table(tuple(names), bounds, of, low)


def count_scripts(text: str) -> NDArray[np.int64]:
    """Letters of each script in each line: a row a line, a column for each of `table().names`.

    What has no script of its own is not counted: the first column holds zeros.
    """
    known = table()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    if points.size and points.max() >= known.low.size:
        found = known.places[np.searchsorted(known.starts, points, side="right") - 1]
    else:
        found = known.low[points]
    lines = np.cumsum(points == ord("\n"))
    width, height = len(known.names), int(lines[-1]) + 1 if lines.size else 1
    counts = np.bincount(lines * width + found, minlength=width * height).reshape(height, width)
    counts[:, 0] = 0
    return counts


def name_script(letters: NDArray[np.int64]) -> str | None:
    """ISO 15924 code of the script that most of the letters are of; None where there are none.

    Jpan and Kore are Han mixed with kana and with Hangul, as CLDR has it for Japanese and Korean. Of Han alone
    nothing is said of simplified or traditional (Hans, Hant): Unicode has one script for both.

    Args:
        letters: a row, or a sum of rows, of `count_scripts`.
    """
    names = table().names
    counts = {name: int(count) for name, count in zip(names, letters, strict=True) if count}
    if not counts:
        return None
    east = {name: counts.pop(name) for name in EAST_ASIAN & counts.keys()}
    total = sum(east.values())
    if total:
        counts[_east_asian(east, total)] = total
    return max(sorted(counts), key=counts.__getitem__)


def _east_asian(counts: dict[str, int], total: int) -> str:
    kana = counts.get("Hira", 0) + counts.get("Kana", 0)
    hangul = counts.get("Hang", 0)
    if hangul > kana and hangul >= MIN_HANGUL * total:
        return "Kore"
    if kana and kana >= MIN_KANA * total:
        return "Jpan"
    return "Bopo" if counts.get("Bopo", 0) == total else "Hani"
