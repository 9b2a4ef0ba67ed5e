"""`digest subscribers`: who gets what, and coming and going by an admin's hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.frame import Group
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import DigestError, NotFound, UsageError

if TYPE_CHECKING:
    from digest.night.people import Asked
    from digest.night.tonight import Tonight
    from subscribers.addresses import Address
    from subscribers.store import Member

CADENCES = ("nightly", "weekly", "monthly")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@click.group(cls=Group)
def subscribers() -> None:
    """Who gets what."""


@subscribers.command()
@click.argument("email")
@click.option("--list", "slug", required=True, help="The list to put them on.")
@click.option("--confirmed", is_flag=True, help="They agreed: mail them. Without it they are asked first.")
@click.option("--mute", multiple=True, metavar="SLUG", help="All but this source or topic (repeat).")
@click.option("--only", multiple=True, metavar="SLUG", help="Only this source or topic (repeat).")
@click.option("--cadence", type=click.Choice(CADENCES), help="Default: the list's.")
@click.option("--weekday", type=click.Choice(WEEKDAYS), help="Of a weekly digest.")
@click.option("--hour", type=click.IntRange(0, 23), help="Wait for this hour of their day.")
@click.option("--timezone", help='Their zone, like "Europe/Paris".')
@click.option("--language", type=click.Choice(["fr", "en"]), help="Of the mail. Default: the list's.")
@click.option("--format", "format_", type=click.Choice(["html", "text"]), help="Default: html, with a text part.")
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
    from subscribers.joining import Outcome

    asked = _asked(
        {"cadence": cadence, "weekday": weekday, "timezone": timezone, "language": language, "format": format_},
        hour=hour,
        mute=mute,
        only=only,
    )
    address = _address(email)
    with tonight() as one:
        list_id, configured = people.list_named(one, slug)
        change = people.add(one, address, list_id, configured, asked, confirmed=confirmed)
        if as_json:
            print_json({"outcome": change.outcome, **_facts(one, change.member)})
            return
        due = change.member.subscription.due_at
        if change.outcome is Outcome.ALREADY:
            say(f"{address} is on {slug} already ({change.member.subscription.consent}); nothing changed.")
        elif due is None:
            say(f"{address} is on {slug}, not confirmed: nothing is mailed before. Add --confirmed if they agreed.")
        else:
            say(f"{address} is on {slug}. Next digest: {local(due, one.zone)}.")
            if due >= one.end:
                say(f"To see one now: digest send-test {address} --list {slug}")
        if one.store.people.suppression(people.hash_for(one, address), now=one.clock()) is not None:
            say("But the address is suppressed, and is not mailed: `digest subscribers show` says why.")


@subscribers.command("list")
@click.option("--list", "slug", help="Only this list.")
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
            print_json([_facts(one, member) for member in found])
            return
        if not found:
            say("Nobody yet: `digest subscribers add you@example.org --list SLUG --confirmed`.")
            return
        table(
            ("list", "address", "consent", "comes", "next due", "wishes"),
            [
                (
                    slugs[member.subscription.list_id],
                    member.subscriber.address,
                    member.subscription.consent,
                    _rhythm(member),
                    local(member.subscription.due_at, one.zone),
                    wishes_in_words(member),
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

    address = _address(email)
    with tonight() as one:
        places = people.places_of(one, address)
        suppressed = one.store.people.suppression(people.hash_for(one, address), now=one.clock())
        if as_json:
            print_json(
                {
                    "address": address.address,
                    "suppressed": suppressed.reason if suppressed else None,
                    "lists": [_facts(one, place) | {"history": _history(one, place)} for place in places],
                }
            )
            return
        click.echo(address.address)
        if suppressed:
            click.echo(f"  not mailed: {suppressed.reason} since {local(suppressed.since_at, one.zone)}")
        for place in places:
            _print_place(one, place)


@subscribers.command()
@click.argument("email")
@click.option("--list", "slug", help="Only from this list; default: from all.")
def unsubscribe(email: str, slug: str | None) -> None:
    """Take somebody off, at once. What was planned for them is not sent."""
    from digest.night import people
    from subscribers.joining import Outcome

    address = _address(email)
    with tonight() as one:
        wanted = people.list_named(one, slug)[0] if slug else None
        places = [each for each in people.places_of(one, address) if wanted in (None, each.subscription.list_id)]
        if not places:
            raise NotFound(f"{address} is not on {slug}.")
        for place in places:
            change = people.unsubscribe(one, place.subscription.id)
            name = _list_slug(one, place)
            already = change is not None and change.outcome is Outcome.ALREADY
            say(f"{address} had left {name} before." if already else f"{address} is off {name}.")


@subscribers.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--list", "slug", required=True, help="The list to put them on.")
@click.option("--confirmed", is_flag=True, help="They all agreed, and you can show it.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@json_option
def import_(file: Path, slug: str, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Put the people of a CSV on a list; a column `email` is enough. Who has left stays out."""
    from functools import partial

    from digest.night import people
    from subscribers.csv_in import Refused, read
    from subscribers.transfer import Importing, bring_in

    refused: list[Refused] = []
    with tonight() as one, file.open("rb") as data:
        list_id, configured = people.list_named(one, slug)
        importing = Importing(
            terms=people.terms_for(one, list_id, configured, people.Asked()),
            start=partial(people.start_for, one, list_id, configured),
            salt=one.store.keys.secret("salt").secret,
            now=one.clock(),
            confirmed=confirmed,
            dry_run=dry_run,
        )
        lines = read(data, people.catalogue_of(one))
        tally = bring_in(one.store.people, lines, importing, refuse=refused.append)
    if as_json:
        print_json({**asdict(tally), "refused_lines": [asdict(bad) for bad in refused], "dry_run": dry_run})
    else:
        for bad in refused:
            say(f"{file.name}:{bad.line}: {bad.words}")
        brought = count(tally.joined + tally.confirmed, "person", "people")
        say(
            f"{'DRY RUN: would have brought' if dry_run else 'Brought'} {brought} to {slug}; "
            f"{tally.already} there already, {tally.left} left once, {tally.suppressed} suppressed, "
            f"{tally.repeated} given twice, {tally.refused} refused."
        )
    if tally.lines == tally.refused:
        raise DigestError("No line of the file could be used.", mend="It needs a column named email.")


@subscribers.command()
@click.option("--list", "slug", help="Only this list.")
def export(slug: str | None) -> None:
    """Everybody as CSV on standard output, safe to open in a spreadsheet."""
    from digest.model import ListId
    from digest.night import people
    from subscribers.transfer import csv_out, everybody

    with tonight() as one:
        chosen = [people.list_named(one, slug)[0]] if slug else [ListId(id) for id, _ in one.lists()]
        if len(chosen) > 1:
            raise UsageError("There are several lists: say which with --list.")
        members = (member for id in chosen for member in everybody(one.store.people, id))
        for line in csv_out(members, catalogue=people.catalogue_of(one)):
            click.echo(line, nl=False)


def wishes_in_words(member: Member) -> str:
    """ "only events", "all but hackers"; "all"."""
    from subscribers.catalogue import slugs_of
    from subscribers.model import Word

    wishes = member.subscription.wishes
    followed = ", ".join(slugs_of(wishes, Word.FOLLOW))
    muted = ", ".join(slugs_of(wishes, Word.MUTE))
    words = f"only {followed or 'nothing'}" if wishes.only else "all"
    if muted:
        words += f" but {muted}"
    if wishes.languages:
        words += f", in {' and '.join(wishes.languages)}"
    return words


def _asked(
    words: dict[str, str | None], *, hour: int | None, mute: tuple[str, ...], only: tuple[str, ...]
) -> Asked:
    from zoneinfo import ZoneInfo

    from digest.night.people import Asked
    from subscribers.model import Cadence, Format, Weekday

    if zone := words["timezone"]:
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError) as cause:
            raise UsageError(f'There is no time zone "{zone}"; IANA names look like "Europe/Paris".') from cause
    return Asked(
        cadence=Cadence(words["cadence"]) if words["cadence"] else None,
        weekday=Weekday(words["weekday"]) if words["weekday"] else None,
        hour=hour,
        timezone=zone,
        language=words["language"],
        format=Format(words["format"]) if words["format"] else None,
        mute=mute,
        only=only,
    )


def _address(text: str) -> Address:
    from subscribers.addresses import Address, parse

    address = parse(text)
    if not isinstance(address, Address):
        raise UsageError(f"{text!r}: {address.words}")
    return address


def _list_slug(one: Tonight, member: Member) -> str:
    row = one.store.lists.by_id(member.subscription.list_id)
    return row.slug if row else "?"


def _rhythm(member: Member) -> str:
    rhythm = member.subscription.rhythm
    day = f" {rhythm.weekday}" if rhythm.weekday else ""
    hour = f" at {rhythm.hour:02}:00" if rhythm.hour is not None else ""
    return f"{rhythm.cadence}{day}{hour}"


def _facts(one: Tonight, member: Member) -> dict[str, object]:
    subscription = member.subscription
    return {
        "address": member.subscriber.address,
        "list": _list_slug(one, member),
        "consent": subscription.consent,
        "cadence": subscription.rhythm.cadence,
        "weekday": subscription.rhythm.weekday,
        "hour": subscription.rhythm.hour,
        "timezone": subscription.rhythm.timezone,
        "language": subscription.language,
        "format": subscription.format,
        "only": subscription.wishes.only,
        "sources": dict(subscription.wishes.sources),
        "topics": dict(subscription.wishes.topics),
        "next_due": subscription.due_at,
        "since": subscription.created_at,
    }


def _history(one: Tonight, member: Member) -> list[dict[str, object]]:
    return [
        {
            "night": line.night,
            "number": line.number,
            "status": line.delivery.status,
            "at": line.delivery.ended_at,
            "subject": line.subject,
        }
        for line in one.store.deliveries.of_subscription(member.subscription.id, limit=20)
    ]


def _print_place(one: Tonight, place: Member) -> None:
    subscription = place.subscription
    click.echo(f"  {_list_slug(one, place)}: {subscription.consent}, {_rhythm(place)}, {wishes_in_words(place)}")
    if subscription.due_at:
        click.echo(f"    next digest {local(subscription.due_at, one.zone)}")
    for event in one.store.people.consents(subscription.id):
        click.echo(f"    {local(event.at, one.zone)}  {event.event} ({event.method})")
    for line in one.store.deliveries.of_subscription(subscription.id, limit=20):
        at = line.delivery.ended_at or line.delivery.not_before_at
        click.echo(f"    {local(at, one.zone)}  {line.delivery.status}: {line.subject}")
