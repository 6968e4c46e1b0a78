"""Names of character encodings: what a page calls its own, and what a browser reads them as."""

from __future__ import annotations

import codecs
import re

META_SCAN_BYTES = 16 * 1024
"""How far a <meta charset> is looked for. Browsers stop at 1,024, pages do not."""

MAX_METAS = 4
"""Of a page that contradicts itself."""

COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
META_CHARSET = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{2,40})""")

# Where a browser's reading of a label is not Python's (WHATWG Encoding Standard, "Names and labels").
AS_BROWSERS_READ = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "iso8859-9": "cp1254",
    "iso8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
    "johab": "cp949", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8", "utf-7": "utf-8",
}  # fmt: skip
OTHER_LABELS = {
    "x-sjis": "shift_jis", "windows-31j": "cp932", "x-gbk": "gbk", "x-euc-jp": "euc_jp", "utf8": "utf-8",
    "iso-8859-8-i": "iso8859-8", "dos-874": "cp874", "x-mac-cyrillic": "mac_cyrillic", "x-cp1251": "cp1251",
    "x-cp1252": "cp1252", "cn-big5": "big5", "x-x-big5": "big5", "x-unicode20utf8": "utf-8", "asmo-708": "iso8859-6",
    "csiso88596e": "iso8859-6", "csiso88596i": "iso8859-6", "iso-8859-6-e": "iso8859-6", "iso-8859-6-i": "iso8859-6",
}  # fmt: skip
"""Labels of the same table that Python has not."""

OWN_BYTES = b"<p>.xn--a.\\u0041-"
"""What every encoding of pages reads as ASCII does. Python has others by name: EBCDIC and UTF-32, which no browser
reads, and ways to write text that are none (punycode, unicode_escape), which fail on a page's bytes or change them."""


def python_encoding(label: str) -> str | None:
    """Python's name of the encoding a browser reads a label as; None for an unknown label."""
    label = label.strip().strip("\"'").lower()
    label = OTHER_LABELS.get(label, label)
    try:
        name = codecs.lookup(label).name
        encoding = AS_BROWSERS_READ.get(label) or AS_BROWSERS_READ.get(name) or name
        return encoding if OWN_BYTES.decode(encoding) == OWN_BYTES.decode("ascii") else None
    except (LookupError, ValueError):  # not a text encoding, or a name with a NUL
        return None


def declared_encodings(content: bytes, charset: str | None) -> dict[str, str]:
    """Encodings that a page is said to be in -> who says so: `meta` (or its XML declaration) or `header`.

    <meta> goes before the header: a server's default says nothing of a page, its author's <meta> does.
    """
    head = COMMENT.sub(b"", content[:META_SCAN_BYTES])
    metas = [match[1] for match in META_CHARSET.finditer(head)][:MAX_METAS]
    metas += [match[1] for match in XML_ENCODING.finditer(head)]
    said = [(label.decode("ascii", "replace"), "meta") for label in metas]
    if charset:
        said.append((charset, "header"))
    found: dict[str, str] = {}
    for label, source in said:
        encoding = python_encoding(label)
        if encoding:
            found.setdefault(encoding, source)
    return found
