"""N4 to N8: sending what is planned, against what else sends mail, into smtp-sink and into a leaner sink.

    python -m benchmarks.deliver [rounds] [messages] [section...]

Sections: plain wishes far signed people. Each measured pass is a process of its own, timed from inside;
rounds are interleaved, and only ratios inside a round count.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

from benchmarks import deliver_rss2email as whole
from benchmarks import sign
from benchmarks.deliver_site import copied, plan, sample, sign_with
from benchmarks.deliver_table import Row, Table, Taken
from benchmarks.feeds import served
from benchmarks.sinks import Sink, lean, smtp_sink
from digest.deliver.sign import new_key

Sinks = Callable[[], AbstractContextManager[Sink]]

#: messages of a client that is many times slower, and of a relay far away
SLOW, FAR = 5, 3
#: seconds from commands to replies (N6)
AWAY = 0.02
NEAR_LANES, FAR_LANES = 10, 50


class Bench:
    """The installations, and one measured pass of each kind."""

    def __init__(self, folder: Path, messages: int, feeds: str) -> None:
        """`feeds`: where the feeds of a whole job are served."""
        self.folder, self.messages, self.feeds = folder, messages, feeds
        self.few = max(NEAR_LANES, messages // SLOW)
        self.same, self.each, self.small = folder / "same", folder / "each", folder / "small"
        self.eml = folder / "sample.eml"
        self.size = plan(self.same, readers=messages, wishes=1, sources=13)
        self.size_each = plan(self.each, readers=messages, wishes=messages, sources=20)
        plan(self.small, readers=self.few, wishes=1, sources=13)
        self.eml.write_bytes(sample(self.same))
        self.keys = {"rsa": new_key("rsa"), "ed25519": new_key("ed25519")}
        #: seconds each, of those who left by one click
        self.left: list[float] = []

    def ours(
        self, site: Path, sinks: Sinks, *, lanes: int = NEAR_LANES, key: str = "", leaving: bool = False
    ) -> Taken:
        with copied(site) as copy, sinks() as sink:
            if key:
                sign_with(copy, self.keys[key].encode())
            command = ("deliver_pass", "send", str(copy), str(sink.port), str(lanes))
            with self._leaving(copy) if leaving else _nobody() as begin:
                wall, busy, memory, sent = _run(*command, begin=begin)
            taken = sink.count()
            assert taken in {None, sent}, f"{sent} are sent, the sink has {taken}"
            return Taken.of(int(sent), wall, busy, sink=sink.processors(), memory=memory)

    def peer(self, client: str, sinks: Sinks, count: int, *, lanes: int = NEAR_LANES, size: int = 0) -> Taken:
        with sinks() as sink:
            command = (
                "deliver_peers",
                client,
                str(sink.port),
                str(count),
                str(lanes),
                str(size or self.size),
            )
            wall, busy = _run(*command)
            return Taken.of(count, wall, busy, sink=sink.processors())

    def django(self) -> Taken:
        with smtp_sink() as sink:
            wall, busy = _run("deliver_django", str(sink.port), str(self.few), str(self.eml))
            return Taken.of(self.few, wall, busy, sink=sink.processors())

    def whole_job(self, of: Callable[[Path, str, int], tuple[float, float]]) -> Taken:
        place = self.folder / "job"
        place.mkdir()
        with lean() as sink:
            wall, busy = of(place, self.feeds, sink.port)
            assert sink.count() == whole.READERS, sink.count()
            taken = Taken.of(whole.READERS, wall, busy, sink=sink.processors())
        shutil.rmtree(place)
        return taken

    @contextmanager
    def _leaving(self, copy: Path) -> Iterator[Callable[[], None]]:
        """Somebody else's process, in which readers leave once it is told to begin."""
        command = [sys.executable, "-m", "benchmarks.deliver_pass", "leave", str(copy)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == "ready\n"
            stdin = process.stdin

            def begin() -> None:
                stdin.write("go\n")
                stdin.flush()

            yield begin
            self.left += json.loads(process.stdout.read())


def main(rounds: int = 5, messages: int = 4_000, *, sections: Sequence[str] = ()) -> None:
    wanted = sections or tuple(SECTIONS)
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name, served(whole.FEEDS) as url:
        bench = Bench(Path(name), messages, url)
        print(
            f"{messages:,} messages of {bench.size:,} bytes (each their own: {bench.size_each:,})", flush=True
        )
        tables = [table for section in wanted for table in SECTIONS[section](bench)]
        for number in range(rounds):
            for table in tables:
                table.take_round()
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for table in tables:
            table.print()
        if bench.left:
            _print_left(bench.left)
        if "signed" in wanted:
            print()
            sign.main(rounds)


def plain(bench: Bench) -> list[Table]:
    """N4."""

    def rows(sinks: Sinks, wanted: str) -> list[Row]:
        return [
            Row("smtp-source -s 10 -d", partial(bench.peer, "source", sinks, bench.messages)),
            Row("digest deliver, 10 connections", partial(bench.ours, bench.same, sinks), wanted),
            Row("the same, 200 readers leaving", partial(bench.ours, bench.same, sinks, leaving=True)),
            Row("smtplib, reused, 10 threads", partial(bench.peer, "smtplib", sinks, bench.few)),
            Row("aiosmtplib, reused, 10", partial(bench.peer, "aiosmtplib", sinks, bench.few)),
        ]

    return [
        Table("N4 into smtp-sink", rows(smtp_sink, "1.0")),
        Table("N4 into the lean sink", rows(lean, "")),
    ]


def wishes(bench: Bench) -> list[Table]:
    """N5."""

    def rows(sinks: Sinks, wanted: str) -> list[Row]:
        peer = partial(bench.peer, "source", sinks, bench.messages, size=bench.size_each)
        return [
            Row("smtp-source -s 10 -d", peer),
            Row("digest deliver, an edition for each", partial(bench.ours, bench.each, sinks), wanted),
        ]

    return [
        Table("N5 into smtp-sink", rows(smtp_sink, "0.5")),
        Table("N5 into the lean sink", rows(lean, "")),
    ]


def far(bench: Bench) -> list[Table]:
    """N6."""
    away = partial(lean, delay=AWAY)
    few = max(FAR_LANES, bench.messages // FAR)
    by_source = Row("smtp-source -s 50 -d", partial(bench.peer, "source", away, few, lanes=FAR_LANES))
    by_aio = Row("aiosmtplib, reused, 50", partial(bench.peer, "aiosmtplib", away, few, lanes=FAR_LANES))
    by_us = partial(bench.ours, bench.same, away, lanes=FAR_LANES)
    return [
        Table(
            "N6: 20 ms to each reply",
            [by_source, by_aio, Row("digest deliver, 50 connections", by_us, "2.0")],
        ),
    ]


def signed(bench: Bench) -> list[Table]:
    """N7."""

    def rows(sinks: Sinks, wanted: str) -> list[Row]:
        return [
            Row("smtp-source -s 10 -d", partial(bench.peer, "source", sinks, bench.messages)),
            Row("digest deliver, RSA-2048", partial(bench.ours, bench.same, sinks, key="rsa"), wanted),
            Row("digest deliver, Ed25519", partial(bench.ours, bench.same, sinks, key="ed25519")),
        ]

    return [
        Table("N7 into smtp-sink", rows(smtp_sink, "0.5")),
        Table("N7 into the lean sink", rows(lean, "")),
    ]


def people(bench: Bench) -> list[Table]:
    """N8."""
    sending = [
        Row("Django, one connection", bench.django),
        Row("digest deliver, 10 connections", partial(bench.ours, bench.same, smtp_sink), "15"),
        Row("digest deliver, 1 connection", partial(bench.ours, bench.small, smtp_sink, lanes=1)),
    ]
    jobs = [
        Row("rss2email run", partial(bench.whole_job, whole.theirs)),
        Row("digest nightly", partial(bench.whole_job, whole.ours), "4"),
    ]
    return [Table("N8: text and HTML into smtp-sink", sending), Table("N8: 50 feeds, 1,000 entries", jobs)]


SECTIONS: dict[str, Callable[[Bench], list[Table]]] = {
    "plain": plain,
    "wishes": wishes,
    "far": far,
    "signed": signed,
    "people": people,
}


@contextmanager
def _nobody() -> Iterator[Callable[[], None]]:
    yield lambda: None


def _run(module: str, *words: str, begin: Callable[[], None] = lambda: None) -> list[float]:
    """What a pass prints last; `begin` is called when it prints its first line of two."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "begun\n":
                Thread(target=begin).start()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return [float(number) for number in json.loads(lines[-1])]


def _print_left(times: list[float]) -> None:
    ordered = sorted(times)
    middle, most = ordered[len(ordered) // 2], ordered[-1]
    late = ordered[int(len(ordered) * 0.99)]
    print(
        f"\nLeaving by one click meanwhile: {len(times):,} of {len(times):,} done; "
        f"{middle * 1e3:.1f} ms in the middle, {late * 1e3:.1f} for 99 of 100, {most * 1e3:.1f} at most"
    )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(*numbers[:2], sections=[word for word in sys.argv[1:] if not word.isdigit()])
