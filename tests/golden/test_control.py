"""Mistakes with mail in hand and with copies: refused with what is wrong and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import child
from tests.golden.golden import check, transcript


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("deliver-two-answers", ("deliver", "--resume", "--drop")),
        ("deliver-issue-alone", ("deliver", "--issue", "1")),
        ("deliver-a-stranger", ("deliver", "--only", "nobody@example.org")),
        ("hold-misspelt", ("issues", "hold", "dayly")),
        ("cancel-nothing", ("issues", "cancel", "daily")),
        ("resume-nothing", ("issues", "resume")),
        ("show-nothing", ("issues", "show", "99")),
        ("backup-there", ("backup", "digest.toml")),
        ("restore-no-backup", ("restore", "digest.toml")),
        ("restore-missing", ("restore", "backup.db")),
    ],
)
def test_a_mistake_is_answered_in_words(name: str, words: tuple[str, ...], demo: Path) -> None:
    ran = child(*words, at=demo)

    assert "Traceback" not in ran.out + ran.err
    check(name, transcript(f"digest {' '.join(words)}", ran, folder=demo))
