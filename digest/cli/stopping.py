"""How a run ends early: asking sources and planning may stop anywhere, mail stops after what is in flight."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress
from types import FrameType, TracebackType
from typing import Self

from digest.cli.faults import INTERRUPTED

#: written past Python's buffers: a handler may interrupt a write to them
_ENDING = b"Ending after the mail in flight; once more Ctrl-C ends at once.\n"


class Stop:
    """Ctrl-C and SIGTERM during a run. Everything stored before is kept either way (design §4)."""

    def __init__(self) -> None:
        self._before = ExitStack()
        self._asked: int | None = None
        self._is_sending = False

    def __enter__(self) -> Self:
        self._handle(signal.SIGTERM)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._before.close()

    @property
    def exit_code(self) -> int | None:
        """Of a run that ended because of Ctrl-C; None: it did not."""
        return INTERRUPTED if self._asked == signal.SIGINT else None

    @property
    def is_asked(self) -> bool:
        """Whether a signal came, of either kind."""
        return self._asked is not None

    def asked(self) -> bool:
        """Whether to end now. Asked between messages only, so from the first time on mail is leaving."""
        if not self._is_sending:
            self._is_sending = True
            # Before this, Ctrl-C is Python's and asyncio's own: tasks are cancelled, workers end.
            self._handle(signal.SIGINT)
        return self._asked is not None

    def _handle(self, number: signal.Signals) -> None:
        self._before.callback(signal.signal, number, signal.signal(number, self._ask))

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if not self._is_sending:
            signal.raise_signal(signal.SIGINT)
            return
        if self._asked is None:
            self._asked = number
            with suppress(OSError):
                os.write(2, _ENDING)
        elif number == signal.SIGINT:
            # What was being sent is found as `sending` by the next run (design §4).
            raise KeyboardInterrupt
