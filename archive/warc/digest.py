"""Digests as WARC writes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ALGORITHMS: Final = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
"""Those met in WARC files."""


def sha1(content: bytes) -> str:
    """`sha1:` and base32 (WARC 1.1, section 5.8), the form that CDX files and revisits compare."""
    return "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")


def sha1_of(pieces: Iterable[bytes]) -> str:
    """`sha1` of content that comes in pieces."""
    found = hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        found.update(piece)
    return "sha1:" + base64.b32encode(found.digest()).decode("ascii")


def as_sha1(said: str) -> str:
    """A SHA-1 digest as `sha1` writes it, where it was written in hexadecimal; any other as it is."""
    name, _, value = said.partition(":")
    found = _digest_of(value.strip(), 20) if name.strip().lower().replace("-", "") == "sha1" else None
    return said if found is None else "sha1:" + base64.b32encode(found).decode("ascii")


def agrees(said: str, pieces: Iterable[bytes]) -> bool | None:
    """Whether content has a digest, written in base32 or in hexadecimal, as other programs do.

    Args:
        said: `algorithm:value`, as a WARC header has it.
        pieces: the content, in order.

    Returns:
        None where the algorithm is not known or the value is no digest of it: then nothing can be said.
    """
    name, _, value = said.partition(":")
    algorithm = name.strip().lower().replace("-", "")
    if algorithm not in ALGORITHMS:
        return None
    found = hashlib.new(algorithm, usedforsecurity=False)
    expected = _digest_of(value.strip(), found.digest_size)
    if expected is None:
        return None
    for piece in pieces:
        found.update(piece)
    return found.digest() == expected


def _digest_of(value: str, size: int) -> bytes | None:
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        digest = base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (ValueError, binascii.Error):
        return None
    return digest if len(digest) == size else None
