"""`digest sources import` and `export`: subscriptions from any planet or reader; out as OPML, our topics its
folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest.cli.files import edit
from digest.cli.frame import Command
from digest.cli.installation import installation
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.tonight import tonight
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.gather.opml import Outline
    from digest.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A digest.toml with subscriptions added."""

    text: str
    #: slugs of new sources and topics
    sources: tuple[str, ...]
    topics: tuple[str, ...]
    #: addresses that are followed already
    known: tuple[str, ...]
    #: addresses we do not fetch
    left_out: tuple[str, ...]


@click.command("import", cls=Command)
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what would be added; change nothing.")
@json_option
def import_(file: IO[bytes], dry_run: bool, as_json: bool) -> None:
    """Follow every feed of a file (- for standard input): OPML, a Planet Venus config.ini, MakeMake's YAML.

    Folders become topics.
    """
    from digest.gather import subscriptions

    house = installation()
    settings = house.settings()
    try:
        imported = subscriptions.read(file.read())
    except OSError as cause:
        raise DigestError(f"{getattr(file, 'name', '-')} cannot be read: {cause.strerror}.") from cause
    outlines = imported.outlines
    merged = _merge(house.text(), settings, outlines)
    house.checked(merged.text)
    if not dry_run and merged.sources:
        edit(house.path, lambda text: house.checked(_merge(text, house.parsed(text), outlines).text))
    if as_json:
        print_json(
            {
                "sources": merged.sources,
                "topics": merged.topics,
                "known": merged.known,
                "left_out": merged.left_out,
                "notes": imported.notes,
                "dry_run": dry_run,
            }
        )
        return
    for note in imported.notes:
        say(note)
    for url in merged.left_out:
        say(f"{url}: not an address of http or https; left out")
    say(
        f"{'DRY RUN: would add' if dry_run else 'Added'} {count(len(merged.sources), 'source')} and "
        f"{count(len(merged.topics), 'topic')}; {len(merged.known)} followed already."
    )


@click.command(cls=Command)
def export() -> None:
    """Every source as OPML on standard output, a folder a topic. Passwords in addresses are left out."""
    from digest.gather import opml
    from digest.net.guard import redact
    from digest.settings import in_language

    with tonight() as one:
        language = one.settings.site.language
        titles = {each.slug: in_language(each.title, language) for each in one.settings.topics}
        state = {each.slug: each for each in one.store.sources.all()}
        text = opml.write(
            one.settings.site.title,
            [
                opml.Outline(
                    url=redact(each.url),
                    title=each.title or state[each.slug].title or each.slug,
                    site_url=state[each.slug].site_url or each.site,
                    folders=tuple(titles[topic] for topic in each.topics),
                    language=each.language,
                    keep=each.keep.words if each.keep else (),
                    drop=each.drop.words if each.drop else (),
                    keep_categories=each.keep.categories if each.keep else (),
                    drop_categories=each.drop.categories if each.drop else (),
                )
                for each in one.settings.sources
            ],
        )
    # Bytes: the document says of itself that it is UTF-8, whatever the terminal speaks.
    click.echo(text.encode(), nl=False)


def _merge(text: str, settings: Settings, outlines: tuple[Outline, ...]) -> Merged:
    """The text with the subscriptions that are not in it yet."""
    from digest.gather.opml import name_of
    from digest.gather.opml import slug as slug_from
    from digest.settings import in_language
    from digest.settings.edit import add_sources, add_topics

    urls = {each.url for each in settings.sources}
    taken = {name for each in settings.sources for name in (each.slug, *each.formerly)}
    titles = {in_language(each.title, settings.site.language): each.slug for each in settings.topics}
    slugs = {name for each in settings.topics for name in (each.slug, *each.formerly)}
    sources: list[dict[str, object]] = []
    topics: list[dict[str, object]] = []
    fresh = [each for each in outlines if each.url not in urls]
    good = [each for each in fresh if _fetched(each.url)]
    for outline in good:
        for folder in outline.folders:
            if folder not in titles:
                titles[folder] = slug_from(folder, slugs | taken)
                slugs.add(titles[folder])
                topics.append({"slug": titles[folder], "title": folder})
        name = slug_from(name_of(outline), taken | slugs)
        taken.add(name)
        sources.append(
            {
                "slug": name,
                "title": outline.title,
                "url": outline.url,
                "site": outline.site_url if _fetched(outline.site_url or "") else None,
                "language": outline.language,
                "topics": tuple(titles[folder] for folder in outline.folders),
                "keep": _filter(outline.keep, outline.keep_categories),
                "drop": _filter(outline.drop, outline.drop_categories),
            }
        )
    return Merged(
        text=add_sources(add_topics(text, topics), sources),
        sources=tuple(str(each["slug"]) for each in sources),
        topics=tuple(str(each["slug"]) for each in topics),
        known=tuple(each.url for each in outlines if each.url in urls),
        left_out=tuple(each.url for each in fresh if each not in good),
    )


def _fetched(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def _filter(words: tuple[str, ...], categories: tuple[str, ...]) -> dict[str, tuple[str, ...]] | None:
    found = {"words": words, "categories": categories}
    return {name: each for name, each in found.items() if each} or None
