"""The installation as it is now: settings that may be replaced while we run, and stores opened from them.

A store is opened for each piece of work and let go after it (0.4 ms with a warm cache): threads share no
connection, and `digest restore` finds nobody holding on to the file it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from digest.night.keeping import sync
from digest.night.tonight import Tonight, night_for
from digest.settings import Settings
from digest.storage import Store, open_store


@dataclass(slots=True, kw_only=True)
class Installed:
    """One digest.toml. `settings` is replaced whole, so a reader of it has one state of it."""

    #: the digest.toml, for the commands we run
    path: Path
    settings: Settings
    #: reads it again. Raises DigestError with every fault
    load: Callable[[], Settings]
    clock: Callable[[], datetime]

    @property
    def base(self) -> Path:
        """The folder that paths in the settings are beside."""
        return self.path.resolve().parent

    @property
    def prefix(self) -> str:
        """The path of site.url, without a "/" at its end."""
        return prefix_of(self.settings.site.url)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The shelves, on a connection of this thread's. Raises StorageError."""
        with open_store(self.settings.storage.url, base=self.base, now=self.clock()) as store:
            yield store

    @contextmanager
    def tonight(self, *, stop: Callable[[], bool] = lambda: False) -> Iterator[Tonight]:
        """The same with all that the doors of the night ask for."""
        with self.store() as store:
            yield self.over(store, stop=stop)

    def over(self, store: Store, *, stop: Callable[[], bool] = lambda: False) -> Tonight:
        return Tonight(
            store=store,
            settings=self.settings,
            base=self.base,
            night=night_for(self.clock(), self.settings),
            clock=self.clock,
            random=Random(),  # noqa: S311 - the jitter of backoffs needs no secrecy
            stop=stop,
        )

    def reload(self) -> None:
        """Take the file as it is now, and bring rows in step with it. Raises DigestError: then nothing
        changed."""
        before, self.settings = self.settings, self.load()
        try:
            self.keep_step()
        except BaseException:
            self.settings = before
            raise

    def keep_step(self) -> None:
        """Lists and sources have rows as digest.toml has them. Raises StorageError."""
        with self.tonight() as one:
            sync(one)


def prefix_of(url: str) -> str:
    """ "/digest" of "https://example.org/digest/"; "" where there is no path."""
    _, _, rest = url.partition("://")
    _, slash, path = rest.partition("/")
    return (slash + path).rstrip("/")
