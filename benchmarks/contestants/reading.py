"""One reader over all pages: `python -m benchmarks.contestants.reading NAME PAGES ANSWERS PASSES`.

PAGES is a folder with `pages.jsonl` (rows of `url`, `content` and `text`, the names of two files there, and
`row`). The first pass gives the answers and lets every reader load what it loads late; the passes after it are timed,
and the quickest counts.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

from benchmarks.contestants.readers import READERS, Answer, Source, shut_off

READY = "ready"
"""As `benchmarks.measure` has it, which peers' environments cannot import."""


def load(folder: Path) -> list[Source]:
    """The pages, in memory."""
    rows = map(json.loads, (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Source(
            row["url"],
            (folder / row["content"]).read_bytes(),
            (folder / row["text"]).read_text(encoding="utf-8"),
            row["row"],
        )
        for row in rows
    ]


def main(name: str, folder: Path, answers: Path, passes: int) -> None:
    """Read all pages; a page that the reader fails on has no answer."""
    warnings.simplefilter("ignore")
    shut_off()
    sources = load(folder)
    read = READERS[name]()

    def answer(source: Source) -> Answer | None:
        try:
            return read(source)
        except Exception:
            # Of another project's code any fault is possible; it counts as no text.
            return None

    print(READY, flush=True)
    found = [answer(source) for source in sources]
    times = []
    for _ in range(passes):
        began = time.process_time()
        for source in sources:
            answer(source)
        times.append(time.process_time() - began)
    with answers.open("w", encoding="utf-8") as out:
        for source, each in zip(sources, found, strict=True):
            if each is not None:
                out.write(json.dumps({"key": source.url, **each}, default=str) + "\n")
    told = {"pages": len(sources), "failed": found.count(None), "cpu_us": round(1e6 * min(times, default=0))}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
