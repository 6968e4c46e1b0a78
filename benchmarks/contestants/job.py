"""What a contestant is told, and what it tells."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from benchmarks.measure import READY


@dataclass(frozen=True, slots=True)
class Job:
    """The same for all of them."""

    hosts: tuple[str, ...]
    """Base URLs of the sites, without a slash at the end."""
    urls: tuple[str, ...]
    """Every page: for those who find nothing by themselves."""
    concurrency: int
    """Requests in flight, over all hosts as to one."""
    folder: str
    """Where results go; empty, or for extraction alone an archive that was crawled."""

    def write(self, path: Path) -> Path:
        """Put it where a contestant reads it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @classmethod
    def named(cls) -> Self:
        """The one that the command line names."""
        told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        return cls(tuple(told["hosts"]), tuple(told["urls"]), int(told["concurrency"]), str(told["folder"]))


def ready() -> None:
    """Everything is imported: the work begins."""
    print(READY, flush=True)


def tell(pages: int, articles: int = 0) -> None:
    """What was done: pages fetched or read, and articles among them."""
    print(json.dumps({"pages": pages, "articles": articles}), flush=True)
