"""Scrapy's cookies, bounded, and without its look-up of the public suffix list on the network.

Cookies are kept for one crawl, in memory: a wall lets through who sends back what it set. One site's cookies go
to no other (http.cookiejar matches domains, Scrapy refuses those of a public suffix).
"""

from __future__ import annotations

from collections import defaultdict
from http.cookiejar import DefaultCookiePolicy
from itertools import islice
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares import cookies
from scrapy.http.cookies import CookieJar, potential_domain_matches
from scrapy.utils.httpobj import urlparse_cached
from tldextract import TLDExtract

if TYPE_CHECKING:
    from http.cookiejar import Cookie

    from scrapy import Request, Spider
    from scrapy.http import Response

MAX_COOKIES = 50
"""Of one domain; the least that RFC 6265 (6.1) asks of a browser."""
MAX_DOMAIN_BYTES = 4096
"""Of a domain's cookies together: the least that RFC 6265 asks for one, and as much as a request's head bears
(Apache refuses a field of 8 KiB, and others a head)."""
MAX_DOMAINS = 3000
"""With cookies at once, so 12 MB at most; a host that comes back after 3,000 others is a stranger again."""


class OfflineCookiesMiddleware(cookies.CookiesMiddleware):
    """Splits domains by tldextract's bundled list: nothing is fetched that the user did not ask for."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self.jars = defaultdict(_new_jar)
        cookies._split_domain = TLDExtract(
            suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
        )

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Take in what a response sets, and let go of what is too much."""
        if b"Set-Cookie" not in response.headers:
            return response
        taken = super().process_response(request, response)
        bound(self.jars[request.meta.get("cookiejar")], urlparse_cached(request).hostname or "")
        return taken


def _new_jar() -> CookieJar:
    """A jar that sends what was set without a domain to the very host that set it (RFC 6265, 5.4)."""
    return CookieJar(DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain))


def bound(jar: CookieJar, host: str) -> None:
    """Keep a jar within its limits.

    Args:
        jar: as a response of the host left it.
        host: whose domains alone can have grown.
    """
    by_domain = jar._cookies
    name = host if "." in host else f"{host}.local"  # http.cookiejar's name for a host without a dot
    for domain in potential_domain_matches(name):
        if domain in by_domain:
            _bound_domain(jar, domain)
    for domain in list(islice(by_domain, max(0, len(by_domain) - MAX_DOMAINS))):
        jar.clear(domain)


def _bound_domain(jar: CookieJar, domain: str) -> None:
    """Let the oldest go; the domain becomes the one that was used last."""
    paths = jar._cookies.pop(domain)
    found: list[Cookie] = [cookie for named in paths.values() for cookie in named.values()]
    kept: list[Cookie] = []
    size = 0
    for cookie in reversed(found):
        own = len(cookie.name) + len(cookie.value or "")
        if own > MAX_DOMAIN_BYTES:
            continue
        size += own
        if len(kept) == MAX_COOKIES or size > MAX_DOMAIN_BYTES:
            break
        kept.append(cookie)
    for cookie in reversed(kept):
        jar.set_cookie(cookie)
