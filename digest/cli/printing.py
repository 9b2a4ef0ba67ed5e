"""Data on standard output: tables for people, JSON for programs. Words go to standard error."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click


def json_option(command: Any) -> Any:
    """`--json` on a command that lists or reports."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(value: object, *, is_line: bool = False) -> None:
    """One JSON document, ready for `jq`; `is_line`: a part of one. Instants are ISO 8601 in UTC."""
    on_terminal = sys.stdout.isatty() and not is_line
    # JSON has its own way to say what an encoding cannot.
    is_plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=is_plain, indent=2 if on_terminal else None, default=_plain)
    click.echo(text, nl=not is_line)


def say(words: str) -> None:
    """Words for people, on standard error."""
    click.echo(words, err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; the last one is as long as it likes, on a terminal as long as there is room."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(head))]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, row in enumerate(cells):
        line = "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        line = line if room is None else _cut(line, room)
        click.echo(click.style(line, dim=True) if number == 0 else line)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the site's zone, to the minute; "-" for none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "-"


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 entry", "3 entries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _cut(line: str, room: int) -> str:
    """As much of the line as fits, with a sign that there is more."""
    if _width(line) <= room:
        return line
    while line and _width(line) >= room:
        line = line[:-1]
    return f"{line}…"


def _width(text: str) -> int:
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
