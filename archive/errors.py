"""The tree of errors, with the exit code of each.

::

    WarraqError                1  the work as a whole failed
     ├─ UsageError             2  a wrong argument
     ├─ ConfigError            2  warraq.toml: names file, line and key
     ├─ ArchiveError           1  the archive itself
     │   ├─ NotAnArchiveError  2  the folder holds no archive
     │   ├─ ArchiveBusyError   1  another process crawls this archive
     │   ├─ NotFoundError      1  no such article, source or capture
     │   ├─ TakenDownError     1  what is asked for must not be shown or fetched
     │   └─ WarcError          1  a WARC file or record cannot be read
     ├─ QueryError             2  a search that says nothing
     └─ FetchError             1  nothing could be fetched for the whole request

Faults of single URLs are not exceptions but records: `ErrorKind` and `RejectionReason` in `archive.records`.
Messages say what failed, where (file and key, or URL), and what to do next.
"""


class WarraqError(Exception):
    """Any error meant for the user: its text is shown as it is, without a traceback."""

    exit_code = 1


class UsageError(WarraqError):
    """A wrong argument on the command line."""

    exit_code = 2


class ConfigError(WarraqError):
    """warraq.toml, or a file of sources, is wrong; the text names file, line and key."""

    exit_code = 2


class ArchiveError(WarraqError):
    """The archive on disk cannot be used."""


class NotAnArchiveError(ArchiveError):
    """The folder holds no archive."""

    exit_code = 2


class ArchiveBusyError(ArchiveError):
    """Another process holds the archive's crawl lock; the text names the holder."""


class NotFoundError(ArchiveError):
    """No article, source or capture answers to what was asked for."""


class TakenDownError(ArchiveError):
    """A takedown is in the way; the text gives its day and its reason."""


class WarcError(ArchiveError):
    """A WARC file or record cannot be read; the text names file and offset."""


class QueryError(WarraqError):
    """A search query without a word in it."""

    exit_code = 2


class FetchError(WarraqError):
    """Nothing could be fetched for the request as a whole."""
