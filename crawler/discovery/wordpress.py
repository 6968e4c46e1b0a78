"""WordPress REST: `/wp-json/wp/v2/posts`, every post with its dates, a hundred a page.

Source: developer.wordpress.org/rest-api, "Posts" and "Pagination".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode

from archive.records import Candidate
from archive.urls import normalise
from archive.wire import header
from crawler.discovery import priority
from crawler.discovery.dates import with_offset
from crawler.discovery.document import Discovery, one_line, plain_title

if TYPE_CHECKING:
    from archive.records import Headers
    from crawler.discovery.document import Document

PER_PAGE = 100
"""Posts a page: the most WordPress gives."""
MAX_PAGES = 2000
"""Pages announced at once: 200,000 posts."""
MAX_JSON_BYTES = 16 * 1024 * 1024
"""Bytes of JSON that are parsed: a hundred posts with their full texts have one or two million."""
FIELDS = "link,date,date_gmt,modified,modified_gmt,title,categories,class_list"
"""Without these WordPress sends every post's text as well, and computes it."""
API_REL = "https://api.w.org/"
"""Link relation of the REST root, in the Link header and in <link>."""

_LINK = re.compile(r"<([^>]{1,2000})>([^<]*)")
_POSTS = re.compile(r"wp/v2/posts/?(?=[?&]|$)")


def posts_url(root: str, page: int = 1, *, after: str | None = None, before: str | None = None) -> str:
    """The address of a page of posts, the newest first.

    Args:
        root: of the REST API: `https://example.org/wp-json/`, or with `?rest_route=/` where the site has no
            pretty permalinks.
        page: from 1.
        after: ISO 8601: only posts published after it, in the site's time.
        before: the same, before it.
    """
    query: dict[str, str | int] = {"per_page": PER_PAGE, "page": page, "_fields": FIELDS}
    if after:
        query["after"] = after
    if before:
        query["before"] = before
    joined = "&" if "?" in root else "?"
    return f"{root}{'' if root.endswith('/') else '/'}wp/v2/posts{joined}{urlencode(query, safe=',:')}"


def api_root(headers: Headers, base: str) -> str | None:
    """The REST root that the Link headers of any page name (RFC 8288); None where they name none."""
    for name, value in headers:
        if name.lower() != b"link":
            continue
        for target, parameters in _LINK.findall(value.decode("utf-8", "replace")):
            if API_REL in parameters:
                return normalise(target, base)
    return None


def endpoint(root: str) -> Candidate:
    """The first page of posts below a REST root that a page declares."""
    return Candidate(posts_url(root), "wordpress", "alternate", priority=priority.WORDPRESS)


def is_wordpress(content: object) -> bool:
    """Whether a JSON document is a list of posts, the REST root or an error of WordPress."""
    if isinstance(content, list):
        return not content or (isinstance(content[0], dict) and "link" in content[0])
    return isinstance(content, dict) and ("namespaces" in content or {"code", "message"} <= content.keys())


def read(document: Document, content: object) -> Discovery:
    """Read a page of posts; the first one announces all further ones.

    Args:
        document: the response.
        content: its JSON.
    """
    if isinstance(content, dict):
        return _read_object(document, content)
    if not isinstance(content, list):
        return Discovery((), ("neither a list of posts nor an answer of WordPress",), "wordpress")
    posts = [found for entry in content[:PER_PAGE] if (found := _post(entry, document.url)) is not None]
    faults = []
    if len(posts) < min(len(content), PER_PAGE):
        faults.append(f"{min(len(content), PER_PAGE) - len(posts)} posts without a usable link")
    return Discovery((*posts, *_further_pages(document, len(content))), tuple(faults), "wordpress")


def _read_object(document: Document, content: dict[str, object]) -> Discovery:
    namespaces = content.get("namespaces")
    if isinstance(namespaces, list):
        if "wp/v2" in namespaces:
            return Discovery((endpoint(document.url),), (), "wordpress")
        return Discovery((), ("a REST root without wp/v2",), "wordpress")
    message = plain_title(str(content.get("message", ""))[:500])
    return Discovery((), (f"WordPress answered {content.get('code')}: {message}",), "wordpress")


def _post(entry: object, base: str) -> Candidate | None:
    if not isinstance(entry, dict):
        return None
    url = normalise(str(entry.get("link") or ""), base)
    if url is None or url == base:
        return None
    title = entry.get("title")
    rendered = title.get("rendered") if isinstance(title, dict) else title
    return Candidate(
        url,
        "page",
        "wordpress",
        title=plain_title(rendered) if isinstance(rendered, str) else None,
        published=with_offset(_text(entry, "date"), _text(entry, "date_gmt")),
        modified=with_offset(_text(entry, "modified"), _text(entry, "modified_gmt")),
        section=_section(entry.get("class_list")),
        priority=priority.DATED_PAGE,
    )


def _text(entry: dict[object, object], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def _section(class_list: object) -> str | None:
    """The category's slug from the post's CSS classes (WordPress 6.6 on): its name would cost a request."""
    classes = list(class_list.values()) if isinstance(class_list, dict) else class_list
    for name in classes if isinstance(classes, list) else ():
        if isinstance(name, str) and name.startswith("category-") and name != "category-uncategorized":
            return one_line(unquote(name.removeprefix("category-")).replace("-", " "))
    return None


def _further_pages(document: Document, entries: int) -> tuple[Candidate, ...]:
    """From the first page all others, so that none depends on the one before; else the next, while full."""
    address, _, query = document.url.partition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    route = parameters.get("rest_route", address)
    if not _POSTS.search(route.rstrip("/")):
        return ()
    page = int(number) if (number := parameters.get("page", "1")).isdecimal() and len(number) < 7 else 1
    total = (header(document.headers, b"x-wp-totalpages") or b"").decode("latin-1")
    if total.isdecimal() and len(total) < 7:
        last = min(int(total), MAX_PAGES)
        pages = range(2, last + 1) if page == 1 else range(page + 1, min(page + 1, last) + 1)
    else:  # a cache that drops headers it does not know
        pages = range(page + 1, page + 2 if entries >= PER_PAGE else page + 1)
    return tuple(
        Candidate(
            f"{address}?{urlencode(parameters | {'page': str(number)}, safe=',:/')}",
            "wordpress",
            "wordpress",
            priority=min(priority.WORDPRESS + number, priority.LATER),
        )
        for number in pages
    )


def parse(content: bytes) -> object:
    """JSON, or None where it is none, nested past reason or longer than `MAX_JSON_BYTES`."""
    if len(content) > MAX_JSON_BYTES:
        return None
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return parsed
