"""Scrapy's cookies without its look-up of the public suffix list on the network."""

from __future__ import annotations

from scrapy.downloadermiddlewares import cookies
from tldextract import TLDExtract


class OfflineCookiesMiddleware(cookies.CookiesMiddleware):
    """Splits domains by tldextract's bundled list: nothing is fetched that the user did not ask for."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        cookies._split_domain = TLDExtract(
            suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
        )
