"""What somebody decides about deliveries: hold, release, cancel, try again, settle, let go of old ones.

Each is one unit of work, durable at once, and also good while a run is on: its fences go up, so that the
holder of a lease writes nothing more to a row that was taken from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from digest.model import IssueId

#: the scope that holds all lists, as after a restore; one list is "list:<slug>"
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing of this scope is claimed until it is released. Held rows never expire by it."""

    #: "list:<slug>" or "everything"
    scope: str
    since_at: datetime
    #: who held it and why, as shown
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What became of the open rows of a cancelled issue."""

    #: ended as `expired`: their stories come next time
    expired: int = 0
    #: the relay has them now; they end as they end
    sending: int = 0
    #: a run died while it sent them: whether they arrived nobody knows
    uncertain: int = 0


class Steering(Protocol):
    """The admin's hand on the ledger. Any method may raise `errors.StorageError`."""

    def hold(self, scope: str, now: datetime, words: str) -> bool:
        """Claim nothing of it any more. Whether that is new: the first hold's date and words stand."""
        ...

    def release(self, scope: str) -> bool:
        """Claim it again. Whether it was held."""
        ...

    def holds(self) -> tuple[Hold, ...]:
        """What is on hold, by scope."""
        ...

    def cancel(self, issue_id: IssueId, now: datetime) -> Cancelled:
        """End the issue's open rows as `expired` and plan nobody into it any more.

        Their cursors stay and confirmed readers are due now: the stories come next time. A row `sending`
        under a live lease ends as the relay says; one whose lease ran out becomes `uncertain`. Raises
        `NotFound`.
        """
        ...

    def skip_open(self, now: datetime) -> int:
        """End every open row as `expired` and move its cursor to the issue's head: after a restore they
        may have been sent by the machine the copy was made of. Open letters expire likewise. How many
        deliveries.
        """
        ...

    def retry_failed(
        self, now: datetime, *, issue_id: IssueId | None = None, address: str | None = None
    ) -> int:
        """Make `failed` rows due again with a fresh budget of tries; how many.

        Those of each list's newest issue, or of `issue_id`; the fragments of an issue must still be there,
        and a row given up by hand (`settle_uncertain`) stays so. Their cursors have moved and stay; a hard
        suppression that just this failure caused is lifted. The issue is open again.
        """
        ...

    def settle_uncertain(self, now: datetime, how: Literal["resume", "drop"]) -> int:
        """What somebody decided about rows held as `uncertain`: due again at once, or given up as `failed`.

        Their cursors have moved and stay. An issue with resumed rows is open again. How many rows.
        """
        ...

    def retain(self, before: datetime, *, chunk: int = 5000) -> int:
        """Of issues closed before that instant keep the sums only; how many deliveries went.

        Deliveries, attempts and editions go, `chunk` in a transaction. What nobody may forget stays:
        consent, suppressions, ids once seen. The caller keeps 60 days at least (design §3.3, "served").
        """
        ...
