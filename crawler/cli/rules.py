"""The rules of sources, tried on what the archive has of them: for `warraq sources check`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from archive.ingest import Trial, try_rules
from archive.store import ArchiveStore
from crawler.cli.differences import row, show_changes
from crawler.cli.output import emit, note, say
from crawler.cli.terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from settings.app import SourceSettings

DATABASE = "archive.db"


def check_rules(folder: Path, chosen: Sequence[SourceSettings], captures: int, *, as_json: bool) -> bool:
    """Try the rules of sources that have some; nothing is fetched.

    Args:
        folder: the archive.
        chosen: its sources, or some of them.
        captures: of each source to try at most.
        as_json: print a line of JSON for each source.

    Returns:
        Whether each rule finds something, and none fails.

    Raises:
        ConfigError: a file of rules is wrong.
    """
    from archive.extract.sites.loading import load_knowledge

    known = load_knowledge(folder, chosen)
    names = [name for name, sets in known.rules.items() if any(sets)]
    if not names or not (folder / DATABASE).is_file():
        if names:
            note("no page has been fetched yet that the rules could be tried on; 'warraq crawl' fetches some")
        return True
    sound = True
    with ArchiveStore.open(folder, readonly=True) as store:
        for name in names:
            trial = try_rules(store, folder / "warc", name, known, captures)
            sound = sound and not trial.idle and not trial.faults
            if as_json:
                emit(_row(trial))
            else:
                _show(trial)
    return sound


def _row(trial: Trial) -> dict[str, object]:
    return {
        "source": trial.source,
        "captures": trial.captures,
        "rules": [asdict(rule) for rule in trial.rules],
        "faults": [{"url": url, "detail": detail} for url, detail in trial.faults],
        "changes": [row(change) for change in trial.changes],
    }


def _show(trial: Trial) -> None:
    if not trial.captures:
        say(
            f"{trial.source}: no page of it is archived that its rules could be tried on; 'warraq crawl' fetches some"
        )
        return
    say(f"{trial.source}: its rules on its latest {trial.captures} captures")
    for rule in trial.rules:
        if not rule.captures:
            found = "not tried: no capture is of its time"
        elif not rule.matched:
            found = f"finds nothing on any of {rule.captures}: mend it, or take it out of warraq.toml"
        else:
            found = f"finds something on {rule.matched} of {rule.captures}"
        say(f"  {rule.rule}  {found}")
    for url, detail in trial.faults:
        say(f"  failed on {url}: {detail}")
    say(f"  {len(trial.changes)} pages read differently than without rules")
    show_changes(trial.changes, terminal=is_terminal())
    say()
