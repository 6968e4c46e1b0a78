"""An archive for a moment, for what is fetched and not kept."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import FetchError, UsageError
from archive.store import ArchiveStore
from archive.warc.reader import read_exchange
from crawler.frontier.verdict import REDIRECTS
from crawler.run import Order, run_crawl
from settings.app import SourceSettings
from settings.file import create, load
from settings.sources import add

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.records import Exchange

CONTACT_VARIABLE = "WARRAQ_CONTACT"


def contact_for(archive: Path) -> str:
    """Who fetches: as the archive says, or the environment.

    Raises:
        UsageError: neither says.
    """
    if (archive / "warraq.toml").is_file():
        return load(archive).archive.contact
    contact = os.environ.get(CONTACT_VARIABLE)
    if not contact:
        raise UsageError(
            "nothing is fetched without a contact for the User-Agent: make an archive with 'warraq init', "
            f"or set {CONTACT_VARIABLE}=MAIL_OR_URL."
        )
    return contact


@contextmanager
def scratch_archive(contact: str, *, source: str | None = None) -> Iterator[Path]:
    """An archive in a temporary folder, with at most one source, named `site`."""
    with tempfile.TemporaryDirectory(prefix="warraq-") as scratch:
        folder = Path(scratch) / "archive"
        create(folder, contact, "scratch")
        if source is not None:
            add(folder, [SourceSettings(name="site", url=source)])
        yield folder


def fetch_one(url: str, *, contact: str) -> Exchange:
    """Fetch one page as a crawl would, robots.txt and redirects and all.

    Raises:
        FetchError: it gave no page; the text says why.
    """
    with scratch_archive(contact) as folder:
        summary = run_crawl(folder, Order(urls=[url], requisites=False, extract=False, command="extract"))
        with ArchiveStore.open(folder, readonly=True) as store:
            pages = [
                capture
                for capture in store.captures(role="page")
                if capture.record_type == "response" and capture.status not in REDIRECTS
            ]
            if not pages:
                raise FetchError(f"{url}: nothing came ({', '.join(summary.errors) or 'no answer'}).")
            last = pages[-1]
        return read_exchange(folder / "warc", last.warc_file, last.offset, last.group_length)
