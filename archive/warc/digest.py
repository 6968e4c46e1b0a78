"""Digests as WARC writes them."""

from __future__ import annotations

import base64
import hashlib


def sha1(content: bytes) -> str:
    """`sha1:` and base32 (WARC 1.1, section 5.8), the form that CDX files and revisits compare."""
    return "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")
