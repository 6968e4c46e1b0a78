"""What is left out of a WARC file that is passed on: records that were taken down, and what goes with them.

In our own files an attempt's records stand together, so its place says all. In a foreign file they lie anywhere:
the request, the crawler's metadata, and what a browser's crawler keeps of a page beside it, its text and its
picture, under addresses such as `urn:text:https://news.example/story`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from archive.warc.foreign import walk
from archive.warc.location import is_foreign
from archive.warc.spool import Gap

if TYPE_CHECKING:
    from pathlib import Path

    from archive.store import ArchiveStore
    from archive.warc.spool import SpooledRecord

Places = list[tuple[int, int]]
"""Offsets and lengths, in order."""

_OF_A_PAGE: Final = re.compile(r"^(?:urn:)?[a-z][a-z0-9-]*:(?=https?://)", re.IGNORECASE)
_NAMES: Final = ("warc-record-id", "warc-concurrent-to", "warc-refers-to")


def withheld_places(warc_folder: Path, name: str, store: ArchiveStore) -> Places:
    """What has to be left out of a file.

    Args:
        warc_folder: of the archive.
        name: of the file, relative to it.
        store: knows what was taken down.

    Raises:
        FileNotFoundError: it is gone.
    """
    places = store.takedowns.withheld_places(name)
    if not is_foreign(name) or next(iter(store.takedowns), None) is None:
        return places
    known = {offset for offset, _ in places}
    fd = os.open(warc_folder / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return [
            (found.offset, found.length)
            for found in walk(lambda at, size: os.pread(fd, size, at))
            if not isinstance(found, Gap) and (found.offset in known or _goes_with_it(found, store))
        ]
    finally:
        os.close(fd)


def _goes_with_it(record: SpooledRecord, store: ArchiveStore) -> bool:
    takedowns = store.takedowns
    if any(takedowns.of_record(record.headers[name]) for name in _NAMES if name in record.headers):
        return True
    url = _OF_A_PAGE.sub("", record.headers.get("warc-target-uri", ""))
    return bool(url) and takedowns.of_url(url) is not None
