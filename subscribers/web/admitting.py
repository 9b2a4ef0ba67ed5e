"""What a form to join causes after the page has answered: letters within their caps; the click that counts.

Nothing here answers anybody. Each function does its work in one `atomic()` of the shelf it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr

from subscribers import addresses, asking, caps, joining, tickets, tokens
from subscribers.addresses import Address
from subscribers.asking import Reply
from subscribers.caps import Cap
from subscribers.house import House, ListCard, Shelf, Site
from subscribers.joining import Decision, Outcome, Place, Proof, Terms
from subscribers.letters import Kind, Letter, to_confirm
from subscribers.letters import Place as ListPlace
from subscribers.model import Consent, OnReturn, Rhythm, Subscription
from subscribers.store import Member
from subscribers.tickets import OCTETS, Purpose, Ticket
from subscribers.tokens import Purpose as TokenPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's wish to be on a list."""

    address: Address
    card: ListCard
    #: what its mails are to be in, for who is new
    language: str
    proof: Proof
    #: the letter is missed: another may go, within its own cap
    again: bool = False


def is_ours(site: Site, address: Address) -> bool:
    """Whether mail to it would come back to ourselves, and go round for ever (abuse C11)."""
    domain = address.address.rpartition("@")[2]
    home = (site.bounce_domain or "").lower()
    if home and (domain == home or domain.endswith(f".{home}")):
        return True
    return address.address.lower() == parseaddr(site.sender)[1].lower()


def ask(house: House, shelf: Shelf, wish: Wish) -> None:
    """Answer a wish to join, by the letter that fits how they stand; a cap or a suppression says nothing."""
    with shelf.atomic():
        hashed = shelf.hash_of(wish.address)
        found = shelf.people.suppression(hashed, now=wish.proof.at)
        place = _place_on(shelf, wish)
        match asking.reply_to(place.consent if place else None, found.reason if found else None):
            case Reply.CONFIRM:
                _ask_to_confirm(house, shelf, wish, hashed, place)
            case Reply.ALREADY if place is not None:
                _tell(house, shelf, wish, hashed, place)
            case _:
                return


def renew(house: House, shelf: Shelf, old: Ticket, proof: Proof) -> None:
    """Who holds a link that is too old gets a new one by mail, as "send it again" does."""
    place = shelf.people.subscription(old.subscription_id) if old.subscription_id else None
    person = shelf.people.subscriber(old.subscriber_id)
    card = house.list_by_id(place.list_id) if place else None
    if place is None or person is None or card is None:
        return
    address = addresses.parse(person.address)
    if isinstance(address, Address):
        ask(house, shelf, Wish(address=address, card=card, language=place.language, proof=proof, again=True))


def confirm(house: House, shelf: Shelf, hashed: str, proof: Proof) -> Member | None:
    """They pressed the button: on the list from now on, and welcomed. None: the ticket is not fresh."""
    with shelf.atomic():
        ticket = shelf.tickets.use(hashed, Purpose.CONFIRM, proof.at)
        place = (
            shelf.people.subscription(ticket.subscription_id) if ticket and ticket.subscription_id else None
        )
        card = house.list_by_id(place.list_id) if place else None
        if ticket is None or place is None or card is None:
            return None
        start = shelf.start(place.list_id, place.rhythm)
        changed = shelf.people.change(
            place.id, proof=proof, decide=lambda current: joining.confirm(current, start, now=proof.at)
        )
        if changed is None:
            return None
        _settle(shelf, ticket, changed.member, proof)
        if changed.outcome is Outcome.REJOINED:
            shelf.people.pause(place.id, until=None, on_return=OnReturn.SKIP)
        if changed.outcome is not Outcome.ALREADY:
            _welcome(house, shelf, card, changed.member)
        return changed.member


def mail_link(house: House, shelf: Shelf, address: Address, proof: Proof) -> None:
    """Mail somebody the links to their preferences; a stranger, and who has left everything, gets nothing."""
    with shelf.atomic():
        hashed = shelf.hash_of(address)
        found = shelf.people.suppression(hashed, now=proof.at)
        person = shelf.people.find(address)
        places = shelf.people.subscriptions_of(person.id) if person else ()
        known = tuple(
            (place, card)
            for place in places
            if place.consent is Consent.CONFIRMED and (card := house.list_by_id(place.list_id))
        )
        if (
            not person
            or not known
            or asking.reply_to(Consent.CONFIRMED, found.reason if found else None) is None
        ):
            return
        if not _may_post(shelf, proof, [caps.telling("link", hashed)]):
            return
        shelf.post.send(
            Letter(
                kind=Kind.LINK,
                address=person.address,
                address_hash=hashed,
                language=known[0][0].language,
                places=tuple(
                    ListPlace(list_title=card.title, path=wishes_path(shelf, place)) for place, card in known
                ),
            )
        )


def wishes_path(shelf: Shelf, place: Subscription) -> str:
    return f"/w/{tokens.make(TokenPurpose.WISHES, place.id, shelf.keys.secret('token'))}"


def unsubscribe_path(shelf: Shelf, place: Subscription) -> str:
    return f"/u/{tokens.make(TokenPurpose.UNSUBSCRIBE, place.id, shelf.keys.secret('token'))}"


def _place_on(shelf: Shelf, wish: Wish) -> Subscription | None:
    person = shelf.people.find(wish.address)
    places = shelf.people.subscriptions_of(person.id) if person else ()
    return next((place for place in places if place.list_id == wish.card.id), None)


def _may_post(shelf: Shelf, proof: Proof, own: Iterable[Cap]) -> bool:
    """Whether all caps have room: of the address, of the network it was asked from, of the house."""
    near = [caps.prefix(proof.ip_prefix)] if proof.ip_prefix else []
    return shelf.caps.take([*own, *near, caps.total()], proof.at) is None


def _ask_to_confirm(house: House, shelf: Shelf, wish: Wish, hashed: str, place: Subscription | None) -> None:
    """Caps first: what is over them leaves no trace of an address."""
    own = caps.again(hashed) if wish.again else caps.confirming(hashed)
    if not _may_post(shelf, wish.proof, own):
        return
    place = _asked(shelf, wish, hashed, place)
    now = wish.proof.at
    code, ticket = tickets.new(
        Purpose.CONFIRM,
        random=house.random(OCTETS),
        now=now,
        subscriber_id=place.subscriber_id,
        subscription_id=place.id,
    )
    shelf.tickets.add(ticket)
    shelf.askings.asked(place.id, now)
    address, title = wish.address.address, wish.card.title
    shelf.post.send(
        to_confirm(Kind.CONFIRM, place, ticket, code, address=address, address_hash=hashed, title=title)
    )


def _asked(shelf: Shelf, wish: Wish, hashed: str, place: Subscription | None) -> Subscription:
    """Their place, with the proof that it was asked for. Who has left keeps all as it was until they click:
    a stranger's form takes nobody's way back."""
    if place is not None and place.consent is Consent.UNSUBSCRIBED:
        shelf.people.change(
            place.id,
            proof=wish.proof,
            decide=lambda now: Decision(outcome=Outcome.ALREADY, place=Place.of(now), event="asked"),
        )
        return place
    terms = Terms(
        list_id=wish.card.id,
        rhythm=Rhythm(cadence=wish.card.cadence, hour=wish.card.hour),
        language=wish.language,
    )
    start = shelf.start(wish.card.id, terms.rhythm)
    changed = shelf.people.join(
        wish.address, hashed, terms, proof=wish.proof, decide=lambda now: joining.ask(now, start)
    )
    return changed.member.subscription


def _tell(house: House, shelf: Shelf, wish: Wish, hashed: str, place: Subscription) -> None:
    if not _may_post(shelf, wish.proof, [caps.telling("already", hashed)]):
        return
    person = shelf.people.subscriber(place.subscriber_id)
    shelf.post.send(
        Letter(
            kind=Kind.ALREADY,
            # As we know it, not as it was typed.
            address=person.address if person else wish.address.address,
            address_hash=hashed,
            language=place.language,
            subscription_id=place.id,
            list_title=wish.card.title,
            path=wishes_path(shelf, place),
            unsubscribe_path=unsubscribe_path(shelf, place),
            next_at=house.next_digest(place),
        )
    )


def _settle(shelf: Shelf, ticket: Ticket, member: Member, proof: Proof) -> None:
    """What waited for the click waits no more, and what the click lifts is lifted."""
    place = member.subscription
    hashed = shelf.people.hash_of(place.subscriber_id) or ""
    found = shelf.people.suppression(hashed, now=proof.at)
    if found is not None and found.reason in asking.LIFTED:
        shelf.people.lift(hashed)
    shelf.caps.forget(caps.unanswered(hashed).name)
    shelf.askings.answered(place.id)
    shelf.tickets.end(ticket.subscriber_id, Purpose.CONFIRM, proof.at, subscription_id=place.id)


def _welcome(house: House, shelf: Shelf, card: ListCard, member: Member) -> None:
    place = member.subscription
    shelf.post.send(
        Letter(
            kind=Kind.WELCOME,
            address=member.subscriber.address,
            address_hash=shelf.people.hash_of(place.subscriber_id) or "",
            language=place.language,
            subscription_id=place.id,
            list_title=card.title,
            path=wishes_path(shelf, place),
            unsubscribe_path=unsubscribe_path(shelf, place),
            next_at=house.next_digest(place),
            last_issue=shelf.last_issue(card.id),
        )
    )
