"""N8's other peer: rss2email's whole job, and ours. Each is one command, its start included.

50 feeds of 20 entries are asked, and 1,000 messages leave: there one for each entry, to one reader; here a
digest for each of 1,000 readers, who follow a feed each, so that every entry is read by somebody.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.compose_site import SITE, bring, tonight
from digest.clock import utc_now

FEEDS, ENTRIES, READERS = 50, 20, 1_000


def theirs(folder: Path, url: str, port: int) -> tuple[float, float]:
    """Seconds by the clock, and of processors."""
    lines = [
        "[DEFAULT]\nfrom = news@example.org\nto = reader@example.net\nemail-protocol = smtp",
        f"smtp-server = 127.0.0.1:{port}\nsmtp-auth = False\nsmtp-ssl = False\nhtml-mail = True",
        "same-server-fetch-interval = 0\nverbose = error",
        *(f"[feed.f{number}]\nurl = {url}/{number}.xml" for number in range(FEEDS)),
    ]
    (folder / "r2e.cfg").write_text("\n".join(lines), encoding="utf-8")
    data = ["-c", str(folder / "r2e.cfg"), "-d", str(folder / "r2e.json")]
    return _ran(str(Path(sys.executable).with_name("r2e")), *data, "run")


def ours(folder: Path, url: str, port: int) -> tuple[float, float]:
    """Seconds by the clock, and of processors: `digest nightly`. The readers have joined before."""
    host = url.removeprefix("http://")
    mail = f'smtp = "smtp://127.0.0.1:{port}"'
    gather = f'[gather]\nfirst_entries = {ENTRIES}\nper_host = 32\nallow_private = ["{host}"]\n'
    text = SITE.replace('smtp = "dir:outbox"', mail) + gather
    text += "".join(f'[[sources]]\nslug = "s{n}"\nurl = "{url}/{n}.xml"\n' for n in range(FEEDS))
    (folder / "digest.toml").write_text(text, encoding="utf-8")
    with tonight(folder, clock=utc_now) as one:
        lines = (f"reader{number}@example.net,s{number % FEEDS}\n" for number in range(READERS))
        bring(one, ("email,only\n", *lines), READERS)
    digest = str(Path(sys.executable).with_name("digest"))
    return _ran(digest, "--config", str(folder / "digest.toml"), "nightly", "--json")


def _ran(*command: str) -> tuple[float, float]:
    wall, before = time.perf_counter(), _of_children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - wall, _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
