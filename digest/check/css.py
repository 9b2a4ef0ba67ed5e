"""Just enough CSS to judge a mail's: declarations with their line, what they stand in, and colours. Pure.

Not a browser's parser: what it cannot read it leaves out, and never refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
#: up to a semicolon outside brackets and quotation marks: an address may hold one
_INLINE = re.compile(r"""(?:[^;("']|\([^)]*\)?|"[^"]*"?|'[^']*'?)+""")
_IMPORTANT = re.compile(r"!\s*important\s*$", re.IGNORECASE)
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declaration:
    name: str
    #: in lower case, without "!important"
    value: str
    #: as written
    raw: str
    line: int
    #: what it stands in, outermost first: "@media …", ".sheet a"; empty for a style attribute
    within: tuple[str, ...] = ()

    @property
    def selector(self) -> str:
        return next((each for each in reversed(self.within) if not each.startswith("@")), "")

    @property
    def at_rules(self) -> tuple[str, ...]:
        return tuple(each for each in self.within if each.startswith("@"))

    @property
    def is_important(self) -> bool:
        return _IMPORTANT.search(self.raw) is not None


@dataclass(frozen=True, slots=True)
class AtRule:
    prelude: str
    line: int
    within: tuple[str, ...]

    @property
    def name(self) -> str:
        found = re.match(r"@([\w-]+)", self.prelude)
        return found[1].lower() if found else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One style element."""

    text: str
    line: int
    in_head: bool
    declarations: tuple[Declaration, ...]
    at_rules: tuple[AtRule, ...]


@lru_cache(maxsize=32)
def read_sheet(text: str, line: int, *, in_head: bool) -> Sheet:
    """A style sheet's declarations and at-rules."""
    plain = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    stack: list[str] = []
    declarations: list[Declaration] = []
    at_rules: list[AtRule] = []
    start = 0
    for at in re.finditer(r"[{};]", plain):
        words = plain[start : at.start()]
        here = line + plain.count("\n", 0, start + len(words) - len(words.lstrip()))
        words, start = words.strip(), at.end()
        if at[0] == "{":
            if words.startswith("@"):
                at_rules.append(AtRule(words, here, tuple(stack)))
            stack.append(words)
            continue
        if words.startswith("@"):
            at_rules.append(AtRule(words, here, tuple(stack)))
        elif ":" in words:
            declarations.append(_declaration(words, here, tuple(stack)))
        if at[0] == "}" and stack:
            stack.pop()
    return Sheet(text, line, in_head, tuple(declarations), tuple(at_rules))


@lru_cache(maxsize=2048)
def read_inline(text: str) -> tuple[tuple[str, str, str], ...]:
    """A style attribute's (name, value, as written)."""
    found = (each.partition(":") for each in _INLINE.findall(_COMMENT.sub("", text)) if ":" in each)
    return tuple(
        (name.strip().lower(), _IMPORTANT.sub("", raw).strip().lower(), raw.strip()) for name, _, raw in found
    )


@lru_cache(maxsize=2048)
def read_values(text: str) -> Mapping[str, str]:
    """A style attribute's values by name, the last of each."""
    return {name: value for name, value, _ in read_inline(text)}


def _declaration(words: str, line: int, within: tuple[str, ...]) -> Declaration:
    name, _, raw = words.partition(":")
    value = _IMPORTANT.sub("", raw).strip().lower()
    return Declaration(name.strip().lower(), value, raw.strip(), line, within)


Colour = tuple[int, int, int]


@lru_cache(maxsize=256)
def colour(value: str) -> Colour | None:
    """An opaque hex colour, or one of two names; None for all else."""
    value = {"white": "#fff", "black": "#000"}.get(value, value)
    if not _HEX.fullmatch(value) or len(value) in {5, 9}:
        return None
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def inverted(one: Colour) -> Colour:
    """As a plain inversion shows it."""
    return 255 - one[0], 255 - one[1], 255 - one[2]


@lru_cache(maxsize=1024)
def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2's ratio, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(one: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in one)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pixels(value: str) -> float | None:
    """A length in px, or bare as attributes have it."""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?:px)?", value.strip())
    return float(found[1]) if found else None
