"""Size is enforced, not warned about (design §3.4): which form each story takes so that the mail fits.

Pure. Full turns brief, the oldest of the source with most full ones first; then titles by the same rule;
then stories leave for the number in the last line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from digest.model import StoryId

#: Gmail clips at about 102 KB; we stay below 90 KiB of the HTML part (mail E1)
BUDGET = 92_160

STEPS = (("full", "brief"), ("brief", "title"), ("title", ""))


class Candidate(NamedTuple):
    """A story in the running: its source, its age, and what each form takes. A tuple: every cut makes one of
    every story it holds."""

    id: StoryId
    source: str
    age: tuple[str, int]
    #: form -> bytes of HTML; "" (left out) is 0
    sizes: Mapping[str, int]
    #: headings that go when no story under them is left
    headings: tuple[int, ...]
    #: the editor wants it at the top: it gives way after all others
    pinned: bool = False


def shrink(
    candidates: Sequence[Candidate],
    headings: Sequence[int],
    *,
    fixed: int,
    max_entries: int,
    budget: int = BUDGET,
) -> list[str]:
    """The form of each candidate, in their order; "" is left out. `headings` are sizes, `fixed` the rest."""
    forms = ["full" if at < max_entries else "title" for at in range(len(candidates))]
    total = (
        fixed + sum(headings) + sum(each.sizes[form] for each, form in zip(candidates, forms, strict=True))
    )
    users = [0] * len(headings)
    for each in candidates:
        for heading in each.headings:
            users[heading] += 1
    for before, after in STEPS:
        if total < budget:
            break
        for at in _order(candidates, forms, before):
            each = candidates[at]
            forms[at] = after
            total -= each.sizes[before] - each.sizes[after]
            if not after:
                total -= _freed(each, users, headings)
            if total < budget:
                return forms
    return forms


def _freed(gone: Candidate, users: list[int], headings: Sequence[int]) -> int:
    """Bytes of the headings that stand over nothing once this story is gone."""
    freed = 0
    for heading in gone.headings:
        users[heading] -= 1
        freed += headings[heading] if not users[heading] else 0
    return freed


def _order(candidates: Sequence[Candidate], forms: Sequence[str], form: str) -> list[int]:
    """Those in `form`, in the order they give way: of the source with most of them, its oldest; pins last."""
    oldest_last: dict[str, list[int]] = {}
    for at in sorted(range(len(candidates)), key=lambda at: candidates[at].age, reverse=True):
        if forms[at] == form and not candidates[at].pinned:
            oldest_last.setdefault(candidates[at].source, []).append(at)
    heap = [(-len(queue), source) for source, queue in oldest_last.items()]
    heapify(heap)
    order = []
    while heap:
        _, source = heappop(heap)
        queue = oldest_last[source]
        order.append(queue.pop())
        if queue:
            heappush(heap, (-len(queue), source))
    pinned = [at for at, each in enumerate(candidates) if each.pinned and forms[at] == form]
    return [*order, *reversed(pinned)]
