"""The digest.toml of this call, and the doors behind it, opened when first asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.settings.schema import Dkim
    from digest.storage import Store


class Installation:
    """One digest.toml. Nothing is read before it is asked for."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The digest.toml: named, or found here or in a folder above."""
        if self._path is None:
            here = Path.cwd()
            above = (folder / "digest.toml" for folder in (here, *here.parents))
            self._path = next((path for path in above if path.is_file()), None)
        if self._path is None:
            raise UsageError(
                f"There is no digest.toml in {Path.cwd()} or above it.",
                mend="`digest init` writes one; --config names another.",
            )
        return self._path

    @property
    def base(self) -> Path:
        """The folder that paths in digest.toml are beside."""
        return self.path.resolve().parent

    def text(self) -> str:
        """The file as it is. Raises DigestError."""
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError as cause:
            raise UsageError(f"{self.path} is not there.", mend="`digest init` writes one.") from cause
        except UnicodeDecodeError as cause:
            raise UsageError(f"{self.path} is not UTF-8 text.", mend="Save it as UTF-8.") from cause
        except OSError as cause:
            raise DigestError(f"{self.path} cannot be read: {cause.strerror}.") from cause

    def settings(self) -> Settings:
        """The settings. Raises SettingsError with every fault."""
        return self.parsed(self.text())

    def parsed(self, text: str) -> Settings:
        """The settings this text would be. Raises SettingsError with every fault."""
        from digest.settings import load

        base = self.base
        return load(
            text,
            path=self.path,
            environ=dict(os.environ),
            read_secret=lambda name: (base / name).read_text(encoding="utf-8"),
            check_key=_read_key,
        )

    def checked(self, text: str) -> str:
        """The text, if it is a good digest.toml: an edit never leaves a broken file."""
        self.parsed(text)
        return text

    def database(self, settings: Settings) -> Path:
        """The database's file, there or not, for what must not open it. Raises UsageError."""
        from digest.storage import database_path

        path = database_path(settings.storage.url, self.base)
        if path is None:
            raise UsageError("The database is in memory: there is no file.", mend="Set url in [storage].")
        return path

    def store(self, settings: Settings) -> Store:
        """The open database, migrated."""
        from digest.clock import utc_now
        from digest.storage import open_store

        return open_store(settings.storage.url, base=self.base, now=utc_now())


def _read_key(key: Dkim) -> None:
    from digest.deliver.sign import read_key

    read_key(key.key.get_secret_value(), domain=key.domain, selector=key.selector)


def installation() -> Installation:
    """The installation this call is about."""
    return Installation(click.get_current_context().meta.get("digest.config"))
