"""A reader's own edition of an issue as a web page: the mail's HTML part, byte for byte its fragments.

Only who was owed it gets it. Once the issue is closed its fragments are set again from the stories and
templates as they are now, as `digest issues messages` does.
"""

from __future__ import annotations

import quopri
from collections.abc import Mapping

from digest.compose import recipe
from digest.errors import NotFound, StorageError
from digest.model import Fragment, Issue, IssueId, Piece, Slot
from digest.night.galleys import set_again
from digest.night.tonight import Tonight
from digest.storage.protocol.accounts import LedgerLine
from subscribers.model import SubscriptionId

#: deliveries of one person that are looked through: a nightly reader's two years
_LOOKED_AT = 800


def own_issue(
    tonight: Tonight,
    subscription: SubscriptionId,
    issue_id: int,
    *,
    wishes_token: str,
    unsubscribe_token: str,
) -> str | None:
    """The page. None: they were never owed it, or what it was made of is gone."""
    store = tonight.store
    line = _line_of(tonight, subscription, issue_id)
    issue = store.issues.get(IssueId(issue_id)) if line else None
    edition = store.issues.edition(line.delivery.edition_id) if line else None
    if issue is None or edition is None:
        return None
    tokens = {Slot.WISHES: wishes_token.encode(), Slot.UNSUBSCRIBE: unsubscribe_token.encode()}
    try:
        fragments = _fragments(tonight, issue, edition.language)
        pieces = [_spliced(html, tokens) for html, _ in recipe.pieces(edition.recipe, fragments)]
    # The list has left digest.toml, or a story of it is gone: there is nothing to show any more.
    except (NotFound, StorageError):
        return None
    return quopri.decodestring(b"".join(pieces)).decode("utf-8").replace("\r\n", "\n")


def _line_of(tonight: Tonight, subscription: SubscriptionId, issue_id: int) -> LedgerLine | None:
    lines = tonight.store.deliveries.of_subscription(subscription, limit=_LOOKED_AT)
    return next((line for line in lines if line.delivery.issue_id == issue_id), None)


def _fragments(tonight: Tonight, issue: Issue, language: str) -> Mapping[str, Fragment]:
    kept = tonight.store.issues.fragments(issue.id, language)
    return kept or set_again(tonight, issue, language)


def _spliced(piece: Piece, tokens: Mapping[Slot, bytes]) -> bytes:
    """A piece with its tokens, at the places recorded when it was cut."""
    parts: list[bytes] = []
    begin = 0
    for offset, slot in piece.slots:
        parts += (piece.data[begin:offset], tokens[slot])
        begin = offset
    return b"".join((*parts, piece.data[begin:]))
