"""`make replay`: what npm gives is installed if it is what was pinned, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from archive.web import player_files
from crawler.cli import player

if TYPE_CHECKING:
    from pathlib import Path

SH = "#!/bin/sh\n"


def package(*names: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(name)
            tar.addfile(info, io.BytesIO(name.encode()))
    return out.getvalue()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of this name, which fails until it is written anew; nothing is on the PATH but it."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(SH + "echo 'npm error network unreachable' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(player_files.VARIABLE, str(tmp_path / "player"))
    return program


def gives(npm: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, *, pinned: bool = True) -> None:
    (npm.parent / "package").write_bytes(content)
    npm.write_text(SH + f'echo "$@" >> "{npm.parent}/asked"; cp "{npm.parent}/package" replaywebpage.tgz\n')
    if pinned:
        digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
        monkeypatch.setattr(player, "INTEGRITY", f"sha512-{digest}")


SOUND = ("package/ui.js", "package/sw.js", "package/LICENSE", "package/index.html")


def test_two_files_and_their_licence_are_installed_once(
    npm: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gives(npm, monkeypatch, package(*SOUND))
    assert player_files.installed() is None
    assert player.main() == 0
    folder = player_files.installed()
    assert folder is not None
    assert {path.name for path in folder.iterdir()} == {"ui.js", "sw.js", "LICENSE", "INSTALLED"}
    assert (folder / "sw.js").read_text() == "package/sw.js"
    assert player.main() == 0
    asked = (npm.parent / "asked").read_text().splitlines()
    assert asked == ["pack --silent --ignore-scripts --fetch-retries=1 replaywebpage@2.5.3"]
    assert "installed already" in capsys.readouterr().out

    (folder / "ui.js").unlink()
    assert player.install(folder)


def test_what_is_not_pinned_is_refused(
    npm: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gives(npm, monkeypatch, package(*SOUND), pinned=False)
    assert player.main() == 1
    assert "is not what was published" in capsys.readouterr().err
    assert player_files.installed() is None


def test_a_package_without_a_file_is_refused(
    npm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gives(npm, monkeypatch, package("package/ui.js", "package/LICENSE"))
    with pytest.raises(player.PlayerError, match=r"no file sw\.js"):
        player.install(tmp_path / "player")


def test_npm_that_fails_is_told(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(player.PlayerError, match="network unreachable"):
        player.install(tmp_path / "player")


def test_npm_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(player.PlayerError, match="npm is not installed"):
        player.install(tmp_path / "player")
