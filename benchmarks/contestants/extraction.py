"""Extraction alone, on all cores: the pages of an archive that was crawled, read from its WARC files."""

from __future__ import annotations

from pathlib import Path

from archive.ingest import DerivationPool
from archive.records import Article, is_readable
from archive.store import ArchiveStore
from benchmarks.contestants.job import Job, ready, tell

WARMING_PAGES = 16
"""Read first, so that every worker has loaded its models before the time is taken."""


def main() -> None:
    """Read what the command line names; results are thrown away."""
    folder = Path(Job.named().folder)
    with ArchiveStore.open(folder, readonly=True) as store:
        captures = [capture for capture in store.captures(role="page") if is_readable(capture)]
    with DerivationPool(folder / "warc") as pool:
        pool.submit(captures[:WARMING_PAGES])
        for _ in pool.drain():
            pass
        ready()
        pool.submit(captures)
        articles = sum(
            isinstance(extraction, Article) for derived in pool.drain() for _, extraction in derived
        )
        tell(len(captures), articles)


if __name__ == "__main__":
    main()
