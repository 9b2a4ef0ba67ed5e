"""The golden texts are compared honestly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import Ran
from tests.golden import golden


def test_a_text_that_differs_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "TEXTS", tmp_path)
    monkeypatch.delenv("DIGEST_BLESS", raising=False)
    (tmp_path / "one.txt").write_text("as it was\n", encoding="utf-8")

    golden.check("one", "as it was\n")
    with pytest.raises(AssertionError):
        golden.check("one", "as it is\n")


def test_a_missing_text_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "TEXTS", tmp_path)
    monkeypatch.delenv("DIGEST_BLESS", raising=False)

    with pytest.raises(AssertionError, match="DIGEST_BLESS=1"):
        golden.check("one", "new\n")


def test_nothing_is_blessed_where_nobody_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "TEXTS", tmp_path)
    monkeypatch.setenv("DIGEST_BLESS", "1")
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception):
        golden.check("one", "new\n")
    assert list(tmp_path.iterdir()) == []


def test_a_blessed_text_is_the_golden_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "TEXTS", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("DIGEST_BLESS", "1")
    golden.check("one", "new\n")
    monkeypatch.delenv("DIGEST_BLESS")

    golden.check("one", "new\n")


def test_a_transcript_holds_both_streams_and_the_exit_code(tmp_path: Path) -> None:
    ran = Ran(code=2, out="data", err=f"{tmp_path}/x on 127.0.0.1:4711\n")

    assert golden.transcript("digest x", ran, folder=tmp_path) == (
        "$ digest x\n--- stdout\ndata\n--- stderr\nFOLDER/x on 127.0.0.1:PORT\n--- exit 2\n"
    )
