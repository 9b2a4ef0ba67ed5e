"""`digest suppressions`: who is not mailed any more, and why; by an admin's hand too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from digest.cli import typed
from digest.cli.frame import Group
from digest.cli.printing import json_option, local, print_json, say, table
from digest.cli.tonight import tonight

if TYPE_CHECKING:
    from digest.night.tonight import Tonight
    from subscribers.model import Subscription, Suppression


@click.group(cls=Group)
def suppressions() -> None:
    """Who is not mailed any more, and why."""


@suppressions.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Everybody who is not mailed, with reason and dates. Who was erased is a hash alone."""
    from digest.night.suppressing import everybody

    with tonight() as one:
        now = one.clock()
        if as_json:
            print_json([_facts(each, now) for each in everybody(one)])
            return
        rows = [
            (
                each.address or f"(erased) {each.address_hash[:12]}",
                each.reason,
                local(each.since_at, one.zone),
                _until(each, one),
                each.detail,
            )
            for each in everybody(one)
        ]
        if not rows:
            say("Nobody: every address is mailed.")
            return
        table(("address", "reason", "since", "until", "detail"), rows)


@suppressions.command()
@click.argument("email")
@click.option("--reason", default="", metavar="WORDS", help="Why, for whoever looks later.")
def add(email: str, reason: str) -> None:
    """Mail an address no more, until it is lifted. Their places and wishes stay."""
    from digest.night import suppressing
    from subscribers.model import Reason

    address = typed.address(email)
    with tonight() as one:
        now = suppressing.add(one, address, detail=" ".join(reason.split())[:500])
        if now.reason in (Reason.ADMIN, Reason.ERASED):
            say(f"{address} is not mailed any more. `digest suppressions lift {address}` takes it back.")
        else:
            say(f"{address} is suppressed for good already ({now.reason}); nothing changed.")


@suppressions.command()
@click.argument("email")
def lift(email: str) -> None:
    """Mail an address again. Its places start at their list's last numbered issue."""
    from digest.night import suppressing

    address = typed.address(email)
    with tonight() as one:
        lifted = suppressing.lift(one, address)
        say(f"{address} is mailed again (it was suppressed: {lifted.was.reason}).")
        for each in lifted.restarted:
            say(
                f"{_list_of(one, each)} starts again, with what came since its last issue. "
                f"Next digest: {local(each.due_at, one.zone)}."
            )
        for each in lifted.left:
            say(f"They have left {_list_of(one, each)}, and come back to it only by joining.")


def _facts(each: Suppression, now: datetime) -> dict[str, object]:
    return {
        "address": each.address,
        "hash": each.address_hash,
        "reason": each.reason,
        "since": each.since_at,
        "until": each.until_at,
        "in_force": each.until_at is None or each.until_at > now,
        "detail": each.detail,
    }


def _until(each: Suppression, one: Tonight) -> str:
    if each.until_at is None:
        return "for good"
    until = local(each.until_at, one.zone)
    return until if each.until_at > one.clock() else f"{until} (over: the next mail is a probe)"


def _list_of(one: Tonight, place: Subscription) -> str:
    return next((each.slug for id, each in one.lists() if id == place.list_id), "A list that is no more")
