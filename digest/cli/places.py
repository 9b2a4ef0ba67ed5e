"""One person's place on a list, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.printing import local

if TYPE_CHECKING:
    from digest.night.tonight import Tonight
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


def list_of(one: Tonight, member: Member) -> str:
    """The slug of the place's list, retired ones too."""
    row = one.store.lists.by_id(member.subscription.list_id)
    return row.slug if row else "?"


def facts(one: Tonight, member: Member) -> dict[str, object]:
    """The place as JSON tells it."""
    subscription = member.subscription
    return {
        "address": member.subscriber.address,
        "list": list_of(one, member),
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


def history(one: Tonight, member: Member) -> list[dict[str, object]]:
    """What the place was sent, the latest first."""
    return [
        {
            "night": line.night,
            "number": line.number,
            "status": line.delivery.status,
            "at": line.delivery.ended_at,
            "subject": line.subject,
        }
        for line in one.store.deliveries.of_subscription(member.subscription.id, limit=LATEST)
    ]


def show(one: Tonight, member: Member) -> None:
    """The place in words: consent, wishes, what comes next, what came before."""
    subscription = member.subscription
    click.echo(
        f"  {list_of(one, member)}: {subscription.consent}, "
        f"{rhythm_in_words(member)}, {wishes_in_words(member)}"
    )
    if subscription.due_at:
        click.echo(f"    next digest {local(subscription.due_at, one.zone)}")
    for event in one.store.people.consents(subscription.id):
        click.echo(f"    {local(event.at, one.zone)}  {event.event} ({event.method})")
    for line in one.store.deliveries.of_subscription(subscription.id, limit=LATEST):
        at = line.delivery.ended_at or line.delivery.not_before_at
        click.echo(f"    {local(at, one.zone)}  {line.delivery.status}: {line.subject}")
