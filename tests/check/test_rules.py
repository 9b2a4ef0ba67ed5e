"""Every machine rule finds its fault, and no other rule speaks of it."""

from __future__ import annotations

import re

import pytest

from digest.check import RULES, Finding, Severity, check
from tests.check.bad import BAD, MORE
from tests.check.mails import Change, good, good_raw

#: the tables: mail D1-D12, E1-E34, T1-T7; headers A1-A24
TABLES = {
    f"{letter}{at}"
    for letter, last in (("D", 12), ("E", 34), ("T", 7), ("A", 24))
    for at in range(1, last + 1)
}


def found(change: Change) -> tuple[Finding, ...]:
    changed = change(good())
    return check(changed if isinstance(changed, bytes) else changed.raw())


def test_a_mail_of_ours_breaks_no_rule() -> None:
    assert check(good_raw()) == ()


def test_taken_apart_and_put_together_it_still_breaks_none() -> None:
    assert check(good().raw()) == ()


@pytest.mark.parametrize("number", BAD)
def test_one_fault_fires_its_rule_and_no_other(number: str) -> None:
    assert {each.rule for each in found(BAD[number])} == {number}


@pytest.mark.parametrize(
    ("number", "change"), MORE, ids=[f"{number}-{at}" for at, (number, _) in enumerate(MORE)]
)
def test_other_faults_of_a_rule_are_its_own_too(number: str, change: Change) -> None:
    assert {each.rule for each in found(change)} == {number}


def test_every_machine_rule_has_its_bad_mail() -> None:
    assert {rule.number for rule in RULES if rule.kind == "machine"} == set(BAD)


def test_every_rule_of_the_tables_is_there_once() -> None:
    assert sorted(rule.number for rule in RULES) == sorted(TABLES)


def test_a_rule_says_what_it_asks_and_why_on_one_line_each() -> None:
    assert [r.number for r in RULES if not r.title or not r.reason or "\n" in r.title + r.reason] == []


def test_only_machine_rules_have_a_function() -> None:
    assert [r.number for r in RULES if (r.look is not None) != (r.kind == "machine")] == []
    assert [r.number for r in RULES if (r.part is not None) != (r.kind == "machine")] == []


@pytest.mark.parametrize(
    ("number", "excerpt"),
    [("E17", "Envoyé"), ("E8", "position: relative"), ("E29", "word-break: break-all"), ("E31", "Envoyé")],
)
def test_a_finding_names_the_line_in_the_decoded_part(number: str, excerpt: str) -> None:
    changed = BAD[number](good())
    assert not isinstance(changed, bytes)
    one = check(changed.raw())[0]

    assert one.line is not None
    assert excerpt.split(":", 1)[0] in changed.html.split("\n")[one.line - 1]
    assert excerpt in one.excerpt


def test_a_header_is_named_by_its_line_in_the_file() -> None:
    changed = BAD["A8"](good())
    assert not isinstance(changed, bytes)

    line = check(changed.raw())[0].line

    assert line is not None
    assert changed.raw().split(b"\r\n")[line - 1].startswith(b"List-Id:")


def test_what_few_clients_know_is_told_with_numbers_and_the_date_of_the_test() -> None:
    words = found(BAD["E8"])[0].words

    assert re.search(r"position: \d+ % of \d+ client platforms .*tested \d{4}-\d\d", words)


def test_over_the_budget_warns_and_over_the_clip_fails() -> None:
    near, far = (check(good().in_foot(f"<p>{'Envoyé ' * many}</p>").raw()) for many in (11_000, 13_000))

    assert [each.severity for each in near] == [Severity.WARN]
    assert [each.severity for each in far] == [Severity.FAIL]
