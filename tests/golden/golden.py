"""Comparing with a golden text, or, with DIGEST_BLESS=1 and a person to read the diff, writing it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.run import Ran

TEXTS = Path(__file__).parent / "texts"


def transcript(command: str, ran: Ran, *, folder: Path) -> str:
    """All a command left, as one text that is the same on every machine."""
    parts = [f"$ {command}\n"]
    for name, text in (("stdout", ran.out), ("stderr", ran.err)):
        if text:
            parts.append(f"--- {name}\n{text}" + ("" if text.endswith("\n") else "\n"))
    parts.append(f"--- exit {ran.code}\n")
    return plain("".join(parts), folder)


def plain(text: str, folder: Path) -> str:
    """Without what chance decides: folders, ports, process numbers."""
    text = text.replace(str(folder.resolve()), "FOLDER").replace(str(folder.resolve().parent), "ABOVE")
    text = re.sub(r"(127\.0\.0\.1(?::|, port ))\d+", r"\1PORT", text)
    return re.sub(r"pid \d+ since [\d:T+-]+", "pid PID since INSTANT", text)


def check(name: str, text: str) -> None:
    """The text is the golden one."""
    path = TEXTS / f"{name}.txt"
    if os.environ.get("DIGEST_BLESS") == "1":
        if os.environ.get("CI"):
            pytest.fail("DIGEST_BLESS is set where nobody reads what it blesses.")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"{path} is missing: DIGEST_BLESS=1 writes it"
    assert text == path.read_text(encoding="utf-8")
