"""Mail E, its document: size, language, headings, tables, what screen readers and clipping go by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from digest.check.headers import BUDGET
from digest.check.mail import Mail
from digest.check.model import Found, Severity, machine
from digest.check.support import too_rare

HARD_LIMIT = 100_000
DEEPEST = 8
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: nothing is lost where they are not known: the words stay
_DEGRADES = frozenset(("figure", "figcaption", "mark", "bdi"))
#: judged by E31
_ACTIVE = frozenset("form object base link svg audio video".split())
_BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 li td th div blockquote dt dd caption".split())


@machine(
    "E1",
    f"HTML of at most {BUDGET:,} bytes",
    "Gmail clips at about 102 KB, and the foot with it (spamresource 2022)",
    part="html",
)
def e1(mail: Mail) -> Iterator[Found]:
    assert mail.html is not None
    if mail.html.size > BUDGET:
        severity = Severity.FAIL if mail.html.size > HARD_LIMIT else Severity.WARN
        yield Found(words=f"{mail.html.size:,} bytes.", severity=severity)


@machine(
    "E3",
    "UTF-8, said so twice, without controls",
    "One U+0092 alone made Gmail clip (email-bugs#41), a wrong charset too (sendgrid-nodejs#1231)",
    part="message",
)
def e3(mail: Mail) -> Iterator[Found]:
    for part in (mail.text, mail.html):
        if part is None:
            continue
        if part.charset != "utf-8":
            yield Found(words=f"{part.kind} is declared as {part.charset or 'nothing'}.")
        if part.is_broken:
            yield Found(words=f"{part.kind} cannot be read in its charset.")
        for at, line in enumerate(part.lines, 1):
            if found := _CONTROL.search(line):
                yield Found(words=f"U+{ord(found[0]):04X} in {part.kind}.", line=at, excerpt=line)
    if mail.html and not re.search(r"<meta[^>]+charset=[\"']?utf-8", mail.html.text[:4000], re.IGNORECASE):
        yield Found(words="The HTML itself does not say UTF-8.")


@machine(
    "E12",
    f"Tables at most {DEEPEST} deep",
    "iOS Mail dropped content past about 14 (SparkDevNetwork/Rock#6995)",
    part="html",
)
def e12(mail: Mail) -> Iterator[Found]:
    for each in mail.page.all("table"):
        if (depth := sum(above.tag == "table" for above in each.up())) == DEEPEST + 1:
            yield Found(words=f"A table {depth} deep.", line=each.line)


@machine(
    "E13",
    "Tables for layout say role=presentation, and have no caption",
    'Else screen readers announce "table, one column" (emailmarkup.org: 84 % of mails miss it; W3C F46)',
    part="html",
)
def e13(mail: Mail) -> Iterator[Found]:
    heads = {
        above.at for cell in mail.page.all("th", "caption") for above in cell.up() if above.tag == "table"
    }
    for each in mail.page.all("table"):
        role = each.attributes.get("role")
        if each.at not in heads and role not in {"presentation", "none"}:
            yield Found(words="A table without headings and without role=presentation.", line=each.line)
        elif role in {"presentation", "none"} and (
            each.attributes.get("summary")
            or any(cell.tag == "caption" and cell.parent is each for cell in mail.page.all("caption"))
        ):
            yield Found(words="A table for layout with a caption or summary.", line=each.line)


@machine(
    "E14",
    "lang and dir on the root and on one element around everything",
    "Gmail replaces html and body; 96 % of mails have no lang, 97 % no dir (emailmarkup.org)",
    part="html",
    rest="whether a story's own lang is right",
)
def e14(mail: Mail) -> Iterator[Found]:
    root = mail.page.elements[0]
    for name in ("lang", "dir"):
        if not root.attributes.get(name):
            yield Found(words=f"<html> has no {name}.", line=root.line)
    inside = [each for each in mail.page.elements if each.parent is not None and each.parent.tag == "body"]
    if not any(each.attributes.get("lang") and each.attributes.get("dir") for each in inside):
        yield Found(
            words="No element around the body's content has lang and dir.",
            line=inside[0].line if inside else None,
        )


@machine(
    "E15", "A title, the same as the subject", "Postmark's template fired axe's document-title", part="html"
)
def e15(mail: Mail) -> Iterator[Found]:
    title = next((each for each in mail.page.all("title")), None)
    # A test says so in its subject only.
    subject = " ".join(mail.value("Subject").removeprefix("[TEST]").split())
    if title is None or title.inner != subject:
        yield Found(
            words="The title is not the subject."
            if title is not None and title.inner
            else "There is no title.",
            line=title.line if title is not None else None,
            excerpt=title.inner if title is not None else "",
        )


@machine(
    "E16",
    "One h1, and no level left out",
    "Headings are how screen reader users move; every client knows them (caniemail)",
    part="html",
)
def e16(mail: Mail) -> Iterator[Found]:
    found = mail.page.all("h1", "h2", "h3", "h4", "h5", "h6")
    tops = [each for each in found if each.tag == "h1"]
    if len(tops) != 1:
        yield Found(words=f"{len(tops)} headings of level 1.", line=tops[-1].line if tops else None)
    for one, other in pairwise(found):
        if int(other.tag[1]) > int(one.tag[1]) + 1:
            words = f"{other.tag} after {one.tag}."
            yield Found(words=words, line=other.line, excerpt=other.inner)


@machine(
    "E17",
    "No element that fewer than half of the client platforms know",
    "Gmail turns main, nav and article into <u>; 34 % know them (caniemail)",
    part="html",
)
def e17(mail: Mail) -> Iterator[Found]:
    for each in mail.page.elements:
        if each.tag not in _DEGRADES | _ACTIVE and (found := too_rare("element", each.tag)):
            yield Found(words=f"<{each.tag}>: {found}.", line=each.line, excerpt=each.own)


@machine(
    "E28",
    "Text from right to left says so, or is isolated",
    "dir: 80 % of client platforms; a line of Arabic in an LTR block has its full stop at the wrong end",
    part="html",
    rest="whether sides are mirrored in a client",
)
def e28(mail: Mail) -> Iterator[Found]:
    for each in mail.page.shown:
        if _first_strong(each.own) != "R" or each.own[0] in "\u2067\u2068":
            continue
        block = next((above for above in each.up() if above.tag in _BLOCKS), each)
        if block is not each and _first_strong(block.inner) != "R":
            continue  # some words in a line of another direction
        direction = next((above.attributes["dir"] for above in each.up() if above.attributes.get("dir")), "")
        if direction not in {"rtl", "auto"}:
            yield Found(words="Right to left in a block that is not.", line=each.line, excerpt=each.own)


@machine(
    "E30",
    "Conditional comments balanced, and nothing said in them alone",
    "Classic Outlook reads them until at least 2029; all others see nothing",
    part="html",
)
def e30(mail: Mail) -> Iterator[Found]:
    text = re.sub(r"<!--\[if !mso\]><!-->|<!--<!\[endif\]-->", "", mail.page.text)
    opened = [found.start() for found in re.finditer(r"<!--\[if ", text)]
    closed = len(re.findall(r"<!\[endif\]-->", text))
    if len(opened) != closed:
        line = text.count("\n", 0, opened[-1]) + 1 if opened else None
        yield Found(words=f"{len(opened)} are opened, {closed} closed.", line=line)
    for comment, line in mail.page.comments:
        inside = re.search(r"\[if [^\]]*\]>(.*?)<!\[endif\]", comment, re.DOTALL)
        if inside and (words := re.sub(r"<[^>]*>|\s", "", inside[1])):
            yield Found(words="Words that only Outlook shows.", line=line, excerpt=words)


def _first_strong(text: str) -> str:
    """ "L", "R", or "" when nothing in it has a direction (UAX #9, P2)."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in {"L", "R", "AL"}:
            return "L" if kind == "L" else "R"
    return ""


STRUCTURE = (e1, e3, e12, e13, e14, e15, e16, e17, e28, e30)
