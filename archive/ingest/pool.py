"""Extraction in worker processes that read the WARC files themselves.

Handing over a place in a file instead of a body measured 2.56 times a naive spider on two cores. Results come
back in the order of submission, so that the ids of articles do not depend on which worker was faster.
"""

from __future__ import annotations

import tempfile
from collections import deque
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Self

from archive.errors import ArchiveError
from archive.ingest.worker import Limits
from archive.ingest.workers import Lost, Workers
from archive.records import Extraction, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.extract.sites import SiteKnowledge
    from archive.records import Capture
    from settings.app import Settings

MAX_DETAIL_LENGTH = 500

Place = tuple[str, int, int]
"""WARC file, offset, length of the group."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How an archive's captures are derived: where they lie, by how many workers, at what cost, with what knowledge."""

    folder: Path
    """The archive."""
    workers: int = 0
    """Processes; 0 is one a core."""
    limits: Limits | None = None
    """Of one page; None are the usual ones."""
    known: SiteKnowledge | None = None
    """Of the archive's sites; None is nothing."""

    @classmethod
    def of(cls, folder: Path, settings: Settings) -> Self:
        """As an archive's warraq.toml says.

        Raises:
            ConfigError: a file of rules cannot be read or is wrong.
        """
        from archive.extract.sites.loading import load_knowledge  # noqa: PLC0415  (as below)

        extract = settings.extract
        return cls(folder, extract.workers, Limits.of(extract), load_knowledge(folder, settings.source))

    def pool(self, workers: int | None = None) -> DerivationPool:
        """The workers for it; they start with the first capture.

        Args:
            workers: processes, where these are not to be as many as usual.
        """
        count = self.workers if workers is None else workers
        return DerivationPool(self.folder / "warc", count, self.limits, known=self.known)


class DerivationPool:
    """Worker processes for `derive`: captures in, their pages' extractions out, in the same order."""

    def __init__(
        self,
        warc_folder: Path,
        workers: int = 0,
        limits: Limits | None = None,
        *,
        known: SiteKnowledge | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            warc_folder: where the captures lie.
            workers: processes; 0 is one a core.
            limits: of one page.
            known: of the archive's sites; None is nothing.
        """
        self._captures: deque[Capture] = deque()
        self._workers: Workers[Place, Extraction] = Workers(
            partial(_derive, warc_folder, known), warm_up, count=workers, limits=limits
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; what is not done yet is left for another time."""
        self._workers.close()

    @property
    def backlog(self) -> int:
        """Captures submitted and not yet handed back."""
        return len(self._captures)

    def submit(self, captures: Sequence[Capture]) -> None:
        """Queue captures, in the order in which their results are wanted."""
        self._captures.extend(captures)
        self._workers.submit((each.warc_file, each.offset, each.group_length) for each in captures)

    def ready(self) -> list[tuple[Capture, Extraction]]:
        """What is done, in order, without waiting.

        Raises:
            ArchiveError: no page can be read on this machine as it is; they wait for another time.
        """
        return self._of_captures(self._workers.ready())

    def drain(self) -> Iterator[list[tuple[Capture, Extraction]]]:
        """Everything that is left, in order, in batches as they come.

        Raises:
            ArchiveError: as `ready`.
        """
        return map(self._of_captures, self._workers.drain())

    def _of_captures(self, answers: list[Extraction | Lost]) -> list[tuple[Capture, Extraction]]:
        return [(self._captures.popleft(), _refused(answer)) for answer in answers]


def _refused(answer: Extraction | Lost) -> Extraction:
    if isinstance(answer, Lost):
        return Rejected("fault" if answer.kind == "died" else "limit", answer.detail)
    return answer


@cache
def warm_up() -> None:
    """Load what takes long, until it is loaded.

    Raises:
        ArchiveError: it cannot be. That is no fault of a page, and no page is to be refused for it: the language
            model, for one, is unpacked into the folder of temporary files, which may be full.
    """
    from archive.extract import warm_up as load  # noqa: PLC0415  (only workers load the extractor)

    try:
        load()
    except Exception as error:
        raise ArchiveError(
            f"pages cannot be read: {type(error).__name__}: {error}. What was recorded is safe; see to the disk (space "
            f"in {tempfile.gettempdir()}, or name another folder with TMPDIR) and to memory, then run it again."
        ) from None


def _derive(folder: Path, known: SiteKnowledge | None, place: Place) -> Extraction:
    from archive.extract.sites import NOTHING_KNOWN  # noqa: PLC0415  (only workers load the extractor)
    from archive.ingest.derive import derive  # noqa: PLC0415

    try:
        return derive(folder, *place, known or NOTHING_KNOWN)
    except MemoryError:
        raise
    except Exception as error:  # one page's fault, whatever it is, must not cost another page
        return Rejected("fault", f"{type(error).__name__}: {error}"[:MAX_DETAIL_LENGTH])
