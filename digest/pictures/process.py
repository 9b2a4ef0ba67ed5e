"""One picture, one process: spawned with an empty environment and two pipes, ended with its answer.

Starting one takes a tenth of a second, and an issue shows forty at most: nothing is worth keeping alive,
and what one file did to its decoder ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from digest.pictures.thumbnail import LONGEST_ANSWER, Thumbnail, answer_in

SECONDS = 10.0
#: an own alarm of the process, over its parent's bound
GRACE = 5
#: 16 million pixels with transparency, twice, and Pillow itself
MEGABYTES = 192

_MAIN = (
    "import sys; sys.path[:] = {path!r}; from digest.pictures.shrink import main;"
    " main(seconds={seconds}, megabytes={megabytes})"
)


async def shrunk(data: bytes, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Thumbnail | None:
    """The picture made small; None when it is none, is not for a mail, or takes too much time or memory."""
    path = [str(Path(entry).absolute()) for entry in sys.path]  # noqa: ASYNC240 - no file is touched
    code = _MAIN.format(path=path, seconds=int(seconds) + GRACE, megabytes=megabytes)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", code),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={},  # secrets live in ours
        process_group=0,  # Ctrl-C in the terminal is for us
    )
    try:
        async with asyncio.timeout(seconds):
            answer = await _asked(process, data)
            await process.wait()
            return answer_in(answer)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _asked(process: Process, data: bytes) -> bytes:
    """All that it says, up to what an answer may be and one byte more."""
    assert process.stdin and process.stdout
    with contextlib.suppress(ConnectionError):  # it ended before it had read all
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    answer = bytearray()
    while len(answer) <= LONGEST_ANSWER and (piece := await process.stdout.read(LONGEST_ANSWER)):
        answer += piece
    return bytes(answer)
