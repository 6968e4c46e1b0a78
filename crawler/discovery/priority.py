"""In what order a host's URLs are fetched: lower comes first.

Endpoints that date their entries come before pages, since what they say of a page (title, date, section)
goes into that page's capture.
"""

FEED = 1
NEWS_SITEMAP = 2
WORDPRESS = 2
SITEMAP = 5
SECTION = 6
PROBE = 8
DATED_PAGE = 10
"""A page that a feed, a news sitemap or REST named."""
LINKED_PAGE = 12
PAGING = 14
SITEMAP_PAGE = 20
"""A page of a plain sitemap: often years old."""
LATER = 40
"""The far end of paged or numbered endpoints."""
