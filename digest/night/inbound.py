"""Mail that comes back, acted on: reports become suppressions, mails to the unsubscribe address end a place.

One message is one unit of work: what it counts for and what it does are one commit, so that a kill loses
nothing, and the same message again, from whichever door, does nothing more. Nothing is ever answered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest import log
from digest.night.tonight import Tonight
from digest.storage.protocol.bounces import Owner, Returned
from subscribers import bounces
from subscribers.bounces import (
    AutoReply,
    Bounce,
    Complaint,
    Delayed,
    NotABounce,
    Recipient,
    Report,
    Verdict,
    Weight,
)
from subscribers.joining import Outcome, Proof
from subscribers.leaving import leave
from subscribers.model import Reason, SubscriptionId, Suppression
from subscribers.proofs import addressed_to, proven, traced
from subscribers.tokens import Local, Mailbox

#: what more than this holds is no report and no request (deliverability §3)
LARGEST = 1_048_576
#: the kind of the notice that a domain blames the sender
BLAMED = "blamed"

_LOG = log.logger("inbound")


class Deed(StrEnum):
    """What came of a message."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    #: it counts, and does nothing by itself
    COUNTED = "counted"
    #: it is our fault: an admin hears of it
    TOLD = "told"
    #: it was acted on before
    AGAIN = "again"
    #: it says nothing against anybody
    IGNORED = "ignored"
    #: nothing in it proves that it is about a mail of ours
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message dealt with: whatever it was, it need not come again."""

    deed: Deed
    words: str


class Inbound:
    """Takes messages one at a time. Any method may raise StorageError: then nothing was done."""

    def __init__(self, tonight: Tonight) -> None:
        self._tonight = tonight
        self._store = tonight.store

    def knows(self, recipient: str) -> bool:
        """Whether an address is one of ours: of the bounce domain, with a proof that holds."""
        domain = self._tonight.settings.mail.bounce_domain
        if domain is None or recipient.strip("<>").rpartition("@")[2].lower() != domain.lower():
            return False
        return proven([recipient], self._store.keys.all("verp")) is not None

    def take(self, message: bytes, *, recipients: Sequence[str]) -> Taken:
        """Act on a message. A unit of work.

        `recipients`: whom the envelope named. Where none is known, or none of them proves anything, as at
        a mailbox that collects them all, the header is asked for more.
        """
        if len(message) > LARGEST:
            return Taken(deed=Deed.IGNORED, words=f"It is larger than {LARGEST:,} bytes.")
        keys = self._store.keys.all("verp")
        local = proven([*recipients, *addressed_to(message)], keys)
        if local is not None and local.mailbox is Mailbox.UNSUBSCRIBE:
            return self._done(self._leave(local), local)
        report = bounces.read(message)
        if local is None and isinstance(report, Complaint):
            local = traced(report, verp_keys=keys, token_keys=self._store.keys.all("token"))
        if local is None:
            return self._done(_unproven(report), None)
        with self._store.atomic():
            return self._done(self._weigh(report, local, message), local)

    def _leave(self, local: Local) -> Taken:
        """The mail that List-Unsubscribe asks for: nothing in it matters but where it went (RFC 8058)."""
        now = self._tonight.clock()
        change = self._store.people.change(
            SubscriptionId(local.id),
            proof=Proof(at=now, method="mailto"),
            decide=lambda current: leave(current, now=now),
        )
        if change is None:
            return Taken(deed=Deed.IGNORED, words="That subscription is not there any more.")
        if change.outcome is Outcome.ALREADY:
            return Taken(deed=Deed.AGAIN, words="They had left before.")
        return Taken(deed=Deed.UNSUBSCRIBED, words="They asked to leave by mail.")

    def _weigh(self, report: Report, local: Local, message: bytes) -> Taken:
        owner = self._store.bounces.owner(local)
        if owner is None:
            return Taken(deed=Deed.IGNORED, words="The mail it is about is not kept any more.")
        weight = bounces.weigh(report, owner.address or "")
        if weight is None:
            return Taken(deed=Deed.IGNORED, words=f"It is {_NAMES[type(report)]}.")
        now = self._tonight.clock()
        returned = _returned(report, weight, owner, mark=_mark(local, message), now=now)
        if not self._store.bounces.add(returned):
            return Taken(deed=Deed.AGAIN, words="It was counted before.")
        verdict = bounces.judge(weight, self._store.bounces.standing(owner.address_hash, now), now=now)
        return self._carry_out(verdict, returned, owner)

    def _carry_out(self, verdict: Verdict, returned: Returned, owner: Owner) -> Taken:
        now, people = returned.at, self._store.people
        if verdict.leaves and owner.subscription_id is not None:
            people.change(
                SubscriptionId(owner.subscription_id),
                proof=Proof(at=now, method="complaint"),
                decide=lambda current: leave(current, now=now),
            )
        if verdict.suppress is not None:
            self._suppress(verdict, verdict.suppress, returned, owner)
            return Taken(deed=Deed.SUPPRESSED, words=_words(verdict.suppress, returned))
        if verdict.tell:
            domain = (owner.address or "").rpartition("@")[2] or "a domain"
            said = returned.detail or returned.status or "no reason given"
            words = f"{domain} blames us, not the reader: {said}"
            self._store.notices.raise_(BLAMED, domain, words, now)
            return Taken(deed=Deed.TOLD, words=words)
        return Taken(deed=Deed.COUNTED, words=_words(None, returned))

    def _suppress(self, verdict: Verdict, reason: Reason, returned: Returned, owner: Owner) -> None:
        there = self._store.people.suppression(owner.address_hash, now=returned.at)
        if bounces.outlasts(there, verdict):
            return
        self._store.people.suppress(
            Suppression(
                address_hash=owner.address_hash,
                address=owner.address,
                reason=reason,
                since_at=returned.at,
                until_at=verdict.until_at,
                detail=(returned.detail or returned.status) if owner.address else "",
            )
        )

    def _done(self, taken: Taken, local: Local | None) -> Taken:
        about = f"{local.mailbox.value.decode()}{local.id}" if local else "-"
        _LOG.info(log.event("inbound", deed=taken.deed.value, about=about))
        return taken


_NAMES: dict[type[Report], str] = {
    Delayed: "a delay: the other host goes on trying",
    Complaint: "a report of no complaint",
    AutoReply: "an automatic reply",
    NotABounce: "no report",
}


def _unproven(report: Report) -> Taken:
    words = "Nothing proves that it is about a mail of ours"
    if isinstance(report, Bounce | Complaint):
        return Taken(deed=Deed.UNPROVEN, words=f"{words}: nobody is suppressed.")
    return Taken(deed=Deed.UNPROVEN, words=f"{words}.")


def _words(reason: Reason | None, returned: Returned) -> str:
    said = f": {returned.detail}" if returned.detail else ""
    other = f" (the report names {returned.recipient})" if returned.recipient else ""
    if reason is None:
        return f"A {returned.weight} bounce is counted{other}{said}"
    return f"The address is suppressed ({reason}){other}{said}"


def _returned(report: Report, weight: Weight, owner: Owner, *, mark: str, now: datetime) -> Returned:
    """What is kept of a report. Of somebody erased, nothing that another host may have quoted."""
    found = bounces.about(report, owner.address or "")
    if found is None and isinstance(report, Complaint):
        said = f"feedback: {report.feedback_type or 'not told'}"
        found = Recipient(address=next(iter(report.recipients), ""), diagnostic=said)
    first = found or Recipient(address="")
    is_other = owner.address is not None and first.address.lower() not in ("", owner.address.lower())
    return Returned(
        mark=mark,
        weight=weight,
        at=now,
        delivery_id=owner.delivery_id,
        subscription_id=owner.subscription_id,
        issue_id=owner.issue_id,
        address_hash=owner.address_hash,
        status=first.status,
        recipient=first.address if is_other else "",
        detail=first.diagnostic if owner.address else "",
    )


def _mark(local: Local, message: bytes) -> str:
    """The same for the same report about the same mail, whatever servers wrote on top, however lines end."""
    lines = b"\n".join(message.splitlines())
    head, _, body = lines.partition(b"\n\n")
    kept = b"\n".join(re.findall(rb"(?mi)^(?:message-id|date)[ \t]*:[^\n]*", head))
    about = f"{local.mailbox.value.decode()}{local.id}\n".encode()
    return hashlib.sha256(about + kept + b"\n\n" + body.rstrip(b"\n")).hexdigest()
