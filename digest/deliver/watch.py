"""Sees when it is not the readers: too many refusals of one kind mean the relay, or we, are at fault.

Pure: it is told every end in order, and answers with the reason to stop, if there is one. Stopping early
is what keeps a relay that says "550" to everybody from emptying a list.
"""

from __future__ import annotations

from collections import deque

from digest.deliver.outcome import spoken
from digest.deliver.transport import Phase, Reply

_SAME_IN_A_ROW = 5
_WINDOW = 200
#: more than 5 % of the window
_MOST_SENDER_FAULTS = 10
_DOMAINS = 5


class Watch:
    """The ends of one run, seen together."""

    def __init__(self) -> None:
        self._refusal: tuple[Phase, int | None, str | None] | None = None
        self._refused: set[str] = set()
        #: of the last ends, the domain whose relay blamed the sender, else None
        self._last: deque[str | None] = deque(maxlen=_WINDOW)

    def see(self, reply: Reply, address: str) -> str | None:
        """Note how one recipient's transaction ended. Words: stop the run, for this reason."""
        blames_sender = (reply.enhanced or "").startswith("5.7.")
        self._last.append(domain_of(address) if blames_sender else None)
        return self._row(reply, address) or (self._share() if blames_sender else None)

    def _row(self, reply: Reply, address: str) -> str | None:
        # 4xx are greylisting's daily bread. 421 and a lost connection are the relay's own.
        if reply.code is not None and reply.code < 500 and reply.code != 421:
            self._refusal = None
            self._refused.clear()
            return None
        refusal = (reply.phase, reply.code, reply.enhanced)
        if refusal != self._refusal:
            self._refusal = refusal
            self._refused.clear()
        self._refused.add(address)
        if len(self._refused) < _SAME_IN_A_ROW:
            return None
        return f"{_SAME_IN_A_ROW} recipients in a row ended with the same refusal: {spoken(reply)}"

    def _share(self) -> str | None:
        domains = [domain for domain in self._last if domain is not None]
        if len(domains) <= _MOST_SENDER_FAULTS or len(set(domains)) < _DOMAINS:
            return None
        return (
            f"{len(domains)} of the last {len(self._last)} recipients, in {len(set(domains))} domains, "
            "were refused because of the sender (5.7.x)"
        )


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()
