"""The sources of an archive, as they stand in its warraq.toml: added, changed, removed."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from archive.errors import ConfigError, NotFoundError, UsageError
from settings.file import load, rewrite
from settings.toml_lines import blocks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from tomlkit.items import AoT

    from settings.app import SourceSettings

TomlValue = str | int | float | bool | list[str]

_NO_SITES = re.compile(r"(?i)(mailto|javascript|file|data|ftp|tel):|[./~]?/|.*@")


def site_url(text: str) -> str:
    """The address of a site, from what a person types: `news.example` becomes `https://news.example/`.

    Raises:
        UsageError: the text is no address of a site.
    """
    text = text.strip()
    cure = "give the address of a site, such as https://news.example/"
    if not text or any(char.isspace() or ord(char) < 32 for char in text) or _NO_SITES.match(text):
        raise UsageError(f"{text!r} is no site; {cure}")
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"{text!r} is no site ({error}); {cure}") from error
    if parts.scheme not in {"http", "https"}:
        raise UsageError(f"{text!r} is no site: only http and https are fetched; {cure}")
    if not host.strip(".") or ("." not in host and ":" not in host and host != "localhost"):
        raise UsageError(f"{text!r} is no site: {host or 'it'} has no domain; {cure}")
    return parts._replace(path=parts.path or "/", fragment="").geturl()


def slug(url: str, taken: Collection[str]) -> str:
    """A short unique name for a site: its host, with a part of its path or a number where that is taken.

    Args:
        url: the site's address, as `site_url` gives it.
        taken: names in use.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = host.encode("punycode").decode()
    host = _slugged(host + (f"-{parts.port}" if parts.port else "")) or "site"
    section = _slugged(parts.path.strip("/").partition("/")[0])
    names = [host, *([f"{host}-{section}"] if section else [])]
    free = next((name[:80] for name in names if name[:80] not in taken), None)
    number = 2
    while free is None:
        numbered = f"{host[:70]}-{number}"
        free = None if numbered in taken else numbered
        number += 1
    return free


def _slugged(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") if text.isascii() else ""


def find(folder: Path, name: str) -> SourceSettings:
    """A source by its name.

    Raises:
        NotFoundError: there is none of that name.
        ConfigError: warraq.toml is wrong.
    """
    sources = load(folder).source
    for source in sources:
        if source.name == name:
            return source
    raise NotFoundError(_unknown(name, [source.name for source in sources]))


def add(folder: Path, sources: Sequence[SourceSettings]) -> None:
    """Write sources into warraq.toml, each a `[[source]]` with the keys that were set, after those there.

    Raises:
        ConfigError: a name is taken, or warraq.toml is wrong.
    """
    if not sources:
        return
    added = "".join(f"\n[[source]]\n{_toml(settings_of(source))}" for source in sources)

    def insert(text: str) -> str:
        ends = [end for _, end in _blocks(text, folder)]
        at = ends[-1] if ends else len(text)
        gap = "" if not at or text[at - 1] == "\n" else "\n"
        return f"{text[:at]}{gap}{added}{text[at:]}"

    rewrite(folder, insert)


def settings_of(source: SourceSettings) -> dict[str, TomlValue]:
    """The keys of a source that were set and are not empty, its name and URL first."""
    values: dict[str, TomlValue] = source.model_dump(exclude_none=True)
    return {key: value for key, value in values.items() if value != []}


def change(folder: Path, name: str, values: Mapping[str, TomlValue], unset: Collection[str] = ()) -> None:
    """Set and unset keys of a source; comments stay.

    Raises:
        NotFoundError: there is no such source.
        UsageError: its name would change, a key to unset is not there, or is set as well.
        ConfigError: a key or value is not allowed.
    """
    if "name" in values or "name" in unset:
        raise UsageError(
            f"{name}: a source's name stands in its articles and cannot change; add another source"
        )
    if both := values.keys() & set(unset):
        raise UsageError(f"{name}: {min(both)} cannot be set and unset at once")
    import tomlkit  # noqa: PLC0415  (30 ms that only commands which edit have to pay)

    def changed(text: str) -> str:
        begin, end = _block(text, folder, name)
        document = tomlkit.parse(text[begin:end])
        table = cast("AoT", document["source"])[0]
        for key in unset:
            if key not in table:
                raise UsageError(f"{name}: {key} is not set")
            del table[key]
        table.update(values)
        return f"{text[:begin]}{document.as_string()}{text[end:]}"

    rewrite(folder, changed)


def remove(folder: Path, name: str) -> None:
    """Take a source out of warraq.toml, with the comment directly above it; what it gave stays archived.

    Raises:
        NotFoundError: there is no such source.
        ConfigError: warraq.toml is wrong.
    """

    def without(text: str) -> str:
        begin, end = _block(text, folder, name)
        above = text[:begin].split("\n")
        while len(above) > 1 and above[-2].lstrip().startswith("#"):
            del above[-2]
        return "\n".join(above) + text[end:].lstrip("\r\n")

    rewrite(folder, without)


def _block(text: str, folder: Path, name: str) -> tuple[int, int]:
    """Offsets of a source's `[[source]]` in the text; each is edited alone, so that nothing else moves."""
    names = [str(table["name"]) for table in tomllib.loads(text).get("source", [])]
    if name not in names:
        raise NotFoundError(_unknown(name, names))
    return _blocks(text, folder)[names.index(name)]


def _blocks(text: str, folder: Path) -> list[tuple[int, int]]:
    found = blocks(text, "source")
    if not found and "source" in tomllib.loads(text):
        wrong = "source: write [[source]] tables, so that commands can edit them"
        raise ConfigError(f"{folder}/warraq.toml: {wrong}")
    return found


def _toml(values: Mapping[str, TomlValue]) -> str:
    import tomlkit  # noqa: PLC0415  (see `change`)

    return tomlkit.dumps(values)


def _unknown(name: str, known: Sequence[str]) -> str:
    if not known:
        return f"{name}: no such source; there are none yet: add one with 'warraq sources add URL'"
    shown = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
    return f"{name}: no such source; there are: {shown} ('warraq sources list' shows all)"
