"""Data on standard output: tables for people, JSON for programs. Words go to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click


def json_option(command: Any) -> Any:
    """`--json` on a command that lists or reports."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(value: object) -> None:
    """One JSON document, ready for `jq`."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None, default=str))


def say(words: str) -> None:
    """Words for people, on standard error."""
    click.echo(words, err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; the last one is as long as it likes."""
    cells = [[str(cell) if cell is not None else "" for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(head))]
    for number, row in enumerate(cells):
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, dim=True) if number == 0 else line)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the site's zone, to the minute; "-" for none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "-"


def count(number: int, one: str, many: str | None = None) -> str:
    """"1 entry", "3 entries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _width(text: str) -> int:
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
