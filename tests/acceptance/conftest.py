"""The program as a user runs it: a process of its own, real servers, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = Path(sys.executable).with_name("warraq")
PATIENCE_SECONDS = 60.0
"""For what happens within a second or two on an idle machine."""


def attempt(archive: Path, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail, and must not fail with a traceback; `options` as of subprocess.run."""
    done = subprocess.run(
        [PROGRAM, "--archive", archive, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=2 * PATIENCE_SECONDS, **options,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert "fault in warraq" not in done.stderr, done.stderr
    return done


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive, and the program on it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run a command; returns its standard output."""
        done = subprocess.run(
            [PROGRAM, "--archive", self.folder, *map(str, arguments)],
            env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout

    def rows(self, *arguments: object) -> list[dict[str, Any]]:
        """Run a command with --json; returns its rows."""
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]


@pytest.fixture(scope="module")
def new_archive(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Archive]:
    """Make an archive whose crawls wait `delay` seconds between two requests to a host."""

    def make(*, delay: float = 0.0, environment: dict[str, str] | None = None) -> Archive:
        archive = Archive(tmp_path_factory.mktemp("archive") / "news", environment or {})
        archive.run("init", archive.folder, "--contact", "tests@example.org")
        settings = archive.folder / "warraq.toml"
        settings.write_text(settings.read_text().replace("delay = 2.0", f"delay = {delay}"))
        return archive

    return make


@dataclass(frozen=True, slots=True)
class Newsweb:
    """The web of real pages on loopback: its address as a proxy, and its log."""

    proxy: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes a client use it."""
        return {"http_proxy": self.proxy, "https_proxy": self.proxy}

    def requests(self) -> list[dict[str, Any]]:
        """Everything it was asked so far."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def bump(self) -> int:
        """Have the articles of update.test edited; returns the number of their edition."""
        opener = build_opener(ProxyHandler({"http": self.proxy}))
        with opener.open(Request("http://control.test/bump", data=b"", method="POST")) as answer:
            return int(json.load(answer)["edition"])


@pytest.fixture(scope="module")
def newsweb(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsweb]:
    """The web of real pages, being served."""
    folder = tmp_path_factory.mktemp("newsweb")
    ready, log = folder / "port", folder / "log.jsonl"
    command = [sys.executable, shared / "newsweb" / "serve.py", "--port", "0", "--ready", ready, "--log", log]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "newsweb" in server.stdout.readline()
        while not (ready.exists() and ready.read_text()):
            assert server.poll() is None
        yield Newsweb(f"http://127.0.0.1:{ready.read_text()}", log)
        server.terminate()


@pytest.fixture(scope="module")
def newsweb_urls(shared: Path) -> list[str]:
    """The pages of the real web, as they are fetched."""
    manifest = (shared / "newsweb" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [_as_fetched(json.loads(line)["url"]) for line in manifest]


def _as_fetched(url: str) -> str:
    parts = urlsplit(url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
    return f"https://{(parts.hostname or '').encode('idna').decode()}{target}"
