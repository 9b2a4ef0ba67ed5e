"""Where each key of a TOML text stands: the standard parser keeps no line numbers, and an error
without a line is half an error. A scanner of headers and keys only; values are tomllib's business."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: ("mail", "smtp"), ("sources", 2, "url"): as pydantic names a place
Path = tuple[str | int, ...]

_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'))*)\s*="""
)
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'""")
_STRING = re.compile(r"""\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""", re.DOTALL)


def places(text: str) -> dict[Path, int]:
    """Line numbers (from 1) of every table and key of a well-formed TOML text."""
    found: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in _statements(text):
        if (
            header := _HEADER.fullmatch(line.split("#")[0].rstrip())
            if line.lstrip().startswith("[")
            else None
        ):
            name = _within(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = (*name, counts[name])
            table = name
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path: Path = (*table, *_parts(key[1]))
            found[path] = number
            for inner in re.finditer(r"([A-Za-z0-9_-]+)\s*=", _STRING.sub("", line[key.end() :])):
                found.setdefault((*path, inner[1]), number)
    return found


def line_of(path: Path, known: dict[Path, int]) -> int | None:
    """The line of a place, or of the nearest place around it."""
    while path:
        if path in known:
            return known[path]
        path = path[:-1]
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each header and key; a value over several lines belongs to its first."""
    number, depth, held = 0, 0, ""
    lines = text.split("\n")
    start = 0
    while number < len(lines):
        held = f"{held}\n{lines[number]}" if held else lines[number]
        start = start or number + 1
        bare = _STRING.sub('""', held)
        open_string = '"""' in bare or "'''" in bare
        bare = re.sub(r"#[^\n]*", "", bare)
        depth = bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
        number += 1
        if (open_string or depth > 0) and number < len(lines):
            continue
        if held.strip() and not held.lstrip().startswith("#"):
            yield start, held
        held, start = "", 0


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _within(path: Path, counts: dict[Path, int]) -> Path:
    """`[sources.drop]` below `[[sources]]` belongs to the last source."""
    full: Path = ()
    for part in path[:-1]:
        full = (*full, part)
        if full in counts:
            full = (*full, counts[full])
    return (*full, path[-1])
