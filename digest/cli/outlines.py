"""`digest sources import` and `export`: subscriptions as OPML, its folders our topics."""

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
    """Follow every feed of an OPML file (- for standard input); its folders become topics."""
    from digest.gather import opml

    house = installation()
    settings = house.settings()
    try:
        outlines = opml.read(file.read())
    except OSError as cause:
        raise DigestError(f"{getattr(file, 'name', '-')} cannot be read: {cause.strerror}.") from cause
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
                "dry_run": dry_run,
            }
        )
        return
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
                    site_url=state[each.slug].site_url,
                    folders=tuple(titles[topic] for topic in each.topics),
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
    from digest.settings.edit import add_source, add_topic

    urls = {each.url for each in settings.sources}
    taken = {name for each in settings.sources for name in (each.slug, *each.formerly)}
    titles = {in_language(each.title, settings.site.language): each.slug for each in settings.topics}
    slugs = {name for each in settings.topics for name in (each.slug, *each.formerly)}
    sources: list[str] = []
    topics: list[str] = []
    fresh = [each for each in outlines if each.url not in urls]
    good = [each for each in fresh if urlsplit(each.url).scheme in ("http", "https")]
    for outline in good:
        for folder in outline.folders:
            if folder not in titles:
                titles[folder] = slug_from(folder, slugs | taken)
                slugs.add(titles[folder])
                topics.append(titles[folder])
                text = add_topic(text, {"slug": titles[folder], "title": folder})
        name = slug_from(name_of(outline), taken | slugs)
        taken.add(name)
        sources.append(name)
        row = {"slug": name, "title": outline.title, "url": outline.url}
        text = add_source(text, {**row, "topics": tuple(titles[folder] for folder in outline.folders)})
    return Merged(
        text=text,
        sources=tuple(sources),
        topics=tuple(topics),
        known=tuple(each.url for each in outlines if each.url in urls),
        left_out=tuple(each.url for each in fresh if each not in good),
    )
