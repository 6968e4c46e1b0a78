"""`replay` as a process: it says where, answers there, and ends when asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.slow
def test_it_is_served_until_interrupted(
    archive_folder: Path, warraq: Callable[..., object], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<title>Kept</title>" + "<p>A page that somebody kept.</p>" * 30)
    warraq("--archive", archive_folder, "import", page)
    script = "from crawler.cli.app import main; main()"
    command = [
        sys.executable,
        "-c",
        script,
        "--archive",
        str(archive_folder),
        "replay",
        "--port",
        "0",
        "--json",
    ]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = json.loads(server.stdout.readline())
            with urllib.request.urlopen(said["url"], timeout=30) as answer:
                text = answer.read().decode()
                assert "server" not in answer.headers
        finally:
            server.send_signal(signal.SIGINT)
            _, err = server.communicate(timeout=30)

    assert said["archive"] == str(archive_folder)
    assert page.as_uri() in text
    assert server.returncode == 130
    assert "Traceback" not in err


@pytest.mark.slow
def test_the_player_is_offered_where_its_program_is(
    archive_folder: Path, warraq: Callable[..., object], tmp_path: Path
) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>A page."
    (tmp_path / "a.warc").write_bytes(
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://old.test/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        b"WARC-Date: 2011-02-03T04:05:06Z\r\nContent-Length: %d\r\n\r\n%b\r\n\r\n" % (len(block), block)
    )
    warraq("--archive", archive_folder, "import", tmp_path / "a.warc")
    for name in ("ui.js", "sw.js"):
        (tmp_path / name).write_text(f"// {name}")
    command = [sys.executable, "-c", "from crawler.cli.app import main; main()"]
    command += ["--archive", str(archive_folder), "replay", "--port", "0", "--json"]
    environment = {**os.environ, "WARRAQ_REPLAYWEBPAGE": str(tmp_path)}

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            with urllib.request.urlopen(f"{url}20110203040506/http://old.test/", timeout=30) as answer:
                assert 'href="/20110203040506pl_/http://old.test/"' in answer.read().decode()
            with urllib.request.urlopen(f"{url}20110203040506pl_/http://old.test/", timeout=30) as answer:
                around = answer.read().decode()
            origin = around.split('<iframe src="', 1)[1].split("/?", 1)[0]
            assert not url.startswith(origin)
            with urllib.request.urlopen(f"{origin}/play/ui.js", timeout=30) as answer:
                assert answer.read() == b"// ui.js"
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=30)


def test_a_port_that_is_taken_is_told(
    archive_folder: Path, warraq: Callable[..., object], tmp_path: Path
) -> None:
    page = tmp_path / "a.txt"
    page.write_text("Title\n\nA text.")
    warraq("--archive", archive_folder, "import", page)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = warraq("--archive", archive_folder, "replay", "--port", taken.getsockname()[1])

    assert ran.exit == 1
    assert "Choose another with --port" in ran.err


@pytest.mark.parametrize("host", ["256.1.1.1", "a" * 300, "192.0.2.1"])
def test_an_address_that_is_not_ours_is_told(
    archive_folder: Path, warraq: Callable[..., object], host: str
) -> None:
    (archive_folder / "archive.db").touch()

    ran = warraq("--archive", archive_folder, "replay", "--port", "0", "--host", host)

    assert ran.exit == 1
    assert "cannot be listened on" in ran.err


def test_an_archive_with_nothing_in_it_is_told(
    archive_folder: Path, warraq: Callable[..., object], tmp_path
) -> None:
    assert "nothing is archived here yet" in warraq("--archive", archive_folder, "replay").err
    assert warraq("--archive", tmp_path / "none", "replay").exit == 2
