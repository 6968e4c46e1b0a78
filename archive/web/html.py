"""A page with its links and requisites led into the archive, and without what could act by itself.

What a page may do is decided by `archive.web.policy`; this is what makes it look like itself. The parser is a
browser's (HTML, section 13.2), so that what is rewritten is what a browser will see.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

from archive.css import rewrite_css
from archive.requisites import LAZY, SHOWN_RELS, image_candidates
from archive.urls import normalise
from archive.web.archived import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborNode

MAX_HTML_BYTES: Final = 16 << 20
"""Of a page once decoded: the largest article pages seen are under 5 MiB."""
MAX_TAGS: Final = 300_000
MAX_NESTING_WORK: Final = 50_000_000
"""Depth added up over a page's tags. The parser looks up through the open elements at many a tag: 50,000
lists within each other, a file of 600 KB, took it 58 s; pages of 20,000 tags and 500 levels have 10 million."""
MAX_LOOKED_UP: Final = 2_000
"""Sizes of images that are looked for in the archive; pages of news name up to 250."""

_DROPPED_TAGS = frozenset(
    {"script", "base", "template", "applet", "embed", "bgsound", "portal", "fencedframe"}
)
DROPPED: Final = ", ".join(sorted(_DROPPED_TAGS))
"""Elements that act, fetch what is not shown, or change what addresses mean."""
FRAMES: Final = "iframe, frame"
DROPPED_ATTRIBUTES: Final = frozenset({
    "srcdoc", "action", "formaction", "ping", "manifest", "codebase", "classid", "archive", "data", "target",
    "integrity", "nonce", "crossorigin", "referrerpolicy", "csp", "attributionsrc", "autofocus",
})  # fmt: skip
"""`integrity` and `crossorigin` too: a rewritten style sheet has another digest, and a page of an opaque origin
has no leave to ask."""
LINKS: Final = frozenset({"a", "area"})
REQUISITES: Final = frozenset({"src", "poster", "background", "lowsrc", "dynsrc", "href", "xlink:href"})
DATA_IMAGE: Final = re.compile(r"data:(?:image|font|application/(?:x-)?font)[/;-]", re.IGNORECASE)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    "path", "use",
})  # fmt: skip
"""Tags that are not closed; of SVG those of which pages have many, closed at once."""
_REFRESH = re.compile(r"\s*([0-9.]*)[\s;,]*(?:url\s*=\s*)?[\"']?([^\"'>]*)", re.IGNORECASE)
_ACTING_META = frozenset({
    "content-security-policy", "content-security-policy-report-only", "set-cookie", "x-dns-prefetch-control",
    "origin-trial",
})  # fmt: skip


def rewrite_html(
    text: str, url: str, prefix: Callable[[str], str], held: Callable[[str], bool] = lambda _: True
) -> str:
    """Rewrite a page.

    Args:
        text: of the page.
        url: it was captured from; what relative addresses are relative to, unless the page says otherwise.
        prefix: what stands before the URL of a link (`""`) and of a requisite (`"mp_"`), e.g. `/20240501083000mp_/`.
        held: whether the archive can show a URL. Of the sizes that an image comes in, a browser takes one and no
            other where that one is missing; so those that were not archived are not offered.

    Raises:
        TooLargeError: more tags, or deeper ones, than a page has.
    """
    _check(text)
    tree = LexborHTMLParser(text)
    root = tree.root
    if root is None:
        return ""
    page = _Page(_base_of(tree, url), prefix, held)
    # Frames first: what is put in their place is a link to be rewritten.
    for frame in tree.css(FRAMES):
        page.link_instead(tree, frame)
    # Of those within each other the outermost: it takes the others along.
    for element in [found for found in tree.css(DROPPED) if not _is_within(found, _DROPPED_TAGS)]:
        element.decompose()
    for element in list(root.traverse(include_text=False)):
        page.rewrite(element)
    return tree.html or ""


def _check(text: str) -> None:
    depth = work = 0
    for count, found in enumerate(_TAG.finditer(text)):
        if found[1]:
            depth = max(0, depth - 1)
        elif found[2].lower() not in _VOID:
            depth += 1
        work += depth
        if count >= MAX_TAGS:
            raise TooLargeError(f"more than {MAX_TAGS:,} tags")
        if work > MAX_NESTING_WORK:
            raise TooLargeError("tags nested deeper than any page's")


def _base_of(tree: LexborHTMLParser, url: str) -> str:
    for element in tree.css("base[href]"):
        return normalise(element.attributes.get("href") or "", url) or url
    return url


def _is_within(element: LexborNode, tags: frozenset[str]) -> bool:
    above = element.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _wake(element: LexborNode) -> None:
    """Take an image's address from where it was kept for a script."""
    attributes = element.attributes
    for kept, name in LAZY.items():
        if value := attributes.get(kept):
            element.attrs[name] = value


def lead(prefix: str, base: str, url: str) -> str | None:
    """Where a URL that a page or style sheet names lies within the archive.

    Args:
        prefix: what stands before the absolute URL.
        base: what `url` is relative to.
        url: as found.

    Returns:
        None where it must not be loaded: of another scheme than HTTP's, or malformed. Images and fonts that stand
        in the URL itself stay as they are.
    """
    if DATA_IMAGE.match(url.lstrip()):
        return url
    absolute = normalise(url, base)
    if absolute is None:
        return None
    _, mark, fragment = url.partition("#")
    return f"{prefix}{absolute}{mark}{fragment.strip()}"


class _Page:
    """The rewriting of one page."""

    def __init__(self, base: str, prefix: Callable[[str], str], held: Callable[[str], bool]) -> None:
        self._base = base
        self._held = held
        self._looked_up: dict[str, bool] = {}
        self._links = prefix("")
        self._requisites = prefix("mp_")

    def rewrite(self, element: LexborNode) -> None:
        """Rewrite one element's attributes, and a style sheet's text."""
        tag = element.tag or ""
        if tag == "meta":
            self._meta(element)
        elif tag == "link" and not SHOWN_RELS & set((element.attributes.get("rel") or "").lower().split()):
            element.attrs["href"] = ""  # an empty requisite is none
        elif tag == "style":
            sheet = rewrite_css(element.text(deep=True), self.requisite)
            element.inner_html = ""
            element.insert_child(sheet)
        elif tag in {"img", "source", "video", "audio"}:
            _wake(element)
        for name, value in element.attributes.items():
            self._rewrite(element, tag, name, value or "")

    def link_instead(self, tree: LexborHTMLParser, frame: LexborNode) -> None:
        """Put a link where a frame was: within the frame of replay no other is shown."""
        url = normalise(frame.attributes.get("src") or "", self._base)
        if url is None:
            frame.decompose()
            return
        link = tree.create_node("a")
        link.attrs["href"] = url
        link.attrs["style"] = (
            "display:inline-block;padding:.4em .7em;border:1px dashed currentColor;overflow-wrap:anywhere"
        )
        link.insert_child(url)
        frame.replace_with(link)

    def requisite(self, url: str) -> str | None:
        """Where something a page shows lies within the archive; None where it must not be loaded."""
        return lead(self._requisites, self._base, url) if url.strip() else None

    def _rewrite(self, element: LexborNode, tag: str, name: str, value: str) -> None:
        led: str | None
        if name.startswith("on") or name in DROPPED_ATTRIBUTES:
            led = None
        elif name in {"href", "xlink:href"} and (tag in LINKS or value.startswith("#")):
            led = value if value.startswith("#") else self._link(value)
        elif name in REQUISITES:
            led = self.requisite(value)
        elif name in {"srcset", "imagesrcset"}:
            led = self._srcset(value)
        elif name == "style":
            led = rewrite_css(value, self.requisite)
        else:
            return
        if led is None:
            del element.attrs[name]
        elif led != value:
            element.attrs[name] = led

    def _meta(self, element: LexborNode) -> None:
        """Lead a refresh into the archive, and blank what would act."""
        kind = (element.attributes.get("http-equiv") or "").strip().lower()
        if kind == "refresh":
            found = _REFRESH.match(element.attributes.get("content") or "")
            url = self._link(found[2]) if found and found[2].strip() else None
            element.attrs["content"] = f"{found[1] or 0}; url={url}" if found and url else ""
        elif kind in _ACTING_META:
            element.attrs["content"] = ""

    def _srcset(self, value: str) -> str | None:
        led = [
            f"{address} {descriptor}".rstrip()
            for url, descriptor in image_candidates(value)
            if (address := self.requisite(url)) is not None and self._is_held(url)
        ]
        return ", ".join(led) or None

    def _is_held(self, url: str) -> bool:
        if (absolute := normalise(url, self._base)) is None:
            return True  # it stands in the URL itself
        if absolute not in self._looked_up and len(self._looked_up) < MAX_LOOKED_UP:
            self._looked_up[absolute] = self._held(absolute)
        return self._looked_up.get(absolute, False)

    def _link(self, url: str) -> str | None:
        return None if url.lstrip()[:5].lower() == "data:" else lead(self._links, self._base, url)
