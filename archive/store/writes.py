"""What the one writer does: captures in, derivations applied.

An article is a fold over its captures in the order of their ids: the first gives it its id, each whose
content differs from the one before gives a revision, the latest revision gives its fields. `apply` keeps
that true whatever the order in which derivations come, first or again, so that live crawling, re-extraction
and a rebuild end in the same rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from archive.errors import ArchiveError, NotFoundError
from archive.memory import pack, read_lines, restore, unpack_said
from archive.records import Rejected
from archive.store import latent, sites, takedowns
from archive.store.content import Content, as_told, content_digest, told_by_sources
from archive.store.filters import fold_line
from archive.store.rows import Outcome, capture_values, storable
from archive.store.statements import (
    ABSENT_FROM,
    ATTACH_REVISITS,
    COPY_REVISION,
    DERIVED_OF_ARTICLE,
    DETACH_REVISITS,
    FOLLOWING,
    INSERT_CAPTURE,
    MENDED,
    PLACE_ABSENCES,
    PREVIOUS,
    SELECT_CONTENT,
    SELECT_KNOWN,
    SELECT_MENDED,
    SELECT_PAGES,
    SELECT_SAID,
    SELECT_WITHOUT_LINES,
    UPDATE_MENDED,
    UPDATE_SEEN,
    UPDATE_TEXT,
    UPSERT_ARTICLE,
    UPSERT_FOLDED,
    UPSERT_REVISION,
)
from archive.text import index_text, text_digest
from archive.urls import host
from archive.warc.location import takedown_at

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Sequence

    from archive.records import Article, Capture
    from archive.store.rows import Change

_KINDS: Final[dict[Change | None, Literal["new", "changed", "unchanged"]]] = {
    "first": "new",
    "edit": "changed",
    "extractor": "unchanged",
    None: "unchanged",
}
"""What a capture's outcome is, by the revision it brought. Another extractor's text is no edit."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store has of a capture before a derivation is applied."""

    id: int
    article_id: int | None
    part: int
    digest: str | None
    version: str | None
    preferences: str | None


def add_captures(db: sqlite3.Connection, captures: Sequence[Capture], waiting: Collection[int]) -> None:
    """Insert captures; inside of a transaction. See `ArchiveStore.add_captures`."""
    rows = (
        (*capture_values(capture), "waiting" if capture.id in waiting else "none") for capture in captures
    )
    try:
        db.executemany(INSERT_CAPTURE, rows)
    except db.IntegrityError as error:
        span = f"{captures[0].id} to {captures[-1].id}"
        raise ArchiveError(
            f"captures {span}: not recorded ({error}). 'warraq rebuild' sets the ids right."
        ) from error
    for capture in captures:
        if capture.record_type == "revisit" and capture.revisit_of is not None:
            take_along_revisits(db, capture.revisit_of)
            _place_absences(db, capture.id)
        elif capture.record_type == "metadata":
            _keep_withheld(db, capture)
        elif capture.role == "page" and capture.status is not None and capture.status >= 300:
            _place_absences(db, capture.id)


def _keep_withheld(db: sqlite3.Connection, capture: Capture) -> None:
    """A capture that comes blank, from its place in WARC or from the ledger, names its takedown."""
    takedown = takedown_at(capture.url)
    if takedown is not None:
        takedowns.note_captures(db, [(capture.id, takedown)])


def apply(db: sqlite3.Connection, capture: Capture, extraction: Article | Rejected, version: str) -> Outcome:
    """Apply one derivation; inside of a transaction. See `ArchiveStore.apply`."""
    row = db.execute(SELECT_KNOWN, [capture.id]).fetchone()
    if row is None:
        raise NotFoundError(
            f"capture {capture.id} ({capture.url}): not recorded, so nothing can be derived from it"
        )
    known = _Known(*row)
    if isinstance(extraction, Rejected):
        return _reject(db, known, extraction, version)
    canonical_url = storable(extraction.canonical_url)
    takedown = takedowns.refusal(db, capture, canonical_url)
    if takedown is not None:
        return _reject(db, known, Rejected("takedown", f"takedown {takedown} in ledger.jsonl"), version)
    group = _group(db, canonical_url)
    site, until = host(canonical_url), capture.id
    if group is not None:
        until = _prepare(db, group, site, capture.id)
    of_site = sites.know(db, site, until, extraction)
    of_rules = f"{version}+{extraction.rules}" if extraction.rules else version
    content = Content.of(of_site, of_rules)
    outcome = _place(db, known, content, group)
    mend(db, sites.note_capture(db, known.id, site, of_site.told))
    return outcome


def _place(db: sqlite3.Connection, known: _Known, content: Content, group: int | None) -> Outcome:
    """Bring a capture to its article, where it is not there yet with this content."""
    stays = group is not None and (known.article_id, known.part) == (group, content.part)
    if group is not None and stays and _is_applied(db, known, content):
        if not db.execute("SELECT 1 FROM revisions WHERE id = ?", [known.id]).fetchone():
            _keep_latent(db, group, known, content)
        return _outcome_of(db, known)
    absent_from = _absent_from(db, known.id)
    if not stays and known.article_id is not None:
        _leave(db, known)
        group = _group(
            db, content.canonical_url
        )  # where it was the first of the same article, that has another id now
    outcome = _join(db, known.id if group is None else group, known, content)
    _place_absences(db, known.id, absent_from)
    return outcome


def _group(db: sqlite3.Connection, canonical_url: str) -> int | None:
    """The article of a URL, if there is one yet."""
    found = db.execute("SELECT id FROM articles WHERE canonical_url = ?", [canonical_url]).fetchone()
    return found[0] if found else None


def _outcome_of(db: sqlite3.Connection, known: _Known) -> Outcome:
    row = db.execute("SELECT change FROM revisions WHERE id = ?", [known.id]).fetchone()
    return Outcome(_kind(row[0] if row else None, known.part), known.article_id)


def _kind(change: Change | None, part: int) -> Literal["new", "changed", "unchanged"]:
    """What a capture's outcome is: the first sight of a further page is no new article, and no edit of it."""
    return "unchanged" if change == "first" and part > 1 else _KINDS[change]


def _is_applied(db: sqlite3.Connection, known: _Known, content: Content) -> bool:
    derived = (content.digest, content.version, content.preferences)
    if (known.digest, known.version, known.preferences) != derived:
        return False
    stored = db.execute(SELECT_CONTENT, [known.id]).fetchone()
    return stored is None or stored == (*content.values, content.part, content.continues)


def _keep_latent(db: sqlite3.Connection, group: int, known: _Known, content: Content) -> None:
    """Keep what a capture's revision would be that brings none, where its page says what the one before does not."""
    before = _neighbour(db, group, content.part, known.id, after=False)
    if before is not None and content.said != sites.packed_said(db, before.id):
        latent.keep(db, known.id, content.columns, content.said)
    else:
        latent.forget(db, known.id)


def _reject(db: sqlite3.Connection, known: _Known, rejected: Rejected, version: str) -> Outcome:
    absent_from = _absent_from(db, known.id)
    if known.article_id is not None:
        _leave(db, known)
    db.execute(
        "UPDATE captures SET outcome = 'rejected', rejection = ?, rejection_detail = ?, extractor_version = ?"
        " WHERE id = ?",
        [rejected.reason, storable(rejected.detail), version, known.id],
    )
    _place_absences(db, known.id, absent_from)
    return Outcome("rejected", None, rejected.reason)


def _join(db: sqlite3.Connection, group: int, known: _Known, content: Content) -> Outcome:
    """Put a capture into its article, or in anew, between those before and after it."""
    following = _neighbour(db, group, content.part, known.id, after=True)
    if following is not None:
        _keep_text_of(db, group, following)
    change = _change(
        _neighbour(db, group, content.part, known.id, after=False), content.digest, content.version
    )
    dropped = 0
    if change is None:
        _keep_latent(db, group, known, content)
        dropped = db.execute("DELETE FROM revisions WHERE id = ?", [known.id]).rowcount
    else:
        latent.forget(db, known.id)
        page = (content.part, content.continues)
        db.execute(UPSERT_REVISION, [known.id, group, change, content.preferences, *content.values, *page])
        sites.keep_removed(db, known.id, content.stripped)
    kind = _kind(change, content.part)
    db.execute(
        "UPDATE captures SET outcome = ?, article_id = ?, part = ?, digest = ?, extractor_version = ?,"
        " usage_preferences = ?, rejection = NULL, rejection_detail = NULL WHERE id = ?",
        [kind, group, content.part, content.digest, content.version, content.preferences, known.id],
    )
    if following is not None:
        _settle(db, group, following, content.said)
    if change is None and not dropped and following is None:
        db.execute(UPDATE_SEEN, {"article": group})
    else:
        group = _refold(db, group)
    take_along_revisits(db, known.id)
    return Outcome(kind, group)


def _leave(db: sqlite3.Connection, known: _Known) -> None:
    """Take a capture out of the article it was in."""
    group = known.article_id
    if group is None:
        return
    following = _neighbour(db, group, known.part, known.id, after=True)
    if following is not None:
        _keep_text_of(db, group, following)
    db.execute("DELETE FROM revisions WHERE id = ?", [known.id])
    db.execute(
        "UPDATE captures SET article_id = NULL, part = 1, digest = NULL, usage_preferences = NULL WHERE id = ?",
        [known.id],
    )
    db.execute(DETACH_REVISITS, [known.id])
    if following is not None:
        _settle(db, group, following)
    group = _refold(db, group)
    if _latest(db, group):
        _mend(db, group)


def _neighbour(db: sqlite3.Connection, group: int, part: int, capture: int, *, after: bool) -> _Known | None:
    """The nearest derived capture of a page of the article, before or after one."""
    statement = FOLLOWING if after else PREVIOUS
    row = db.execute(statement, [group, part, capture]).fetchone()
    return _Known(*row) if row else None


def _change(previous: _Known | None, digest: str, version: str) -> Change | None:
    """What a content is after the one before it: None where it is the same."""
    if previous is None:
        return "first"
    if previous.digest == digest:
        return None
    return "edit" if previous.version == version else "extractor"


def _keep_text_of(db: sqlite3.Connection, group: int, capture: _Known) -> None:
    """Give a capture without a revision one of its own, of the text it was found equal to.

    The captures before it are about to change; `_settle` drops the revision again where it says nothing new.
    """
    _bring_revision(db, group, capture.part, capture.id)


def _bring_revision(db: sqlite3.Connection, group: int, part: int, capture: int) -> None:
    if latent.bring(db, group, capture):
        for row in db.execute(SELECT_MENDED, [group, capture]).fetchall():
            _mend_revision(db, _site(db, group), _latest(db, group), row)
        return
    place = {"article": group, "part": part, "capture": capture}
    if db.execute(COPY_REVISION, place).rowcount:
        sites.copy_removed(db, place)


def _settle(db: sqlite3.Connection, group: int, capture: _Known, said_before: str | None = None) -> None:
    """Decide anew what a capture is, after those before it changed.

    Args:
        db: inside of a transaction.
        group: its article.
        capture: with the digest that it has now.
        said_before: by the capture before it, packed, where that is not stored yet.
    """
    if capture.digest is None or capture.version is None:
        raise ArchiveError(
            f"capture {capture.id}: in article {group} without a digest. 'warraq rebuild' mends it."
        )
    before = _neighbour(db, group, capture.part, capture.id, after=False)
    change = _change(before, capture.digest, capture.version)
    if before is not None and change is None:
        said = sites.packed_said(db, capture.id)
        if said == (said_before or sites.packed_said(db, before.id)):
            latent.forget(db, capture.id)
        else:
            latent.keep_revision(db, capture.id, said)
        db.execute("DELETE FROM revisions WHERE id = ?", [capture.id])
    else:
        latent.forget(db, capture.id)
        db.execute("UPDATE revisions SET change = ? WHERE id = ?", [change, capture.id])
    db.execute("UPDATE captures SET outcome = ? WHERE id = ?", [_kind(change, capture.part), capture.id])


def mend(db: sqlite3.Connection, articles: Iterable[int]) -> None:
    """Bring articles, in all their revisions, to what is known of their site now."""
    for article in articles:
        _mend(db, article)


def _mend(db: sqlite3.Connection, group: int, until: int = 0) -> None:
    """The same for one article.

    Args:
        db: inside of a transaction.
        group: its id.
        until: id of a capture that is about to join it.
    """
    site, until = _site(db, group), max(until, _latest(db, group))
    unlike = _tell_apart(db, group)
    mended = [
        _mend_revision(db, site, until, row) for row in db.execute(SELECT_MENDED, [group, None]).fetchall()
    ]
    if unlike or any(mended):
        _redigest(db, group)
        _refold(db, group)


def _tell_apart(db: sqlite3.Connection, group: int) -> bool:
    """Give each capture a revision of its own whose page says in other sources what the one before it does not.

    They are equal as long as none of these is the article's; `_redigest` drops those that stay so.

    Returns:
        Whether there is such a capture.
    """
    said: dict[int, str | None] = {}
    unlike = 0
    for capture, part, own, has_revision in db.execute(SELECT_SAID, [group]).fetchall():
        if has_revision:
            said[part] = own
        elif own is not None and own != said.get(part):
            said[part] = own
            unlike += 1
            _bring_revision(db, group, part, capture)
    return unlike > 0


def _mend_revision(db: sqlite3.Connection, site: str, until: int, row: Sequence[Any]) -> bool:
    """Bring one revision to what is known of its site; whether it is another one then."""
    before = dict(zip(MENDED, row, strict=True))
    stripped = sites.strip_text(db, site, until, restore(before["text"], json.loads(before["removed"])))
    sites.keep_removed(db, before["id"], stripped)
    after = before | {"text": stripped.text, "text_digest": text_digest(stripped.text)}
    if said := unpack_said(sites.packed_said(db, before["id"])):
        after |= told_by_sources(sites.mend_values(db, site, until, as_told(before), said))
    if after == before:
        return False
    db.execute(UPDATE_MENDED, after)
    return True


def _redigest(db: sqlite3.Connection, group: int) -> None:
    """Give an article's captures the digests of revisions that were mended, and decide anew what each of them is."""
    revisions = {
        row[0]: dict(zip(MENDED, row, strict=True)) for row in db.execute(SELECT_MENDED, [group, None])
    }
    captures = [_Known(*row) for row in db.execute(DERIVED_OF_ARTICLE, [group])]
    in_force: dict[int, str | None] = {}
    for at, capture in enumerate(captures):
        revision = revisions.get(capture.id)
        # One without a revision was found equal to the latest before it.
        digest = content_digest(revision) if revision else in_force.get(capture.part, capture.digest)
        in_force[capture.part] = digest
        captures[at] = replace(capture, digest=digest)
    db.executemany("UPDATE captures SET digest = ? WHERE id = ?", [(one.digest, one.id) for one in captures])
    for capture in captures:
        _settle(db, group, capture)


def _prepare(db: sqlite3.Connection, group: int, site: str, capture: int) -> int:
    """Bring an article to the profile under which a capture that joins it is read.

    Returns:
        Id of the latest of its captures, that one included.
    """
    latest = _latest(db, group)
    until = max(latest, capture)
    # From before lines were kept: nothing was taken out of these texts.
    rows = db.execute(SELECT_WITHOUT_LINES, [group]).fetchall()
    for revision, text in rows:
        mend(db, sites.note_capture(db, revision, site, sites.Told(pack(read_lines(text)), None)))
    if rows or sites.has_news(db, site, latest, until):
        _mend(db, group, until)
    return until


def _latest(db: sqlite3.Connection, group: int) -> int:
    """Id of the latest capture with an article's text."""
    (latest,) = db.execute(
        "SELECT max(id) FROM captures WHERE article_id = ? AND digest IS NOT NULL", [group]
    ).fetchone()
    return latest or 0


def _site(db: sqlite3.Connection, group: int) -> str:
    (canonical_url,) = db.execute("SELECT canonical_url FROM articles WHERE id = ?", [group]).fetchone()
    return host(canonical_url)


def _refold(db: sqlite3.Connection, group: int) -> int:
    """Make an article's row and its place in the index from its captures and revisions.

    Returns:
        Its id, which is another than before where its first capture is.
    """
    (first,) = db.execute(
        "SELECT min(id) FROM captures WHERE article_id = ? AND digest IS NOT NULL", [group]
    ).fetchone()
    if first is None:
        db.execute("DELETE FROM articles WHERE id = ?", [group])
        return group
    if first != group:
        db.execute("UPDATE articles SET id = ? WHERE id = ?", [first, group])
    db.execute(UPSERT_ARTICLE, {"article": first})
    _put_together(db, first)
    title, lead, text, authors, topics = db.execute(
        "SELECT title, lead, text, authors, topics FROM articles WHERE id = ?", [first]
    ).fetchone()
    folded = (index_text(title), index_text(lead or ""), index_text(text), _lines(authors), _lines(topics))
    db.execute(UPSERT_FOLDED, [first, *folded])
    return int(first)


def _put_together(db: sqlite3.Connection, group: int) -> None:
    """Give an article the texts of all its pages, as far as one leads to the next."""
    pages = db.execute(SELECT_PAGES, [group]).fetchall()
    texts = [pages[0][2]]
    for (part, continues, *_), (following, _, text, _) in pairwise(pages):
        if not continues or following != part + 1:
            break
        texts.append(text)
    if len(texts) > 1:
        whole = "\n".join(texts)
        db.execute(UPDATE_TEXT, [whole, text_digest(whole), group])


def _lines(values: str) -> str:
    lines = [fold_line(value) for value in json.loads(values)]
    return "\n".join(["", *lines, ""]) if lines else ""


def take_along_revisits(db: sqlite3.Connection, capture: int) -> None:
    """A revisit is a later sight of the capture it refers to, and so of its article."""
    moved = db.execute(ATTACH_REVISITS, [capture]).fetchall()
    if moved:
        db.execute(UPDATE_SEEN, {"article": moved[0][0]})


def _absent_from(db: sqlite3.Connection, capture: int) -> set[int]:
    """Articles that were found absent at the addresses of a capture."""
    return {row[0] for row in db.execute(ABSENT_FROM, {"capture": capture})}


def _place_absences(db: sqlite3.Connection, capture: int, absent_from: Collection[int] = ()) -> None:
    """Give each absence at a capture's addresses to the article that stood there before it.

    Args:
        db: inside of a transaction.
        capture: it was recorded, or something else was derived from it.
        absent_from: articles that had absences here before; they may have lost them.
    """
    articles = {*absent_from, *_absent_from(db, capture)}
    articles.update(row[0] for row in db.execute(PLACE_ABSENCES, {"capture": capture}).fetchall())
    for article in articles - {None}:
        db.execute(UPDATE_SEEN, {"article": article})
