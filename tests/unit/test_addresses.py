"""Where our own pages are: one place says it to mails, pages and feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from digest.model import ListId, NewIssue, Seq
from digest.settings.addresses import issue_path, issue_url
from digest.settings.schema import Settings

GIVEN = {
    "site": {"title": "Planète", "url": "https://d.example/p/", "contact": "a@d.example"},
    "mail": {"from": "Planète <d@d.example>", "smtp": "dir:outbox"},
}
ISSUE = NewIssue(
    list_id=ListId(1),
    night=date(2026, 11, 22),
    number=3,
    from_seq=Seq(0),
    head_seq=Seq(9),
    cut_at=datetime(2026, 11, 22, tzinfo=UTC),
)


def test_an_issue_is_found_by_its_number_and_an_extra_by_its_night() -> None:
    assert issue_path("weekly", ISSUE) == "issues/weekly/3.html"
    assert issue_path("weekly", replace(ISSUE, number=None)) == "issues/weekly/2026-11-22.html"


def planet(*, public: bool) -> Settings:
    listed = [{"slug": "weekly", "title": "The week", "cadence": "weekly", "public": public}]
    return Settings.model_validate({**GIVEN, "planet": {"dir": "public"}, "lists": listed})


def test_its_address_starts_at_the_site_with_one_slash() -> None:
    assert issue_url(planet(public=True), "weekly", ISSUE) == "https://d.example/p/issues/weekly/3.html"


def test_an_issue_of_a_list_that_is_not_public_has_no_address() -> None:
    assert issue_url(planet(public=False), "weekly", ISSUE) is None
    assert issue_url(planet(public=True), "another", ISSUE) is None


def test_without_a_planet_there_is_no_page_to_lead_to() -> None:
    assert issue_url(Settings.model_validate(GIVEN), "weekly", ISSUE) is None
