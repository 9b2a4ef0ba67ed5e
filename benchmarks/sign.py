"""N7, its half about DKIM: one signature of ours against one of dkimpy's, and two cores against one.

    python -m benchmarks.sign [rounds]

Rounds are interleaved, and only ratios inside a round count. Seconds are of processors, but for the threads.
The message is one of ours, of 80 KB; the keys, the fields that are covered and the canonicalisation are the
same for both. dkimpy reads the key anew for each message: its door takes a PEM.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import dkim

from digest.compose.encode import encode
from digest.compose.headers import Addressee, Heading, constant, own, subject_line
from digest.deliver.canon import covered
from digest.deliver.sign import Signer, new_key, read_key
from digest.model import DeliveryId

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OURS, THEIRS, THREADED = 400, 8, 800
HTML = 'A line of a digest, as long as lines are: <a href="https://planet.example.org/é">Hé</a>\n'


def message(size: int = 80_000) -> bytes:
    heading = Heading(
        from_="Planet <digest@example.org>",
        reply_to="ada@example.org",
        list_slug="weekly",
        list_title="The week",
        night=date(2026, 11, 22),
        site_url="https://digest.example.org",
        bounce_domain="bounces.example.org",
    )
    addressee = Addressee(
        address="reader@example.net",
        delivery_id=DeliveryId(5),
        unsubscribe_token="u" * 36,
        wishes_token="w" * 36,
        unsubscribe_local="u.q3k7v9x2m5c8b1n4z6l0j",
    )
    kind = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    line = encode(HTML).data
    head = constant(heading) + own(heading, addressee, dated_at=AT) + subject_line("News of the week") + kind
    return head + line * ((size - len(head)) // len(line))


def main(rounds: int = 5) -> None:
    raw, pem = message(), new_key("rsa")
    head = raw[: raw.index(b"\r\n\r\n") + 2]
    names = [name.encode() for name in covered(head)[0]]
    rsa = Signer.of([read_key(pem, domain="example.org", selector="d1")])
    newer = Signer.of([read_key(new_key("ed25519"), domain="example.org", selector="e1")])

    def peer(body: bytes) -> Callable[[], object]:
        return lambda: dkim.sign(
            raw,
            b"d1",
            b"example.org",
            pem.encode(),
            canonicalize=(b"relaxed", body),
            include_headers=names,
        )

    jobs: dict[str, tuple[Callable[[], object], int]] = {
        "ours, RSA-2048": (lambda: rsa.sign(raw, dated_at=AT), OURS),
        "ours, Ed25519": (lambda: newer.sign(raw, dated_at=AT), OURS),
        "dkimpy, RSA-2048, relaxed/simple": (peer(b"simple"), THEIRS),
        "dkimpy, RSA-2048, relaxed/relaxed": (peer(b"relaxed"), THEIRS),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    cores: list[float] = []
    for _ in range(rounds):
        for name, (job, times) in jobs.items():
            taken[name].append(_each(job, times))
        cores.append(_threads(rsa, raw, 1) / _threads(rsa, raw, 2))
    print(f"one signature of {len(raw):,} bytes, median of {rounds} interleaved rounds")
    for name, each in taken.items():
        print(f"  {name:34} {statistics.median(each) * 1e6:8,.0f} µs")
    for name in list(jobs)[2:]:
        ratio = statistics.median(t / o for o, t in zip(taken["ours, RSA-2048"], taken[name], strict=True))
        print(f"  {name} ÷ ours: {ratio:.1f}")
    print(f"  two threads against one: {statistics.median(cores):.2f} ×")


def _each(job: Callable[[], object], times: int) -> float:
    """Processor seconds for one: a busy machine makes nobody slower."""
    job()
    gc.collect()
    begin = time.process_time()
    for _ in range(times):
        job()
    return (time.process_time() - begin) / times


def _threads(signer: Signer, raw: bytes, count: int) -> float:
    with ThreadPoolExecutor(count) as pool:
        begin = time.perf_counter()
        for each in [pool.submit(signer.sign, raw, dated_at=AT) for _ in range(THREADED)]:
            each.result()
        return time.perf_counter() - begin


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
