"""Structured logging: one event name and keys a line, on standard error.

No log line holds a token, a password or (at INFO and above) a whole address.
"""

from __future__ import annotations

import logging
import sys


def logger(room: str) -> logging.Logger:
    """The logger of a room: `logger("gather")`."""
    return logging.getLogger(f"digest.{room}")


def event(name: str, **keys: object) -> str:
    """One log line: the event's name, then its keys, in the order given."""
    words = [name]
    for key, value in keys.items():
        text = str(value)
        words.append(f"{key}={text!r}" if not text or any(c.isspace() for c in text) else f"{key}={text}")
    return " ".join(words)


def set_up(*, verbose: int = 0) -> None:
    """Send our events to standard error: warnings only, with `verbose` also info (1) and debug (2)."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    for library in ("flufl.bounce", "mail.log"):
        # Reports that cannot be read and clients that hang up are told as events of ours.
        logging.getLogger(library).setLevel(logging.CRITICAL)
    root = logging.getLogger("digest")
    root.setLevel(level)
    root.propagate = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root.handlers[:] = [handler]
