"""The five verbs that every engine speaks. Stores say which named statement; the engine runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

#: a row by column name, as the engine gives it; only `rows` looks inside
Row = Mapping[str, Any]


class Connection(Protocol):
    """One thread's connection. Every statement is a name from the `.sql` files (see `queries`).

    Writes happen inside `atomic()`; a store never opens one itself except for a method that is
    documented as a unit of work. Any method may raise `errors.StorageError`.
    """

    engine: str

    def rows(self, name: str, /, **values: object) -> list[Row]:
        """All rows, fetched at once: a broken statement fails where it is called."""
        ...

    def row(self, name: str, /, **values: object) -> Row | None:
        """The one row, or None. More than one is a `StorageError`."""
        ...

    def value(self, name: str, /, **values: object) -> Any:
        """The first column of the one row, or None."""
        ...

    def run(self, name: str, /, **values: object) -> int:
        """Run a write; how many rows it changed."""
        ...

    def run_many(self, name: str, values: Iterable[Mapping[str, object]], /) -> int:
        """Run one write for each mapping; how many rows they changed together."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """One unit of work: committed durably at the end, rolled back on any exception. Nested: joins."""
        ...

    def close(self) -> None: ...
