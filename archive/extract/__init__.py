"""From a page's bytes to its article: body, title, authors, dates, language, each with where it was found."""

from archive.extract.article import extract_html, warm_up
from archive.extract.page import Page
from archive.extract.plain import extract_text

__all__ = ["EXTRACTOR_VERSION", "Page", "extract_html", "extract_text", "warm_up"]

EXTRACTOR_VERSION = "4"
"""Part of each revision: texts are compared within one version, so that an upgrade does not look like an
edit. Raised with every change of what is extracted; tests/archive/extract/readings.py tells where it was not."""
