"""What a reply means for its row, for its domain, and for the run. `outcome` decides; here it is counted.

One for a run: letters and deliveries answer to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from digest.deliver.outcome import (
    Blame,
    Deferred,
    Failed,
    Outcome,
    Reconnect,
    Sent,
    StopRun,
    Uncertain,
    decide,
    shortest_backoff,
    spoken,
)
from digest.deliver.pauses import Pauses
from digest.deliver.report import Policy
from digest.deliver.transport import Phase, Reply
from digest.deliver.watch import Watch, domain_of
from digest.errors import RelayError
from digest.log import event, logger
from digest.model import Status
from digest.storage.protocol.deliveries import Ending

_log = logger("deliver")


@dataclass(slots=True, kw_only=True)
class Judge:
    """The run's memory of what it was told."""

    policy: Policy
    pauses: Pauses
    random: Callable[[], float]
    #: what ended outside any connection: expired, or held from a dead run
    ended: Counter[Status] = field(default_factory=Counter)
    #: domains that blamed us in this run, and their words
    blamed: dict[str, str] = field(default_factory=dict)
    #: why nothing more may leave
    stopped: RelayError | None = None
    _watch: Watch = field(default_factory=Watch)

    def weigh(self, address: str, *, attempts: int, reply: Reply, now: datetime) -> Ending | None:
        """How the row ends; None: it goes back as it was. `attempts` were made before this one."""
        if reply.is_yes:
            self._watch.see(reply, address)
            self.pauses.clear(domain_of(self.policy.divert_to or address))
            return ending_of(Sent(), reply)
        outcome = decide(
            reply,
            attempts=attempts + 1,
            now=now,
            jitter=2 * self.random() - 1,
            on_uncertain=self.policy.on_uncertain,
        )
        if self.policy.divert_to and isinstance(outcome, Failed):
            # The address refused is ours, not the reader's.
            outcome = StopRun(words=f"The relay refuses divert_to: {spoken(reply)}")
        if isinstance(outcome, StopRun):
            self.halt(RelayError(outcome.words, mend="Mend the relay or its login, then run again."))
            if reply.phase is not Phase.DOT:
                return None
        if isinstance(outcome, Deferred) and outcome.blame is Blame.SENDER:
            until = self._pause(self.policy.divert_to or address, reply, now)
            # Behind all that wait for the same pause: the refused one must not stand in front again.
            later = max(outcome.not_before_at, until + shortest_backoff())
            outcome = replace(outcome, not_before_at=later)
        if (words := self._watch.see(reply, address)) is not None:
            self.halt(RelayError(f"Stopped: {words}.", mend="See what the relay has against us."))
        return ending_of(outcome, reply)

    def halt(self, why: RelayError) -> None:
        """Nothing more leaves. The first reason stands."""
        if self.stopped is None:
            self.stopped = why
            # The report says it too, to whoever started the run.
            _log.info(event("stopped", words=why))

    def _pause(self, recipient: str, reply: Reply, now: datetime) -> datetime:
        domain, words = domain_of(recipient), spoken(reply)
        until = self.pauses.pause(domain, now, words, jitter=2 * self.random() - 1)
        if domain not in self.blamed:
            _log.warning(event("domain-paused", domain=domain, until=until.isoformat(), reply=words))
        self.blamed[domain] = words
        return until


def ending_of(outcome: Outcome, reply: Reply) -> Ending:
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
