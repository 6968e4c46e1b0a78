"""`warraq verify`: every record and digest, the files, their manifest and the database."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from archive.custody.problems import Problem
    from archive.custody.verify import CheckedFile, Verified
    from archive.export.destination import HashedOutput
    from crawler.cli.app import Invocation

LISTED_PROBLEMS = 1_000
"""Shown or put into the JSON object at most; the report has all."""
PROGRESS_SECONDS = {True: 0.25, False: 10.0}
"""Between two lines of progress, on a terminal and elsewhere."""


@click.command()
@click.option("--repair", is_flag=True, help="First finish what a crash left open, and level the manifest.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every file's hash and every problem to this file, as JSON lines.",
)
@json_option
@click.pass_obj
def verify(invocation: Invocation, repair: bool, report: Path | None, as_json: bool) -> int:
    """Check every record and digest, the files, their manifest and the database.

    Each record of each WARC file is read: its gzip member, its header and length, the digests of its block and
    of its payload (de-chunked). Each file's SHA-256 is held against warc/manifest.jsonl, whose lines are chained:
    note the hash of its last line elsewhere, and you can prove later that no file was changed. Each capture in
    the database is held against the record it names, both ways. Exit code 1 on any problem.

    \b
    Examples:
      warraq verify
      warraq verify --repair
      warraq verify --report 2026-05-01.jsonl
    """  # noqa: D301  (click's own marker)
    from archive.custody.verify import Listener
    from archive.custody.verify import verify as check

    folder = invocation.existing_archive()
    if repair:
        _repair(folder, as_json=as_json)
    with ExitStack() as stack:
        findings = _Findings(as_json=as_json)
        if report is not None:
            findings.open_report(folder, report, stack)
        listener = Listener(findings.problem, findings.file, findings.progress)
        verified = check(folder, listener)
        findings.end(verified)
    if as_json:
        emit({**_sums(verified), "listed": [asdict(problem) for problem in findings.listed]})
    else:
        _show(verified, report)
    return 0 if verified.ok else 1


def _repair(folder: Path, *, as_json: bool) -> None:
    from archive.ingest import recover
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock

    with CrawlLock(folder, command="verify --repair"), ArchiveStore.open(folder) as store:
        recovered = recover(folder, store)
    for one in recovered if not as_json else ():
        note(
            f"{one.warc_file}: finished; {one.captures_added:,} captures added to the database, "
            f"{one.torn_bytes:,} torn bytes kept in warc/torn/"
        )


@dataclass(slots=True)
class _Findings:
    """What is told while the check runs."""

    as_json: bool
    listed: list[Problem] = field(default_factory=list)
    _report: HashedOutput | None = None
    _began: float = field(default_factory=time.monotonic)
    _last: float = field(default_factory=time.monotonic)

    def open_report(self, folder: Path, path: Path, stack: ExitStack) -> None:
        from archive.export import Options
        from archive.export.destination import output

        self._report = stack.enter_context(output(path, Options(force=True)))
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._line({"archive": str(folder.resolve()), "began": now, "warraq": version("warraq")})

    def problem(self, problem: Problem) -> None:
        self._line({"problem": asdict(problem)})
        if len(self.listed) < LISTED_PROBLEMS:
            self.listed.append(problem)
            if not self.as_json:
                say(str(problem))

    def file(self, checked: CheckedFile) -> None:
        self._line({"file": asdict(checked)})

    def progress(self, done: int, total: int) -> None:
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if self.as_json or now - self._last < PROGRESS_SECONDS[terminal]:
            return
        self._last = now
        speed = done / 1e6 / max(now - self._began, 0.001)
        line = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB checked, {speed:,.0f} MB/s"
        click.echo(f"\r{line}\x1b[K" if terminal else line, err=True, nl=not terminal)

    def end(self, verified: Verified) -> None:
        if not self.as_json and sys.stderr.isatty():
            click.echo("\r\x1b[K", err=True, nl=False)
        self._line({"sums": _sums(verified)})

    def _line(self, row: dict[str, Any]) -> None:
        if self._report is not None:
            self._report.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _sums(verified: Verified) -> dict[str, Any]:
    found = asdict(verified)
    found["problems"] = dict(sorted(verified.problems.items()))
    found["seconds"] = round(verified.seconds, 3)
    return {"ok": verified.ok, **found}


def _show(verified: Verified, report: Path | None) -> None:
    megabytes = verified.bytes / 1e6
    say(
        f"{verified.records:,} records of {verified.captures:,} captures in {verified.files:,} files checked: "
        f"{megabytes:,.1f} MB in {verified.seconds:,.1f} s ({megabytes / max(verified.seconds, 0.001):,.0f} MB/s)."
    )
    if verified.being_written:
        say(f"{verified.being_written:,} files are being written and were passed over.")
    if verified.manifest_lines:
        say(
            f"Manifest: {verified.manifest_lines:,} files; its last line's SHA-256 is {verified.manifest_head}"
        )
    if verified.ledger_lines:
        say(f"Ledger: {verified.ledger_lines:,} lines; the last one's SHA-256 is {verified.ledger_head}")
    if verified.ok:
        say("No problem was found.")
        return
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in verified.problems.most_common())
    say(f"{verified.problems.total():,} problems: {kinds}.")
    if verified.problems.total() > LISTED_PROBLEMS and report is None:
        say(f"Only the first {LISTED_PROBLEMS:,} are shown; --report FILE has all.")
