"""From the text of digest.toml to Settings, or to every fault in it at once, each with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from digest.errors import SettingsError
from digest.settings.checks import Fault, faults
from digest.settings.places import Path as Place
from digest.settings.places import line_of, places
from digest.settings.schema import Dkim, FileSecret, Settings
from digest.settings.sentences import nearest, sentence

PREFIX = "DIGEST_"
#: keys whose value may be `file:PATH`
SECRETS: tuple[tuple[str, ...], ...] = (
    ("mail", "password"),
    ("mail", "bounces_password"),
    ("mail", "dkim", "key"),
)


def unchecked(key: Dkim) -> None:
    """For who has no use for the key."""


def load(
    text: str,
    *,
    path: Path,
    environ: Mapping[str, str],
    read_secret: Callable[[str], str],
    check_key: Callable[[Dkim], object] = unchecked,
) -> Settings:
    """Settings from the file's text; `DIGEST_TABLE__KEY` of `environ` comes before the file.

    `read_secret` is given the PATH of a `file:PATH` value and returns its text; it may raise OSError.
    `check_key` is given each key that signs mail, and raises SettingsError for one that cannot.

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
        found += [*faults(settings), *_keys(settings, check_key)]
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
            table = table.setdefault(step, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            problems.append(
                f"environment: {name}: {'.'.join(steps[:-1])} is not a table; give all of it, as TOML"
            )
            continue
        try:
            table[steps[-1]] = tomllib.loads(f"v = {raw}")["v"] if raw[:1] in ("[", "{", '"') else raw
        except tomllib.TOMLDecodeError:
            problems.append(f"environment: {name}: {raw!r} looks like TOML but is not")
    return problems


def _secrets(data: dict[str, Any], read_secret: Callable[[str], str]) -> list[Fault]:
    problems: list[Fault] = []
    for keys in SECRETS:
        for place, table in _holders(data, keys):
            value = table[keys[-1]]
            if not isinstance(value, str) or not value.startswith("file:"):
                continue
            name, what = value.removeprefix("file:"), ".".join(keys)
            try:
                table[keys[-1]] = FileSecret(read_secret(name).strip("\r\n"), file=name)
            except UnicodeDecodeError:
                problems.append((place, f"{what}: {name} is not a text file"))
            except OSError as cause:
                problems.append(
                    (place, f"{what}: {name} cannot be read: {cause.strerror}{_maker(table, name)}")
                )
    return problems


def _holders(inside: Any, keys: tuple[str, ...], place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every table that has the last of these keys, in each table of a list."""
    if isinstance(inside, list):
        for index, each in enumerate(inside):
            yield from _holders(each, keys, (*place, index))
    elif isinstance(inside, dict) and keys[0] in inside:
        here = (*place, keys[0])
        if len(keys) == 1:
            yield here, inside
        else:
            yield from _holders(inside[keys[0]], keys[1:], here)


def _maker(table: Mapping[str, Any], name: str) -> str:
    """What makes a key that is not there: the file names it before it can be."""
    if "selector" not in table:
        return ""
    made = f"digest dkim new {table['selector']} --domain {table.get('domain')} --out {name}"
    return f"; `{made}` makes one"


def _keys(settings: Settings, check: Callable[[Dkim], object]) -> Iterator[Fault]:
    for index, key in enumerate(settings.mail.dkim):
        if key.key.get_secret_value().startswith("file:"):
            continue  # it was not read, and that is said
        try:
            check(key)
        except SettingsError as error:
            mend = f": {error.mend}" if error.mend else ""
            yield ("mail", "dkim", index, "key"), f"[mail.dkim] {key.selector}: {error.problems[0]}{mend}"
