"""The paper and the heading of an issue say what the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.compose.headers import heading_of
from digest.compose.paper import Kind, paper_of
from digest.model import Card, ListId, NewIssue, Seq, Source, SourceId
from digest.settings.schema import Settings
from digest.sort.sections import arrange
from tests.papers import PAPER, SLUGS, Galley, story

SETTINGS = Settings.model_validate(
    {
        "site": {
            "title": "Planète",
            "url": "https://d.example/p/",
            "language": "fr",
            "contact": "a@d.example",
        },
        "mail": {"from": "Planète <d@d.example>", "smtp": "dir:outbox", "bounce_domain": "b.d.example"},
        "topics": [{"slug": "events", "title": {"fr": "Rencontres", "en": "Events"}}],
        "sources": [{"slug": "a", "url": "https://a.example/feed", "title": "Le A"}],
        "lists": [{"slug": "weekly", "title": "La semaine"}],
    }
)
ISSUE = NewIssue(
    list_id=ListId(1),
    night=date(2026, 11, 22),
    number=3,
    from_seq=Seq(0),
    head_seq=Seq(9),
    cut_at=datetime(2026, 11, 22, tzinfo=UTC),
)
SOURCES = [
    Source(id=SourceId(1), slug="a", url="u", address="u", title="A's feed", site_url="https://a.example/"),
    Source(id=SourceId(2), slug="gone", url="u", address="u", title="Gone", site_url="javascript:alert(1)"),
    Source(id=SourceId(3), slug="nameless", url="u", address="u"),
]


def test_the_name_given_to_a_source_comes_before_its_feeds_and_its_slug() -> None:
    paper = paper_of(SETTINGS, SETTINGS.lists[0], ISSUE, "fr", SOURCES)
    assert [source.title for source in paper.sources.values()] == ["Le A", "Gone", "nameless"]


def test_only_web_addresses_are_linked() -> None:
    paper = paper_of(SETTINGS, SETTINGS.lists[0], ISSUE, "fr", SOURCES)
    assert [source.site_url for source in paper.sources.values()] == ["https://a.example/", None, None]


def test_topics_are_said_in_the_language_of_the_mail() -> None:
    assert paper_of(SETTINGS, SETTINGS.lists[0], ISSUE, "en", SOURCES).topics == {"events": "Events"}


def test_links_start_at_the_site_with_one_slash() -> None:
    assert paper_of(SETTINGS, SETTINGS.lists[0], ISSUE, "en", SOURCES).site_url == "https://d.example/p"
    assert heading_of(SETTINGS, SETTINGS.lists[0], ISSUE.night).site_url == "https://d.example/p"


def test_a_heading_is_made_in_the_domain_of_its_sender() -> None:
    assert heading_of(SETTINGS, SETTINGS.lists[0], ISSUE.night).domain == "d.example"


@pytest.mark.parametrize(
    ("group_by", "places"),
    [
        (("topic", "source"), {"line3", "under3", "under4"}),
        (("source", "topic"), {"under3", "under4"}),
        (("source",), {"under3"}),
        (("topic",), {"line3", "under3"}),
        ((), {"line3"}),
    ],
)
def test_headings_give_the_levels_below_them(group_by: tuple[str, ...], places: set[str]) -> None:
    settings = SETTINGS.lists[0].model_copy(update={"group_by": group_by})
    paper = paper_of(SETTINGS, settings, ISSUE, "fr", SOURCES)
    assert {str(place) for place in paper.places()} == places


@pytest.mark.parametrize("topics", [{}, {"events": "Rencontres"}])
@pytest.mark.parametrize("group_by", [("topic", "source"), ("source", "topic"), ("source",), ("topic",), ()])
def test_whatever_sections_are_arranged_can_be_cut(
    group_by: tuple[Kind, ...], topics: dict[str, str]
) -> None:
    stories = [story(id, source=1 + id // 4, topic="events" if id % 2 else "") for id in range(1, 9)]
    galley = Galley.of(stories, replace(PAPER, group_by=group_by, topics=topics))
    cards = [
        Card(
            story=each.id,
            source=SLUGS[each.origin.source_id - 1],
            topics=tuple(rule.topic for rule in each.origin.topics),
            dated_at=each.origin.dated_at,
            seq=each.seq,
        )
        for each in stories
    ]
    arranged = arrange(cards, group_by=group_by, topics=tuple(topics))
    assert sorted(galley.cut(arranged).stories) == [each.id for each in stories]


def test_an_extra_has_a_name_and_no_number() -> None:
    assert PAPER.issue_name == "n°\u00a012"
    extra = paper_of(SETTINGS, SETTINGS.lists[0], ISSUE, "en", SOURCES)
    assert extra.issue_name == "No. 3"
