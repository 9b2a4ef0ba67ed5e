"""`digest dkim`: keys that sign mails."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from digest.cli.frame import Group
from digest.cli.installation import Installation, installation
from digest.cli.printing import json_option, print_json, say
from digest.errors import DigestError, UsageError


@click.group(cls=Group)
def dkim() -> None:
    """Keys that sign mails (DKIM)."""


@dkim.command()
@click.argument("selector")
@click.option("--ed25519", is_flag=True, help="The newer kind, beside an RSA key.")
@click.option("--domain", help="Whose signature it makes; default: the domain of mail.from.")
@click.option("--out", metavar="FILE", help="Beside digest.toml; default: dkim-SELECTOR.pem.")
@json_option
def new(selector: str, ed25519: bool, domain: str | None, out: str | None, as_json: bool) -> None:
    """Make a key, and say what goes into digest.toml and into the DNS. SELECTOR names it, like d1."""
    from digest.deliver.sign import new_key, read_key
    from digest.night.records import record_of
    from digest.settings.schema import domain_name, selector_name

    house = installation()
    selector = _named("selector", selector, selector_name)
    owner = _named("domain", domain or _domain(house), domain_name)
    name = out or f"dkim-{selector}.pem"
    text = new_key("ed25519" if ed25519 else "rsa")
    _write_secret(house.base / name, text)
    key = read_key(text, domain=owner, selector=selector)
    record = record_of(key)
    line = f'dkim = {{ domain = "{owner}", selector = "{selector}", key = "file:{name}" }}'
    if as_json:
        print_json({
            "file": str(house.base / name), "kind": key.kind, "settings": line,
            "record": {"name": record.name, "type": record.type, "value": record.value},
        })  # fmt: skip
        return
    say(f"Wrote {house.base / name}, which only you may read. Into the DNS, first:")
    click.echo(record.line)
    say("When `digest doctor --dns` finds it there, into [mail] of digest.toml:")
    click.echo(line)
    say("Beside a key that is there: dkim = [{ … }, { … }]; a mail then has a signature of each.")


def _named(what: str, text: str, form: Callable[[str], str]) -> str:
    """The text as a DKIM table of digest.toml would have it."""
    try:
        return form(text)
    except ValueError as cause:
        raise UsageError(f"{what} {text!r}: {cause}.") from cause


def _domain(house: Installation) -> str:
    from digest.night.signing import from_domain

    return from_domain(house.settings())


def _write_secret(path: Path, text: str) -> None:
    """A new file that its owner alone may read, from its first byte on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as cause:
        raise UsageError(
            f"{path} is there already, and stays as it is.", mend="Another selector makes another key."
        ) from cause
    except OSError as cause:
        raise DigestError(f"{path} cannot be written: {cause.strerror}.") from cause
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
