"""Headers A: what a message alone shows of `reference` table A (RFC 5322, 2369, 2919, 8058, 3834)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import getaddresses

from digest.check.mail import Header, Mail, host_of, is_here
from digest.check.model import Found, Severity, machine

#: design §3.4: mail clients clip at about 102 KB
BUDGET = 92_160
_ADDRESSED = ("From", "Sender", "Reply-To", "To", "Cc")


@machine(
    "A1",
    "One From, To, Subject, Date and Message-ID; CRLF; lines of at most 998 octets",
    "RFC 5322 2.1.1, 3.6: relays refuse or mend what breaks these, each in its own way",
    part="message",
)
def a1(mail: Mail) -> Iterator[Found]:
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        if (count := len(mail.all(name))) != 1:
            line = mail.all(name)[-1].line if count else None
            yield Found(words=f"{name} stands {count} times.", line=line, excerpt=name)
    if b"\n" in mail.raw and b"\r\n" not in mail.raw:
        yield Found(words="Lines end with LF alone, all of them.")
    for at, octets in enumerate(mail.raw.split(b"\n"), 1):
        if len(octets.rstrip(b"\r")) > 998:
            words = f"A line of {len(octets):,} octets."
            yield Found(words=words, line=at, excerpt=octets[:99].decode("latin-1"))


@machine(
    "A3",
    "List-Unsubscribe: one https address, perhaps a mailto, never an encoded-word",
    "RFC 2369 3.2, RFC 8058 3.1; Python folds long ones into encoded-words, and Gmail then ignores them",
    part="header",
)
def a3(mail: Mail) -> Iterator[Found]:
    found = mail.all("List-Unsubscribe")
    if len(found) != 1:
        yield Found(words=f"List-Unsubscribe stands {len(found)} times.", line=_line(found))
        return
    header = found[0]
    if "=?" in header.raw:
        yield _at(header, "It is written in encoded-words.")
        return
    urls = re.findall(r"<([^<>]*)>", re.sub(r"\s+", "", header.raw))
    web = [url for url in urls if url.startswith(("http://", "https://"))]
    if len(web) != 1:
        yield _at(header, f"It holds {len(web)} web addresses instead of one.")
    elif web[0].startswith("http:") and not is_here(host_of(web[0])):
        yield _at(header, "Its address is not https.")


@machine(
    "A4",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click, and both signed where DKIM signs",
    "RFC 8058 3.1, 4: without it Gmail and Yahoo show no one-click button to bulk senders",
    part="header",
)
def a4(mail: Mail) -> Iterator[Found]:
    found = mail.all("List-Unsubscribe-Post")
    if [each.value for each in found] != ["List-Unsubscribe=One-Click"]:
        words = "It says something else." if found else "It is missing."
        yield Found(words=words, line=_line(found), excerpt=found[0].raw if found else "")
    for signature in mail.all("DKIM-Signature"):
        tag = re.search(r"(?:^|;)h=([^;]*)", re.sub(r"\s+", "", signature.raw))
        signed = tag[1].lower().split(":") if tag else []
        for name in ("list-unsubscribe", "list-unsubscribe-post"):
            if name not in signed:
                yield _at(signature, f"The DKIM signature does not cover {name}.")


@machine(
    "A8",
    "List-Id: one, <label.domain>, at most 255 octets",
    "RFC 2919 2, 3: readers' filters go by it",
    part="header",
)
def a8(mail: Mail) -> Iterator[Found]:
    found = mail.all("List-Id")
    if len(found) != 1:
        yield Found(words=f"List-Id stands {len(found)} times.", line=_line(found))
        return
    id = re.search(r"<([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)>$", found[0].value)
    if id is None or len(id[1]) > 255:
        yield _at(found[0], "It has no <label.domain>.")


@machine(
    "A9",
    "List-Help is there, and List-Help, List-Archive and List-Owner hold addresses",
    "RFC 2369 3.1, 3.6",
    part="header",
    severity=Severity.WARN,
)
def a9(mail: Mail) -> Iterator[Found]:
    if not mail.all("List-Help"):
        yield Found(words="List-Help is missing.")
    for name in ("List-Help", "List-Archive", "List-Owner"):
        for header in mail.all(name):
            if not re.match(r"<(?:https?://|mailto:)[^<>\s]+>", header.value):
                yield _at(header, f"{name} holds no address in <>.")


@machine(
    "A10",
    "Auto-Submitted: auto-generated, Precedence: bulk, X-Auto-Response-Suppress",
    "RFC 3834 5, Microsoft: else people's absence notes answer every issue",
    part="header",
    severity=Severity.WARN,
)
def a10(mail: Mail) -> Iterator[Found]:
    for name, value in (("Auto-Submitted", "auto-generated"), ("Precedence", "bulk")):
        if mail.value(name).lower() != value:
            yield Found(words=f'{name} is not "{value}".', line=_line(mail.all(name)))
    if not {"oof", "all"} & {
        word.strip() for word in mail.value("X-Auto-Response-Suppress").lower().split(",")
    }:
        yield Found(
            words="X-Auto-Response-Suppress does not name OOF.",
            line=_line(mail.all("X-Auto-Response-Suppress")),
        )


@machine(
    "A11",
    "Feedback-ID: one, its last field 5 to 15 characters, nobody's address in it",
    "Google's feedback loop page: the last field names the sender; values of one reader are ignored",
    part="header",
    severity=Severity.WARN,
)
def a11(mail: Mail) -> Iterator[Found]:
    found = mail.all("Feedback-ID")
    if len(found) != 1:
        yield Found(words=f"Feedback-ID stands {len(found)} times.", line=_line(found))
        return
    if not 5 <= len(found[0].value.rpartition(":")[2]) <= 15:
        yield _at(found[0], "Its last field is not of 5 to 15 characters.")
    if "@" in found[0].value:
        yield _at(found[0], "It holds an address.")


@machine(
    "A13",
    "multipart/alternative with the text first, or text alone",
    "RFC 2046 5.1.4: clients show the last part they understand",
    part="message",
)
def a13(mail: Mail) -> Iterator[Found]:
    if mail.shape == ("text/plain",):
        return
    bodies = [kind for kind in mail.shape if kind in {"text/plain", "text/html"}]
    if "multipart/alternative" not in mail.shape or bodies != ["text/plain", "text/html"]:
        yield Found(words=f"The message is {', '.join(mail.shape)}.")


@machine(
    "A14",
    "HTML of at most 92,160 bytes also as it travels",
    "Gmail may measure the encoded part (email-bugs#41): accents and CJK triple in quoted-printable",
    part="html",
    rest="the relay's SIZE, asked in the session",
)
def a14(mail: Mail) -> Iterator[Found]:
    assert mail.html is not None
    # What is too large when decoded already is E1's.
    if mail.html.encoded > BUDGET >= mail.html.size:
        yield Found(words=f"{mail.html.encoded:,} bytes encoded, though {mail.html.size:,} decoded.")


@machine(
    "A15",
    "A visible unsubscribe link in every part",
    "CAN-SPAM and EU law; who finds none presses the spam button",
    part="message",
    rest="whether the postal address is there and true",
)
def a15(mail: Mail) -> Iterator[Found]:
    url = mail.unsubscribe_url
    if not url:
        return  # A3 says so
    if mail.has("html") and not any(
        link.attributes["href"].strip() == url and link.inner and not link.is_hidden
        for link in mail.page.links
    ):
        yield Found(words="The HTML has no visible link to the address of List-Unsubscribe.", excerpt=url)
    if mail.text is not None and url not in mail.text.text:
        yield Found(words="The text part does not hold the address of List-Unsubscribe.", excerpt=url)


@machine(
    "A20",
    "No bare CR or LF, no line that begins with a full stop",
    "RFC 5321 2.3.8, 4.5.2: a bare break smuggles, a leading dot depends on everybody's stuffing",
    part="message",
)
def a20(mail: Mail) -> Iterator[Found]:
    if b"\r\n" not in mail.raw:
        return  # A1 says so
    for found in re.finditer(rb"\r(?!\n)|(?<!\r)\n|(?:\r\n)(\.)", mail.raw):
        line = mail.raw.count(b"\n", 0, found.end()) + (found[0] == b"\r")
        words = "A line begins with a full stop." if found[1] else "A bare CR or LF."
        yield Found(
            words=words, line=line, excerpt=mail.raw[found.start() : found.end() + 60].decode("latin-1")
        )


@machine(
    "A21",
    "Headers in ASCII, domains as A-labels",
    "RFC 6531 3.2, 5891: else every relay on the way must offer SMTPUTF8",
    part="header",
)
def a21(mail: Mail) -> Iterator[Found]:
    head = re.split(rb"\r?\n\r?\n", mail.raw, maxsplit=1)[0]
    for at, line in enumerate(head.split(b"\n"), 1):
        if not line.isascii():
            yield Found(words="Octets beyond ASCII.", line=at, excerpt=line.decode("utf-8", "replace"))
    for name in _ADDRESSED:
        for header in mail.all(name):
            for _, address in getaddresses([header.raw]):
                # Octets beyond ASCII in the header itself are said above.
                if header.raw.isascii() and not address.isascii():
                    yield _at(header, f"{address} is not ASCII.")


def _at(header: Header, words: str) -> Found:
    return Found(words=words, line=header.line, excerpt=f"{header.name}: {header.raw}")


def _line(found: tuple[Header, ...]) -> int | None:
    return found[-1].line if found else None


HEADERS = (a1, a3, a4, a8, a9, a10, a11, a13, a14, a15, a20, a21)
