"""`digest sources`: the feeds we follow. digest.toml is the truth; these commands edit it, comments kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest.cli import outlines, sighting
from digest.cli.files import edit
from digest.cli.frame import Group
from digest.cli.installation import Installation, installation
from digest.cli.printing import json_option, local, print_json, say, table
from digest.cli.tonight import tonight
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
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
@click.option("--topic", "topics", multiple=True, metavar="SLUG", help="Always in this topic (repeat).")
@click.option("--language", help='Language of entries that do not say, like "fr".')
@json_option
def add(
    url: str,
    slug: str | None,
    title: str | None,
    topics: tuple[str, ...],
    language: str | None,
    as_json: bool,
) -> None:
    """Follow a feed: by its address, or by that of a page that announces it."""
    from digest.settings.edit import add_source

    house = installation()
    settings = house.settings()
    _refuse_unknown_topics(settings, topics)
    found = _scout(house, settings, url)
    name = _name_for(settings, found, slug=slug, title=title)
    row = {
        "slug": name,
        "title": title or found.feed.title or _host(found),
        "url": found.url,
        "language": language,
        "topics": topics,
    }
    edit(house.path, lambda text: house.checked(add_source(text, row)))
    if as_json:
        print_json({"slug": name, **sighting.facts(found)})
        return
    sighting.show(found)
    say(f'Following it as "{name}", written into {house.path}. `digest nightly` gathers it.')


@sources.command()
@click.argument("slug")
def remove(slug: str) -> None:
    """Stop following a source. Its entries and what people said about it stay."""
    from digest.settings.edit import remove_source
    from digest.settings.sentences import nearest

    house = installation()
    settings = house.settings()
    if settings.source(slug) is None:
        known = [each.slug for each in settings.sources]
        raise NotFound(f'There is no source "{slug}"{nearest(slug, known)}')
    edit(house.path, lambda text: house.checked(remove_source(text, slug)))
    say(f'"{slug}" is out of {house.path}. Preferences that name it are kept, should it come back.')


@sources.command("try")
@click.argument("url_or_slug", metavar="URL-OR-SLUG")
@json_option
def try_(url_or_slug: str, as_json: bool) -> None:
    """What a feed holds now: fetched and read, nothing stored."""
    house = installation()
    settings = house.settings()
    configured = settings.source(url_or_slug)
    found = _scout(house, settings, configured.url if configured else url_or_slug)
    if as_json:
        print_json(sighting.facts(found))
        return
    sighting.show(found)


sources.add_command(outlines.import_)
sources.add_command(outlines.export)


def _scout(house: Installation, settings: Settings, typed: str) -> Sighting:
    """The feed at an address, a path, or a page. Raises NotFound for what is none of them."""
    from digest.night.scouting import scout
    from digest.settings.sentences import nearest

    here = Path(typed)
    if (house.base / typed).is_file():
        return scout(settings, house.base, typed)
    if here.is_file():
        # Typed as seen from the shell's folder; digest.toml sees it from its own.
        typed = str(here.resolve())
        if here.resolve().is_relative_to(house.base):
            typed = str(here.resolve().relative_to(house.base))
    elif not _is_address(typed):
        known = [each.slug for each in settings.sources]
        raise NotFound(
            f'"{typed}" is no address, no file and no source{nearest(typed, known)}',
            mend="An address looks like blog.example.org or https://blog.example.org/feed.xml.",
        )
    return scout(settings, house.base, typed)


def _is_address(typed: str) -> bool:
    """Whether a host may be meant: "blog.example.org", "localhost:8099/feed", "https://…"."""
    host = typed.partition("/")[0]
    return ":" in host or host == "localhost" or ("." in host.strip(".")) or typed.startswith("//")


def _name_for(settings: Settings, found: Sighting, *, slug: str | None, title: str | None) -> str:
    """A free name for a new source. Raises UsageError for what is followed, or a name that is taken."""
    from digest.gather.opml import slug as slug_from
    from digest.net.guard import redact

    known = next((each for each in settings.sources if each.url == found.url), None)
    if known is not None:
        raise UsageError(f'{redact(found.url)} is followed already, as "{known.slug}".')
    taken = {name for each in settings.sources for name in (each.slug, *each.formerly)}
    if slug in taken:
        raise UsageError(f'There is a source "{slug}" already; --slug gives this one another name.')
    # A wish names a source or a topic by its slug alone.
    topics = {name for each in settings.topics for name in (each.slug, *each.formerly)}
    return slug or slug_from(title or found.feed.title or _host(found), taken | topics)


def _host(found: Sighting) -> str:
    return (urlsplit(found.url).hostname or Path(found.url).stem).removeprefix("www.")


def _refuse_unknown_topics(settings: Settings, topics: tuple[str, ...]) -> None:
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
