"""Fetching with every byte kept: Scrapy's download handler with a tap on its connections.

`handler` is what Scrapy's settings name; `tap` keeps the bytes of each attempt; `certificates` and `addresses`
say which peers are spoken to; `faults` names what went wrong; `cookies` keeps Scrapy's from going online.
"""
