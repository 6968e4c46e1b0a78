"""What a browser may do with an answer: its Content-Security-Policy, and headers that all answers have.

Sources: CSP Level 3; HTML, section 7.1 (sandboxing); Fetch Metadata.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

ARCHIVED: Final = (
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of what was archived. `sandbox` alone: an opaque origin, no scripts, forms, windows or downloads, no refresh,
no way to the page around the frame. Inside of it 'self' is still this port (CSP 3, section 2.1)."""

FRAME_SANDBOX: Final = "allow-same-origin allow-top-navigation-by-user-activation"
"""Of the frame. What it allows counts for our own page `leading.html` alone: `ARCHIVED` takes it from the rest,
since a document is bound by both."""

ALWAYS: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow"),
    # A page that is taken down must not live on in a browser's cache, nor an archived 301 in its memory.
    ("cache-control", "no-store"),
)


def player(around: str) -> str:
    """The policy of all that the player's port serves: whatever comes from there, and nothing from elsewhere.

    Args:
        around: origins whose pages may frame it.
    """
    return (
        "sandbox allow-scripts allow-same-origin; default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
        "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        f"frame-ancestors 'self' {around}"
    )


PLAYER_SANDBOX: Final = "allow-scripts allow-same-origin"
"""Of the frame that the player is in: it and what it plays are of its own origin, and open or lead nothing else."""


def own(style: str, script: str | None = None, framed: str = "'self'") -> str:
    """The policy of a page of ours: its own style and script, by their digests, and frames of one origin."""
    scripts = f"script-src {_digest(script)}; " if script is not None else ""
    return (
        f"default-src 'none'; {scripts}style-src {_digest(style)}; img-src data:; frame-src {framed}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
