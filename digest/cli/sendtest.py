"""`digest send-test`: the next issue as it is now, to one address, with inert links and no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Command
from digest.cli.printing import count, local, say
from digest.cli.tonight import tonight
from digest.errors import NotFound, RelayError, UsageError

if TYPE_CHECKING:
    from digest.deliver import Outgoing
    from digest.model import ListId, NewEdition
    from digest.night.tonight import Tonight
    from digest.night.trial import Trial
    from digest.settings import ListSettings
    from subscribers.addresses import Address


@click.command("send-test", cls=Command)
@click.argument("address")
@click.option("--list", "slug", metavar="SLUG", help="Which list; default: the first.")
@click.option("--as", "email", metavar="EMAIL", help="As this subscriber would get it.")
def send_test(address: str, slug: str | None, email: str | None) -> None:
    """Mail ADDRESS what the next issue would hold now: subject [TEST], inert links, no trace."""
    from digest.night.people import list_named

    to = typed.address(address)
    reader = typed.address(email) if email else None
    with tonight() as one:
        if not one.settings.lists:
            raise UsageError("There is no list: digest.toml needs a [[lists]].")
        list_id, configured = list_named(one, slug or one.settings.lists[0].slug)
        trial, edition = _edition(one, list_id, configured, reader)
        if edition is None or not edition.stories:
            say(f"Nothing new for {reader or configured.slug} now, so nothing was sent.")
            due = local(one.store.people.next_due(list_id), one.zone)
            say(f"`digest gather` asks the sources; next due: {due}.")
            return
        outgoing = trial.test_message(edition, to.address)
        _send(one, outgoing, name=f"test-{configured.slug}-{to.address}")
        stories = count(len(edition.stories), "story", "stories")
        size = len(outgoing.content) // 1024
        say(f"Sent {to} a test of {configured.slug}: {stories}, {size} KB. Its links are inert.")
        if one.settings.mail.smtp.startswith("dir:"):
            say(f"It is in {one.base / one.settings.mail.smtp.removeprefix('dir:')}.")


def _edition(
    one: Tonight, list_id: ListId, configured: ListSettings, reader: Address | None
) -> tuple[Trial, NewEdition | None]:
    """What that reader would get; without one, what somebody would who wants all of it."""
    from digest.night.people import places_of
    from digest.night.trial import Trial

    if reader is None:
        trial = Trial(one, list_id, configured, cursors=[])
        return trial, trial.edition(language=configured.language or one.settings.site.language)
    places = [each for each in places_of(one, reader) if each.subscription.list_id == list_id]
    if not places:
        raise NotFound(f"{reader} is not on {configured.slug}.", mend=f"`digest subscribers show {reader}`")
    subscription = places[0].subscription
    trial = Trial(one, list_id, configured, cursors=[subscription.cursor])
    return trial, trial.edition_for(subscription)


def _send(one: Tonight, outgoing: Outgoing, *, name: str) -> None:
    """Raises RelayError when the relay does not take it."""
    from digest.deliver import send_one
    from digest.night.sending import transport
    from digest.night.signing import signer_of

    signer = signer_of(one.settings)
    if signer is not None:
        outgoing = signer.seal(outgoing, dated_at=one.clock(), label=name, key_id=None)
    reply = send_one(transport(one), outgoing, name=name)
    if not reply.is_yes:
        said = f"{reply.code or ''} {reply.text}".strip()
        raise RelayError(
            f"The relay refused it at {reply.phase.value}: {said}", mend="`digest doctor` asks the relay."
        )
