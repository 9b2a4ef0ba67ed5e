"""What a rule is and what it finds. A rule has a number of the tables, a reason, and one pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from digest.check.mail import Mail

Place = Literal["message", "header", "text", "html"]
#: machine: a function decides; look: a person must; not ours: no message can show it
Kind = Literal["machine", "look", "not ours"]


class Severity(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, and nobody's password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule's function saw, and where."""

    words: str
    #: in the decoded part, from 1; in the file for headers; None: it is about the whole part
    line: int | None = None
    excerpt: str = ""
    #: where it differs from the rule's own
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    number: str
    title: str
    #: why, with where we know it from; for the others: why no machine decides it
    reason: str
    kind: Kind
    #: what of it no function sees, and a person must look at; "" when nothing is left
    rest: str = ""
    #: the part it reads; None where no function does. Without that part the rule has nothing to say
    part: Place | None = None
    severity: Severity = Severity.FAIL
    look: Callable[[Mail], Iterable[Found]] | None = None

    def findings(self, mail: Mail) -> tuple[Finding, ...]:
        """What is wrong with the mail by this rule; nothing when its part is not there."""
        if self.look is None or self.part is None or not mail.has(self.part):
            return ()
        return tuple(
            Finding(
                rule=self.number,
                severity=found.severity or self.severity,
                words=found.words,
                part=self.part,
                line=found.line,
                excerpt=shortened(found.excerpt),
            )
            for found in self.look(mail)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one mail."""

    rule: str
    severity: Severity
    words: str
    part: Place
    line: int | None
    excerpt: str


def machine(
    number: str, title: str, reason: str, *, part: Place, severity: Severity = Severity.FAIL, rest: str = ""
) -> Callable[[Callable[[Mail], Iterable[Found]]], Rule]:
    """Make a rule of the function that decides it."""
    rule = Rule(
        number=number, title=title, reason=reason, kind="machine", part=part, severity=severity, rest=rest
    )
    return lambda look: replace(rule, look=look)


def shortened(text: str) -> str:
    """One line of at most 100 characters, to show."""
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"
