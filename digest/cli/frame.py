"""What every command has: `--config`, `--debug`, `--verbose`, friendly errors, exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.storage import Store

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command with the options that work everywhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path, dir_okay=False),
                envvar="DIGEST_CONFIG",
                expose_value=False,
                callback=_remember("config"),
                help="The digest.toml to use; default: the one here or in a folder above.",
            ),
            click.Option(["--debug"], is_flag=True, expose_value=False, help="Show a trace with an error."),
            click.Option(
                ["-v", "--verbose"], count=True, expose_value=False, callback=_remember("verbose"), help="Say more."
            ),
        ]


class Group(click.Group):
    """A command group whose commands have the options that work everywhere."""

    command_class = Command


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def keep(context: click.Context, _: click.Parameter, value: Any) -> Any:
        if name == "verbose":
            from digest import log

            log.set_up(verbose=int(value or 0))
        context.find_root().meta[f"digest.{name}"] = value
        return value

    return keep


class Installation:
    """The digest.toml of this call, and the doors behind it, opened when first asked for."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The digest.toml: named, or found here or in a folder above."""
        if self._path is None:
            here = Path.cwd()
            found = next((each / "digest.toml" for each in (here, *here.parents) if (each / "digest.toml").is_file()), None)
            if found is None:
                raise DigestError(
                    f"There is no digest.toml in {here} or above it.",
                    mend="`digest init` writes one; --config names another.",
                )
            self._path = found
        return self._path

    @property
    def base(self) -> Path:
        """The folder that paths in digest.toml are beside."""
        return self.path.resolve().parent

    def text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError as cause:
            raise DigestError(f"{self.path} is not there.", mend="`digest init` writes one.") from cause
        except UnicodeDecodeError as cause:
            raise DigestError(f"{self.path} is not UTF-8 text.") from cause
        except OSError as cause:
            raise DigestError(f"{self.path} cannot be read: {cause.strerror}.") from cause

    def settings(self) -> Settings:
        """The settings. Raises SettingsError with every fault."""
        from digest.settings import load

        base = self.base
        return load(
            self.text(),
            path=self.path,
            environ=dict(os.environ),
            read_secret=lambda name: (base / name).read_text(encoding="utf-8"),
        )

    def store(self, settings: Settings) -> Store:
        """The open database, migrated."""
        from digest.clock import utc_now
        from digest.storage import open_store

        return open_store(settings.storage.url, base=self.base, now=utc_now())


def installation(context: click.Context | None = None) -> Installation:
    """The installation this call is about."""
    context = context or click.get_current_context()
    return Installation(context.find_root().meta.get("digest.config"))


def report_error(error: BaseException, *, debug: bool) -> int:
    """Say what went wrong on standard error, without a trace unless asked; the exit code."""
    if debug and not isinstance(error, click.exceptions.Exit | SystemExit):
        traceback.print_exception(error)
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            click.echo("Interrupted. What was done is kept; run the same command to go on.", err=True)
            return 130
        case click.ClickException():
            error.show(sys.stderr)
            return error.exit_code
        case DigestError():
            for line in error.message.splitlines():
                click.echo(line, err=True)
            if error.mend:
                click.echo(f"→ {error.mend}", err=True)
            return error.exit_code
        case BrokenPipeError():
            # The reader of our output went away (`| head`): not an error of ours.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case _:
            click.echo(f"Something we did not foresee: {type(error).__name__}: {error}", err=True)
            click.echo("→ Run it again with --debug and send us what it prints. Nothing that was recorded is lost.", err=True)
            return 1
