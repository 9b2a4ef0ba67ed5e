"""Where the corpus of real feeds lies. Test data only: read in place, absent on most machines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("DIGEST_CORPUS") or ROOT.parent / "shared" / "corpus")

needs_corpus = pytest.mark.skipif(
    not (CORPUS / "feeds.tsv").is_file(), reason="the corpus of real feeds is not on this machine"
)
