"""Peers that read the same archives: programs of an environment of their own."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def oracles() -> Path:
    """The programs of an environment that holds peers (pywb, cdxj-indexer); skips where it is absent."""
    named = os.environ.get("WARRAQ_ORACLES")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / ".venv-oracles"
    if not (folder / "bin" / "cdxj-indexer").exists():
        pytest.skip(f"needs pywb and cdxj-indexer in an environment named by WARRAQ_ORACLES, or in {folder}")
    return folder / "bin"


@pytest.fixture
def wayback(tmp_path: Path, oracles: Path) -> Iterator[Callable[..., http.client.HTTPConnection]]:
    """Starts pywb over files, and connects to it."""
    running: list[subprocess.Popen[bytes]] = []
    connections: list[http.client.HTTPConnection] = []

    def start(*paths: Path) -> http.client.HTTPConnection:
        environment = {**os.environ, "PATH": f"{oracles}{os.pathsep}{os.environ['PATH']}"}
        for command in (["init", "own"], ["add", "own", *map(str, paths)]):
            subprocess.run(
                [oracles / "wb-manager", *command],
                cwd=tmp_path,
                check=True,
                capture_output=True,
                env=environment,
            )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        running.append(
            subprocess.Popen(
                [oracles / "wayback", "-b", "127.0.0.1", "-p", str(port)],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        for _ in range(150):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.connect()
            except ConnectionRefusedError:
                time.sleep(0.2)
            else:
                connections.append(connection)
                return connection
        raise TimeoutError("pywb does not answer")

    yield start
    for connection in connections:
        connection.close()
    for process in running:
        process.terminate()
        process.wait(10)
