"""One run over the ledger on one connection: claim, compose, offer, look, send, record.

The order is the promise: `sending` is committed between the relay's 354 and the content, the outcome
right after the reply, and nothing else leaves before it is. What a reply means is `outcome`'s business.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from digest.deliver.outcome import (
    Blame,
    Deferred,
    Failed,
    Outcome,
    Reconnect,
    Sent,
    StopRun,
    Uncertain,
    closes,
    decide,
    shortest_backoff,
    spoken,
)
from digest.deliver.transport import Dropped, Outgoing, Phase, Reply, Transport
from digest.deliver.watch import Watch, domain_of
from digest.errors import LeaseLost, RelayError, StorageError
from digest.log import event, logger
from digest.model import IssueId, Status
from digest.storage.protocol.deliveries import Claim, Deliveries, Ending, Held, Suppressed

_log = logger("deliver")

#: rows leased at a time: few enough that a slow relay does not outlast the lease
_BATCH = 50
#: connections tried in a row before the relay counts as down
_OPENINGS = 3

#: composes a claim's message, with the same bytes each time; any exception defers that row alone
Render = Callable[[Claim], Outgoing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient to be, and where mail really goes."""

    #: from the first attempt; then the row expires, if it was tried three times
    max_age: timedelta = timedelta(hours=24)
    on_uncertain: Literal["resend", "hold"] = "resend"
    #: everything to this one address; empty: to the readers
    divert_to: str = ""
    #: twice the longest a message may take (reference: 900 s)
    lease: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """What one run did, and what is left."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    expired: int = 0
    uncertain: int = 0
    #: of those deferred, how many the relay may have taken already
    doubtful: int = 0
    #: rows a dead run had left `sending`
    orphaned: int = 0
    #: of all issues, when the run ended
    open: int = 0
    #: why the run ended before everything due was tried, and what to do about it
    stopped: str | None = None
    mend: str | None = None
    next_attempt_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """The state of one run. `go` once."""

    ledger: Deliveries
    transport: Transport
    render: Render
    policy: Policy
    now: Callable[[], datetime]
    random: Callable[[], float]
    progress: Callable[[int], None]
    stop: Callable[[], bool]
    only_issue: IssueId | None
    _watch: Watch = field(default_factory=Watch)
    #: domains that blame us, and what they said
    _paused: dict[str, str] = field(default_factory=dict)
    _ended: Counter[Status] = field(default_factory=Counter)
    _doubtful: int = 0
    _handled: int = 0
    _stopped: RelayError | None = None

    def go(self) -> DeliverReport:
        """Settle what a dead run left, send what is due, report."""
        orphaned = self.ledger.take_over(self.now(), self.policy.on_uncertain)
        if self.policy.on_uncertain == "hold":
            self._ended[Status.UNCERTAIN] += orphaned
        self._expire()
        try:
            while self._send_batch():
                pass
        finally:
            self.transport.close()
        self._expire()
        report = self._report(orphaned)
        _log.info(event("delivered", sent=report.sent, deferred=report.deferred, open=report.open))
        return report

    def _send_batch(self) -> bool:
        """Claim some rows and see each to an end. Is there more to do?"""
        now = self.now()
        claims = self.ledger.claim(now, now + self.policy.lease, _BATCH, issue_id=self.only_issue)
        rest = deque(claims)
        while rest and self._stopped is None:
            if self.stop():
                self._halt(RelayError("The run was asked to stop.", mend="Run again: the rest is planned."))
                break
            self._see_to(rest.popleft())
        self.ledger.give_back(claim.held() for claim in rest)
        return bool(claims) and self._stopped is None

    def _see_to(self, claim: Claim) -> None:
        lease = claim.delivery.lease_until_at
        if lease is not None and lease <= self.now():
            return  # claimed again with the next batch
        try:
            self._send(claim)
        except LeaseLost as lost:
            # Whatever the relay awaits, it does not get: the row is somebody else's.
            self.transport.close()
            _log.warning(event("lease-lost", delivery=claim.delivery.id, words=lost))
        self._handled += 1
        self.progress(self._handled)

    def _send(self, claim: Claim) -> None:
        if claim.barred is not None and self.ledger.bar(claim.held(), self.now()) is not None:
            self._ended[Status.SUPPRESSED] += 1
            return
        paused = self._paused.get(domain_of(self._recipient(claim)))
        if paused is not None:
            # Less than any row that was tried waits: the refused one must not stand in front again.
            self.ledger.postpone(claim.held(), self.now() + shortest_backoff(), f"domain paused: {paused}")
            self._ended[Status.DEFERRED] += 1
            return
        outgoing = self._composed(claim)
        if isinstance(outgoing, Reply):
            self._settle(claim, claim.held(), outgoing)
            return
        held = claim.held(key_id=outgoing.key_id)
        try:
            reply = self._offer(claim, outgoing)
        except RelayError as down:
            self._halt(down)
            self.ledger.give_back([held])
            return
        if reply.is_yes:
            if isinstance(self.ledger.begin(held, self.now()), Suppressed):
                # After 354 the only way out is to close: anything else would be content.
                self.transport.close()
                self._ended[Status.SUPPRESSED] += 1
                return
            reply = self.transport.send(outgoing.content)
        self._settle(claim, held, reply)

    def _composed(self, claim: Claim) -> Outgoing | Reply:
        """The message; or why this one row cannot have it."""
        try:
            outgoing = self.render(claim)
            if self.policy.divert_to:
                envelope = replace(outgoing.envelope, rcpt_to=self.policy.divert_to)
                return replace(outgoing, envelope=envelope)
        except StorageError:
            raise
        except Exception as cause:  # noqa: BLE001 - one reader's broken page must not keep the rest waiting
            _log.warning(event("not-composed", delivery=claim.delivery.id, cause=repr(cause)))
            return Reply(phase=Phase.RENDER, code=None, text=f"not composed: {cause}")
        return outgoing

    def _offer(self, claim: Claim, outgoing: Outgoing) -> Reply:
        """MAIL, RCPT, DATA; on a new connection if a used one turns out dead. Raises RelayError."""
        name = f"{claim.delivery.id:04d}-{claim.list}-{claim.address}"
        size = len(outgoing.content)
        self._open()
        was_used = not self.transport.is_fresh
        reply = self.transport.offer(outgoing.envelope, name=name, size=size)
        if was_used and reply.is_lost and reply.phase is Phase.MAIL:
            # Relays end an idle or well-used connection between messages, and nothing was said yet.
            self._open()
            reply = self.transport.offer(outgoing.envelope, name=name, size=size)
        return reply

    def _open(self) -> None:
        for _ in range(_OPENINGS - 1):
            try:
                return self.transport.open()
            except Dropped as dropped:
                _log.info(event("dropped", words=dropped))
        return self.transport.open()

    def _settle(self, claim: Claim, held: Held, reply: Reply) -> None:
        """Record how it ended, then see what that means for the rest."""
        now = self.now()
        outcome = decide(
            reply,
            attempts=claim.delivery.attempts + 1,
            now=now,
            jitter=2 * self.random() - 1,
            on_uncertain=self.policy.on_uncertain,
        )
        if self.policy.divert_to and isinstance(outcome, Failed):
            # The address refused is ours, not the reader's.
            outcome = StopRun(words=f"The relay refuses divert_to: {spoken(reply)}")
        if closes(reply):
            self.transport.close()
        if isinstance(outcome, StopRun):
            self._halt(RelayError(outcome.words, mend="Mend the relay or its login, then run again."))
            if reply.phase is not Phase.DOT:
                self.ledger.give_back([held])
                return
        ending = _ending(outcome, reply)
        self.ledger.finish(held, ending, now)
        self._ended[ending.status] += 1
        self._doubtful += ending.is_doubtful
        recipient = self._recipient(claim)
        if isinstance(outcome, Deferred) and outcome.blame is Blame.SENDER:
            self._paused[domain_of(recipient)] = spoken(reply)
            _log.warning(event("domain-paused", domain=domain_of(recipient), reply=spoken(reply)))
        if (words := self._watch.see(reply, claim.address)) is not None:
            self._halt(RelayError(f"Stopped: {words}.", mend="See what the relay has against us."))

    def _recipient(self, claim: Claim) -> str:
        return self.policy.divert_to or claim.address

    def _halt(self, why: RelayError) -> None:
        if self._stopped is None:
            self._stopped = why
            # The report says it too, to whoever started the run.
            _log.info(event("stopped", words=why))

    def _expire(self) -> None:
        self._ended[Status.EXPIRED] += self.ledger.expire(self.now(), self.policy.max_age)

    def _report(self, orphaned: int) -> DeliverReport:
        return DeliverReport(
            sent=self._ended[Status.SENT],
            deferred=self._ended[Status.DEFERRED],
            failed=self._ended[Status.FAILED],
            suppressed=self._ended[Status.SUPPRESSED],
            expired=self._ended[Status.EXPIRED],
            uncertain=self._ended[Status.UNCERTAIN],
            doubtful=self._doubtful,
            orphaned=orphaned,
            open=self.ledger.open_count(),
            stopped=None if self._stopped is None else self._stopped.message,
            mend=None if self._stopped is None else self._stopped.mend,
            next_attempt_at=self.ledger.next_attempt_at(),
        )


def _ending(outcome: Outcome, reply: Reply) -> Ending:
    """The outcome as the ledger records it."""
    ending = Ending(
        status=Status.SENT,
        phase=reply.phase.value,
        code=reply.code,
        enhanced=reply.enhanced,
        reply=reply.text,
    )
    match outcome:
        case Sent():
            return ending
        case Deferred():
            return replace(
                ending,
                status=Status.DEFERRED,
                not_before_at=outcome.not_before_at,
                is_doubtful=outcome.is_doubtful,
            )
        case Failed():
            return replace(ending, status=Status.FAILED, suppress=outcome.suppress)
        case Uncertain():
            return replace(ending, status=Status.UNCERTAIN)
        case Reconnect():
            return replace(ending, status=Status.PLANNED, not_before_at=outcome.not_before_at)
        case StopRun():
            return replace(ending, status=Status.PLANNED)
        case _:
            assert_never(outcome)
