"""The process that tells languages: asked, ended, and done without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from digest.gather.language import detect
from digest.gather.tongues import Tongues

FRENCH = "Le prochain meetup de l'association aura lieu jeudi à Lyon.\nVenez « nombreux » \u2028 !"


def test_it_says_what_detection_says() -> None:
    with Tongues() as tongues:
        for text in (FRENCH, "The next meetup takes place in Lyon on Thursday.", "v1.2", ""):
            assert tongues.of(text) == detect(text)


def test_no_process_is_started_for_nothing_and_none_is_left() -> None:
    with Tongues() as idle:
        assert idle._process is None
    with Tongues() as tongues:
        tongues.of(FRENCH)
        process = tongues._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() == 0


def test_when_it_dies_languages_are_unknown_and_the_night_goes_on() -> None:
    with Tongues() as tongues:
        tongues.of(FRENCH)
        assert tongues._process is not None
        os.kill(tongues._process.pid, signal.SIGKILL)
        tongues._process.wait()
        assert (tongues.of(FRENCH), tongues.of(FRENCH)) == (None, None)


def test_asking_it_loads_no_model_here() -> None:
    code = (
        "import sys; from digest.gather.tongues import Tongues\n"
        f"with Tongues() as t: assert t.of({FRENCH!r}) == 'fr'\n"
        "assert not {'numpy', 'py3langid'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60)
