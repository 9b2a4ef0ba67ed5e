"""Mail T: the plain text part. What a publisher wrote is theirs: faults of ours are looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from digest.check.mail import Mail
from digest.check.model import Found, Severity, machine
from digest.check.page import STORY, collapsed

_URL = re.compile(r"https?://[^\s<>\"]+")
#: the text part has no images
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:[?#]|\Z)", re.IGNORECASE)
#: what may follow an address in somebody's sentence
_AFTER = ".,;:!?)]}'’»…↩"
#: of Chinese and Japanese each sign is one
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])\w){2,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
#: two or more in a row fill a preheader; a single one may join an emoji or part Persian letters
_STUFFING = re.compile("[\u00ad\u034f\u200b-\u200f\u2060\ufeff]{2,}")
_ART = re.compile(r"([-=_*#~+|/\\.])\1{4,}")
_EXCUSES = re.compile(
    r"enable html|html[- ](?:capable|enabled)|does not support html|ne prend pas en charge le html"
    r"|activer? le html",
    re.IGNORECASE,
)


def lines_of(mail: Mail) -> list[str]:
    assert mail.text is not None
    return mail.text.lines


def code_of(mail: Mail) -> frozenset[str]:
    """Lines of code a publisher wrote, as far as the HTML part shows them."""
    if not mail.has("html"):
        return frozenset()
    found = ("".join(each.node.itertext(with_tail=False)) for each in mail.page.all("pre", "code"))
    return frozenset(collapsed(line) for text in found for line in text.split("\n") if line.strip())


@machine(
    "T1",
    "The same stories and the same links as the HTML",
    "Nobody may miss a story for reading text; SpamAssassin scores unlike parts (MPART_ALT_DIFF 2.2)",
    part="text",
)
def t1(mail: Mail) -> Iterator[Found]:
    if mail.html is None:
        return
    assert mail.text is not None
    here = unquote(mail.text.text)
    links = [link for link in mail.page.links if not _IMAGE.search(link.attributes["href"])]
    there = {link.attributes["href"].strip(): link for link in links}
    for url, link in there.items():
        if url.startswith(("http://", "https://")) and unquote(url) not in here:
            yield Found(words=f"The link in line {link.line} of the HTML is not in the text.", excerpt=url)
    # An address that a publisher wrote out as words stands in both.
    shown = unquote(f"{unescape(mail.page.text)}\n{mail.page.everything}")
    for at, line in enumerate(lines_of(mail), 1):
        for url in _URL.findall(line):
            if unquote(url).rstrip(_AFTER) not in shown:
                yield Found(words="The HTML does not hold this address.", line=at, excerpt=url)
    # Lines may end anywhere in Chinese and Japanese.
    whole = "".join(here.split())
    for story in mail.page.stories:
        if "".join(story.text.split()) not in whole:
            yield Found(words="This story's title is not in the text.", excerpt=story.text)


@machine(
    "T3",
    "Headings on lines of their own, no tabs, no drawing with characters",
    "A screen reader says every one of them",
    part="text",
    rest="how it sounds, read aloud",
)
def t3(mail: Mail) -> Iterator[Found]:
    code, lines = code_of(mail), lines_of(mail)
    theirs = mail.page.words if mail.html else ""
    for at, line in enumerate(lines, 1):
        if collapsed(line) in code or _URL.search(line):
            continue
        if "\t" in line:
            yield Found(words="A tab.", line=at, excerpt=line)
        elif _ART.search(line) and not re.search(r"\w", line) and line.strip() not in theirs:
            yield Found(words="Drawn with characters.", line=at, excerpt=line)
    if mail.html is None:
        return
    paragraphs = {
        collapsed(one).lstrip("# ")
        for one in re.split(r"\n(?=#)|\n{2,}|(?<=\w)\n(?=https?:)", "\n".join(lines))
    }
    for heading in mail.page.headings:
        if heading.tag == "h2" and not heading.is_in(*STORY) and heading.inner not in paragraphs:
            yield Found(words="This heading of the HTML has no line of its own.", excerpt=heading.inner)


@machine(
    "T4",
    "Lines of at most 78 cells, but for addresses and code",
    "RFC 5322 2.1.1; terminals and quoting break longer ones. East Asian wide characters count two",
    part="text",
    severity=Severity.WARN,
)
def t4(mail: Mail) -> Iterator[Found]:
    code = code_of(mail)
    for at, line in enumerate(lines_of(mail), 1):
        if len(line) * 2 <= 78 or _URL.search(line) or line.startswith("    ") or collapsed(line) in code:
            continue
        if (cells := _cells(line)) > 78:
            yield Found(words=f"{cells} cells wide.", line=at, excerpt=line)


@machine(
    "T5",
    "Not format=flowed",
    "Gmail, FastMail and Outlook do not reflow it (vxlabs 2019)",
    part="text",
    severity=Severity.WARN,
)
def t5(mail: Mail) -> Iterator[Found]:
    assert mail.text is not None
    if mail.text.parameters.get("format", "").lower() == "flowed":
        yield Found(words="Content-Type says format=flowed.")


@machine(
    "T6",
    "No entities, no invisible stuffing, no excuse for not being HTML",
    "They are signs of a text part made from HTML that nobody read",
    part="text",
)
def t6(mail: Mail) -> Iterator[Found]:
    theirs = mail.page.words if mail.html else None
    for at, line in enumerate(lines_of(mail), 1):
        for found in _ENTITY.finditer(line):
            # An article about HTML shows entities in both parts; without HTML nobody can tell.
            if theirs is not None and found[0] not in theirs and not _URL.search(line):
                yield Found(words=f"An entity, {found[0]}.", line=at, excerpt=line)
        if (stuffing := _STUFFING.search(line)) and (theirs is None or stuffing[0] not in theirs):
            yield Found(words="Invisible characters in a row.", line=at, excerpt=repr(line))
        if (excuse := _EXCUSES.search(line)) and (theirs is None or excuse[0] not in theirs):
            yield Found(words="It asks for HTML.", line=at, excerpt=line)


@machine(
    "T7",
    "Never empty, never only a link: the words of the HTML are there",
    "SpamAssassin does not catch a text part that only says where to look (our trial); readers do",
    part="text",
)
def t7(mail: Mail) -> Iterator[Found]:
    assert mail.text is not None
    here = set(_WORD.findall(_URL.sub(" ", mail.text.text).lower()))
    if not here:
        yield Found(words="The text part says nothing.")
        return
    there = set(_WORD.findall(_URL.sub(" ", mail.page.words).lower())) if mail.html else set()
    if there and (share := len(there & here) / len(there)) < 0.8:
        missing = " ".join(sorted(there - here, key=lambda word: (-len(word), word))[:8])
        yield Found(words=f"It holds {share:.0%} of the HTML's words; 80 % are asked.", excerpt=missing)


def _cells(line: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in line
    )


TEXT = (t1, t3, t4, t5, t6, t7)
