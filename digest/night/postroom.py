"""Composes what the deliver room sends: an edition's plate, the reader's own tokens, the envelope.

The same delivery gives the same bytes at every attempt: settings are those its night ran with, keys and
Date those of its first attempt, fragments the frozen ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from email.utils import parseaddr
from functools import lru_cache, partial

from digest.compose.headers import Addressee, Heading, heading_of
from digest.compose.message import Plate, plate
from digest.deliver import Claim, Envelope, Outgoing
from digest.errors import NotFound, StorageError
from digest.model import DeliveryId, EditionId, Fragment, Issue, IssueId, Key
from digest.night.galleys import set_again
from digest.night.tonight import Tonight
from digest.settings import Settings
from subscribers import tokens
from subscribers.model import SubscriptionId

#: plates are some 100 KB each; readers of one edition follow one another
PLATES = 64


class Postroom:
    """Messages for claims. One for a run."""

    def __init__(self, tonight: Tonight, *, again: Issue | None = None) -> None:
        """`again`: a closed issue, whose fragments are set anew."""
        self._tonight = tonight
        self._again = again
        self._store = tonight.store
        self._settings = tonight.settings
        self._token_key = _signing(tonight.store.keys.all("token"))
        self._verp_key = _signing(tonight.store.keys.all("verp"))
        self._plate = lru_cache(maxsize=PLATES)(self._set)
        self._fragments = lru_cache(maxsize=4)(self._stored)
        self._heading = lru_cache(maxsize=16)(self._headed)

    def render(self, claim: Claim) -> Outgoing:
        """The message of a claim, and its envelope. Raises DigestError when it cannot be composed."""
        heading = self._heading(claim.list, claim.night)
        addressee = self.addressee(claim, heading)
        content = self._plate(claim.delivery.edition_id).message(heading, addressee, dated_at=claim.dated_at)
        # A plate's lines are the wire's (design §3.4: a leading dot is written =2E).
        return Outgoing(envelope=self._envelope(claim, heading), content=content, is_wire=True)

    def addressee(self, claim: Claim, heading: Heading) -> Addressee:
        """The reader of a claim, with the links that are theirs alone."""
        key = self._token_key(claim.dated_at)
        subscription = claim.delivery.subscription_id
        return Addressee(
            address=claim.address,
            delivery_id=claim.delivery.id,
            unsubscribe_token=tokens.make(tokens.Purpose.UNSUBSCRIBE, subscription, key),
            wishes_token=tokens.make(tokens.Purpose.WISHES, subscription, key),
            unsubscribe_local=self._mailbox(heading, subscription, claim.dated_at),
        )

    def _mailbox(self, heading: Heading, subscription: SubscriptionId, at: datetime) -> str:
        if heading.bounce_domain is None:
            return ""
        key = self._verp_key(at)
        return tokens.local_part(tokens.Mailbox.UNSUBSCRIBE, subscription, key)

    def _envelope(self, claim: Claim, heading: Heading) -> Envelope:
        """VERP where bounces have a domain of their own; else the From address (design §4)."""
        if heading.bounce_domain is None:
            return Envelope(mail_from=_bare(heading.from_), rcpt_to=claim.address)
        sender = tokens.verp(claim.delivery.id, self._verp_key(claim.dated_at))
        return Envelope(mail_from=f"{sender}@{heading.bounce_domain}", rcpt_to=claim.address)

    def _set(self, id: EditionId) -> Plate:
        edition = self._store.issues.edition(id)
        if edition is None:
            raise StorageError(f"Edition {id} is not there.")
        return plate(edition, self._fragments(edition.issue_id, edition.language))

    def _stored(self, issue: IssueId, language: str) -> dict[str, Fragment]:
        if self._again is not None and self._again.id == issue:
            return set_again(self._tonight, self._again, language)
        return dict(self._store.issues.fragments(issue, language))

    def _headed(self, slug: str, night: date) -> Heading:
        text = self._store.nights.settings(night)
        settings = Settings.model_validate_json(text) if text else self._settings
        configured = settings.list_(slug)
        if configured is None:
            raise NotFound(f'The list "{slug}" is not in the settings of the night of {night}.')
        return heading_of(settings, configured, night)


def reprint(
    tonight: Tonight, issue: Issue, *, email: str | None, one_an_edition: bool = False
) -> Iterator[tuple[str, bytes]]:
    """The messages of an issue, each with a file's name, byte for byte as they are or were sent.

    Once the issue is closed its fragments are gone: then they are set again from the stories and templates
    as they are now.
    """
    room = Postroom(tonight, again=issue if issue.closed_at else None)
    after: DeliveryId | None = None
    shown: set[EditionId] = set()
    while page := tonight.store.deliveries.of_issue(issue.id, after=after, limit=100, address=email):
        for line in page:
            if one_an_edition and line.delivery.edition_id in shown:
                continue
            shown.add(line.delivery.edition_id)
            claim = Claim(
                delivery=line.delivery,
                address=line.address,
                list=line.list,
                night=line.night,
                number=line.number,
                language="",
                dated_at=line.delivery.dated_at or tonight.clock(),
            )
            name = re.sub(r"[^A-Za-z0-9.-]+", "-", line.address.replace("@", "-at-"))
            yield f"{line.delivery.id:04d}-{line.list}-{name}.eml", room.render(claim).content
        after = page[-1].delivery.id


def _signing(keys: Sequence[Key]) -> Callable[[datetime], Key]:
    """`key_at` for messages of few dates: those claimed together share one."""
    return lru_cache(maxsize=64)(partial(key_at, keys))


@lru_cache(maxsize=16)
def _bare(mailbox: str) -> str:
    """The address of "Name <address>": reading it takes longer than making a token."""
    return parseaddr(mailbox)[1]


def key_at(keys: Sequence[Key], at: datetime) -> Key:
    """The key that signed then: a message composed again after a rotation keeps its bytes."""
    signing = (
        key for key in keys if key.created_at <= at and (key.retired_at is None or key.retired_at > at)
    )
    found = max(signing, key=lambda key: key.created_at, default=None)
    if found is None and keys:
        found = keys[0]
    if found is None:
        raise StorageError("The database holds no keys.", mend="Restore a backup of it.")
    return found
