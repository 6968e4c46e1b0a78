"""Who crawls and by which rules: what sites and readers of the WARC files are told."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from settings.app import Settings, SourceSettings

PRODUCT = "warraq"


def user_agent(settings: Settings) -> str:
    """How the crawler names itself: product, version, and where its owner can be reached."""
    return settings.crawl.user_agent or f"warraq/{version('warraq')} (+{settings.archive.contact})"


def robots_token(settings: Settings) -> str:
    """The product token that robots.txt groups are matched with (RFC 9309, 2.2.1)."""
    return (settings.crawl.user_agent or PRODUCT).split("/")[0].split(" ")[0]


def warcinfo(settings: Settings, sources: Iterable[SourceSettings] = ()) -> dict[str, str]:
    """The fields of the warcinfo record: who crawled, how, by which settings (WARC 1.1, 6.2)."""
    overridden = {s.name: s.robots_override_reason for s in sources if s.robots_override_reason}
    fields = {
        "software": f"warraq/{version('warraq')} scrapy/{version('scrapy')}",
        "operator": settings.archive.contact,
        "isPartOf": settings.archive.name,
        "robots": "obey",
        "http-header-user-agent": user_agent(settings),
        "warraq-settings": settings.crawl.model_dump_json(),
    }
    if overridden:
        fields["warraq-robots-overridden"] = json.dumps(overridden, ensure_ascii=False)
    return fields
