"""From an exchange to a capture, from a capture to an article: the same live and again from WARC.

`Recorder.record` makes an exchange durable; `derive` reads one record and says what its page is; a
`DerivationPool` does so in worker processes; `rebuild` does both anew for a whole archive.
"""

from archive.ingest.comparing import Difference, PageChange
from archive.ingest.derive import derive, derive_exchange
from archive.ingest.files import Imported, record_files
from archive.ingest.pool import Derivation, DerivationPool
from archive.ingest.rebuild import rebuild
from archive.ingest.record import Recorder, capture_of
from archive.ingest.recover import Recovered, recover
from archive.ingest.reextract import Reextracted, reextract
from archive.ingest.trial import TRIED_CAPTURES, RuleMatches, Trial, try_rules
from archive.ingest.worker import Limits

__all__ = [
    "TRIED_CAPTURES",
    "Derivation",
    "DerivationPool",
    "Difference",
    "Imported",
    "Limits",
    "PageChange",
    "Recorder",
    "Recovered",
    "Reextracted",
    "RuleMatches",
    "Trial",
    "capture_of",
    "derive",
    "derive_exchange",
    "rebuild",
    "record_files",
    "recover",
    "reextract",
    "try_rules",
]
