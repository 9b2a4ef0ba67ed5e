"""What a report says, once its form is known: delivery status (RFC 3464) and feedback (RFC 5965). Pure.

Reports are written by strangers, and often broken: parts of the wrong type, fields without blank lines,
addresses in brackets. What can be told is told; nothing here raises, or knows whose report it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

#: fields of one block, names in lower case; the first of a name counts
Fields = dict[str, str]

#: recipients of one report that are looked at; ours has one
_MOST = 100
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[A-Za-z0-9.\-_\u0080-\uffff]{1,253}")
#: RFC 3463 §2
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class Kind(StrEnum):
    """What a bounce says of the address: never again, or not now."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address of a report, and what became of the mail to it."""

    #: as the mail was sent (Original-Recipient, RFC 3461) where that is told, else as it ended
    address: str
    #: where it ended, when forwarding changed it
    final: str = ""
    #: "failed", "delayed", "delivered", "relayed", "expanded"
    action: str = "failed"
    #: enhanced code, like "5.1.1"; empty: not told
    status: str = ""
    diagnostic: str = ""
    #: what the report calls it; the code says more (`bounces.weigh`)
    kind: Kind = Kind.HARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """The mail came back for good."""

    recipients: tuple[Recipient, ...]

    @property
    def kind(self) -> Kind:
        """Hard when any recipient's is."""
        return Kind.HARD if any(each.kind is Kind.HARD for each in self.recipients) else Kind.SOFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """Somebody goes on trying: nothing is decided."""

    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A mailbox provider reports what its user, or its machine, said of the mail."""

    #: "abuse", "not-spam", "auth-failure"…; empty: not told
    feedback_type: str
    #: whose complaint it is; mostly taken out by the provider
    recipients: tuple[str, ...] = ()
    #: header values of the copy enclosed, and of the report, in which an address or link of ours may stand
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A machine answers for somebody: on holiday, moved, received (RFC 3834)."""


@dataclass(frozen=True, slots=True)
class NotABounce:
    """Anything else: a person's mail, a success, a receipt, rubbish."""


Report = Bounce | Delayed | Complaint | AutoReply | NotABounce


def delivery_status(message: Message) -> Report | None:
    """What the delivery-status part says; None: there is none, or it names nobody."""
    found = tuple(_recipients(_blocks_of(message)))[:_MOST]
    if not found:
        return None
    failed = tuple(each for each in found if each.action == "failed")
    if failed:
        return Bounce(recipients=failed)
    delayed = tuple(each for each in found if each.action == "delayed")
    return Delayed(recipients=delayed) if delayed else NotABounce()


def feedback(message: Message) -> Complaint | None:
    """What a feedback report says, or one of Hotmail's, which have a form of their own."""
    fields, enclosed = _feedback_fields(message), _enclosed(message)
    theirs = next((value for name, value in enclosed if name == "x-hmxmroriginalrecipient"), None)
    if fields is None and theirs is None:
        return None
    named = [value for name, value in fields or () if name in ("original-rcpt-to", "removal-recipient")]
    kind = next((value for name, value in fields or () if name == "feedback-type"), "")
    places = ("return-path", "list-unsubscribe", "original-mail-from", "x-original-mail-from")
    traces = [value for name, value in (*(fields or ()), *enclosed) if name in places]
    return Complaint(
        feedback_type=plain(kind, most=40).lower(),
        recipients=tuple(
            dict.fromkeys(address for each in [*named, theirs or ""] for address in addresses(each))
        )[:_MOST],
        traces=tuple(traces[:_MOST]),
    )


def addresses(text: str) -> list[str]:
    """The mail addresses in a text, in order."""
    return [each.rstrip(".") for each in _ADDRESS.findall(text)]


def status_in(text: str) -> str:
    """The first enhanced code in a text, or an empty one."""
    found = _STATUS.search(text)
    return found.group(0) if found else ""


def plain(text: str, *, most: int) -> str:
    """One line without invisible characters, of at most so many."""
    return " ".join(_INVISIBLE.sub(" ", text).split())[:most]


def parts(message: Message) -> Iterator[Message]:
    """The message and its parts, without those of a mail enclosed in it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting.extend(each for each in reversed(payload) if isinstance(each, Message))


def text_of(part: Message) -> str:
    """The text of a part, whatever its encoding claims."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return payload.decode("utf-8", errors="replace")


def _recipients(blocks: Iterable[Fields]) -> Iterator[Recipient]:
    for block in blocks:
        final = next(iter(addresses(block.get("final-recipient", ""))), "")
        original = next(iter(addresses(block.get("original-recipient", ""))), "")
        if not (final or original):
            continue
        diagnostic = plain(block.get("diagnostic-code", ""), most=500)
        status = _status(block.get("status", ""), diagnostic)
        address = original or final
        yield Recipient(
            address=address,
            final=final if final != address else "",
            action=_action(block.get("action", ""), status),
            status=status,
            diagnostic=diagnostic,
            kind=Kind.SOFT if status.startswith("4") else Kind.HARD,
        )


def _action(said: str, status: str) -> str:
    """Of the five there are (RFC 3464 §2.3.3), however it is written: "failure", "error", "Failed (…)"."""
    said = said.strip().lower()
    if said.startswith(("fail", "error")) or not said:
        return "delivered" if status.startswith("2") else "failed"
    return said.split()[0][:20]


def _status(said: str, diagnostic: str) -> str:
    """The enhanced code. "5.0.0" is no more than "failed": the other host's words often hold the real one."""
    # NTMail writes an SMTP code where the enhanced one belongs.
    status = status_in(said) or (f"{said[0]}.0.0" if re.match(r"[45]\d\d\b", said) else "")
    if status and not status.endswith(".0.0"):
        return status
    found = status_in(diagnostic)
    return found if found and (not status or found[0] == status[0]) else status


def _blocks_of(message: Message) -> Iterator[Fields]:
    """The blocks of the delivery-status part; of any part that has such fields where none is called so."""
    found = [part for part in parts(message) if part.get_content_subtype().endswith("delivery-status")]
    for part in found or parts(message):
        payload = part.get_payload()
        if isinstance(payload, list):
            if part in found:
                for block in payload:
                    yield from _split(_named(block))
        elif "final-recipient" in (text := text_of(part)).lower():
            yield from _split(_read_fields(text))


def _split(fields: Iterable[tuple[str, str]]) -> Iterator[Fields]:
    """Blocks that nobody put a blank line between: a name that comes again begins the next one."""
    block: Fields = {}
    for name, value in fields:
        if name in block and name in ("final-recipient", "original-recipient"):
            yield block
            block = {}
        block.setdefault(name, value)
    if block:
        yield block


def _named(message: object) -> Iterator[tuple[str, str]]:
    if isinstance(message, Message):
        yield from ((name.lower(), str(value)) for name, value in message.items())


def _read_fields(text: str) -> Iterator[tuple[str, str]]:
    """Fields in a text, unfolded; lines that are none are passed over."""
    name, value = "", ""
    for line in text.splitlines():
        if name and line[:1] in (" ", "\t"):
            value += f" {line.strip()}"
            continue
        if name:
            yield name, value
        found = _FIELD.match(line)
        name, value = (found[1].lower(), found[2]) if found else ("", "")
    if name:
        yield name, value


def _feedback_fields(message: Message) -> list[tuple[str, str]] | None:
    """The fields of the report proper (RFC 5965 §3)."""
    for part in parts(message):
        if part.get_content_type() != "message/feedback-report":
            continue
        payload = part.get_payload()
        inside = payload if isinstance(payload, list) else []
        fields = [field for each in inside for field in _named(each)]
        # A report that is encoded, or that begins with a blank line, is a body to the parser.
        texts = [text_of(part), *(text_of(each) for each in inside if isinstance(each, Message))]
        return fields + [field for text in texts for field in _read_fields(text)]
    return None


def _enclosed(message: Message) -> list[tuple[str, str]]:
    """The header of the mail enclosed, or of what is left of it."""
    for part in parts(message):
        if part.get_content_type() not in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            return [field for each in payload for field in _named(each)]
        return list(_read_fields(text_of(part)))
    return []
