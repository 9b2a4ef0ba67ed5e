"""A reading process, seen from inside: reads documents from its pipe until the pipe ends.

Owns the bounds a hostile document cannot talk its way out of: memory, a clock of its own, an end with
its parent. Knows nothing of who asks.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import BinaryIO, cast

from digest.gather.document import Document, ParsedEntry, ParsedFeed, Read, Unreadable
from digest.model import Content, Origin

#: the length of what follows; a frame of nothing says "started", and then "document received"
LENGTH = struct.Struct(">Q")
#: over the parent's bound: the parent decides, this is for when it is gone or stopped
GRACE = 5
PR_SET_PDEATHSIG = 1
#: the exit status of a worker that met its bound in memory
TOO_BIG = 77

_ALLOWED = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (ParsedFeed, ParsedEntry, Unreadable, Content, Origin, datetime, timedelta, timezone)
}


class _Answers(pickle.Unpickler):
    """Builds our values and nothing else: a worker that a document took over must not take the parent."""

    def find_class(self, module: str, name: str) -> object:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no answer") from None


def framed(value: Document | Read) -> bytes:
    """One value as it goes through the pipe."""
    payload = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(payload)) + payload


def answer_in(payload: bytes) -> Read:
    """What a worker answered. Raises pickle.UnpicklingError for anything that is no answer."""
    value = _Answers(io.BytesIO(payload)).load()
    if not isinstance(value, ParsedFeed | Unreadable):
        raise pickle.UnpicklingError(f"{type(value).__name__} is no answer")
    return value


def main(*, parent: int, seconds: float, megabytes: int) -> None:
    """The process's life. `parent` is the one whose end is ours."""
    _end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when an interrupted night ends
    documents = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # nothing a library prints may get between the frames

    from digest.gather.read import read  # only here: the parent needs no parser

    gc.freeze()
    gc.set_threshold(20_000)  # a feed is thousands of small dicts, all alive until it is done
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    _say(answers, LENGTH.pack(0))
    try:
        while (payload := _heard(documents)) is not None:
            _say(answers, LENGTH.pack(0))  # from here on the document is to blame for what happens
            signal.alarm(int(seconds) + GRACE)
            _say(answers, framed(_answer(read, cast("Document", pickle.loads(payload)))))
            signal.alarm(0)
    except MemoryError:
        # Either pipe may have been left in the midst of a frame: the parent sees the end, and this status.
        os._exit(TOO_BIG)


def _answer(read: Callable[[Document], Read], document: Document) -> Read:
    try:
        return read(document)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours must cost one source one night, not the run
        return Unreadable(kind="unreadable", words=f"reading it failed: {type(error).__name__}: {error}")


def _end_with(parent: int) -> None:
    """SIGKILL for us when the parent dies, in the midst of a document too. Elsewhere than on Linux the
    end of the pipe or the alarm does it."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def _heard(documents: BinaryIO) -> bytes | None:
    head = documents.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size: int = LENGTH.unpack(head)[0]
    payload = documents.read(size)
    return payload if len(payload) == size else None


def _say(answers: BinaryIO, frame: bytes) -> None:
    try:
        answers.write(frame)
        answers.flush()
    except BrokenPipeError:
        os._exit(0)
