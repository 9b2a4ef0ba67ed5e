"""The header of a message, as bytes: what RFC 5322 asks, what bulk mail owes its readers, and no more.

Folded only where folding is allowed: the standard library makes encoded-words of a long
`List-Unsubscribe` (cpython #85725), and mailboxes then ignore it. A value with a control character is
refused, so no value adds a header.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from digest.compose.encode import TOKEN
from digest.errors import DigestError
from digest.model import DeliveryId
from digest.settings.schema import ListSettings, Settings

#: no blank, control, bracket or separator; one @, with a dot-atom or label after it
_ADDRESS = re.compile(r'[^\s\x00-\x20\x7f-\xa0<>()\[\],;:\\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
#: octets in an encoded-word, so that its line keeps to 76: after "Subject: ", and after a blank
FIRST_WORD, NEXT_WORD = 39, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What is the same for every message of an issue."""

    #: "Planète AFPy <digest@example.org>"
    from_: str
    reply_to: str
    list_slug: str
    list_title: str
    night: date
    #: without a trailing "/"
    site_url: str
    #: an address of the list's past issues, where they are public
    archive_url: str | None = None
    #: where our own addresses live; None: no mailto part
    bounce_domain: str | None = None

    @property
    def domain(self) -> str:
        """Of the From address: what Message-ID and List-Id are made in."""
        return _domain_of(self.from_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """What is one reader's own."""

    address: str
    delivery_id: DeliveryId
    unsubscribe_token: str
    wishes_token: str
    #: local part that unsubscribes by mail, at the heading's bounce domain; "" leaves the mailto out
    unsubscribe_local: str = ""


@lru_cache(maxsize=64)
def _domain_of(mailbox: str) -> str:
    return parseaddr(mailbox)[1].rpartition("@")[2].lower()


def heading_of(
    settings: Settings, list_: ListSettings, night: date, *, archive_url: str | None = None
) -> Heading:
    """The heading of a list's issue, from the settings it is sent with."""
    return Heading(
        from_=settings.mail.from_,
        reply_to=settings.site.contact,
        list_slug=list_.slug,
        list_title=list_.title,
        night=night,
        site_url=settings.site.url.rstrip("/"),
        archive_url=archive_url,
        bounce_domain=settings.mail.bounce_domain,
    )


@lru_cache(maxsize=64)
def constant(heading: Heading) -> bytes:
    """The lines that all messages of an issue share."""
    host = urlsplit(heading.site_url).hostname or heading.domain
    lines = [
        f"From: {_mailbox(heading.from_)}",
        f"Reply-To: {_mailbox(heading.reply_to)}",
        f"List-Id: {_phrase(heading.list_title)} <{heading.list_slug}.{host}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        f"List-Help: <{_clean(heading.site_url)}/>",
        f"List-Owner: <mailto:{_address(parseaddr(heading.reply_to)[1])}>",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        f"Feedback-ID: {heading.night}:{heading.list_slug}:digest:{sender_id(heading.domain)}",
        "MIME-Version: 1.0",
    ]
    if heading.archive_url:
        lines.insert(6, f"List-Archive: <{_clean(heading.archive_url)}>")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")


def own(heading: Heading, addressee: Addressee, *, dated_at: datetime) -> bytes:
    """The lines of one message. Raises DigestError for an address or token that is none."""
    token, local = addressee.unsubscribe_token, addressee.unsubscribe_local
    if not TOKEN.fullmatch(token) or not TOKEN.fullmatch(addressee.wishes_token):
        raise DigestError("A token holds what no token may.")
    mailto = ""
    if heading.bounce_domain and local:
        mailto = f",\r\n <mailto:{_address(f'{local}@{heading.bounce_domain}')}?subject=unsubscribe>"
    return (
        f"To: {_address(addressee.address)}\r\n"
        f"Date: {_written(dated_at)}\r\n"
        f"Message-ID: {message_id(heading, addressee.delivery_id)}\r\n"
        f"List-Unsubscribe: <{heading.site_url}/u/{token}>{mailto}\r\n"
    ).encode()


@lru_cache(maxsize=64)
def _written(at: datetime) -> str:
    """Messages claimed together bear the same date."""
    return format_datetime(at)


def letter_head(
    *, from_: str, to: str, reply_to: str, subject: str, dated_at: datetime, message_id: str
) -> bytes:
    """The header of a letter: to one person, from nobody's list. Raises DigestError as `own` does."""
    lines = (
        f"From: {_mailbox(from_)}\r\n"
        f"To: {_address(to)}\r\n"
        f"Reply-To: {_mailbox(reply_to)}\r\n"
        f"Date: {format_datetime(dated_at)}\r\n"
        f"Message-ID: <{_clean(message_id)}>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "X-Auto-Response-Suppress: OOF, AutoReply\r\n"
        "MIME-Version: 1.0\r\n"
    )
    return lines.encode() + subject_line(subject)


def message_id(heading: Heading, delivery: DeliveryId) -> str:
    """The same at every attempt: it derives from ids alone."""
    return f"<d{delivery}.{heading.list_slug}.{heading.night}@{heading.domain}>"


def subject_line(subject: str) -> bytes:
    """`Subject:`, folded; whole as encoded-words when any of it must be (Yahoo refuses mixtures)."""
    _clean(subject)
    if _PLAIN.fullmatch(subject) and "=?" not in subject:
        # Words parted by single spaces fold without loss, where each fits its line.
        lines = _folded(f"Subject: {subject}".split(" "))
        if "  " not in f" {subject} " and max(map(len, lines)) <= 76:
            return "\r\n ".join(lines).encode("ascii") + b"\r\n"
    return f"Subject: {_encoded_words(subject)}\r\n".encode("ascii")


def sender_id(domain: str) -> str:
    """5 to 15 characters for the last field of Feedback-ID, stable for a domain."""
    plain = re.sub(r"[^a-z0-9]", "", domain.lower())
    return f"{plain}digest"[:15] if len(plain) < 5 else plain[:15]


def _folded(words: list[str]) -> list[str]:
    """Words on lines of at most 75, the 76th being the blank before the next; the first two stay together."""
    first, *rest = [" ".join(words[:2]), *words[2:]]
    lines = [first]
    for word in rest:
        if len(lines[-1]) + 1 + len(word) > 75:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines


def _mailbox(text: str) -> str:
    name, address = parseaddr(_clean(text))
    return f"{_phrase(name)} <{_address(address)}>" if name else _address(address)


def _phrase(text: str) -> str:
    _clean(text)
    if _PLAIN.fullmatch(text) and "=?" not in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded_words(text)


def _encoded_words(text: str) -> str:
    """All of the text in base64 encoded-words (RFC 2047), no character parted, one a line."""
    raw, words, at, room = text.encode(), [], 0, FIRST_WORD
    while at < len(raw):
        end = at + room
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(raw[at:end]).decode()}?=")
        at, room = end, NEXT_WORD
    return "\r\n ".join(words)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise DigestError(f"{text!r} is not an address mail can be sent to.")
    return text


def _clean(text: str) -> str:
    if _CONTROL.search(text):
        raise DigestError(f"{text!r} holds a control character and cannot stand in a mail's header.")
    return text
