"""One value of any type that a shelf's method declares."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import types
import typing
from datetime import UTC, date, datetime, timedelta

PLAIN: dict[object, object] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: True,
    bytes: b"x",
    datetime: datetime(2026, 11, 22, 3, tzinfo=UTC),
    date: date(2026, 11, 22),
    timedelta: timedelta(hours=1),
    type(None): None,
}


def specimen(kind: object) -> object:
    """Of a union the first, of a sequence one member, of a dataclass all that has no default."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, typing.NewType):
        return specimen(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if dataclasses.is_dataclass(kind):
        return kind(**arguments(kind)) if isinstance(kind, type) else kind
    return _generic(typing.get_origin(kind), typing.get_args(kind))


def _generic(origin: object, inside: tuple[typing.Any, ...]) -> object:
    if origin in (typing.Union, types.UnionType, typing.Literal):
        return inside[0] if origin is typing.Literal else specimen(inside[0])
    if origin is collections.abc.Callable:
        return lambda *_: specimen(inside[-1])
    if origin in (dict, collections.abc.Mapping):
        return {specimen(inside[0]): specimen(inside[1])}
    if origin in (set, frozenset):
        return frozenset({specimen(inside[0])})
    if origin is tuple and Ellipsis not in inside:
        return tuple(map(specimen, inside))
    if origin in (
        tuple,
        list,
        collections.abc.Sequence,
        collections.abc.Collection,
        collections.abc.Iterable,
    ):
        return (specimen(inside[0]),)
    raise NotImplementedError(origin)


def arguments(callable_: typing.Any) -> dict[str, object]:
    """Named arguments for it. Of a dataclass, only what it cannot do without."""
    hints = typing.get_type_hints(callable_)
    hints.pop("return", None)
    if dataclasses.is_dataclass(callable_):
        needed = {
            field.name
            for field in dataclasses.fields(callable_)
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }
        hints = {name: kind for name, kind in hints.items() if name in needed}
    return {name: specimen(kind) for name, kind in hints.items()}
