"""What a template may use up: steps, output, and the size of any one value (abuse C17). Pure arithmetic.

Meant for mistakes and for templates copied from somewhere; who may write templates can still write a slow
one. `sandbox` asks here before it does what a template wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from typing import Any

from jinja2.exceptions import SecurityError

#: characters of a rendering, beyond those its values bring
MAX_OUTPUT = 5_000_000
#: turns of loops, calls, includes
MAX_STEPS = 200_000
#: characters of a value on its way, and elements of a list
MAX_TEXT, MAX_LIST = 5_000_000, 100_000
#: bits of a whole number
MAX_BITS = 4_096
#: widths, precisions, repetitions asked of a filter or a built-in method
MAX_NUMBER = 10_000
#: characters a value may grow to where each of its characters may become many
MAX_GROWTH = 20_000_000
#: constant text in a loop or a macro that counts as one more step
TEXT_OF_A_STEP = 200
#: characters that a value of several fields may be shown with
OF_A_VALUE = 500
#: what values bring may be shown so often: in three forms at several places
SHOWN = 20

#: a width or a precision of four digits, or one taken from the values
_WIDE = re.compile(r"%[^a-zA-Z%]*?(?:\d{4,}|\*)")


class Excess(SecurityError):
    """A template uses more than a template may."""


class Budget:
    """What one rendering has left."""

    __slots__ = ("growth", "output", "steps", "text", "values")

    def __init__(self, room: int = 0) -> None:
        self.steps = MAX_STEPS + room
        self.text = MAX_TEXT + room
        self.growth = MAX_GROWTH + SHOWN * room
        self.output = MAX_OUTPUT + SHOWN * room
        #: text put into macros and blocks passes here more than once
        self.values = 4 * self.output

    def step(self, cost: int = 1) -> None:
        self.steps -= cost
        if self.steps < 0:
            raise Excess("the template takes too many steps: loops, calls and includes.")

    def put(self, size: int) -> None:
        self.values -= size
        if self.values < 0:
            raise Excess("the template puts out too much text.")


#: the rendering under way
under_way: ContextVar[Budget] = ContextVar("budget")


def remaining() -> Budget:
    """What is left; while a template is compiled, what any may take."""
    return under_way.get(None) or Budget()


def held(values: object) -> int:
    """Characters that values hold, and some for each: an issue of a thousand stories takes its turns."""
    total, left, seen = 0, [values], set[int]()
    while left:
        each = left.pop()
        if isinstance(each, str):
            total += len(each)
        elif isinstance(each, Mapping):
            left.extend(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            left.extend(each)
        elif is_dataclass(each) and id(each) not in seen:
            seen.add(id(each))
            total += OF_A_VALUE
            left.extend(getattr(each, field.name, None) for field in fields(each))
    return total


def weigh(value: Any, limit: int | None = None) -> int:
    """About how many characters a value takes when shown. Raises Excess as soon as they are too many."""
    total, left = 0, [value]
    limit = remaining().text if limit is None else limit
    while left:
        each = left.pop()
        if isinstance(each, str | bytes):
            total += len(each)
        elif isinstance(each, int):
            total += each.bit_length() // 3 + 1
        elif isinstance(each, list | tuple | set | frozenset):
            total += len(each)
            left.extend(each)
        elif isinstance(each, dict):
            total += len(each)
            left.extend(each)
            left.extend(each.values())
        elif isinstance(each, range):
            total += 6 * len(each)
        if total > limit:
            raise Excess("a value grows too large.")
    return total


def weighed(values: Iterator[Any]) -> Iterator[Any]:
    total, limit = 0, remaining().text
    for value in values:
        total += 1 + weigh(value)
        if total > limit:
            raise Excess("a value grows too large.")
        yield value


def check_operation(operator: str, left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if operator in ("*", "**") and bits > MAX_BITS:
            raise Excess("a number grows too large.")
    elif operator == "*":
        for each, times in ((left, right), (right, left)):
            if isinstance(times, int) and hasattr(each, "__len__"):
                if not isinstance(each, str | bytes):
                    _check_length(len(each) * times)
                weigh(each, remaining().text // max(1, times))
    elif operator == "+":
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            _check_length(len(left) + len(right))
        weigh((left, right))
    elif operator == "%" and isinstance(left, str | bytes):
        check_format(left, right)


def _check_length(length: int) -> None:
    if length > MAX_LIST:
        raise Excess("a list grows too large.")


def check_format(pattern: str | bytes, values: Any) -> None:
    text = str(pattern)
    if _WIDE.search(text):
        raise Excess("a width in a format is too large.")
    weigh(values, remaining().growth // max(1, text.count("%")))


def check_numbers(given: Iterable[Any]) -> None:
    if any(isinstance(each, int) and abs(each) > MAX_NUMBER for each in given):
        raise Excess(f"a number is too large: at most {MAX_NUMBER}.")
