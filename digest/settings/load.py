"""From the text of digest.toml to Settings, or to every fault in it at once, each with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from digest.errors import SettingsError
from digest.settings.checks import Fault, faults
from digest.settings.places import Path as Place
from digest.settings.places import line_of, places
from digest.settings.schema import Settings
from digest.settings.sentences import nearest, sentence

PREFIX = "DIGEST_"
#: keys whose value may be `file:PATH`
SECRETS: tuple[tuple[str, ...], ...] = (("mail", "password"), ("mail", "dkim", "key"))


def load(text: str, *, path: Path, environ: Mapping[str, str], read_secret: Callable[[str], str]) -> Settings:
    """Settings from the file's text; `DIGEST_TABLE__KEY` of `environ` comes before the file.

    `read_secret` is given the PATH of a `file:PATH` value and returns its text; it may raise OSError.

    Raises SettingsError with every fault found: `digest.toml:12: …`.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise SettingsError((_syntax(cause, path),), path=path) from cause
    said = _environment(data, environ)
    found = _secrets(data, read_secret)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(data)
        found += faults(settings)
    except ValidationError as invalid:
        found += [sentence(error, data) for error in invalid.errors(include_url=False)]
    if settings is None or said or found:
        raise SettingsError((*said, *_in_order(found, path, places(text))), path=path)
    return settings


def _in_order(found: list[Fault], path: Path, known: dict[Place, int]) -> list[str]:
    """Each fault with its line, in the order of the file, none twice."""
    lines = [(line_of(place, known) or 0, words) for place, words in found]
    lines.sort(key=lambda fault: fault[0])
    return [
        f"{path.name}:{line}: {words}" if line else f"{path.name}: {words}"
        for line, words in dict.fromkeys(lines)
    ]


def _syntax(cause: tomllib.TOMLDecodeError, path: Path) -> str:
    words = str(cause)
    what, _, where = words.partition(" (at ")
    line = where.removeprefix("line ").split(",")[0].rstrip(")")
    at = f"{path.name}:{line}" if line.isdigit() else path.name
    return f"{at}: this is not TOML: {what[:1].lower()}{what[1:]}"


def _environment(data: dict[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Lay `DIGEST_MAIL__SMTP=…` over the file. A value in brackets, braces or quotes is read as TOML."""
    problems = []
    for name, raw in sorted(environ.items()):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        steps = [step.lower() for step in name.removeprefix(PREFIX).split("__")]
        fields = Settings.model_fields
        if steps[0] not in fields or steps[0] in ("topics", "sources", "lists"):
            guess = nearest(steps[0], [key for key in fields if key not in ("topics", "sources", "lists")])
            problems.append(f"environment: {name}: there is no table [{steps[0]}]{guess}")
            continue
        table = data.setdefault(steps[0], {})
        for step in steps[1:-1]:
            table = table.setdefault(step, {})
        try:
            table[steps[-1]] = tomllib.loads(f"v = {raw}")["v"] if raw[:1] in ("[", "{", '"') else raw
        except tomllib.TOMLDecodeError:
            problems.append(f"environment: {name}: {raw!r} looks like TOML but is not")
    return problems


def _secrets(data: dict[str, Any], read_secret: Callable[[str], str]) -> list[tuple[Place, str]]:
    problems: list[tuple[Place, str]] = []
    for keys in SECRETS:
        table: Any = data
        for key in keys[:-1]:
            table = table.get(key) if isinstance(table, dict) else None
        value = table.get(keys[-1]) if isinstance(table, dict) else None
        if not isinstance(value, str) or not value.startswith("file:"):
            continue
        name = value.removeprefix("file:")
        try:
            table[keys[-1]] = SecretStr(read_secret(name).strip("\r\n"))
        except UnicodeDecodeError:
            problems.append((keys, f"{'.'.join(keys)}: {name} is not a text file"))
        except OSError as cause:
            problems.append((keys, f"{'.'.join(keys)}: {name} cannot be read: {cause.strerror}"))
    return problems
