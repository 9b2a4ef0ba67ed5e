"""One edition owed to one subscriber, and the attempts made at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.ids import DeliveryId, EditionId, IssueId, SubscriptionId


class Status(StrEnum):
    """Where a delivery stands (design §2). Nobody knows "delivered"."""

    PLANNED = "planned"
    #: committed before the content leaves; found so after a crash, nobody knows whether it arrived
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"

    @property
    def is_open(self) -> bool:
        return self in (Status.PLANNED, Status.SENDING, Status.DEFERRED)

    @property
    def moves_cursor(self) -> bool:
        """Ends that count as served (design §3.3); `expired` does not."""
        return self in (Status.SENT, Status.FAILED, Status.SUPPRESSED, Status.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the ledger. (issue, subscription) is unique."""

    id: DeliveryId
    issue_id: IssueId
    subscription_id: SubscriptionId
    edition_id: EditionId
    status: Status
    #: transactions begun
    attempts: int = 0
    #: guards every later write of whoever holds the lease
    fence: int = 0
    lease_until_at: datetime | None = None
    #: not tried before: the reader's hour, or the backoff
    not_before_at: datetime
    first_attempt_at: datetime | None = None
    #: the Date header and signing key, fixed by the first attempt (design §3.4)
    dated_at: datetime | None = None
    key_id: int | None = None
    ended_at: datetime | None = None
    #: last reply: SMTP code, enhanced code, text; why it was suppressed or expired
    code: int | None = None
    enhanced: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Deliveries by status; always `candidates = sent + failed + suppressed + expired + uncertain + open`."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    expired: int = 0
    uncertain: int = 0
    planned: int = 0
    sending: int = 0

    @property
    def open(self) -> int:
        return self.planned + self.sending + self.deferred

    @property
    def candidates(self) -> int:
        return self.sent + self.failed + self.suppressed + self.expired + self.uncertain + self.open
