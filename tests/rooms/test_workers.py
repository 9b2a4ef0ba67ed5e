"""The reading processes: bounds in time and memory, deaths, ends (gather §7, abuse C15)."""

from __future__ import annotations

import asyncio
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from digest.gather.document import Document, ParsedFeed, Read, Unreadable
from digest.gather.read import read
from digest.gather.worker import answer_in, framed
from digest.gather.workers import Readers

ROOT = Path(__file__).resolve().parents[2]
ITEM = "<item><title>T {0}</title><guid>{0}</guid><description>text {0}</description></item>"
GOOD = Document(
    body=("<rss version='2.0'><channel><title>B</title>" + ITEM.format(1) + "</channel></rss>").encode(),
    address="https://blog.example.org/feed",
)
# html5ever needs time in the square of the depth: minutes for these
SLOW = Document(
    body=(
        "<rss version='2.0'><channel><item><title>T</title><description><![CDATA["
        + "<div>" * 190_000
        + "]]></description></item></channel></rss>"
    ).encode(),
    address="https://slow.example.org/feed",
)
BIG = Document(
    body=f"<rss version='2.0'><channel><title>{'word ' * 6_000_000}</title></channel></rss>".encode(),
    address="https://big.example.org/feed",
)
DEADLINE = 30.0

linux = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="looks at processes as Linux shows them")


def run(
    act: Callable[[Readers], Awaitable[None]],
    *,
    processes: int = 1,
    seconds: float = 60,
    megabytes: int = 512,
) -> None:
    async def night() -> None:
        async with Readers(processes=processes, seconds=seconds, megabytes=megabytes) as readers:
            await act(readers)

    asyncio.run(night())


def is_good(found: Read) -> bool:
    return isinstance(found, ParsedFeed) and [entry.guid for entry in found.entries] == ["1"]


def kind_of(found: Read) -> str:
    assert isinstance(found, Unreadable), found
    return found.kind


def gone(pid: int) -> bool:
    """Whether the process ends before the deadline: its descriptor becomes readable then."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], DEADLINE)[0])
    finally:
        os.close(descriptor)


def work_of(pid: int) -> int:
    """Processor time in ticks: a process that burns it is in the midst of something."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def descriptors_of(pid: int) -> set[str]:
    return {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_feed_comes_back_as_read_in_this_process() -> None:
    async def act(readers: Readers) -> None:
        assert await readers.read(GOOD) == read(GOOD)
        assert kind_of(await readers.read(Document(body=b"no feed", address="x"))) == "unreadable"

    run(act)


def test_no_process_is_started_before_the_first_document() -> None:
    async def act(readers: Readers) -> None:
        assert readers.pids == ()

    run(act)


def test_documents_one_after_another_need_one_process_and_many_at_once_no_more_than_allowed() -> None:
    async def act(readers: Readers) -> None:
        for _ in range(3):
            assert is_good(await readers.read(GOOD))
        assert len(readers.pids) == 1
        found = await asyncio.gather(*(readers.read(GOOD) for _ in range(20)))
        assert all(map(is_good, found))
        assert len(readers.pids) == 2

    run(act, processes=2)


def test_each_answer_belongs_to_its_document() -> None:
    def numbered(number: int) -> Document:
        return Document(body=GOOD.body.replace(b"T 1", b"T %d" % number), address=GOOD.address)

    async def act(readers: Readers) -> None:
        found = await asyncio.gather(*(readers.read(numbered(number)) for number in range(30)))
        titles = [feed.entries[0].content.title for feed in found if isinstance(feed, ParsedFeed)]
        assert titles == [f"T {number}" for number in range(30)]

    run(act, processes=2)


def test_a_document_that_takes_too_long_costs_its_process_and_not_the_next_document() -> None:
    async def act(readers: Readers) -> None:
        assert kind_of(await readers.read(SLOW)) == "too-slow"
        assert readers.pids == ()
        assert is_good(await readers.read(GOOD))

    run(act, seconds=2)


def test_a_document_that_takes_too_much_memory_costs_its_process_and_not_the_next_document() -> None:
    async def act(readers: Readers) -> None:
        assert is_good(await readers.read(GOOD))
        first = readers.pids
        assert kind_of(await readers.read(BIG)) == "too-big"
        assert is_good(await readers.read(GOOD))
        assert readers.pids != first

    run(act, megabytes=96)


@linux
def test_a_process_that_dies_in_the_midst_of_a_document_is_replaced() -> None:
    async def act(readers: Readers) -> None:
        assert is_good(await readers.read(GOOD))
        (pid,) = readers.pids
        before = work_of(pid)
        slow = asyncio.create_task(readers.read(SLOW))
        async with asyncio.timeout(DEADLINE):
            while work_of(pid) < before + os.sysconf("SC_CLK_TCK") // 4:  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGTERM)
        assert "ended with status -15" in str(await slow)
        assert is_good(await readers.read(GOOD))
        assert pid not in readers.pids

    run(act)


@linux
def test_a_process_that_died_while_idle_costs_no_document() -> None:
    async def act(readers: Readers) -> None:
        assert is_good(await readers.read(GOOD))
        (pid,) = readers.pids
        watched = asyncio.Event()
        descriptor = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(descriptor, watched.set)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(DEADLINE):
            await watched.wait()
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        assert is_good(await readers.read(GOOD))

    run(act)


def test_a_cancelled_reading_leaves_no_answer_for_the_next_document() -> None:
    async def act(readers: Readers) -> None:
        assert is_good(await readers.read(GOOD))
        slow = asyncio.create_task(readers.read(SLOW))
        await asyncio.sleep(0)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert readers.pids == ()
        assert is_good(await readers.read(GOOD))

    run(act)


@linux
def test_no_process_outlives_the_readers() -> None:
    async def night() -> tuple[int, ...]:
        async with Readers(processes=2) as readers:
            await asyncio.gather(readers.read(GOOD), readers.read(GOOD))
            return readers.pids

    pids = asyncio.run(night())
    assert len(pids) == 2 and not [pid for pid in pids if not gone(pid)]


PARENT = """
import asyncio, sys
sys.path[:] = {path!r}
from digest.gather.document import Document
from digest.gather.workers import Readers

async def night():
    async with Readers(processes=2, seconds=300) as readers:
        good, slow = Document(body={good!r}, address="x"), Document(body=sys.stdin.buffer.read(), address="x")
        await asyncio.gather(readers.read(good), readers.read(good))
        print(*readers.pids, flush=True)
        await readers.read(slow)

asyncio.run(night())
"""


def parent() -> tuple[subprocess.Popen[bytes], list[int]]:
    """A parent with one process at work and one idle."""
    code = PARENT.format(path=[str(ROOT), *sys.path], good=GOOD.body)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    assert process.stdin and process.stdout
    process.stdin.write(SLOW.body)
    process.stdin.close()
    return process, [int(pid) for pid in process.stdout.readline().split()]


def closed(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout and process.stderr
    process.wait(DEADLINE)
    said = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    return said


@linux
def test_the_processes_end_with_a_parent_that_is_killed() -> None:
    process, pids = parent()
    assert len(pids) == 2
    os.kill(process.pid, signal.SIGKILL)
    closed(process)
    assert not [pid for pid in pids if not gone(pid)]


@linux
def test_an_interrupt_from_the_terminal_is_the_parents_alone() -> None:
    process, pids = parent()
    assert all(os.getpgid(pid) != os.getpgid(process.pid) for pid in pids)
    os.killpg(process.pid, signal.SIGINT)
    said = closed(process)
    assert b"KeyboardInterrupt" in said and b"gather/worker.py" not in said
    assert not [pid for pid in pids if not gone(pid)]


@linux
def test_a_process_inherits_no_descriptor_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "hush")

    async def act(readers: Readers) -> None:
        with socket.socket() as ours:
            ours.set_inheritable(True)
            assert is_good(await readers.read(GOOD))
            (pid,) = readers.pids
            theirs = descriptors_of(pid)
            assert str(Path(f"/proc/self/fd/{ours.fileno()}").readlink()) not in theirs  # noqa: ASYNC240
            assert all(name.startswith(("pipe:", "socket:", "/dev/null")) for name in theirs)
            assert b"hush" not in Path(f"/proc/{pid}/environ").read_bytes()  # noqa: ASYNC240

    run(act)


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def test_an_answer_that_is_none_of_ours_is_not_built() -> None:
    for forged in (Evil(), {"kind": "x"}, GOOD):
        with pytest.raises(pickle.UnpicklingError):
            answer_in(pickle.dumps(forged))


def test_an_answer_goes_through_the_pipe_unchanged() -> None:
    answer = Unreadable(kind="html", words="é")
    assert answer_in(framed(answer)[8:]) == answer


def test_the_parent_needs_no_parser() -> None:
    code = "import sys; sys.path[:] = {0!r}; import digest.gather.workers;"
    code += " assert 'feedparser' not in sys.modules"
    subprocess.run([sys.executable, "-c", code.format([str(ROOT), *sys.path])], check=True, timeout=DEADLINE)
