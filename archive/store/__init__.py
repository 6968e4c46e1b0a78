"""archive.db: captures, articles, revisions and the search index.

It is derived from WARC and can be rebuilt from it. `ArchiveStore` is the way in; `Filters` says which
articles; `CrawlLock` keeps a second crawling process out.
"""

from archive.store.archive_store import ArchiveStore
from archive.store.filters import Filters
from archive.store.lock import CrawlLock
from archive.store.rows import ArticleRow, Fate, Outcome, RevisionRow, SourceStatistics, Statistics
from archive.store.takedowns import Takedown, Takedowns, Withheld

__all__ = [
    "ArchiveStore",
    "ArticleRow",
    "CrawlLock",
    "Fate",
    "Filters",
    "Outcome",
    "RevisionRow",
    "SourceStatistics",
    "Statistics",
    "Takedown",
    "Takedowns",
    "Withheld",
]
