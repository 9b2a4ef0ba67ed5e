"""Running the command: inside this process where only words and numbers count, as a real child where the
process itself does (streams, signals, exit codes).

    inside("lists", "list", at=site).out
    child("lists", "list", at=site).code
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from digest.cli import main
from tests.house.tree import ROOT

#: the night of the demo in all tests
NIGHT = "2026-11-22T03:00"

#: no command may hang longer; a guard, not a measurement
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def inside(*arguments: str, at: Path | None = None, given: bytes = b"") -> Ran:
    """Run it here. `at` is the folder of a digest.toml."""
    site = ["--config", str(at / "digest.toml")] if at else []
    code: int | str | None = 0
    with CliRunner().isolation(input=given) as (out, err, _):
        try:
            main([*site, *arguments])
        except SystemExit as end:
            code = end.code
        finally:
            _forget_logging()
        assert err is not None
        return Ran(code=int(code or 0), out=out.getvalue().decode(), err=err.getvalue().decode())


def environment(**more: str) -> dict[str, str]:
    """That of a child: this tree importable, nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **more}


def child(*arguments: str, at: Path, **more: str) -> Ran:
    """Run it as people do, in the folder `at`. `more` goes into its environment."""
    done = subprocess.run(
        [sys.executable, "-m", "digest", *arguments],
        cwd=at,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return Ran(
        code=done.returncode,
        out=done.stdout.decode(errors="replace"),
        err=done.stderr.decode(errors="replace"),
    )


def _forget_logging() -> None:
    """The handler writes to a stream that is gone after the run."""
    for name in ("digest", "digest.net"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
