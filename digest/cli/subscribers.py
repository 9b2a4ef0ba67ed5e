"""`digest subscribers`: who gets what, and coming and going by an admin's hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import click

from digest.cli import moves, places, spreadsheets, typed
from digest.cli.frame import Group
from digest.cli.printing import json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.night.people import Asked
    from digest.night.tonight import Tonight
    from digest.settings import ListSettings
    from subscribers.addresses import Address
    from subscribers.store import Change, Member

CADENCES = ("nightly", "weekly", "monthly")
CONSENTS = ("unconfirmed", "confirmed", "unsubscribed")
#: of a table, unless more are asked for
SHOWN = 200
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@click.group(cls=Group)
def subscribers() -> None:
    """Who gets what."""


@subscribers.command()
@click.argument("email")
@click.option("--list", "slug", required=True, metavar="SLUG", help="The list to put them on.")
@click.option(
    "--confirmed", is_flag=True, help="They agreed, and you can show it. Without it nothing is mailed."
)
@click.option("--mute", multiple=True, metavar="SLUG", help="All but this source or topic (repeat).")
@click.option("--only", multiple=True, metavar="SLUG", help="Only this source or topic (repeat).")
@click.option("--cadence", type=click.Choice(CADENCES), help="Default: the list's.")
@click.option("--weekday", type=click.Choice(WEEKDAYS), help="Of a weekly digest.")
@click.option("--hour", type=click.IntRange(0, 23), help="Wait for this hour of their day.")
@click.option("--timezone", metavar="ZONE", help='Their zone, like "Europe/Paris".')
@click.option("--language", type=click.Choice(["fr", "en"]), help="Of the mail. Default: the list's.")
@click.option(
    "--format", "format_", type=click.Choice(["html", "text"]), help="Default: html, with a text part."
)
@json_option
def add(
    email: str,
    slug: str,
    confirmed: bool,
    mute: tuple[str, ...],
    only: tuple[str, ...],
    cadence: str | None,
    weekday: str | None,
    hour: int | None,
    timezone: str | None,
    language: str | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Put somebody on a list. Whoever is on it already keeps what they chose."""
    from digest.night import people
    from digest.night.dossier import place
    from digest.night.people import Asked
    from subscribers.model import Cadence, Format, Weekday

    address = typed.address(email)
    asked = Asked(
        cadence=Cadence(cadence) if cadence else None,
        weekday=Weekday(weekday) if weekday else None,
        hour=hour,
        timezone=typed.zone(timezone),
        language=language,
        format=Format(format_) if format_ else None,
        mute=mute,
        only=only,
    )
    with tonight() as one:
        list_id, configured = people.list_named(one, slug)
        _refuse_idle_weekday(asked, configured)
        change = people.add(one, address, list_id, configured, asked, confirmed=confirmed)
        if as_json:
            print_json({"outcome": change.outcome, **place(one, change.member)})
            return
        _welcome(one, address, slug, change)


@subscribers.command("list")
@click.option("--list", "slug", metavar="SLUG", help="Only this list.")
@click.option("--consent", type=click.Choice(CONSENTS), help="Only who stands there.")
@click.option("--cadence", type=click.Choice(CADENCES), help="Only who gets it that often.")
@click.option("--search", default="", metavar="TEXT", help="Only addresses that hold this text.")
@click.option("--limit", type=click.IntRange(1), help=f"At most so many. Default: {SHOWN}; with --json all.")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help="Go on where a page ended.")
@json_option
def list_(
    slug: str | None,
    consent: str | None,
    cadence: str | None,
    search: str,
    limit: int | None,
    after: int,
    as_json: bool,
) -> None:
    """Everybody, or who is looked for, in the order they came."""
    from digest.night.people import Looking, look
    from subscribers.model import Cadence, Consent

    looking = Looking(
        list=slug,
        consent=Consent(consent) if consent else None,
        cadence=Cadence(cadence) if cadence else None,
        text=search,
        after=after,
    )
    with tonight() as one:
        if as_json:
            _print_all(one, islice(look(one, looking), limit))
            return
        # One more than is shown tells whether there are more.
        found = list(islice(look(one, looking), (limit or SHOWN) + 1))
        _print_table(one, found[: limit or SHOWN], slug=slug, is_filtered=bool(consent or cadence or search))
        if len(found) > (limit or SHOWN):
            say(f"There are more: --after {found[-2].subscription.id}")


@subscribers.command()
@click.argument("email")
@json_option
def show(email: str, as_json: bool) -> None:
    """One person: their lists, wishes, consent, what comes next, and what they were sent."""
    from digest.night import people
    from digest.night.dossier import dossier

    address = typed.address(email)
    with tonight() as one:
        if as_json:
            print_json(dossier(one, address, deliveries=places.LATEST))
            return
        found = people.places_of(one, address)
        hash_ = people.hash_for(one, address)
        suppressed = one.store.people.suppression(hash_, now=one.clock())
        click.echo(address.address)
        if suppressed:
            until = f" until {local(suppressed.until_at, one.zone)}" if suppressed.until_at else ""
            since = local(suppressed.since_at, one.zone)
            click.echo(f"  not mailed: {suppressed.reason} since {since}{until} {suppressed.detail}".rstrip())
        for each in one.store.bounces.of_address(hash_):
            said = f"{each.weight} {each.status} {each.detail}"
            click.echo(f"  came back: {local(each.at, one.zone)} {' '.join(said.split())}")
        for member in found:
            places.show(one, member, suppressed)


@subscribers.command()
@click.argument("email")
@click.option("--list", "slug", metavar="SLUG", help="Only from this list; default: from all.")
def unsubscribe(email: str, slug: str | None) -> None:
    """Take somebody off, at once. What was planned for them is not sent."""
    from digest.night import people
    from digest.night.dossier import list_of
    from subscribers.joining import Outcome

    address = typed.address(email)
    with tonight() as one:
        wanted = people.list_named(one, slug)[0] if slug else None
        found = [
            each for each in people.places_of(one, address) if wanted in (None, each.subscription.list_id)
        ]
        if not found:
            raise NotFound(f"{address} is not on {slug}.", mend=f"`digest subscribers show {address}`")
        for each in found:
            change = people.unsubscribe(one, each.subscription.id)
            name = list_of(one, each)
            already = change is not None and change.outcome is Outcome.ALREADY
            say(f"{address} had left {name} before." if already else f"{address} is off {name}.")


subscribers.add_command(spreadsheets.import_)
subscribers.add_command(spreadsheets.export)
subscribers.add_command(moves.move)
subscribers.add_command(moves.erase)


def _print_all(one: Tonight, found: Iterable[Member]) -> None:
    """One JSON array, a person at a time: as many as there are."""
    from digest.night.dossier import place

    click.echo("[", nl=False)
    for number, member in enumerate(found):
        click.echo(",\n" if number else "\n", nl=False)
        print_json(place(one, member), is_line=True)
    click.echo("\n]")


def _print_table(one: Tonight, found: Sequence[Member], *, slug: str | None, is_filtered: bool) -> None:
    from digest.night.dossier import list_of

    if not found and is_filtered:
        say("Nobody.")
        return
    if not found:
        name = slug or next((configured.slug for _, configured in one.lists()), "SLUG")
        say(f"Nobody yet: `digest subscribers add you@example.org --list {name} --confirmed`.")
        return
    table(
        ("list", "address", "consent", "comes", "next due", "wishes"),
        [
            (
                list_of(one, member),
                member.subscriber.address,
                member.subscription.consent,
                places.rhythm_in_words(member),
                local(member.subscription.due_at, one.zone),
                places.wishes_in_words(member),
            )
            for member in found
        ],
    )


def _welcome(one: Tonight, address: Address, slug: str, change: Change) -> None:
    """What came of adding somebody, and what comes next."""
    from digest.night import people
    from subscribers.joining import Outcome

    subscription = change.member.subscription
    if change.outcome is Outcome.ALREADY:
        say(f"{address} is on {slug} already ({subscription.consent}); nothing changed.")
    elif subscription.due_at is None:
        say(
            f"{address} is on {slug}, {subscription.consent}: nothing is mailed. "
            "Add --confirmed if they agreed."
        )
    else:
        say(f"{address} is on {slug}. Next digest: {local(subscription.due_at, one.zone)}.")
        if subscription.due_at >= one.end:
            say(f"To see one now: `digest send-test {address} --list {slug}`")
    if one.store.people.suppression(people.hash_for(one, address), now=one.clock()) is not None:
        say(
            f"But the address is suppressed, and is not mailed: `digest subscribers show {address}` says why."
        )


def _refuse_idle_weekday(asked: Asked, configured: ListSettings) -> None:
    from subscribers.model import Cadence

    cadence = asked.cadence or configured.cadence
    if asked.weekday is not None and cadence is not Cadence.WEEKLY:
        raise UsageError(
            f"--weekday is for a weekly digest, and this one is {cadence}.", mend="Add --cadence weekly."
        )
