"""A process that tells languages, for as long as a closing lasts: its 100 MB are nobody's afterwards.

    with Tongues() as tongues:
        tongues.of("Un texte assez long pour qu'on le sache.")   # "fr"

It starts with the first text, and ends with its pipe, so also with its parent.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from digest import log
from digest.gather.language import detect

_log = log.logger("gather")

_MAIN = "import sys; sys.path[:] = {path!r}; from digest.gather.tongues import main; main()"


class Tongues:
    """`of` is a `language.Detect`. When the process fails, it knows no language for the rest."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._end(self._process)

    def of(self, text: str) -> str | None:
        """The language of a text, of those plausible; None when it has too few letters to tell."""
        if self._failed:
            return None
        try:
            self._process = self._process or _start()
            return self._ask(self._process, text)
        except (OSError, ValueError) as error:
            self._failed = True
            _log.warning(log.event("language_unknown", error=f"{type(error).__name__}: {error}"))
            return None

    @staticmethod
    def _ask(process: subprocess.Popen[str], text: str) -> str | None:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(text) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())  # ValueError for the end of the pipe, too
        return answer if isinstance(answer, str) else None

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        try:
            process.communicate(timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()


def main() -> None:
    """The process's life: a text a line, a language a line."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(detect(json.loads(line))) + "\n")
        sys.stdout.flush()


def _start() -> subprocess.Popen[str]:
    path = [str(Path(entry).absolute()) for entry in sys.path]
    return subprocess.Popen(  # noqa: S603 - our own code, nothing of it from outside
        [sys.executable, "-I", "-c", _MAIN.format(path=path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},  # secrets live in ours
        encoding="ascii",
        process_group=0,  # Ctrl-C in the terminal is for us
    )
