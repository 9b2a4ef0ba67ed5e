"""SpamAssassin, with its local rules alone, has next to nothing against any golden issue.

A regression alarm, not a promise of delivery: its own line is at 5.0 (email-and-pages §f).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.issues.specimens import SPECIMENS

SPAMASSASSIN = shutil.which("spamassassin")
MOST = 0.5
#: what it takes off for the headers of a mailing list: ours have them, and they make up for nothing
BONUS = ("MAILING_LIST_MULTI", 1.0)

pytestmark = pytest.mark.skipif(
    SPAMASSASSIN is None, reason="SpamAssassin is not installed (apt-get install spamassassin)"
)


def judged(raw: bytes, home: Path) -> tuple[float, str]:
    """The score of a message without that bonus, and the rules it comes from."""
    assert SPAMASSASSIN is not None
    ran = subprocess.run(
        [SPAMASSASSIN, "--local", "--test-mode"],
        input=raw.replace(b"\r\n", b"\n"),
        capture_output=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=True,
    )
    status = re.search(rb"(?ms)^X-Spam-Status:.*?score=(-?[\d.]+).*?tests=(.*?)autolearn", ran.stdout)
    assert status is not None, ran.stdout[:2000]
    rules = " ".join(status[2].decode().split())
    return float(status[1]) + (BONUS[1] if BONUS[0] in rules else 0), rules


@pytest.mark.parametrize("name", SPECIMENS)
def test_an_issue_does_not_look_like_spam(name: str, tmp_path: Path) -> None:
    score, rules = judged(SPECIMENS[name](), tmp_path)
    assert score <= MOST, rules


def test_spam_is_told_from_mail(tmp_path: Path) -> None:
    """Else a SpamAssassin without its rules would let everything pass."""
    words = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"  # its own test string
    assert judged(b"Subject: x\r\n\r\n" + words + b"\r\n", tmp_path)[0] > 100
