"""pydantic's findings as sentences a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from digest.settings.places import Path
from digest.settings.schema import Settings

#: what a missing key is for, with an example to copy
EXAMPLES: dict[tuple[str, ...], str] = {
    ("site", "title"): 'title = "My planet"',
    ("site", "url"): 'url = "https://digest.example.org"',
    ("site", "contact"): 'contact = "admin@example.org"',
    ("mail", "from"): 'from = "My planet <digest@example.org>"',
    ("mail", "smtp"): 'smtp = "smtp+starttls://user@mail.example.org:587", or "dir:outbox" to write files',
    ("sources", "slug"): 'slug = "my-blog"',
    ("sources", "url"): 'url = "https://blog.example.org/feed.xml"',
    ("mail", "dkim", "domain"): 'domain = "example.org"',
    ("mail", "dkim", "selector"): 'selector = "d1"',
    ("mail", "dkim", "key"): 'key = "file:dkim.pem"; `digest dkim new d1` makes one',
    ("lists", "slug"): 'slug = "weekly"',
    ("lists", "title"): 'title = "My planet, the week"',
    ("topics", "slug"): 'slug = "events"',
    ("topics", "title"): 'title = "Events"',
}


def sentence(error: ErrorDetails, data: Mapping[str, Any]) -> tuple[Path, str]:
    """(place, words) of one finding."""
    place: Path = _real(error["loc"], data)
    table, key = _named(place)
    match error["type"]:
        case "extra_forbidden":
            known = keys_of(model_at(place[:-1]))
            where = f"{table} has no key" if table else "there is no table or key"
            return place, f'{where} "{key}"{nearest(key, known)}'
        case "missing":
            example = EXAMPLES.get(tuple(str(part) for part in place if isinstance(part, str)))
            if len(place) == 1:
                inner = [words for path, words in EXAMPLES.items() if path[0] == key and len(path) == 2]
                return (), f"the table [{key}] is missing; it needs:" + "".join(
                    f"\n    {one}" for one in inner
                )
            return place[:-1], f'{table} needs "{key}"' + (f", for example: {example}" if example else "")
        case "value_error":
            said = str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
        case "enum" | "literal_error":
            allowed = str(error.get("ctx", {}).get("expected", ""))
            options = [part.strip(" '") for part in allowed.replace(" or ", ", ").split(",")]
            near = difflib.get_close_matches(str(error["input"]), options, n=1)
            said = f"must be {allowed}" + (f'; did you mean "{near[0]}"?' if near else "")
        case _:
            said = error["msg"].replace("Input should", "must").replace("String should", "must")
            said = said.removesuffix(", unable to parse string as an integer")
    value = error["input"]
    shown = f" = {value!r}" if isinstance(value, str | int | float | bool) and not _secret(key) else ""
    return place, f"{table + ' ' if table else ''}{key}{shown}: {said}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "smtp"?`, or the whole choice where nothing is near."""
    options = [option for option in known if option]
    found = difflib.get_close_matches(word.lower(), options, n=1, cutoff=0.6)
    if found:
        return f'; did you mean "{found[0]}"?'
    return f"; there are: {', '.join(options)}" if options else ""


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """The keys of a table, as the file spells them."""
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def model_at(place: Path) -> type[BaseModel] | None:
    """The model of the table at a place."""
    model: type[BaseModel] | None = Settings
    for part in place:
        if isinstance(part, int) or model is None:
            continue
        fields = {info.alias or name: info for name, info in model.model_fields.items()}
        model = _inner(fields.get(part))
    return model


def _inner(field: FieldInfo | None) -> type[BaseModel] | None:
    waiting: list[Any] = [field.annotation] if field else []
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        waiting.extend(get_args(kind))
    return None


def _real(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> Path:
    """A place without the branch of a union ("str", "dict[str,str]") that pydantic adds to it."""
    place: list[str | int] = []
    here: Any = data
    for index, part in enumerate(loc):
        if part == 0 and isinstance(here, Mapping) and 0 not in here:
            continue  # a table that stands for a list of one
        inside = isinstance(here, Mapping) and part in here
        inside = inside or (isinstance(here, list | tuple) and isinstance(part, int) and part < len(here))
        if not inside and index < len(loc) - 1 and not isinstance(here, Mapping):
            break
        place.append(part)
        if not inside:
            break
        here = here[part]
    return tuple(place)


def _named(place: Path) -> tuple[str, str]:
    """("[mail]", "smtp"); ("[[sources]] number 2", "url")."""
    words = ""
    parts = list(place)
    key = str(parts.pop()) if parts else ""
    if isinstance(place[-1] if place else "", int):
        key = f"{parts.pop()}[{key}]" if parts else key
    names = [str(part) for part in parts if isinstance(part, str)]
    number = next((part for part in parts if isinstance(part, int)), None)
    if names:
        depth = next(at for at, part in enumerate((*parts, 0)) if isinstance(part, int))
        words = f"[{'.'.join(names)}]"
        if number is not None:
            head, rest = ".".join(names[:depth]), names[depth:]
            words = f"[[{head}]] number {number + 1}" + (f" {'.'.join(rest)}" if rest else "")
    return words, key


def _secret(key: str) -> bool:
    return key in ("password", "bounces_password", "key")
