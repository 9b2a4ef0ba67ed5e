"""What a reply means. Pure: it reads no clock, throws no dice, and touches no row.

A reply is about one of five things, and each is mended in its own way (design §4, RFC 3463):

*The address.* A 5xx at RCPT or later whose enhanced code is 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 or
5.2.1, or a 550 at RCPT with no enhanced code at all. The delivery fails, the address is suppressed
("hard"), the cursor moves. Nothing else ever ends an address: wrongly dropping a reader is not mended by
anybody, wrongly trying again costs a transaction. At MAIL nobody has been named yet, so nothing said
there is about an address.

*The message.* 5.3.4, 5.6.x, a 554 after the dot, and every other 5xx we do not know, wherever it comes.
The row defers; should it expire, the cursor stays, and its stories come with the next issue.

*The sender.* 5.7.x: authentication, reputation, policy. Also 421 4.7.x, which is how Gmail says it. The
row defers and so does its whole domain for the run; nobody is suppressed; many of them stop the run.

*Us.* 500 to 504: we spoke badly, or the relay believes so. The connection is closed, because we no longer
know what it thinks; the row goes back to `planned`. 530, 534, 535, 538: it wants a login it does not have,
so it would say the same to everyone: the run stops, and nobody is marked.

*The moment.* Any 4xx: the row defers. 421 also closes, as it announces. A connection lost before the
final dot defers: the relay never saw a whole message. Lost after the dot, nobody knows (RFC 1047): with
"resend" the row defers, and the try is counted as doubtful; with "hold" it is `uncertain`.

A code is read before its enhanced code, except that an address code beats 500 to 504: Postfix
answers a malformed recipient with "501 5.1.3".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from digest.deliver.transport import Phase, Reply
from subscribers.model import Reason

ADDRESS_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})

_MINUTES = (5, 15, 30, 60, 120)
_THEN = timedelta(hours=4)
#: greylisters want 4 minutes at least; ± 20 % of 5 keeps that
_SPREAD = 0.2


class Blame(StrEnum):
    """Whose fault a deferral is."""

    MESSAGE = "message"
    SENDER = "sender"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Sent:
    """The relay has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Tried again later."""

    not_before_at: datetime
    blame: Blame
    #: the relay may have it already
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The address is no good."""

    suppress: Reason


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The relay may have it, and the policy is to leave it at that until somebody settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """Back to `planned`, for a new connection; not at once, or we would ask in circles."""

    not_before_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRun:
    """Nobody would fare better. The row goes back to `planned`, the rest stays so."""

    words: str


Outcome = Sent | Deferred | Failed | Uncertain | Reconnect | StopRun


def decide(
    reply: Reply,
    *,
    attempts: int,
    now: datetime,
    jitter: float,
    on_uncertain: Literal["resend", "hold"] = "resend",
) -> Outcome:
    """What the last reply of a transaction means for its delivery.

    `attempts` counts this one; `jitter` is in [-1, 1].
    """
    later = now + backoff(attempts, jitter=jitter)
    code, enhanced = reply.code, reply.enhanced or ""
    if code is None:
        return _lost(reply.phase, later, on_uncertain)
    if reply.is_yes:
        return Sent()
    if code < 500:
        blame = Blame.SENDER if code == 421 and enhanced.startswith("4.7.") else Blame.MOMENT
        return Deferred(not_before_at=later, blame=blame)
    if _is_about_address(reply):
        return Failed(suppress=Reason.HARD)
    if code in (530, 534, 535, 538):
        return StopRun(words=f"The relay wants a login: {spoken(reply)}")
    if code <= 504:
        return Reconnect(not_before_at=later)
    blame = Blame.SENDER if enhanced.startswith("5.7.") else Blame.MESSAGE
    return Deferred(not_before_at=later, blame=blame)


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after that many tries: 5, 15, 30 minutes, 1, 2, then 4 hours, ± 20 %."""
    step = timedelta(minutes=_MINUTES[attempts - 1]) if attempts <= len(_MINUTES) else _THEN
    return step * (1 + _SPREAD * jitter)


def shortest_backoff() -> timedelta:
    """No row that was tried waits less than this."""
    return backoff(1, jitter=-1)


def closes(reply: Reply) -> bool:
    """Is the connection of no more use after this reply?"""
    if reply.phase is Phase.RENDER:
        return False
    return reply.code is None or reply.code == 421 or 500 <= reply.code <= 504


def spoken(reply: Reply) -> str:
    """A reply as people read it: "550 5.1.1 No such user"."""
    said = (reply.code, reply.enhanced, reply.text)
    return " ".join(str(part) for part in said if part not in (None, ""))


def _lost(phase: Phase, later: datetime, on_uncertain: Literal["resend", "hold"]) -> Outcome:
    if phase is not Phase.DOT:
        return Deferred(not_before_at=later, blame=Blame.MOMENT)
    if on_uncertain == "hold":
        return Uncertain()
    return Deferred(not_before_at=later, blame=Blame.MOMENT, is_doubtful=True)


def _is_about_address(reply: Reply) -> bool:
    if reply.phase is Phase.MAIL:
        return False
    if reply.enhanced in ADDRESS_CODES:
        return True
    return reply.phase is Phase.RCPT and reply.code == 550 and reply.enhanced is None
