"""What a site says on many of its pages is the site's and no article's.

`lines`: pleas, biographies and closing words inside of its articles' texts; they are taken out.
`values`: one title, account or instant that a source gives for all pages alike; where the page has another source of
the field, that one holds.

Everything here is a function of its arguments. `archive.store.sites` keeps what pages say and decides which pages
are looked at together.
"""

from archive.memory.lines import (
    Line,
    Stripped,
    pack,
    read_lines,
    repeated_lines,
    restore,
    strip,
    unpack,
    witnesses,
)
from archive.memory.values import (
    FIELDS,
    Said,
    SetAside,
    Value,
    apply_values,
    pack_said,
    read_said,
    repeated_values,
    set_aside,
    unpack_said,
    values_of,
)

__all__ = [
    "FIELDS",
    "Line",
    "Said",
    "SetAside",
    "Stripped",
    "Value",
    "apply_values",
    "pack",
    "pack_said",
    "read_lines",
    "read_said",
    "repeated_lines",
    "repeated_values",
    "restore",
    "set_aside",
    "strip",
    "unpack",
    "unpack_said",
    "values_of",
    "witnesses",
]
