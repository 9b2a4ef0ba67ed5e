"""`digest check`: findings in words and in JSON, and an exit code that cron can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.check import RULES
from tests.check.bad import BAD
from tests.check.mails import Written, good, good_raw
from tests.cli.run import inside
from tests.cli.sites import _demo_once, demo

__all__ = ["_demo_once", "demo"]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A mail with a menu of a kind that Gmail shows as underlined words."""
    return written(tmp_path, "E17")


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A mail with a warning alone."""
    return written(tmp_path, "A10")


def written(folder: Path, number: str) -> Path:
    changed = BAD[number](good())
    assert isinstance(changed, Written)
    path = folder / f"{number}.eml"
    path.write_bytes(changed.raw())
    return path


def test_a_good_mail_passes(tmp_path: Path) -> None:
    path = tmp_path / "good.eml"
    path.write_bytes(good_raw())

    ran = inside("check", str(path))

    assert (ran.code, ran.lines) == (0, [f"{path}: passes every rule"])


def test_a_finding_names_rule_severity_place_and_excerpt_and_ends_with_3(bad: Path) -> None:
    ran = inside("check", str(bad))

    assert ran.code == 3
    assert ran.lines[0] == f"{bad}: 1 finding"
    assert ran.lines[1].split()[:2] == ["E17", "fail"]
    assert "html:" in ran.lines[1] and "<nav>" in ran.lines[1]
    assert ran.lines[2].strip() == "Envoyé"


def test_a_warning_counts_only_when_strict(doubtful: Path) -> None:
    assert inside("check", str(doubtful)).code == 0
    assert inside("check", str(doubtful), "--strict").code == 3


def test_json_holds_the_same_findings(bad: Path, doubtful: Path) -> None:
    ran = inside("check", str(bad), str(doubtful), "--json")

    assert ran.code == 3
    first, second = ran.json["messages"]
    assert (first["file"], second["file"]) == (str(bad), str(doubtful))
    assert [(each["rule"], each["severity"]) for each in first["findings"]] == [("E17", "fail")]
    assert set(first["findings"][0]) == {"rule", "severity", "words", "part", "line", "excerpt"}
    assert [each["rule"] for each in second["findings"]] == ["A10"]


def test_an_issue_is_checked_by_one_mail_of_each_edition(demo: Path) -> None:
    ran = inside("check", "--issue", "1", "--json", at=demo)

    assert ran.code == 0
    # Four readers of four editions.
    assert len(ran.json["messages"]) == 4


def test_one_readers_mail_of_an_issue(demo: Path) -> None:
    ran = inside("check", "--issue", "1", "--email", "dan@example.org", at=demo)

    assert ran.code == 0
    assert len(ran.lines) == 1 and "dan-at-example.org" in ran.lines[0]


def test_every_rule_is_listed_with_who_decides_it() -> None:
    listed = inside("check", "--rules", "--json").json

    assert [(each["number"], each["kind"]) for each in listed] == [(rule.number, rule.kind) for rule in RULES]
    assert {each["kind"] for each in listed} == {"machine", "look", "not ours"}
    assert len(inside("check", "--rules").lines) == len(RULES) + 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Name files, or an issue with --issue N."),
        (("one.eml", "--issue", "1"), 2, "Name files, or an issue with --issue N."),
        (("one.eml", "--email", "ada@example.org"), 2, "--email goes with --issue N."),
        (("nowhere.eml",), 1, "There is no file nowhere.eml."),
    ],
)
def test_what_cannot_be_checked_is_said(arguments: tuple[str, ...], code: int, words: str) -> None:
    ran = inside("check", *arguments)

    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\xff\xfe", b"<html></html>"])
def test_what_is_no_message_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.eml"
    path.write_bytes(content)

    ran = inside("check", str(path))

    assert ran.code == 1
    assert str(path) in ran.err and "no message" in ran.err


def test_an_issue_that_is_not_there_is_said(demo: Path) -> None:
    assert "There is no issue 99." in inside("check", "--issue", "99", at=demo).err
    assert (
        "no message for eve@example.org"
        in inside("check", "--issue", "1", "--email", "eve@example.org", at=demo).err
    )
