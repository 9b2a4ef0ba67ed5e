"""What every command has: `--config`, `--debug`, `--verbose`, and a guess when a name is misspelt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["Command", "Group", "Guessing", "everywhere"]


def everywhere() -> list[click.Parameter]:
    """The options that work with every command, before it or after it."""
    return [
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="DIGEST_CONFIG",
            metavar="PATH",
            expose_value=False,
            callback=_remember_config,
            help="The digest.toml to use; default: the one here or in a folder above.",
        ),
        click.Option(["--debug"], is_flag=True, expose_value=False, help="Show a trace with an error."),
        click.Option(
            ["-v", "--verbose"], count=True, expose_value=False, callback=_speak_up, help="Say more."
        ),
    ]


class Command(click.Command):
    """A command with the options that work everywhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += everywhere()


class Guessing(click.Group):
    """A group that guesses what a misspelt command was meant to be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += everywhere()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(
                f'There is no command "{ctx.command_path} {name}"{_guess(name, self.list_commands(ctx))}', ctx
            )
        return super().resolve_command(ctx, args)


class Group(Guessing):
    """A command group whose commands have the options that work everywhere."""

    command_class = Command


def _guess(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f'; did you mean "{near[0]}"?' if near else "."


def _remember_config(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    """The one typed last wins: after the command, before it, DIGEST_CONFIG."""
    typed = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    if typed or "digest.config" not in context.meta:
        context.meta["digest.config"] = value


def _speak_up(context: click.Context, _: click.Parameter, value: int) -> None:
    from digest import log

    verbose = context.meta["digest.verbose"] = value + int(context.meta.get("digest.verbose", 0))
    log.set_up(verbose=verbose)
    # What the guard refused is told as the command's error, or beside the source's name in the summary.
    log.logger("net").setLevel("NOTSET" if verbose else "ERROR")
