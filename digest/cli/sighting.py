"""A feed looked at before it is followed, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.printing import count

if TYPE_CHECKING:
    from digest.night.scouting import Sighting

#: entries shown of a feed
FEW = 5


def facts(sighting: Sighting) -> dict[str, object]:
    """The feed as JSON tells it."""
    from digest.net.guard import redact

    feed = sighting.feed
    return {
        "url": redact(sighting.url),
        "title": feed.title,
        "site": feed.site_url,
        "entries": len(feed.entries),
        "fault": feed.fault,
        "conditional": sighting.has_validators,
        "newest": [
            {"title": each.content.title, "link": each.content.link, "published": each.content.published_at}
            for each in feed.entries[:FEW]
        ],
        "others": [redact(each.url) for each in sighting.others],
    }


def show(sighting: Sighting) -> None:
    """The feed in words: what it holds, and what is odd about it."""
    from digest.net.guard import redact

    feed = sighting.feed
    click.echo(f"{feed.title or '(no title)'}  {redact(sighting.url)}")
    language = f", language {feed.language}" if feed.language else ""
    click.echo(f"  {count(len(feed.entries), 'entry', 'entries')}{language}")
    for entry in feed.entries[:FEW]:
        at = entry.content.published_at or entry.content.updated_at
        click.echo(f"  {at.date() if at else '----------'}  {entry.content.title}")
    if len(feed.entries) > FEW:
        click.echo(f"  and {len(feed.entries) - FEW} more")
    if feed.fault:
        click.echo(f"  malformed: {feed.fault}")
    if not sighting.has_validators:
        click.echo("  the server gives no ETag or Last-Modified: it is fetched whole each time")
    for other in sighting.others:
        click.echo(f"  also announced: {redact(other.url)}" + (f" ({other.title})" if other.title else ""))
