"""The process itself: the pages, a thread a chore, and the signals that end them.

The main thread only waits: for SIGTERM or SIGINT (end), for SIGHUP (reload). Ending: no new connection,
answers in hand are finished, commands of ours finish the mail in flight; after 25 seconds nobody is
waited for.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from socket import socket
from threading import Thread
from time import monotonic

from digest.errors import DigestError
from digest.log import event, logger
from digest.serve.children import Children
from digest.serve.chores import Bell, Chore, keep_at
from digest.serve.housekeeping import housekeeping
from digest.serve.inbound import receiver_of, start
from digest.serve.installed import Installed
from digest.serve.later import Later
from digest.serve.watch import Watch
from digest.serve.web import Front, Web, app_of, listener, place_of
from digest.serve.work import Mail, Mailbox, Nightly

_LOG = logger("serve")

#: seconds for answers and for commands of ours, once told to end; our unit of systemd's gives 30
PATIENCE = 25.0
#: more of them for who was killed, and for what a stranger's page left to do
_LAST, _LATER = 2.0, 5.0
#: told by the web's own thread: it is over
_WEB_ENDED = 0


def serve(house: Installed, *, port: int | None = None, with_timer: bool = True, verbose: int = 0) -> None:
    """Until a signal ends it. Raises UsageError for a port that is taken, StorageError, SettingsError."""
    bind = place_of(house.settings.web.bind, port)
    with listener(*bind) as listening, _told() as told:
        house.keep_step()
        process = Process(house, listening, told, verbose=verbose)
        process.start(with_timer=with_timer)
        _LOG.warning(event("serving", at=listening.getsockname()[1], site=house.settings.site.url))
        while (what := told.get()) == signal.SIGHUP:
            process.reload()
        _LOG.warning(event("ending"))
        process.end()
    if what == _WEB_ENDED:
        raise DigestError("The web server has ended by itself.", mend="The log before this line says why.")


class Process:
    """All that runs. `start` and `end` once each."""

    def __init__(
        self, house: Installed, listening: socket, told: SimpleQueue[int], *, verbose: int = 0
    ) -> None:
        """Raises DigestError."""
        self._house = house
        self._children = Children(house.path, verbose=verbose)
        self._later = Later()
        self._mail, self._watching = Bell(house.clock), Bell(house.clock)
        self._bells: list[Bell] = []
        self._threads: list[Thread] = []
        self._front = Front(app_of(house, self._later, ring=self._mail.ring))
        self._web = Web(self._front, listening, ended=lambda: told.put(_WEB_ENDED))
        self._watch = Watch(house, self._renew)
        self._receiver = receiver_of(house)

    def start(self, *, with_timer: bool) -> None:
        """Raises UsageError where the door for bounces cannot be opened."""
        if self._receiver is not None:
            start(self._receiver, self._house.settings.web.inbound)
        self._web.start()
        run, house = self._children.run, self._house
        self._keep(self._watch, self._watching)
        self._keep(Mail(house=house, run=run), self._mail)
        others: Sequence[Chore] = [Mailbox(house=house, run=run), *housekeeping(house, ring=self._mail.ring)]
        for chore in [*others, *([Nightly(house=house, run=run)] if with_timer else [])]:
            self._keep(chore, Bell(house.clock))

    def reload(self) -> None:
        self._watch.ask()
        self._watching.ring()

    def end(self) -> None:
        deadline = monotonic() + PATIENCE
        for bell in self._bells:
            bell.close()
        self._children.end()
        self._web.end()
        if self._receiver is not None:
            # It waits for what its desk has in hand, which may wait for the database.
            self._threads.append(Thread(target=self._receiver.stop, name="inbound-end", daemon=True))
            self._threads[-1].start()
        self._later.close(within=_LATER)
        if not self._joined(deadline):
            self._children.kill()
            self._joined(monotonic() + _LAST)
        self._web.join(deadline)

    def _keep(self, chore: Chore, bell: Bell) -> None:
        """A thread for a chore, and a bell to wake it."""
        given = {"now": self._house.clock, "wait": bell.wait}
        self._bells.append(bell)
        self._threads.append(
            Thread(target=keep_at, args=(chore,), kwargs=given, name=chore.name, daemon=True)
        )
        self._threads[-1].start()

    def _renew(self) -> None:
        """Settings have changed: the pages, and what is due when."""
        self._front.app = app_of(self._house, self._later, ring=self._mail.ring)
        for bell in self._bells:
            bell.ring()

    def _joined(self, until: float) -> bool:
        """Wait for all threads, to that instant of the monotonic clock. Whether they ended."""
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


@contextmanager
def _told() -> Iterator[SimpleQueue[int]]:
    """What we are told from outside, one at a time."""
    told: SimpleQueue[int] = SimpleQueue()
    with ExitStack() as before:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # A SimpleQueue may be put to from a handler that interrupts its reader.
            before.callback(signal.signal, number, signal.signal(number, lambda got, _frame: told.put(got)))
        yield told
