"""The reading processes, seen from the event loop: hand a document in, get a feed or the reason why not.

A document that takes too long or too much costs its process, never the run. Processes are spawned when
first needed, each with an empty environment and no descriptor but its two pipes; the loop never blocks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from types import TracebackType
from typing import Self

from digest.errors import DigestError
from digest.gather.document import Document, Read, Unreadable
from digest.gather.worker import LENGTH, TOO_BIG, answer_in, framed
from digest.log import event, logger

#: importing a parser on a loaded machine with cold disks
START_SECONDS = 60.0
#: a process may die of what has nothing to do with the document, such as a kernel short of memory
ATTEMPTS = 3
#: what a worker may answer: entries are cut at 1 MB each, and its memory is bounded
MAX_ANSWER = 1 << 30

_MAIN = (
    "import sys; sys.path[:] = {path!r}; from digest.gather.worker import main;"
    " main(parent={parent}, seconds={seconds!r}, megabytes={megabytes!r})"
)
_DIED = (asyncio.IncompleteReadError, ConnectionError, pickle.UnpicklingError, EOFError, ValueError)
_log = logger("gather")


class Readers:
    """A few reading processes. Use as `async with Readers() as readers: await readers.read(document)`."""

    def __init__(self, *, processes: int = 2, seconds: float = 20.0, megabytes: int = 512) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._places = asyncio.Semaphore(processes)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(self._end(worker) for worker in tuple(self._all)))

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes there are."""
        return tuple(sorted(worker.pid for worker in self._all))

    async def read(self, document: Document) -> Read:
        """The feed in `document`, or why there is none. Raises DigestError when no process will start."""
        async with self._places:
            for _ in range(ATTEMPTS):
                worker = self._waiting() or await self._start()
                answer = await self._ask(worker, document)
                if answer is not None:
                    return answer
            raise DigestError("the processes that read feeds die before they have read anything")

    async def _ask(self, worker: _Worker, document: Document) -> Read | None:
        """The answer; None where the process had died before it got the document, which is not to blame."""
        try:
            async with asyncio.timeout(self._seconds):
                await worker.hand(document)
                answer = await worker.answer()
        except TimeoutError:
            answer = Unreadable(
                kind="too-slow", words=f"reading it took longer than {self._seconds:g} seconds"
            )
        except _DIED:
            status = await self._end(worker)
            if not worker.reading:
                return None
            answer = _last_words(status, self._megabytes)
        except BaseException:  # cancelled: its answer would be taken for the next document's
            await self._end(worker)
            raise
        else:
            self._idle.append(worker)
            return answer
        _log.warning(event("reader_replaced", address=document.address, kind=answer.kind))
        await self._end(worker)
        return answer

    def _waiting(self) -> _Worker | None:
        """An idle process that is still there; the one used last, so that a quiet night starts only one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._all.discard(worker)
        return None

    async def _start(self) -> _Worker:
        code = _MAIN.format(
            path=[os.path.abspath(entry) for entry in sys.path],  # noqa: ASYNC240, PTH100 - no file is touched
            parent=os.getpid(),
            seconds=self._seconds,
            megabytes=self._megabytes,
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", code),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # an allocator that gives up writes there; the exit status says as much
            env={},  # secrets live in ours
            limit=1 << 20,
            process_group=0,  # Ctrl-C in the terminal is for us: no traceback of theirs
        )
        worker = _Worker(process)
        self._all.add(worker)
        try:
            async with asyncio.timeout(START_SECONDS):
                await worker.started()
        except (TimeoutError, *_DIED) as error:
            status = await self._end(worker)
            raise DigestError(
                f"the process that reads feeds does not start (exit status {status})"
            ) from error
        except BaseException:
            await self._end(worker)
            raise
        return worker

    async def _end(self, worker: _Worker) -> int:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        return await worker.end()


class _Worker:
    """One process and its two pipes."""

    def __init__(self, process: Process) -> None:
        assert process.stdin and process.stdout
        self._process = process
        self._documents = process.stdin
        self._answers = process.stdout
        self.pid = process.pid
        #: it has the document it was handed last
        self.reading = False

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def started(self) -> None:
        await self._frame()

    async def hand(self, document: Document) -> None:
        self.reading = False
        self._documents.write(framed(document))
        await self._documents.drain()
        await self._frame()
        self.reading = True

    async def answer(self) -> Read:
        return answer_in(await self._frame())

    async def _frame(self) -> bytes:
        size: int = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))[0]
        if size > MAX_ANSWER:
            raise EOFError
        return await self._answers.readexactly(size)

    async def end(self) -> int:
        """Its exit status. A process keeps nothing worth saving: it is killed."""
        if self.alive and not self._answers.at_eof():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._documents.close()
        status = await self._process.wait()
        with contextlib.suppress(ConnectionError):
            await self._documents.wait_closed()
        with contextlib.suppress(ConnectionError, RuntimeError):  # somebody is at the pipe and sees its end
            await self._answers.read()
        return status


def _last_words(status: int, megabytes: int) -> Unreadable:
    """Native code that gets no memory aborts; the kernel that has none kills."""
    if status in (TOO_BIG, -signal.SIGABRT, -signal.SIGKILL):
        return Unreadable(kind="too-big", words=f"reading it takes more than {megabytes} MB of memory")
    if status == -signal.SIGALRM:
        return Unreadable(kind="too-slow", words="reading it took too long")
    return Unreadable(kind="unreadable", words=f"the process that read it ended with status {status}")
