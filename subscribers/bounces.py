"""What a mail that came back means, and what is done about it. Pure; flufl.bounce is at home here.

*Reading.* A delivery report (RFC 3464) or a feedback report (RFC 5965) speaks for itself. After them come
machines that answer for somebody (RFC 3834), and last the prose of older mail systems, which flufl.bounce
knows. Any bytes may come: a bounded part of them is read, and nothing raises.

*Policy* (deliverability §3), for an address that a delivery of ours proves:

- A hard bounce suppresses the address for 90 days; then one mail tries it again.
- Soft bounces suppress it for 30 days when there are 5 within 30 days, over 3 issues, with no mail in between
  that arrived. The mail after those days is a probe: one more bounce, and it is another 30.
- A complaint ends the subscription and suppresses the address, until an admin lifts it.
- What is said of the sender (5.7.x: authentication, reputation, policy) or of the message (5.6.x, 5.3.4) is
  our fault: nobody is suppressed, and an admin hears of it.
- A delay, an auto-reply, a success, a receipt: nothing.

A mail arrived, as far as anybody can know, when the relay took it and nothing came back for 5 days, which is
how long hosts go on trying (RFC 5321 §4.5.4.1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum

from flufl.bounce import all_failures

from subscribers.model import HARD_FOR, Reason, Suppression
from subscribers.reports import (
    AutoReply,
    Bounce,
    Complaint,
    Delayed,
    Kind,
    NotABounce,
    Recipient,
    Report,
    addresses,
    delivery_status,
    feedback,
    parts,
    plain,
    status_in,
    text_of,
)

__all__ = [
    "AutoReply",
    "Bounce",
    "Complaint",
    "Delayed",
    "Kind",
    "NotABounce",
    "Recipient",
    "Report",
    "Soft",
    "Standing",
    "Verdict",
    "Weight",
    "about",
    "judge",
    "outlasts",
    "read",
    "weigh",
]

#: a report says what it says before the copy of our own mail; the rest is not read
_OCTETS = 256 * 1024
_LINES = 6_000
#: RFC 5321 §4.5.3.1.6; longer ones make patterns slow
_LINE_OCTETS = 1_000
#: parts within parts: an honest report has five
_PARTS = 50

SOFT_FOR = timedelta(days=30)
SOFTS = 5
SOFT_ISSUES = 3
SOFT_WITHIN = timedelta(days=30)
ARRIVED_AFTER = timedelta(days=5)

_DAEMON = re.compile(r"mailer-daemon|postmaster|mail-daemon|mdaemon|bounce|mail ?delivery", re.IGNORECASE)
_AWAY = re.compile(
    r"auto(?:matic)?[ -]?(?:reply|response|answer)|out of (?:the )?office|away from|vacation|absence|"
    r"absent|réponse automatique|abwesenheit",
    re.IGNORECASE,
)
#: Exim's words, as others fold them (flufl.bounce wants them on one line)
_FAILED = re.compile(r"following\s+address(?:es|\(es\))?\s+failed:\s+(?P<who>[^\n]{3,300})", re.IGNORECASE)
_EXPANDED = re.compile(r"\(expanded from:? <?([^\s<>()]{3,320})>?\)")
#: an unspecific refusal is the sender's when it names one of these
_OURS = re.compile(
    r"\b(?:spam|spamhaus|block(?:ed)?[ -]?list\w*|blacklist\w*|dnsbl|rbl|reputation|dmarc|dkim|spf|"
    r"unsolicited|policy|banned|blocked using)\b",
    re.IGNORECASE,
)


def read(message: bytes) -> Report:
    """What a message says. Any bytes: never raises, and looks at a bounded part of them."""
    head = _bounded(message)
    if head.lower().count(b"multipart/") + head.lower().count(b"message/") > _PARTS:
        return NotABounce()
    parsed = message_from_bytes(head, policy=policy.compat32)
    report = delivery_status(parsed) or feedback(parsed)
    if report is not None:
        return report
    is_daemon = bool(_DAEMON.search(_header(parsed, "from")) or parsed.get("X-Failed-Recipients"))
    if not is_daemon and _is_reply(parsed):
        return AutoReply()
    return _prose(parsed, is_daemon=is_daemon) or (AutoReply() if _is_automatic(parsed) else NotABounce())


class Weight(StrEnum):
    """What a report weighs against an address, or against us."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    #: the sender's, or the message's
    OURS = "ours"


def about(report: Report, address: str) -> Recipient | None:
    """The recipient a bounce is about: the one we mailed, else the first it names; None: it is no bounce."""
    if not isinstance(report, Bounce):
        return None
    ours = (each for each in report.recipients if each.address.lower() == address.lower())
    return next(ours, report.recipients[0])


def weigh(report: Report, address: str = "") -> Weight | None:
    """What a report about a mail to `address` weighs; None: it says nothing against anybody."""
    recipient = about(report, address)
    if recipient is not None:
        return _weight_of(recipient)
    match report:
        case Complaint(feedback_type="not-spam"):
            return None
        case Complaint(feedback_type="auth-failure" | "dkim" | "virus"):
            return Weight.OURS
        case Complaint():
            return Weight.COMPLAINT
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Soft:
    """A soft bounce of an address."""

    at: datetime
    issue_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an address stood when a report about it came; the report's own bounce is among the softs."""

    softs: Sequence[Soft] = ()
    #: when the last mail to it was sent that arrived
    arrived_at: datetime | None = None
    #: when an earlier suppression for bounces ended by itself
    lapsed_at: datetime | None = None

    def counted(self, now: datetime) -> tuple[Soft, ...]:
        """The soft bounces that still count."""
        since = max(now - SOFT_WITHIN, self.arrived_at or now - SOFT_WITHIN)
        return tuple(each for each in self.softs if each.at >= since)

    @property
    def is_probing(self) -> bool:
        """Whether the mail that came back was the probe."""
        return self.lapsed_at is not None and (self.arrived_at is None or self.arrived_at < self.lapsed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done."""

    suppress: Reason | None = None
    #: None: until an admin lifts it
    until_at: datetime | None = None
    #: the subscription ends
    leaves: bool = False
    #: an admin hears of it
    tell: bool = False


def judge(weight: Weight, standing: Standing, *, now: datetime) -> Verdict:
    """What a report does to an address (the policy above)."""
    match weight:
        case Weight.COMPLAINT:
            return Verdict(suppress=Reason.COMPLAINT, leaves=True)
        case Weight.HARD:
            return Verdict(suppress=Reason.HARD, until_at=now + HARD_FOR)
        case Weight.OURS:
            return Verdict(tell=True)
        case Weight.SOFT:
            counted = standing.counted(now)
            is_enough = len(counted) >= SOFTS and len({each.issue_id for each in counted}) >= SOFT_ISSUES
            if is_enough or standing.is_probing:
                return Verdict(suppress=Reason.SOFT, until_at=now + SOFT_FOR)
            return Verdict()


def outlasts(there: Suppression | None, verdict: Verdict) -> bool:
    """Whether the suppression in force stays as it is: an erasure always, else the one that lasts longer."""
    if there is None:
        return False
    if there.reason is Reason.ERASED or verdict.suppress is Reason.COMPLAINT:
        return there.reason is Reason.ERASED
    return there.until_at is None or (verdict.until_at is not None and there.until_at > verdict.until_at)


def _weight_of(recipient: Recipient) -> Weight:
    """RFC 3463: the subject of the code says whose fault it is."""
    _, subject, detail = (*recipient.status.split("."), "", "")[:3]
    if subject in ("6", "7") or (subject, detail) in {("1", "7"), ("1", "8"), ("2", "3"), ("3", "4")}:
        return Weight.OURS
    if subject in ("", "0", "5") and _OURS.search(recipient.diagnostic):
        return Weight.OURS
    # A full mailbox (5.2.2) is emptied, a host's own trouble (5.3.x) mended; 4.x.x says so itself.
    is_passing = recipient.kind is Kind.SOFT or recipient.status.startswith("4") or subject == "3"
    if is_passing or (subject, detail) == ("2", "2"):
        return Weight.SOFT
    return Weight.HARD


def _bounded(message: bytes) -> bytes:
    lines = message[:_OCTETS].splitlines()[:_LINES]
    return b"\n".join(line[:_LINE_OCTETS] for line in lines)


def _prose(parsed: Message, *, is_daemon: bool) -> Report | None:
    """What older mail systems say in words. A library's exceptions end here, whatever they are."""
    if not getaddresses([_header(parsed, "from")]):
        # Without a sender one detector fails, and those after it are never asked.
        del parsed["From"]
        parsed["From"] = "nobody@invalid"
    for part in () if is_daemon else parts(parsed):
        if part.get_content_maintype() == "message":
            part.set_payload("")  # what a person sends on is not what they say
    try:
        delayed, failed = all_failures(parsed)
    except Exception:  # noqa: BLE001  (twenty detectors by many hands, on bytes by anybody)
        delayed, failed = frozenset(), frozenset()
    diagnostic = _said(parsed)
    names = frozenset(each.decode("utf-8", errors="replace") for each in failed or delayed)
    words = "\n".join(text_of(part) for part in parts(parsed) if not part.is_multipart())
    if not names and (found := _FAILED.search(words)):
        names = frozenset(addresses(found["who"]))
    if names and (expanded := names & set(_EXPANDED.findall(words))):
        names = expanded  # the addresses as we wrote them
    recipients = tuple(
        Recipient(address=plain(each, most=320), status=status_in(diagnostic), diagnostic=diagnostic)
        for each in sorted(names)
    )
    if not recipients:
        return None
    return Delayed(recipients=recipients) if delayed and not failed else Bounce(recipients=recipients)


def _said(parsed: Message) -> str:
    """The line of the text that holds a code, as far as it is told in prose."""
    for part in parts(parsed):
        if not part.is_multipart():
            for line in text_of(part).splitlines():
                if line.startswith(("Return-Path:", "Received:", "------ This is a copy")):
                    break  # from here on it is our own mail
                if re.search(r"\b[45]\d\d[ -]|\b[45]\.\d\.\d", line):
                    return plain(line, most=500)
    return ""


def _is_reply(parsed: Message) -> bool:
    """A machine answers what we sent (RFC 3834 §5), and is no mail system."""
    if _header(parsed, "auto-submitted").lower().startswith("auto-replied"):
        return True
    if _header(parsed, "precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    marks = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-response", "x-apple-action")
    return any(parsed.get(name) for name in marks) or bool(_AWAY.search(_header(parsed, "subject")))


def _is_automatic(parsed: Message) -> bool:
    submitted = _header(parsed, "auto-submitted").lower()
    return _is_reply(parsed) or submitted not in ("", "no") or _header(parsed, "return-path") == "<>"


def _header(parsed: Message, name: str) -> str:
    return plain(str(parsed.get(name, "")), most=500)
