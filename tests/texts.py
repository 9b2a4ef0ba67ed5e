"""Every text we say to readers, found where it is said: `say("…")` and `count("…", n)` in templates and code.

python -m tests.texts        names what a catalogue lacks, ready to paste, and what nobody says any more
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from digest.press.catalogue import LANGUAGES
from tests.corpus import ROOT

LOCALE = ROOT / "digest" / "press" / "locale"


@dataclass(frozen=True, slots=True)
class Said:
    """One call that says something to a reader; `message` is None where it is not written out."""

    message: str | None
    plural: bool
    place: str


def said() -> list[Said]:
    """Everything that is said, in the order of files and lines."""
    templates = sorted(
        path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".xml"}
    )
    # The command line says English to admins, with a `say` of its own.
    code = sorted(path for path in (ROOT / "digest").rglob("*.py") if "cli" not in path.parts)
    return [
        *(each for path in templates for each in in_template(path.read_text("utf-8"), _named(path))),
        *(each for path in code for each in in_code(path.read_text("utf-8"), _named(path))),
    ]


def in_template(text: str, name: str) -> Iterator[Said]:
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        target = call.node
        called = target.name if isinstance(target, nodes.Name) else getattr(target, "attr", "")
        first = call.args[0] if call.args else None
        message = first.value if isinstance(first, nodes.Const) else None
        yield from _said(called, message, f"{name}:{call.lineno}")


def in_code(text: str, name: str) -> Iterator[Said]:
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        target = call.func
        called = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
        first = call.args[0]
        message = first.value if isinstance(first, ast.Constant) else None
        yield from _said(called, message, f"{name}:{call.lineno}")


def _said(called: str, message: object, place: str) -> Iterator[Said]:
    text = message if isinstance(message, str) else None
    if called == "say":
        yield Said(text, plural=False, place=place)
    # Strings and lists count as well, and those have no number to put in.
    elif called == "count" and text is not None and "{n}" in text:
        yield Said(text, plural=True, place=place)


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def written(language: str) -> Catalog:
    """Our catalogue of a language as it is written."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def keys(catalog: Iterable[object]) -> dict[str, bool]:
    """English singular -> whether it is counted."""
    ids = [getattr(message, "id", "") for message in catalog]
    return {each if isinstance(each, str) else each[0]: not isinstance(each, str) for each in ids if each}


def main() -> None:
    used = {each.message: each for each in said() if each.message is not None}
    for language in LANGUAGES:
        known = keys(written(language))
        for message, each in used.items():
            if message not in known:
                print(f"\n# {language}.po lacks, said in {each.place}:\nmsgid {_quoted(message)}")
                print('msgid_plural ""\nmsgstr[0] ""\nmsgstr[1] ""' if each.plural else 'msgstr ""')
        for message in sorted(known.keys() - used.keys()):
            print(f"\n# {language}.po holds, and nobody says: {_quoted(message)}")


def _quoted(message: str) -> str:
    return '"' + message.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    main()
