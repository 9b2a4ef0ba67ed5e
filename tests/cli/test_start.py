"""`digest init` and `digest doctor`: what one does first, and what one does first when something is wrong."""

from __future__ import annotations

import os
import socket
import tomllib
from pathlib import Path

import pytest

from tests.cli.run import child, inside
from tests.cli.sites import put
from tests.smtpd import Smtpd


def test_what_init_writes_works_as_it_is(tmp_path: Path) -> None:
    ran = child("init", at=tmp_path)

    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "digest.db").is_file()
    assert child("nightly", at=tmp_path).code == 0
    assert child("doctor", "--offline", at=tmp_path).code == 0


def test_answers_are_written_into_the_file(tmp_path: Path) -> None:
    answers = ("--title", 'The "best" \\ planet', "--language", "fr", "--timezone", "Asia/Tokyo")
    ran = inside("init", str(tmp_path / "mine"), *answers, "--contact", "me@example.org")
    site = tomllib.loads((tmp_path / "mine" / "digest.toml").read_text("utf-8"))["site"]

    assert ran.code == 0
    assert site["title"] == 'The "best" \\ planet'
    assert (site["language"], site["timezone"], site["contact"]) == ("fr", "Asia/Tokyo", "me@example.org")


def test_a_second_init_changes_nothing(empty: Path) -> None:
    before = (empty / "digest.toml").read_bytes()
    ran = inside("init", str(empty), "--title", "Another")

    assert ran.code == 2
    assert "stays as it is" in ran.err
    assert (empty / "digest.toml").read_bytes() == before


@pytest.mark.parametrize(
    "wrong", [("--timezone", "Mars/Olympus"), ("--contact", "nobody"), ("--language", "de")]
)
def test_a_wrong_answer_leaves_nothing_behind(wrong: tuple[str, str], tmp_path: Path) -> None:
    ran = inside("init", str(tmp_path), *wrong)

    assert ran.code == 2
    assert list(tmp_path.iterdir()) == []


def test_init_below_a_file_fails_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = inside("init", str(tmp_path / "file" / "site"))

    assert ran.code == 1
    assert "cannot be made: Not a directory" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_init_where_one_may_not_write_fails_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ran = inside("init", str(tmp_path))
    tmp_path.chmod(0o700)

    assert ran.code == 1
    assert "cannot be written: Permission denied" in ran.err


def levels(site: Path, *more: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in inside("doctor", "--json", *more, at=site).json:
        found.setdefault(finding["id"], set()).add(finding["level"])
    return found


def test_the_doctor_finds_a_good_relay_good(demo: Path) -> None:
    with Smtpd() as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')

        assert levels(demo)["relay"] == {"ok"}
    assert relay.messages == []


def test_the_doctor_finds_a_dead_relay_and_looks_on(demo: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        put(demo, "smtp", f'"smtp://127.0.0.1:{reserved.getsockname()[1]}"')
        found = levels(demo)
        ran = inside("doctor", at=demo)

    assert found["relay"] == {"fail"}
    assert found["disk"] <= {"ok", "warn"}
    assert ran.code == 1
    assert "FAIL  relay" in ran.out


def test_the_doctor_offline_leaves_the_relay_alone(demo: Path) -> None:
    with Smtpd() as relay:
        put(demo, "smtp", f'"smtp://127.0.0.1:{relay.port}"')

        assert "relay" not in levels(demo, "--offline")
    assert relay.lines == []


def test_a_strict_doctor_is_not_content_with_warnings(demo: Path) -> None:
    assert inside("doctor", "--offline", at=demo).code == 0
    assert inside("doctor", "--offline", "--strict", at=demo).code == 3
