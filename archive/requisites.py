"""What a page shows beside its text: where its HTML keeps the addresses of images and styles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LAZY: Final = {
    "data-src": "src", "data-lazy-src": "src", "data-original": "src",
    "data-srcset": "srcset", "data-lazy-srcset": "srcset",
}  # fmt: skip
"""Where pages keep the address of an image until a script has seen it come near."""

SHOWN_RELS: Final = frozenset({"stylesheet", "icon", "apple-touch-icon", "mask-icon"})
"""Of `link`; the others fetch nothing that is shown, or point a browser elsewhere ahead of time."""

_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)([^,]*)(?:,|$)")


def image_candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """The image candidates of a srcset: URLs as found, and their descriptors, such as `2x` or `640w`.

    Source: HTML, section 4.8.4.2.1: a URL goes up to white space, its descriptor up to a comma.
    """
    at = 0
    while found := _CANDIDATE.match(srcset, at):
        at = found.end()
        url, descriptor = found[1], (found[2] or "").strip()
        if url.endswith(","):
            at, descriptor = found.end(1), ""
        yield url.rstrip(","), descriptor
