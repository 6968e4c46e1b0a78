"""The demo site's pictures: hills under a sky, another at each number, drawn here."""

from __future__ import annotations

import math
import struct
import zlib
from functools import lru_cache

SKY_STEPS = 32
"""Shades from the top of the sky to the horizon."""


@lru_cache(maxsize=64)
def picture(number: int, width: int = 240, height: int = 135) -> bytes:
    """A PNG image (ISO/IEC 15948) of 8-bit palette colours.

    Args:
        number: which; the same gives the same image.
        width: in pixels.
        height: in pixels.
    """
    hue = number * 0.61803  # of a whole turn: neighbours differ most at the golden ratio
    sky = [_colour(hue, 0.95 - 0.35 * step / SKY_STEPS) for step in range(SKY_STEPS)]
    hills = [_colour(hue + 0.45, 0.5), _colour(hue + 0.5, 0.32)]
    edges = [
        [height * _skyline(number + layer, column / width) for column in range(width)] for layer in (0, 7)
    ]
    rows = []
    for row in range(height):
        shade = min(SKY_STEPS - 1, row * SKY_STEPS * 10 // (height * 7))
        near, far = SKY_STEPS + 1, SKY_STEPS
        rows.append(
            bytes(
                near if row > 0.18 * height + first else far if row > second else shade
                for first, second in zip(edges[0], edges[1], strict=True)
            )
        )
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", head), (b"PLTE", b"".join(sky + hills)), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _skyline(seed: int, along: float) -> float:
    """Where the hills begin, as a share of the height."""
    waves = ((1.0, 0.10), (2.3, 0.06), (5.1, 0.02))
    return 0.55 + sum(
        size * math.sin(2 * math.pi * (rate * along + seed * rate * 0.37)) for rate, size in waves
    )


def _colour(hue: float, light: float) -> bytes:
    shades = (0.75 + 0.25 * math.cos(2 * math.pi * (hue + third / 3)) for third in range(3))
    return bytes(round(255 * light * shade) for shade in shades)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
