"""What tests share: a new archive, the demo site, the command line, and the folder beside the checkout."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from crawler.cli.app import main
from crawler.demo import DemoSite
from settings.file import create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTACT = "archive@example.org"

# No deadline: two cores may be shared. In CI a failure must come again when the run is repeated.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    exit: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its standard output as JSON, an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def warraq(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Ran]:
    """Run the command line in this process: `warraq("--archive", folder, "status")`."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["warraq", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capfdbinary.readouterr()
        code = stopped.value.code
        return Ran(code if isinstance(code, int) else 1, out.decode(), err.decode())

    return run


@pytest.fixture
def archive_folder(tmp_path: Path) -> Path:
    """A new, empty archive."""
    folder = tmp_path / "news-archive"
    create(folder, CONTACT)
    return folder


@pytest.fixture
def demo_site() -> Iterator[DemoSite]:
    """The demo site, being served on loopback."""
    with DemoSite() as site:
        yield site


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of pages and texts that are not ours to keep in the repository; skips where it is absent."""
    named = os.environ.get("WARRAQ_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(
            f"needs the folder of real pages, beside the checkout or named by WARRAQ_SHARED: {folder}"
        )
    return folder
