"""Warraq with extraction off: frontier, fetch, WARC, captures."""

from __future__ import annotations

from benchmarks.contestants.warraq import run

if __name__ == "__main__":
    run(extract=False)
