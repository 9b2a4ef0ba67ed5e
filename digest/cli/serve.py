"""`digest serve`: the pages, the night at its hour, and all mail between the nights, as one process."""

from __future__ import annotations

import click

from digest.cli.frame import Command
from digest.cli.installation import installation


@click.command(cls=Command)
@click.option(
    "--port", type=click.IntRange(0, 65_535), metavar="P", help="Instead of the port of [web] bind."
)
@click.option("--no-timer", is_flag=True, help="Leave the night to cron or systemd: `digest nightly`.")
def serve(port: int | None, no_timer: bool) -> None:
    """Subscriber pages, the planet, letters, deferred mail, bounces, and the night at its hour.

    \b
    SIGTERM and Ctrl-C end it after what is in hand; SIGHUP reads digest.toml again.
    It also does so by itself when digest.toml or a template changes.
    """
    from digest import log
    from digest.clock import utc_now
    from digest.serve.installed import Installed
    from digest.serve.server import serve as run

    verbose = int(click.get_current_context().meta.get("digest.verbose", 0))
    # A line a request is what a server is expected to write.
    log.set_up(verbose=max(1, verbose))
    here = installation()
    settings = here.settings()
    # Each thread and each command opens it: one in memory would be another every time.
    here.database(settings)
    house = Installed(path=here.path.resolve(), settings=settings, load=here.settings, clock=utc_now)
    run(house, port=port, with_timer=not no_timer, verbose=verbose)
