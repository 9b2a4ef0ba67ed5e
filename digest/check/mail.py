"""A message read once, for all rules: headers raw and decoded, parts with their lines, the HTML's tree.

Reads nothing but the bytes it is given; what is broken in them stays visible to the rules.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from digest.check.page import Page
from digest.errors import DigestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    name: str
    #: as it stands, folded
    raw: str
    #: decoded, on one line
    value: str
    #: in the file
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One body of text, decoded."""

    #: "text/plain"
    kind: str
    charset: str | None
    parameters: Mapping[str, str]
    text: str
    #: in bytes: decoded, and as it travels
    size: int
    encoded: int
    #: could not be read in its charset
    is_broken: bool

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


@dataclass(frozen=True, kw_only=True)
class Mail:
    raw: bytes
    headers: tuple[Header, ...]
    #: content types of the top and of what it holds, in order
    shape: tuple[str, ...]
    text: Part | None
    html: Part | None
    _named: dict[str, tuple[Header, ...]] = field(default_factory=dict, repr=False)

    def has(self, part: str) -> bool:
        return {"text": self.text, "html": self.html}.get(part, self) is not None

    def all(self, name: str) -> tuple[Header, ...]:
        """Every header of that name, in order."""
        return self._named.get(name.lower(), ())

    def value(self, name: str) -> str:
        """The first one's decoded value; "" for none."""
        return next((each.value for each in self.all(name)), "")

    @cached_property
    def page(self) -> Page:
        return Page(self.html.text if self.html else "")

    @cached_property
    def unsubscribe_url(self) -> str:
        """The web address of List-Unsubscribe; "" for none."""
        found = re.search(r"<(https?://[^<>\s]+)>", re.sub(r"\s+", "", self.value("List-Unsubscribe")))
        return found[1] if found else ""

    @cached_property
    def host(self) -> str:
        """Whose mail it is, by List-Unsubscribe, else List-Help; "" when neither says."""
        return host_of(self.unsubscribe_url or self.value("List-Help").strip("<> "))


def parts_of(url: str) -> SplitResult:
    """What is no address has no parts."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def host_of(url: str) -> str:
    return parts_of(url).hostname or ""


def is_here(host: str) -> bool:
    """A copy on this machine needs no https."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def read_mail(raw: bytes) -> Mail:
    """Raises DigestError when it is no message."""
    message = email.message_from_bytes(raw)
    if not {"from", "to", "subject", "date", "message-id"} & {name.lower() for name in message}:
        raise DigestError("That is no message: it begins with none of a mail's headers.")
    headers = tuple(_headers(message, raw))
    named: dict[str, tuple[Header, ...]] = {}
    for each in headers:
        named[each.name.lower()] = (*named.get(each.name.lower(), ()), each)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return Mail(
        raw=raw,
        headers=headers,
        shape=tuple(part.get_content_type() for part in message.walk()),
        text=_part(leaves, "text/plain"),
        html=_part(leaves, "text/html"),
        _named=named,
    )


def _headers(message: Message, raw: bytes) -> Iterator[Header]:
    """In their order, each with its line."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    starts = [at for at, line in enumerate(head.split(b"\n"), 1) if line[:1] not in {b" ", b"\t"}]
    for at, (name, value) in enumerate(message.raw_items()):
        text = str(value)
        yield Header(
            name=name, raw=text, value=_decoded(text), line=starts[at] if at < len(starts) else len(starts)
        )


def _decoded(raw: str) -> str:
    """Encoded-words decoded, folding undone."""
    line = re.sub(r"\r?\n(?=[ \t])", "", raw)
    if "=?" not in line:
        return line.strip()
    try:
        # Blanks between encoded-words are the folding's (RFC 2047 §6.2); decode_header knows.
        pieces = decode_header(line)
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "ascii", "replace")
            for piece, charset in pieces
        ).strip()
    except (HeaderParseError, LookupError, ValueError):
        return line.strip()


def _part(leaves: list[Message], kind: str) -> Part | None:
    found = next((part for part in leaves if part.get_content_type() == kind), None)
    if found is None:
        return None
    content = found.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    charset = found.get_content_charset()
    try:
        text, is_broken = data.decode(charset or "ascii"), False
    except (LookupError, ValueError):
        text, is_broken = data.decode("utf-8", "replace"), True
    payload = found.get_payload()
    return Part(
        kind=kind,
        charset=charset,
        parameters={name.lower(): value for name, value in found.get_params([], unquote=True)[1:]},
        text=text.replace("\r\n", "\n"),
        size=len(data),
        encoded=len(payload) if isinstance(payload, str) else len(data),
        is_broken=is_broken,
    )
