"""Lines of a file that cannot be taken: a table for people, a file to mend and import again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from digest.cli.printing import say
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from subscribers.lines import Refused

#: shown where a file has them all
_FIRST = 20
#: told as JSON; the count is always whole
_TOLD = 10_000


class Rejects:
    """Told of each refused line as it is met; leaves the rest to whoever reads the file."""

    def __init__(self, path: Path | None, header: Sequence[str], *, in_words: bool) -> None:
        self._path = path
        self._header = tuple(header) or ("text",)
        self._in_words = in_words
        self._file: TextIO | None = None
        self._count = 0
        self.facts: list[dict[str, object]] = []

    def __enter__(self) -> Self:
        if self._path is not None:
            self._file = _new(self._path)
            self._write((*self._header, "line", "reason"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        more = self._count - _FIRST
        if more > 0 and self._in_words:
            say(f"{'':>7}  and {more:,} more: {self._path} has them all.")

    def add(self, refused: Refused) -> None:
        self._count += 1
        if self._file is not None:
            width = len(self._header)
            cells = (*refused.cells, *[""] * width)[:width]
            self._write((*cells, str(refused.line), refused.words))
        if self._in_words and (self._file is None or self._count <= _FIRST):
            if self._count == 1:
                say(f"{'line':>7}  {'address':<32}  cannot be taken because")
            say(f"{refused.line:>7}  {refused.value or '-':<32}  {refused.words}")
        elif len(self.facts) < _TOLD:
            self.facts.append({"line": refused.line, "value": refused.value, "words": refused.words})

    def _write(self, cells: Sequence[str]) -> None:
        from subscribers.sheet import line_out

        assert self._file is not None
        self._file.write(line_out(cells))


def _new(path: Path) -> TextIO:
    """A file that was not there, for its owner only: it holds addresses."""
    try:
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as cause:
        raise UsageError(f"{path} is there already.", mend="Choose another name for --rejected.") from cause
    except OSError as cause:
        raise DigestError(f"{path} cannot be written: {cause.strerror}.") from cause
    return os.fdopen(opened, "w", encoding="utf-8", newline="")
