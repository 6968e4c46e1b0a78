"""Discovery: what a fetched feed, sitemap, REST answer or listing says there is to fetch.

Pure functions over exchanges, so that they work the same on the wire and on the archive; no Scrapy.
"""

from __future__ import annotations

from crawler.discovery.dispatch import discover
from crawler.discovery.document import Discovery
from crawler.discovery.plan import EndpointReport, rank, report
from crawler.discovery.wellknown import probes

__all__ = ["Discovery", "EndpointReport", "discover", "probes", "rank", "report"]
