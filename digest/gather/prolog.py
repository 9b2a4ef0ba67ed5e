"""What stands before a feed's first element: junk, declaration, DOCTYPE. Pure.

Tells a feed from a web page before any parser sees it, and leaves no DTD behind but harmless
character entities, so that no parser can be led to a file, a network or a billion laughs (gather P3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.gather.document import Unreadable
from digest.gather.plain import one_line

#: PHP warnings before the declaration are that long, and not longer
MAX_JUNK = 10_000
#: what one entity may stand for: a letter or a name, not a text
MAX_ENTITY = 40
MAX_ENTITIES = 300

_DECLARATION = re.compile(r"<\?xml\s[^>]{0,300}>")
_DOCTYPE = re.compile(
    r"""<!DOCTYPE\b((?:[^\[\]<>"']++|"[^"]*+"|'[^']*+')*+)(?:\[(.*?)\]\s*)?>""", re.DOTALL | re.IGNORECASE
)
_DOCTYPE_START = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_ENTITY = re.compile(r"""<!ENTITY\s+(\w+)\s+(?:"(&#\w{1,8};|[^&"%<>]*)"|'(&#\w{1,8};|[^&'"%<>]*)')\s*>""")
_BAD_REFERENCE = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef]|d[89a-f][0-9a-f]{2})|0*(?:[0-8]|1[1245-9]|2\d|3[01]));",
    re.IGNORECASE,
)
_HUGE_REFERENCE = re.compile(
    r"&#(?:x0*(?:[2-9a-f][0-9a-f]{5}|1[1-9a-f][0-9a-f]{4}|[0-9a-f]{7,})|\d{8,});", re.IGNORECASE
)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_TITLE = re.compile(r"<title[^>]*>([^<]{0,300})", re.IGNORECASE)
_CHALLENGES = (
    "just a moment",
    "attention required",
    "checking your browser",
    "ddos-guard",
    "are you a robot",
)
_LOGINS = ("log in", "login", "sign in", "connexion", "se connecter", "authentication required")
_FORMATS = (
    ((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd"), "compressed data"),
    ((b"%PDF",), "a PDF file"),
    ((b"\x89PNG", b"GIF8", b"\xff\xd8\xff"), "a picture"),
    ((b"PK\x03\x04",), "a ZIP archive"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolog:
    #: the document, from its declaration on
    text: str
    fault: str | None = None


def foreign(body: bytes) -> Unreadable | None:
    """Something that is no text at all, by its first bytes; None: perhaps a feed."""
    if not body.strip(b" \t\r\n\0"):
        return Unreadable(kind="empty", words="the document is empty")
    for beginnings, what in _FORMATS:
        if body.startswith(beginnings):
            return Unreadable(kind="unreadable", words=f"the document is {what}, not a feed")
    return None


def prepared(text: str) -> Prolog | Unreadable:
    """The document as a parser may have it."""
    fault = None
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped != text and _DECLARATION.match(stripped):
        fault = "white space stands before its XML declaration" if text[0] != "\ufeff" else None
    start = stripped.find("<")
    if start < 0 or not _ROOT.search(stripped):
        return _not_xml(stripped)
    declaration = _DECLARATION.search(stripped, 0, MAX_JUNK)
    if declaration and declaration.start() > 0:
        start, fault = declaration.start(), "text stands before its XML declaration"
    elif start > 0:
        fault = "text stands before its first element"
    stripped = _without_dtd(stripped[start:])
    if _is_page(stripped):
        return not_a_feed(stripped)
    if _BAD_REFERENCE.search(stripped) or _HUGE_REFERENCE.search(stripped):
        stripped = _HUGE_REFERENCE.sub("", _BAD_REFERENCE.sub("", stripped))
        fault = fault or "it refers to characters that do not exist"
    return Prolog(text=stripped, fault=fault)


def _without_dtd(text: str) -> str:
    """The DOCTYPE goes; entities that stand for a few characters stay, as feedparser spells them."""
    start = _DOCTYPE_START.search(text, 0, MAX_JUNK)
    if start is None or _ROOT.search(text, 0, start.start()):
        return text  # none, or a page quoted in an entry
    doctype = _DOCTYPE.match(text, start.start())
    if doctype is None:
        return text[: start.start()] + text[start.end() :].partition(">")[2]
    entities = [
        f'<!ENTITY {name} "{value}">'
        for name, double, single in _ENTITY.findall(doctype[2] or "")[:MAX_ENTITIES]
        if len(value := double or single) <= MAX_ENTITY
    ]
    kept = "\n<!DOCTYPE feed [\n" + "\n".join(entities) + "\n]>\n" if entities else ""
    return text[: doctype.start()] + kept + text[doctype.end() :]


def _is_page(text: str) -> bool:
    root = _ROOT.search(text)
    return root is not None and root[1].lower() in ("html", "head", "body")


def not_a_feed(text: str) -> Unreadable:
    """XML or HTML, but no feed: say what it seems to be."""
    root = _ROOT.search(text)
    title = _TITLE.search(text)
    called = one_line(title[1], html=True, limit=80) if title else ""
    if root is None or root[1].lower() not in ("html", "head", "body", "div", "p", "script", "center"):
        name = f", it is <{root[1][:40]}>" if root else ""
        return Unreadable(kind="unreadable", words=f"the document is XML but no feed{name}")
    what = "a web page"
    if any(words in called.lower() for words in _CHALLENGES):
        what = "a page that keeps robots out"
    elif any(words in called.lower() for words in _LOGINS):
        what = "a login page"
    return Unreadable(
        kind="html", words=f"the document is {what}, not a feed" + (f': "{called}"' if called else "")
    )


def _not_xml(text: str) -> Unreadable:
    beginning = one_line(text[:200], limit=60)
    return Unreadable(
        kind="unreadable", words=f'the document is neither XML nor JSON; it begins "{beginning}"'
    )
