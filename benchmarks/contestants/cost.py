"""Warraq and trafilatura in one process, page by page in turn: whatever else the machine does slows both.

`python -m benchmarks.contestants.cost PAGES PASSES`; PAGES is as `benchmarks.contestants.reading` has it. The first
pass lets both load what they load late, and is not timed.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

from benchmarks.contestants.readers import shut_off, trafilatura, warraq
from benchmarks.contestants.reading import READY, load


def main(folder: Path, passes: int) -> None:
    """Read all pages by both; the answers are thrown away."""
    warnings.simplefilter("ignore")
    shut_off()
    sources = load(folder)
    readers = {"warraq": warraq(), "trafilatura": trafilatura()}
    print(READY, flush=True)
    spent: Counter[str] = Counter()
    for number in range(passes + 1):
        for source in sources:
            for name, read in readers.items():
                began = time.process_time_ns()
                read(source)
                if number:
                    spent[name] += time.process_time_ns() - began
    told = {f"{name}_us": nanoseconds // 1000 // passes for name, nanoseconds in spent.items()}
    print(json.dumps({"pages": len(sources)} | told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
