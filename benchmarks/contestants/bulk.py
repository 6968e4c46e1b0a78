"""`warraq extract --jsonl` over rows, its start excluded: `python -m benchmarks.contestants.bulk ROWS WORKERS`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.measure import READY
from crawler.cli.extract import Pool, answer

WARMING_ROWS_PER_WORKER = 16
"""Read first, so that every worker has loaded its models before the time is taken."""


def main(rows: Path, workers: int) -> None:
    """Read all rows; the answers are thrown away."""
    lines = rows.read_bytes().splitlines()
    with Pool(workers, answer) as pool:
        for _ in pool.map(lines[: WARMING_ROWS_PER_WORKER * workers]):
            pass
        print(READY, flush=True)
        began = time.monotonic()
        count = sum(1 for _ in pool.map(lines))
        took = time.monotonic() - began
    print(json.dumps({"pages": count, "wall_us": round(1e6 * took)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
