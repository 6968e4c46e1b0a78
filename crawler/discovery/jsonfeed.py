"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.dates import iso
from crawler.discovery.document import Discovery, one_line

MAX_ENTRIES = 5_000
"""Entries of one feed."""


def is_json_feed(content: object) -> bool:
    """Whether a JSON document says it is a feed, or is built like one."""
    if not isinstance(content, dict):
        return False
    version = content.get("version")
    if isinstance(version, str) and "jsonfeed.org" in version:
        return True
    return isinstance(content.get("items"), list) and ("feed_url" in content or "home_page_url" in content)


def read(base: str, content: dict[str, object]) -> Discovery:
    """Read a feed's entries, and its next page where it names one.

    Args:
        base: the feed's URL.
        content: its JSON.
    """
    entries = content.get("items")
    if not isinstance(entries, list):
        return Discovery((), ("a JSON Feed without items",), "feed")
    found: dict[str, Candidate] = {}
    skipped = 0
    for entry in entries[:MAX_ENTRIES]:
        candidate = _entry(entry, base)
        if candidate is None:
            skipped += 1
        else:
            found.setdefault(candidate.url, candidate)
    faults = [f"{skipped} entries without a usable link"] if skipped else []
    if len(entries) > MAX_ENTRIES:
        faults.append(f"more than {MAX_ENTRIES} entries")
    following = content.get("next_url")
    url = normalise(following, base) if isinstance(following, str) else None
    paging = (Candidate(url, "feed", "feed", priority=priority.PAGING),) if url and url != base else ()
    return Discovery((*found.values(), *paging), tuple(faults), "feed")


def _entry(entry: object, base: str) -> Candidate | None:
    if not isinstance(entry, dict):
        return None
    texts = {key: value for key, value in entry.items() if isinstance(value, str)}
    url = normalise(texts.get("url") or texts.get("external_url") or texts.get("id", ""), base)
    if url is None or url == base:
        return None
    tags = entry.get("tags")
    return Candidate(
        url,
        "page",
        "feed",
        title=one_line(texts.get("title")),
        published=iso(texts.get("date_published")),
        modified=iso(texts.get("date_modified")),
        section=one_line(str(tags[0])) if isinstance(tags, list) and tags else None,
        priority=priority.DATED_PAGE,
    )
