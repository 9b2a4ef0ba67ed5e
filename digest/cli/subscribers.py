"""`digest subscribers`: who gets what, and coming and going by an admin's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli import places, spreadsheets, typed
from digest.cli.frame import Group
from digest.cli.printing import json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.night.people import Asked
    from digest.night.tonight import Tonight
    from digest.settings import ListSettings
    from subscribers.addresses import Address
    from subscribers.store import Change

CADENCES = ("nightly", "weekly", "monthly")
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
            print_json({"outcome": change.outcome, **places.facts(one, change.member)})
            return
        _welcome(one, address, slug, change)


@subscribers.command("list")
@click.option("--list", "slug", metavar="SLUG", help="Only this list.")
@json_option
def list_(slug: str | None, as_json: bool) -> None:
    """Everybody, list by list."""
    from digest.model import ListId
    from digest.night.people import list_named
    from subscribers.transfer import everybody

    with tonight() as one:
        chosen = [list_named(one, slug)] if slug else [(ListId(id), each) for id, each in one.lists()]
        slugs = {id: configured.slug for id, configured in chosen}
        found = [member for id, _ in chosen for member in everybody(one.store.people, id)]
        if as_json:
            print_json([places.facts(one, member) for member in found])
            return
        if not found:
            name = slug or next(iter(slugs.values()), "SLUG")
            say(f"Nobody yet: `digest subscribers add you@example.org --list {name} --confirmed`.")
            return
        table(
            ("list", "address", "consent", "comes", "next due", "wishes"),
            [
                (
                    slugs[member.subscription.list_id],
                    member.subscriber.address,
                    member.subscription.consent,
                    places.rhythm_in_words(member),
                    local(member.subscription.due_at, one.zone),
                    places.wishes_in_words(member),
                )
                for member in found
            ],
        )


@subscribers.command()
@click.argument("email")
@json_option
def show(email: str, as_json: bool) -> None:
    """One person: their lists, wishes, consent, and what they were sent."""
    from digest.night import people

    address = typed.address(email)
    with tonight() as one:
        found = people.places_of(one, address)
        suppressed = one.store.people.suppression(people.hash_for(one, address), now=one.clock())
        if as_json:
            print_json(
                {
                    "address": address.address,
                    "suppressed": suppressed.reason if suppressed else None,
                    "lists": [
                        places.facts(one, each) | {"history": places.history(one, each)} for each in found
                    ],
                }
            )
            return
        click.echo(address.address)
        if suppressed:
            click.echo(f"  not mailed: {suppressed.reason} since {local(suppressed.since_at, one.zone)}")
        for each in found:
            places.show(one, each)


@subscribers.command()
@click.argument("email")
@click.option("--list", "slug", metavar="SLUG", help="Only from this list; default: from all.")
def unsubscribe(email: str, slug: str | None) -> None:
    """Take somebody off, at once. What was planned for them is not sent."""
    from digest.night import people
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
            name = places.list_of(one, each)
            already = change is not None and change.outcome is Outcome.ALREADY
            say(f"{address} had left {name} before." if already else f"{address} is off {name}.")


subscribers.add_command(spreadsheets.import_)
subscribers.add_command(spreadsheets.export)


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
