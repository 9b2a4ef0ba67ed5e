"""Every rule of a good mail (mail D, E, T and headers A), held against the bytes of one message.

One door, `check`. No network, no files, no database: what a message alone can show.
"""

from __future__ import annotations

from digest.check.colours import COLOURS
from digest.check.content import CONTENT
from digest.check.headers import HEADERS
from digest.check.mail import Mail, read_mail
from digest.check.model import Finding, Rule, Severity
from digest.check.others import LOOK, NOT_OURS
from digest.check.shape import SHAPE
from digest.check.structure import STRUCTURE
from digest.check.styles import STYLES
from digest.check.text import TEXT

__all__ = ["RULES", "Finding", "Mail", "Rule", "Severity", "check", "read_mail"]


def _order(rule: Rule) -> tuple[int, int]:
    return "DETA".index(rule.number[0]), int(rule.number[1:])


#: every rule of the tables, once, in their order
RULES: tuple[Rule, ...] = tuple(
    sorted((*SHAPE, *STRUCTURE, *STYLES, *CONTENT, *COLOURS, *TEXT, *HEADERS, *LOOK, *NOT_OURS), key=_order)
)


def check(message: bytes) -> tuple[Finding, ...]:
    """What is wrong with it, in the order of the rules. Raises DigestError when it is no message."""
    mail = read_mail(message)
    return tuple(found for rule in RULES for found in rule.findings(mail))
