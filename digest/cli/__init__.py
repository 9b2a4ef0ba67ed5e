"""The `digest` command. One file a command group; each parses, calls one door and prints.

Nothing here imports a room before a command needs it, so that `--help` answers at once (number N11).
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from digest import __version__
from digest.cli import faults
from digest.cli.frame import Guessing

#: command -> (module, one line of help), in the order people meet them
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "demo": ("demo", "A whole night on the sample feeds, into a local outbox."),
        "init": ("init", "A commented digest.toml and a first database."),
        "doctor": ("doctor", "What is wrong with this installation, and the mend."),
        "dkim": ("dkim", "Keys that sign mails."),
    },
    "The database": {
        "backup": ("backup", "A checked copy of everything, also while a night runs."),
        "restore": ("backup", "Put a backup in its place. No mail leaves before `issues resume`."),
    },
    "The night": {
        "nightly": (
            "night",
            "The whole night: gather, sort, cut, send. Run it twice and nothing happens twice.",
        ),
        "gather": ("night", "Fetch the sources that are due."),
        "compose": ("night", "Cut tonight's issues and plan who gets what."),
        "deliver": ("deliver", "Send what is planned."),
        "send-test": ("sendtest", "Mail yourself what the next issue would hold now."),
    },
    "The paper": {
        "sources": ("sources", "The feeds we follow."),
        "entries": ("entries", "What the feeds brought."),
        "issues": ("issues", "What was published, and what comes next."),
        "check": ("check", "Every rule of a good mail, held against real ones."),
        "explain": ("explain", "Why an entry is, or is not, in somebody's digest."),
        "templates": ("templates", "What mails and pages are made with, and your own copies."),
        "planet": ("planet", "The public pages."),
    },
    "The people": {
        "lists": ("lists", "The mailing lists."),
        "subscribers": ("subscribers", "Who gets what."),
        "suppressions": ("suppressions", "Who is not mailed any more, and why."),
        "serve": ("serve", "Pages, planet, letters, deferred mail, and the night at its hour."),
        "inbound": ("inbound", "Take in a bounce, a complaint, or a mail that asks to leave."),
    },
}


class Front(Guessing):
    """Knows every command by name and one line; imports its module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for group in COMMANDS.values():
            if cmd_name in group:
                module = import_module(f"digest.cli.{group[cmd_name][0]}")
                command = getattr(module, cmd_name.replace("-", "_"))
                assert isinstance(command, click.Command)
                return command
        return None

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with faults.readers_may_go():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with faults.readers_may_go():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, words) for name, (_, words) in group.items()])


@click.group(cls=Front, invoke_without_command=True)
@click.version_option(__version__, prog_name="digest")
@click.pass_context
def digest(ctx: click.Context) -> None:
    """Many feeds, one digest by mail for each reader.

    \b
      digest demo                      see a whole night on sample feeds
      digest init && digest doctor     start your own
      digest nightly                   gather, cut and send; for cron
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: list[str] | None = None) -> None:
    """The console script: runs a command and ends the process with its exit code (design §7)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    faults.spare_the_terminal()
    try:
        code = digest.main(args=arguments, prog_name="digest", standalone_mode=False)
        faults.flush()
    except BaseException as error:  # noqa: BLE001 - the last frame: words and an exit code for all
        code = faults.report(error, debug="--debug" in arguments)
    sys.exit(code if isinstance(code, int) else 0)


__all__ = ["COMMANDS", "digest", "main"]
