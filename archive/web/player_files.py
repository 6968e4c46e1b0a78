"""ReplayWeb.page's two files, where they are installed: an AGPL program, so that it is no part of this one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

FILES: Final = ("ui.js", "sw.js")
VARIABLE: Final = "WARRAQ_REPLAYWEBPAGE"
"""Names another folder that they lie in."""


def folder() -> Path:
    """Where they are looked for, and installed."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(sys.prefix) / "share" / "warraq" / "replaywebpage"


def installed() -> Path | None:
    """The folder, where both are in it."""
    found = folder()
    return found if all((found / name).is_file() for name in FILES) else None
