"""The rules of an archive's sources, from warraq.toml and the files that it names."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from archive.errors import ConfigError
from archive.extract.sites.rules import FIELDS, Rules, Script, SiteKnowledge
from archive.extract.sites.scripts import functions
from settings.app import RulesFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from settings.app import Section, SourceSettings

MAX_FILE_BYTES = 1 << 20
FETCHED = ("warc", "spool")
"""Folders of an archive that hold what was fetched: no rule is ever loaded from there."""


def load_knowledge(folder: Path, sources: Iterable[SourceSettings]) -> SiteKnowledge:
    """What derivation may know of an archive's sites.

    Args:
        folder: the archive; files of rules are looked for in it alone.
        sources: as its warraq.toml has them.

    Raises:
        ConfigError: a file of rules cannot be read or is wrong; the text says where and what to do.
    """
    return SiteKnowledge({source.name: _sets(folder, source) for source in sources})


def _sets(folder: Path, source: SourceSettings) -> tuple[Rules, ...]:
    """A source's rules: those of its file that have their time, then those that stand with it."""
    place = f"[[source]] '{source.name}' rules"
    sets: list[Rules] = []
    if source.rules and source.rules.endswith(".toml"):
        sets += _from_toml(folder, source.rules, place)
    script = _script(folder, source.rules, place) if source.rules and source.rules.endswith(".py") else None
    sets.append(Rules(_xpaths(source), script))
    return tuple(sets)


def _xpaths(table: Section) -> dict[str, tuple[str, ...]]:
    return {name: tuple(said) for name in FIELDS if (said := getattr(table, f"{name}_xpath"))}


def _from_toml(folder: Path, name: str, place: str) -> list[Rules]:
    text, path = _read(folder, name, place)
    try:
        file = RulesFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"])
        raise ConfigError(f"{path}: {where}: {fault['msg'].removeprefix('Value error, ')}") from error
    return [
        Rules(
            _xpaths(table),
            _script(folder, table.python, f"{path}: python") if table.python else None,
            table.valid_from,
            table.valid_until,
        )
        for table in file.rules
    ]


def _script(folder: Path, name: str, place: str) -> Script:
    script = Script(name, _read(folder, name, place)[0])
    functions(script)  # a fault of the file as a whole is told now, not with every page
    return script


def _read(folder: Path, name: str, place: str) -> tuple[str, Path]:
    home, path = folder.resolve(), (folder / name).resolve()
    if not path.is_relative_to(home) or path.relative_to(home).parts[0] in FETCHED:
        raise ConfigError(
            f"{place}: {name} is not in the archive's folder, or where fetched pages lie; "
            f"move it to {home / 'rules'}/ and name it 'rules/FILE'"
        )
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ConfigError(
                f"{place}: {path} is larger than {MAX_FILE_BYTES >> 20} MiB; is it a file of rules?"
            )
        return content.decode(), path
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError(f"{place}: {path}: {reason}; write the file, or take the key out") from error
