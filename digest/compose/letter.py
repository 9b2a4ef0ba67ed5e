"""A letter's bytes: a mail to one person outside any issue (RFC 5322, 2046), as text and HTML.

It carries no `List-*` header. The same values give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from hashlib import sha256

from digest.compose.encode import encode
from digest.compose.galley import inline
from digest.compose.headers import letter_head
from digest.press.templates import Press
from digest.press.words import Words

_PART = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to press, or to open."""

    label: str
    #: a whole address
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading with what stands under it."""

    title: str
    lines: tuple[str, ...] = ()
    #: below the lines
    action: Action | None = None
    #: what the lines are written in, where it is not the letter's language
    lang: str | None = None
    #: below the lines, in the letter's language
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says, and to whom. Nothing here is markup."""

    kind: str
    #: what it answers; "": it is told from others by its instant
    dedupe: str
    from_: str
    to: str
    reply_to: str
    dated_at: datetime
    subject: str
    title: str
    lead: str
    #: the one thing the letter is for, as a button below the lead
    action: Action | None = None
    #: paragraphs below it
    lines: Sequence[str] = ()
    parts: Sequence[Part] = ()
    closing: str = ""
    #: why this person gets it, and who sends it
    why: str
    site_title: str
    postal_address: str = ""

    @property
    def message_id(self) -> str:
        """Without angle brackets. The same occasion and person give the same one."""
        occasion = self.dedupe or self.dated_at.isoformat()
        told = sha256(f"{self.kind}\0{occasion}\0{self.to}".encode()).hexdigest()[:24]
        return f"l{told}.{self.kind}@{parseaddr(self.from_)[1].rpartition('@')[2].lower()}"


def letter_bytes(letter: Letter, *, words: Words, press: Press) -> bytes:
    """The whole message. Raises TemplateError, and DigestError for what cannot stand in a header."""
    values = {"letter": letter, "language": words.language, "say": words.say}
    text = encode(press.render("mail/letter.txt", values)).data
    html = encode(inline(press.render("mail/letter.html", values), name="mail/letter.html")).data
    head = letter_head(
        from_=letter.from_,
        to=letter.to,
        reply_to=letter.reply_to,
        subject=letter.subject,
        dated_at=letter.dated_at,
        message_id=letter.message_id,
    )
    # "=_" never stands in quoted-printable text (RFC 2045 §6.7).
    boundary = f"=_{letter.message_id.partition('.')[0]}".encode()
    return b"".join((
        head,
        b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n\r\n' % boundary,
        b"--%s\r\n" % boundary + _PART % b"plain" + text,
        b"\r\n--%s\r\n" % boundary + _PART % b"html" + html,
        b"\r\n--%s--\r\n" % boundary,
    ))  # fmt: skip
