"""Which fault the sink shows at which command: rules by hand, or a seeded draw from the grid of smtp-sink.

The same seed gives the same fault at the same command of the same connection, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

#: what a client does; BODY is the content while it arrives, DOT its end
VERBS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT", "RSET", "QUIT")


class End(StrEnum):
    """How a connection ends there."""

    #: it goes on
    NOT = ""
    #: closed in order: what was said before can be read
    DROP = "drop"
    #: closed with a TCP reset
    RESET = "reset"
    #: nothing is said until the client leaves, or the fault's seconds are over
    SILENCE = "silence"
    #: the same, and nothing is read either
    DEAF = "deaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Instead of the usual answer."""

    #: None: the usual one, unless the connection ends
    say: str | None = None
    end: End = End.NOT
    #: before anything is said; of a silence, how long at most (0: until the client leaves)
    seconds: float = 0
    #: at the dot: the message is kept although nobody hears so (RFC 1047)
    is_taken: bool = False
    #: the answer leaves a byte at a time, with that many seconds between two
    trickle: float = 0


DROP, RESET, SILENCE = Fault(end=End.DROP), Fault(end=End.RESET), Fault(end=End.SILENCE)


def say(answer: str) -> Fault:
    return Fault(say=answer)


def say_and_drop(answer: str) -> Fault:
    return Fault(say=answer, end=End.DROP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The fault at a verb: each time, or the nth of the sink; on lines that hold some text."""

    verb: str
    fault: Fault
    nth: int | None = None
    holding: str = ""

    def fits(self, verb: str, line: str, nth: int) -> bool:
        return verb == self.verb and self.nth in (None, nth) and self.holding in line


#: drawn from by a seeded plan: what smtp-sink can do, and what it cannot
GRID: Mapping[str, tuple[Fault, ...]] = {
    "CONNECT": (DROP, RESET, say_and_drop("421 4.3.2 shutting down"), Fault(seconds=0.05)),
    "EHLO": (DROP, say_and_drop("421 4.3.2 shutting down"), Fault(seconds=0.05)),
    "MAIL": (DROP, RESET, say_and_drop("421 4.3.2 full"), say("451 4.3.0 later"), say("554 5.3.0 no")),
    "RCPT": (
        DROP,
        RESET,
        Fault(end=End.SILENCE, seconds=0.2),
        say_and_drop("421 4.3.2 full"),
        say("450 4.2.0 greylisted"),
        say("550 5.1.1 nobody here"),
        Fault(seconds=0.05),
    ),
    "DATA": (DROP, RESET, say_and_drop("421 4.3.2 full"), say("451 4.3.0 later"), say("554 5.3.0 no")),
    "BODY": (DROP, RESET, Fault(end=End.SILENCE, seconds=0.2)),
    "DOT": (
        Fault(end=End.DROP, is_taken=True),
        Fault(end=End.RESET, is_taken=True),
        Fault(end=End.SILENCE, seconds=0.2, is_taken=True),
        DROP,
        say_and_drop("421 4.3.2 full"),
        say("451 4.3.0 later"),
        say("554 5.6.0 not like that"),
        Fault(seconds=0.05),
    ),
    "RSET": (DROP, say_and_drop("421 4.3.2 full")),
    "QUIT": (DROP, RESET),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do at each command."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0
    #: of a fault drawn from the grid, at any one command
    odds: float = 0
    grid: Mapping[str, tuple[Fault, ...]] = field(default_factory=lambda: GRID)

    def fault(self, verb: str, line: str, *, nth: int, connection: int, step: int) -> Fault | None:
        """`nth` counts the verb over the sink, `step` the commands of this connection."""
        for rule in self.rules:
            if rule.fits(verb, line, nth):
                return rule.fault
        drawn = Random(f"{self.seed} {connection} {step}")
        if not self.odds or drawn.random() >= self.odds or verb not in self.grid:
            return None
        return drawn.choice(self.grid[verb])

    def to_json(self) -> dict[str, Any]:
        """Rules, seed and odds; the grid is always ours."""
        return {"rules": [asdict(rule) for rule in self.rules], "seed": self.seed, "odds": self.odds}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Plan:
        rules = tuple(
            Rule(**{**rule, "fault": Fault(**{**rule["fault"], "end": End(rule["fault"]["end"])})})
            for rule in told["rules"]
        )
        return cls(rules=rules, seed=told["seed"], odds=told["odds"])
