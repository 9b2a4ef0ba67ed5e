"""`digest send-test`: the next issue as it is now, to one address, with inert links and no trace."""

from __future__ import annotations

import click

from digest.cli.frame import Command
from digest.cli.printing import count, local, say
from digest.cli.tonight import tonight
from digest.errors import NotFound, RelayError, UsageError


@click.command("send-test", cls=Command)
@click.argument("address")
@click.option("--list", "slug", help="Which list; default: the first.")
@click.option("--as", "email", metavar="EMAIL", help="As this subscriber would get it.")
def send_test(address: str, slug: str | None, email: str | None) -> None:
    """Mail ADDRESS what the next issue would hold now: subject [TEST], inert links, no trace."""
    from digest.night.people import list_named, places_of
    from digest.night.run import transport
    from digest.night.trial import Trial
    from subscribers.addresses import Address, parse

    to = parse(address)
    reader = parse(email) if email else None
    for text, parsed in ((address, to), (email, reader)):
        if parsed is not None and not isinstance(parsed, Address):
            raise UsageError(f"{text!r}: {parsed.words}")
    assert isinstance(to, Address), "anything else was refused above"
    with tonight() as one:
        if not one.settings.lists:
            raise UsageError("There is no list: digest.toml needs a [[lists]].")
        list_id, configured = list_named(one, slug or one.settings.lists[0].slug)
        if isinstance(reader, Address):
            places = [each for each in places_of(one, reader) if each.subscription.list_id == list_id]
            if not places:
                raise NotFound(f"{reader} is not on {configured.slug}.")
            subscription = places[0].subscription
            trial = Trial(one, list_id, configured, cursors=[subscription.cursor])
            edition = trial.edition_for(subscription)
        else:
            trial = Trial(one, list_id, configured, cursors=[])
            edition = trial.edition(language=configured.language or one.settings.site.language)
        if edition is None or not edition.stories:
            say(f"Nothing new for {reader or configured.slug} now, so nothing was sent.")
            say(f"`digest gather` asks the sources; next due: {local(one.store.people.next_due(list_id), one.zone)}.")
            return
        outgoing = trial.test_message(edition, to.address)
        way = transport(one)
        way.open()
        try:
            name = f"test-{configured.slug}-{to.address}"
            reply = way.offer(outgoing.envelope, name=name, size=len(outgoing.content))
            if reply.is_yes:
                reply = way.send(outgoing.content)
        finally:
            way.close()
        if not reply.is_yes:
            raise RelayError(f"The relay refused it ({reply.phase}): {reply.code or ''} {reply.text}".rstrip())
        stories = count(len(edition.stories), "story", "stories")
        say(f"Sent {to} a test of {configured.slug}: {stories}, {len(outgoing.content) // 1024} KB. Its links are inert.")
        if one.settings.mail.smtp.startswith("dir:"):
            say(f"It is in {one.base / one.settings.mail.smtp.removeprefix('dir:')}.")
