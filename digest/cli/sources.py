"""`digest sources`: the feeds we follow. digest.toml is the truth; these commands edit it and keep its comments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest.cli.files import edit
from digest.cli.frame import Group, installation
from digest.cli.printing import count, json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.gather.opml import Outline
    from digest.model import Source
    from digest.night.scouting import Sighting
    from digest.night.tonight import Tonight
    from digest.settings import Settings


@click.group(cls=Group)
def sources() -> None:
    """The feeds we follow."""


@sources.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every source, how it does, and when it is asked next."""
    from digest.net.guard import redact

    with tonight() as one:
        configured = {each.slug: each for each in one.settings.sources}
        rows = [each for each in one.store.sources.all() if each.slug in configured]
        if as_json:
            print_json([_facts(one, each) for each in rows])
            return
        if not rows:
            say("No source yet: `digest sources add https://blog.example.org` follows one.")
            return
        table(
            ("source", "state", "last news", "next check", "title", "address"),
            [
                (
                    each.slug,
                    _state(each),
                    local(each.news_at, one.zone),
                    local(each.next_check_at, one.zone),
                    configured[each.slug].title or each.title or "",
                    redact(each.url),
                )
                for each in rows
            ],
        )
        for each in rows:
            if each.error:
                say(f"{each.slug}: {each.error} (since {local(each.failing_since_at, one.zone)})")


@sources.command()
@click.argument("url")
@click.option("--slug", help="Its name here; default: from its title.")
@click.option("--title", help="Default: the feed's own.")
@click.option("--topic", "topics", multiple=True, help="Always in this topic (repeat).")
@click.option("--language", help='Language of entries that do not say, like "fr".')
@json_option
def add(
    url: str, slug: str | None, title: str | None, topics: tuple[str, ...], language: str | None, as_json: bool
) -> None:
    """Follow a feed: by its address, or by that of a page that announces it."""
    from digest.gather.opml import slug as slug_from
    from digest.night.scouting import scout
    from digest.settings.edit import add_source

    house = installation()
    settings = house.settings()
    _check_topics(settings, topics)
    sighting = scout(settings, house.base, url)
    known = next((each for each in settings.sources if each.url == sighting.url), None)
    if known is not None:
        raise UsageError(f'{sighting.url} is followed already, as "{known.slug}".')
    taken = {name for each in settings.sources for name in (each.slug, *each.formerly)}
    host = (urlsplit(sighting.url).hostname or Path(sighting.url).stem).removeprefix("www.")
    name = slug or slug_from(title or sighting.feed.title or host, taken)
    if name in taken:
        raise UsageError(f'There is a source "{name}" already; --slug gives this one another name.')
    row = {
        "slug": name,
        "title": title or sighting.feed.title or host,
        "url": sighting.url,
        "language": language,
        "topics": topics,
    }
    edit(house.path, lambda text: _checked(house.path, add_source(text, row)))
    if as_json:
        print_json({"slug": name, **_sighted(sighting)})
        return
    _print_sighting(sighting)
    say(f'Following it as "{name}", written into {house.path}. `digest nightly` gathers it.')


@sources.command()
@click.argument("slug")
def remove(slug: str) -> None:
    """Stop following a source. Its entries and what people said about it stay."""
    from digest.settings.edit import remove_source

    house = installation()
    house.settings()
    edit(house.path, lambda text: _checked(house.path, remove_source(text, slug)))
    say(f'"{slug}" is out of {house.path}. Preferences that name it are kept, should it come back.')


@sources.command("try")
@click.argument("url_or_slug")
@json_option
def try_(url_or_slug: str, as_json: bool) -> None:
    """What a feed holds now: fetched and read, nothing stored."""
    from digest.night.scouting import scout

    house = installation()
    settings = house.settings()
    configured = settings.source(url_or_slug)
    sighting = scout(settings, house.base, configured.url if configured else url_or_slug)
    if as_json:
        print_json(_sighted(sighting))
        return
    _print_sighting(sighting)


def _check_topics(settings: Settings, topics: tuple[str, ...]) -> None:
    from digest.settings.sentences import nearest

    slugs = [each.slug for each in settings.topics]
    for topic in topics:
        if topic not in slugs:
            raise NotFound(f'There is no topic "{topic}"{nearest(topic, slugs)}')


def _state(source: Source) -> str:
    if source.gone_at:
        return "gone"
    if source.failures:
        return f"failing ({source.failures})"
    if source.malformed:
        return "malformed"
    return "ok" if source.succeeded_at else "new"


def _facts(one: Tonight, source: Source) -> dict[str, object]:
    from digest.net.guard import redact

    configured = one.settings.source(source.slug)
    return {
        "slug": source.slug,
        "title": (configured.title if configured else None) or source.title,
        "url": redact(source.url),
        "fetched_from": redact(source.address),
        "state": _state(source).split(" ")[0],
        "failures": source.failures,
        "failing_since": source.failing_since_at,
        "error": source.error,
        "last_success": source.succeeded_at,
        "last_news": source.news_at,
        "next_check": source.next_check_at,
    }
