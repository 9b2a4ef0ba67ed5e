"""`digest entries`: what the feeds brought, and what was kept back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.frame import Group
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.model import Entry
    from digest.night.tonight import Tonight

STATES = ("waiting", "released", "seeded", "quarantined", "held", "dropped")


@click.group(cls=Group)
def entries() -> None:
    """What the feeds brought."""


@entries.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--source", "slug", metavar="SLUG", help="Only this source's.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@json_option
def list_(state: str | None, slug: str | None, limit: int, as_json: bool) -> None:
    """The newest entries first."""
    from digest.model import EntryState, short

    with tonight() as one:
        source = one.store.sources.by_slug(slug) if slug else None
        if slug and source is None:
            raise NotFound(f'There is no source "{slug}"{_nearest(one, slug)}')
        found = one.store.entries.find(
            state=EntryState(state) if state else None, source_id=source.id if source else None, limit=limit
        )
        slugs = {each.id: each.slug for each in one.store.sources.all()}
        if as_json:
            print_json([_facts(each, slugs[each.source_id]) for each in found])
            return
        if not found:
            say("Nothing here." if state or slug else "No entry yet: `digest gather` asks the sources.")
            return
        table(
            ("entry", "source", "dated", "state", "topics", "title"),
            [
                (
                    short(each.id),
                    slugs[each.source_id],
                    local(each.dated_at, one.zone)[:10],
                    _state(each),
                    ", ".join(rule.topic for rule in each.topics),
                    each.content.title,
                )
                for each in found
            ],
        )


@entries.command()
@click.argument("entry")
@json_option
def show(entry: str, as_json: bool) -> None:
    """One entry, as we understood it."""
    with tonight() as one:
        found = entry_named(one, entry)
        source = next(each for each in one.store.sources.all() if each.id == found.source_id)
        if as_json:
            content = found.content
            print_json(
                _facts(found, source.slug)
                | {"authors": content.authors, "categories": content.categories, "text": content.text}
                | {"summary_html": content.summary_html, "content_html": content.content_html}
            )
            return
        for name, value in _lines(one, found, source.slug):
            click.echo(f"{name:<10} {value}")
        if found.content.text:
            click.echo()
            click.echo(found.content.text)


@entries.command()
@click.argument("entry", nargs=-1)
@click.option("--source", "slug", metavar="SLUG", help="Everything quarantined of this source.")
def release(entry: tuple[str, ...], slug: str | None) -> None:
    """Let quarantined, held or dropped entries be news: they come with the next night."""
    from digest.model import EntryState

    if not entry and not slug:
        raise UsageError(
            "Name entries (e42 e43), or a --source.", mend="`digest entries list --state quarantined`"
        )
    with tonight() as one:
        ids = [entry_named(one, each).id for each in entry]
        if slug:
            source = one.store.sources.by_slug(slug)
            if source is None:
                raise NotFound(f'There is no source "{slug}"{_nearest(one, slug)}')
            kept = one.store.entries.find(state=EntryState.QUARANTINED, source_id=source.id, limit=100_000)
            ids += [each.id for each in kept]
        ids = list(dict.fromkeys(ids))
        released = one.store.entries.release_quarantined(ids, one.clock())
        if released:
            say(f"{count(released, 'entry', 'entries')} will be news with the next night.")
        if released < len(ids):
            say(f"{count(len(ids) - released, 'entry', 'entries')} had nothing to be released from.")


@entries.command()
@click.argument("entry", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Take the pin away.")
def pin(entry: tuple[str, ...], *, off: bool) -> None:
    """Stand first in the next numbered issue of each list that carries them: three at most."""
    from digest.night import editing

    with tonight() as one:
        found = [entry_named(one, each) for each in dict.fromkeys(entry)]
        for words in editing.unpin(one, found) if off else editing.pin(one, found):
            say(words)


@entries.command()
@click.argument("entry", nargs=-1, required=True)
@click.option(
    "--reason", default="by the editor", show_default=True, metavar="WORDS", help="Kept with the entry."
)
def drop(entry: tuple[str, ...], reason: str) -> None:
    """Keep entries out of every later digest, before they are news or after; `release` lets them in again."""
    from digest.night import editing

    with tonight() as one:
        found = [entry_named(one, each) for each in dict.fromkeys(entry)]
        for words in editing.drop(one, found, reason=reason):
            say(words)


def entry_named(one: Tonight, text: str) -> Entry:
    """The entry a short id names. Raises UsageError or NotFound."""
    from digest.model import entry_id

    id = entry_id(text)
    if id is None:
        raise UsageError(
            f"{text!r} is not an entry's short id; they look like e42.", mend="`digest entries list`"
        )
    found = one.store.entries.get(id)
    if found is None:
        raise NotFound(f"There is no entry {text}.", mend="`digest entries list` names them.")
    return found


def _nearest(one: Tonight, slug: str) -> str:
    from digest.settings.sentences import nearest

    return nearest(slug, [each.slug for each in one.store.sources.all()])


def _facts(entry: Entry, slug: str) -> dict[str, object]:
    from digest.model import short

    return {
        "id": short(entry.id),
        "source": slug,
        "guid": entry.guid,
        "title": entry.content.title,
        "link": entry.content.link,
        "dated": entry.dated_at,
        "first_seen": entry.first_seen_at,
        "state": entry.state,
        "reason": entry.reason,
        "seq": entry.seq,
        "released": entry.released_at,
        "language": entry.language,
        "pinned": entry.pinned_at,
        "dropped": entry.dropped_at,
        "topics": {rule.topic: rule.rule for rule in entry.topics},
        "story": entry.story_id,
    }


def _state(entry: Entry) -> str:
    if entry.dropped_at:
        return "dropped"
    return f"{entry.state}, pinned" if entry.pinned_at else str(entry.state)


def _lines(one: Tonight, entry: Entry, slug: str) -> list[tuple[str, object]]:
    from digest.model import short

    content = entry.content
    lines: list[tuple[str, object]] = [
        ("entry", short(entry.id)),
        ("title", content.title),
        ("link", content.link or "-"),
        ("source", slug + (f", from {content.origin.title}" if content.origin else "")),
        ("authors", ", ".join(content.authors) or "-"),
        ("dated", f"{local(entry.dated_at, one.zone)}, first seen {local(entry.first_seen_at, one.zone)}"),
        ("state", _state(entry) + (f": {entry.reason}" if entry.reason else "")),
        ("topics", ", ".join(f"{rule.topic} ({rule.rule})" for rule in entry.topics) or "-"),
        ("language", entry.language or "-"),
        ("id", entry.guid),
    ]
    if entry.event_at:
        lines.insert(6, ("event", local(entry.event_at, one.zone)))
    if entry.withdrawn_at:
        lines.append(("withdrawn", f"gone from its feed since {local(entry.withdrawn_at, one.zone)}"))
    return lines
