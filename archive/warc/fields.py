r"""Records of `application/warc-fields` (WARC 1.1, annex B), and what we say in our metadata records.

A value is one line. What a line cannot carry (control characters, white space at either end, lone
surrogates) is written as `\uXXXX`, and a backslash as two, so that every text comes back exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast, get_args

from archive.records import ErrorKind, Exchange, Provenance, Truncation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNSAFE = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|^\s|\s$")
_ESCAPE = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def escape(text: str) -> str:
    """A text as one line."""
    return _UNSAFE.sub(lambda found: r"\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text)


def unescape(line: str) -> str:
    """What `escape` was given; any other line as it is."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", line)


def write_fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Names and values as a block.

    Raises:
        ValueError: a name is no token.
    """
    lines = []
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a field name: {name!r}")
        lines.append(f"{name}: {escape(value)}\r\n")
    return "".join(lines).encode()


def read_fields(block: bytes) -> list[tuple[str, str]]:
    """The pairs of a block, in order; lines without a colon are passed over."""
    pairs = []
    for line in block.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.removesuffix("\r").partition(":")
        if colon:
            pairs.append((name.strip(), unescape(value.strip())))
    return pairs


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the metadata record says of an attempt and no other record of it does."""

    provenance: Provenance
    elapsed_ms: int = 0
    truncated: Truncation | None = None
    """Only where no response came, which would bear it as WARC-Truncated."""
    error: ErrorKind | None = None
    error_detail: str | None = None
    tls_fault: str | None = None
    interim: tuple[bytes, ...] = ()
    response: bytes = b""
    """As received, where the response's record is a revisit without a block."""


def remarks_of(exchange: Exchange, *, without_block: bool = False) -> Remarks:
    """What has to be said of an exchange beside its blocks; `without_block`, the response too."""
    return Remarks(
        provenance=exchange.provenance,
        elapsed_ms=exchange.elapsed_ms,
        truncated=None if exchange.response else exchange.truncated,
        error=exchange.error,
        error_detail=exchange.error_detail,
        tls_fault=exchange.tls_fault,
        interim=exchange.interim,
        response=exchange.response if without_block else b"",
    )


def write_remarks(remarks: Remarks) -> bytes:
    """The block of a metadata record: the fields WARC 1.1 names (section 6.6), then our own."""
    return write_fields(_pairs(remarks))


def _pairs(remarks: Remarks) -> Iterator[tuple[str, str]]:
    provenance = remarks.provenance
    if provenance.via is not None:
        yield "via", provenance.via
    if provenance.hops:
        # One letter a hop, as crawlers write it; the number itself follows, since letters are cut at 99.
        yield "hopsFromSeed", "L" * min(provenance.hops, 99)
    if remarks.elapsed_ms:
        yield "fetchTimeMs", str(remarks.elapsed_ms)
    for name in ("truncated", "error", "error_detail", "tls_fault"):
        value = getattr(remarks, name)
        if value is not None:
            yield _own(name), value
    yield from _received(remarks)
    for spec in fields(Provenance):
        value = getattr(provenance, spec.name)
        if spec.name == "via" or value is None:
            continue
        for part in value if isinstance(value, tuple) else (value,):
            yield _own(spec.name), str(part)


def _received(remarks: Remarks) -> Iterator[tuple[str, str]]:
    """Bytes off the wire that are in no block, or readers take them for the page."""
    for head in remarks.interim:
        yield _own("interim"), head.decode("latin-1")
    if remarks.response:
        yield _own("response"), remarks.response.decode("latin-1")


def _own(name: str) -> str:
    return "warraq-" + name.replace("_", "-")


def read_remarks(block: bytes) -> Remarks:
    """What `write_remarks` was given; fields it does not know are passed over.

    Raises:
        ValueError: a number is none, or an error or truncation is of no known kind.
    """
    said: dict[str, list[str]] = {}
    for name, value in read_fields(block):
        said.setdefault(name, []).append(value)
    return Remarks(
        provenance=_provenance(said),
        elapsed_ms=int(said.get("fetchTimeMs", ["0"])[0]),
        truncated=cast("Truncation | None", _one_of(get_args(Truncation), said, "truncated")),
        error=cast("ErrorKind | None", _one_of(get_args(ErrorKind), said, "error")),
        error_detail=said.get(_own("error_detail"), [None])[0],
        tls_fault=said.get(_own("tls_fault"), [None])[0],
        interim=tuple(head.encode("latin-1") for head in said.get(_own("interim"), [])),
        response=said.get(_own("response"), [""])[0].encode("latin-1"),
    )


def _one_of(known: tuple[str, ...], said: dict[str, list[str]], name: str) -> str | None:
    value = said.get(_own(name), [None])[0]
    if value is not None and value not in known:
        raise ValueError(f"{_own(name)}: {value!r} is none of {', '.join(known)}")
    return value


def _provenance(said: dict[str, list[str]]) -> Provenance:
    """Field by field, read by the type of its default: whatever Provenance grows is kept too."""
    values: dict[str, Any] = {}
    for spec in fields(Provenance):
        found = said.get("via" if spec.name == "via" else _own(spec.name))
        if found is None:
            continue
        if isinstance(spec.default, tuple):
            values[spec.name] = tuple(found)
        elif isinstance(spec.default, int):
            values[spec.name] = int(found[0])
        else:
            values[spec.name] = found[0]
    return Provenance(**values)
