"""The same article in each language, on bare pages: no class says what is text and what the template's own."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.extract import Page, extract_html
from archive.records import Article

WORDS = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
OPTIONAL = dict.fromkeys(("by", "follow", "no_publication", "tags"), "")
JOBS = {"ko": "기자"}
"""Behind a name, as the author's job."""


def story(said):
    one, two, three, four, five = said["sentences"]
    title = one[:60].strip(" .。۔।,")
    return title, [f"{one} {four}", f"{two} {five}", three, f"{five} {one} {two}", f"{four} {three}"]


def paragraphs(lines):
    return "".join(f"<p>{line}</p>" for line in lines if line)


def plain(said, title, text):
    """All of it paragraphs of one element."""
    links = "".join(f"<li><a href=/r{at}>{line.rstrip('.')}</a>" for at, line in enumerate(said["sentences"]))
    return (
        f"<div><h1>{title}</h1><p>{said['by']}{said['author']}</p><p>{said['date']}</p><p>{said['share']}</p>"
        f"{paragraphs(text[:2])}<p>{said['read_also']} <a href=/x>{said['sentences'][1]}</a></p>{paragraphs(text[2:])}"
        f"<p>{said['tags']} <a href=/t>Aaa</a>, <a href=/u>Bbb</a></p>{paragraphs([said['follow']])}"
        f"<h3>{said['related']}</h3><ul>{links}</ul><h3>{said['comments']}</h3><p>{said['sentences'][3]}!</p>"
        f"<h3>{said['leave_comment']}</h3>{paragraphs([said['no_publication']])}</div>"
        f"<div><h3>{said['most_read']}</h3><ol>{links}</ol></div>"
    )


def broken(said, title, text):
    """Lines that <br> parts, and headings that are bold type."""
    links = "".join(f"<div><a href=/r>{line.rstrip('.')}</a></div>" for line in said["sentences"][:4])
    return (
        f"<div><h1>{title}</h1><div>{said['date']}</div><div>{said['by']}{said['author']}</div><div>{said['share']}</div>"
        f"<div>{'<br><br>'.join(text)}</div><div><b>{said['related']}</b></div>{links}<div><b>{said['comments']}</b></div>"
        f"<div>{said['sentences'][3]}!</div><div><b>{said['leave_comment']}</b></div>"
        f"<div>{said['no_publication']}</div></div><div><b>{said['most_read']}</b>{links}</div>"
    )


def inside(said, title, text):
    """A blog's post with its related articles and letters inside the text's own element."""
    other = said["sentences"][1].rstrip(".")
    return (
        "<main><article class='post hentry'><header><h1 class=entry-title>"
        f"{title}</h1><span class='author vcard'><a rel=author href=/a>{said['author']}</a></span> "
        f"<time datetime=2026-05-01T14:05:00+03:00>{said['date']}</time></header><div class=entry-content>"
        f"{paragraphs(text[:3])}<p><strong>{said['read_also']}</strong> {other}</p>{paragraphs(text[3:])}"
        f"{paragraphs([said['follow']])}<h3>{said['related']}</h3><p><a href=/r>{other}</a></p>"
        f"<p><a href=/s>{other}</a></p><h3>{said['leave_comment']}</h3>{paragraphs([said['no_publication']])}"
        "</div></article></main>"
    )


@pytest.mark.parametrize("layout", [plain, broken, inside])
@pytest.mark.parametrize("language", WORDS)
def test_an_article_in_every_language(language, layout):
    said = OPTIONAL | WORDS[language]
    title, text = story(said)
    html = f"<!doctype html><html lang={language}><meta charset=utf-8><title>{title} | Example</title>"
    html += f"<div><a href=/>A</a> <a href=/b>B</a></div>{layout(said, title, text)}"
    found = extract_html(
        Page("https://n.example/2/bridge", html.encode(), None, datetime(2026, 5, 3, tzinfo=UTC))
    )
    assert isinstance(found, Article), found
    assert found.text.split("\n") == text
    assert found.title == title
    assert found.authors == (said["author"].removesuffix(JOBS.get(language, "")).strip(),)
    assert found.published.startswith("2026-05-01")
    assert found.language == language
