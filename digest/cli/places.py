"""One person's place on a list, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.printing import local

if TYPE_CHECKING:
    from digest.night.tonight import Tonight
    from subscribers.model import Suppression
    from subscribers.store import Member

#: deliveries shown of one person
LATEST = 20


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


def rhythm_in_words(member: Member) -> str:
    """ "weekly monday at 07:00"."""
    rhythm = member.subscription.rhythm
    day = f" {rhythm.weekday}" if rhythm.weekday else ""
    hour = f" at {rhythm.hour:02}:00" if rhythm.hour is not None else ""
    return f"{rhythm.cadence}{day}{hour}"


def next_in_words(one: Tonight, member: Member, suppressed: Suppression | None) -> str:
    """When the next digest comes, or why none does."""
    from subscribers.model import Consent

    place = member.subscription
    if place.consent is not Consent.CONFIRMED or place.due_at is None:
        return f"none: {place.consent}"
    if suppressed is not None:
        until = f" until {local(suppressed.until_at, one.zone)}" if suppressed.until_at else ""
        return f"none: suppressed ({suppressed.reason}){until}"
    if place.list_id not in dict(one.lists()):
        return "none: the list is retired"
    if place.paused_until is not None and place.paused_until > one.clock():
        after = "with a catch-up" if place.on_return == "catch-up" else "with what is new by then"
        return f"none before {local(place.paused_until, one.zone)} (paused), then {after}"
    return local(place.due_at, one.zone)


def show(one: Tonight, member: Member, suppressed: Suppression | None) -> None:
    """The place in words: consent, wishes, what comes next, what came before."""
    from digest.night.dossier import list_of

    subscription = member.subscription
    click.echo(
        f"  {list_of(one, member)}: {subscription.consent}, "
        f"{rhythm_in_words(member)}, {wishes_in_words(member)}"
    )
    click.echo(f"    next digest {next_in_words(one, member, suppressed)}")
    for event in one.store.people.consents(subscription.id):
        wording = f": {event.wording}" if event.wording else ""
        click.echo(f"    {local(event.at, one.zone)}  {event.event} ({event.method}){wording}")
    for line in one.store.deliveries.of_subscription(subscription.id, limit=LATEST):
        at = line.delivery.ended_at or line.delivery.not_before_at
        click.echo(f"    {local(at, one.zone)}  {line.delivery.status}: {line.subject}")
