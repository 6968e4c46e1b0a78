"""Articles out of the archive, one module a format.

An exporter is a function `export(articles, destination, options) -> Summary`; `exporter(name)` finds one.
"""

from archive.export.registry import exporter, formats
from archive.export.rows import ArchivedArticle, Options, Summary, archived

__all__ = ["ArchivedArticle", "Options", "Summary", "archived", "exporter", "formats"]
