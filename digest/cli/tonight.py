"""From this call's digest.toml to a Tonight: the shelves open, the clock set, progress shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.installation import installation
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.night.tonight import Rest, Show, Tonight
    from digest.settings import Settings


#: arithmetic on nights and due dates needs some room on both sides
YEARS = range(1990, 2200)


def now_option(command: Any) -> Any:
    """`--now ISO`: the clock of this run begins there."""
    return click.option(
        "--now", metavar="ISO", help="Run as if it were this instant, like 2026-11-22T03:00."
    )(command)


@contextmanager
def tonight(
    *,
    now: str | None = None,
    show: Show | None = None,
    rest: Rest | None = None,
    stop: Callable[[], bool] = lambda: False,
    in_step: bool = True,
) -> Iterator[Tonight]:
    """The installation of this call, its lists and sources in step with digest.toml.

    Not `in_step`: the database is as it was, for what must leave no trace.
    """
    from random import Random

    from digest.night.keeping import sync
    from digest.night.tonight import Tonight, night_for, unheard, unwatched

    house = installation()
    settings = house.settings()
    clock = clock_from(now, settings)
    with house.store(settings) as store:
        dice = Random()  # noqa: S311 - the jitter of backoffs needs no secrecy
        one = Tonight(
            store=store,
            settings=settings,
            base=house.base,
            night=night_for(clock(), settings),
            clock=clock,
            random=dice,
            show=show or unwatched,
            rest=rest or unheard,
            stop=stop,
        )
        if in_step:
            sync(one)
        yield one


def clock_from(now: str | None, settings: Settings) -> Callable[[], datetime]:
    """The clock, or one that began at `now` when we started: time goes on from there."""
    from digest.clock import utc_now

    if now is None:
        return utc_now
    try:
        begin = datetime.fromisoformat(now)
    except ValueError as cause:
        raise UsageError(f"--now {now}: write it like 2026-11-22 or 2026-11-22T03:00+01:00.") from cause
    if begin.year not in YEARS:
        raise UsageError(f"--now {now}: the year must be between {YEARS.start} and {YEARS.stop - 1}.")
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=settings.site.zone)
    ahead = begin.astimezone(UTC) - utc_now()
    return lambda: utc_now() + ahead


def refuse_far_clock(one: Tonight, *, yes: bool) -> None:
    """A clock set by hand must not send real mail by mistake (design §7)."""
    from digest.clock import utc_now
    from digest.deliver.relay import is_folder, relay_of

    smtp = one.settings.mail.smtp
    if yes or abs(one.clock() - utc_now()) <= timedelta(days=1) or is_folder(smtp):
        return
    password = one.settings.mail.password
    if relay_of(smtp, password.get_secret_value() if password else None).is_loopback:
        return
    raise UsageError(
        "--now is more than a day off the clock, and this would send real mail.",
        mend="Add --yes if you mean it, or set DIGEST_MAIL__SMTP=dir:outbox for this run.",
    )
