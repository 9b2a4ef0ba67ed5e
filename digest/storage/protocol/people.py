"""People: the protocol is theirs (`subscribers.store`), named here beside the other shelves'."""

from __future__ import annotations

from subscribers.store import Change, Member, Step
from subscribers.store import Store as People

__all__ = ["Change", "Member", "People", "Step"]
