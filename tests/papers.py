"""Small issues to set and cut: stories, a paper, a galley, and the parts of a finished message."""

from __future__ import annotations

import email
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from digest.compose.cut import Cut, Selection, cut
from digest.compose.galley import FILTERS, set_galley
from digest.compose.headers import Addressee, Heading
from digest.compose.index import GalleyIndex, index_galley
from digest.compose.message import plate
from digest.compose.paper import Paper, SourceName
from digest.model import (
    Content,
    DeliveryId,
    Entry,
    EntryId,
    EntryState,
    Fragment,
    IssueId,
    Section,
    Seq,
    SourceId,
    Story,
    StoryId,
    TopicRule,
)
from digest.press.templates import Press

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
NONCE = "n0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PRESS = Press(filters=FILTERS)
SLUGS = ("cubicweb", "logilab", "afpy")

PAPER = Paper(
    site_title="Planète AFPy",
    site_url="https://digest.example.org",
    contact="admin@example.org",
    postal_address="AFPy, Paris",
    zone=ZoneInfo("Europe/Paris"),
    list_slug="weekly",
    list_title="Planète AFPy, la semaine",
    show="summary",
    group_by=("topic", "source"),
    number=12,
    night=date(2026, 11, 22),
    language="fr",
    sources={
        SourceId(1): SourceName(slug="cubicweb", title="CubicWeb", site_url="https://www.cubicweb.org/"),
        SourceId(2): SourceName(slug="logilab", title="Logilab & co"),
        SourceId(3): SourceName(slug="afpy", title="AFPy"),
    },
    topics={"events": "Rencontres", "web": "Le web"},
    followed=3,
)

HEADING = Heading(
    from_="Planète AFPy <digest@example.org>",
    reply_to="admin@example.org",
    list_slug="weekly",
    list_title="Planète AFPy, la semaine",
    night=date(2026, 11, 22),
    site_url="https://digest.example.org",
    bounce_domain="bounces.example.org",
)

ADDRESSEE = Addressee(
    address="reader@example.net",
    delivery_id=DeliveryId(5),
    unsubscribe_token="U" * 36,
    wishes_token="W" * 36,
    unsubscribe_local="u." + "q" * 40,
)

CONTENT = Content(
    title="Un titre",
    link="https://blog.example.org/un-titre",
    text="Il était une fois un texte assez long pour remplir plus d'une ligne de la partie en texte seul.",
    content_html="<p>Il était une fois <em>un texte</em> assez long.</p>",
)


def story(
    id: int, *, source: int = 1, twins: Sequence[int] = (), topic: str = "", **content: object
) -> Story:
    """A story of one entry, and one more for each source in `twins`."""
    given = {"title": f"Article {id}", "link": f"https://blog.example.org/{id}", **content}
    entries = tuple(
        Entry(
            id=EntryId(id * 10 + at),
            source_id=SourceId(each),
            guid=f"{id}/{at}",
            content=replace(CONTENT, **given),  # type: ignore[arg-type]
            dated_at=NOW - timedelta(hours=id),
            first_seen_at=NOW,
            changed_at=NOW,
            state=EntryState.RELEASED,
            seq=Seq(id * 10 + at),
            released_at=NOW,
            language="fr",
            topics=(TopicRule(topic=topic, rule="source"),) if topic else (),
            story_id=StoryId(id),
        )
        for at, each in enumerate((source, *twins))
    )
    return Story(id=StoryId(id), entries=entries, origin_id=entries[0].id)


def sections(stories: Sequence[Story]) -> tuple[Section, ...]:
    """Under their topics, three or more of a source under its heading: as `sort` would."""
    topics: dict[str, list[Story]] = {}
    for each in stories:
        topics.setdefault(each.origin.topics[0].topic if each.origin.topics else "", []).append(each)
    return tuple(_section(key, topics[key]) for key in sorted(topics, key=lambda key: (not key, key)))


def _section(topic: str, stories: Sequence[Story]) -> Section:
    by_source: dict[SourceId, list[StoryId]] = {}
    for each in stories:
        by_source.setdefault(each.origin.source_id, []).append(each.id)
    alone = [id for ids in by_source.values() if len(ids) < 3 for id in ids]
    inner = tuple(
        Section(kind="source", key=SLUGS[source - 1], stories=tuple(ids))
        for source, ids in by_source.items()
        if len(ids) >= 3
    )
    return Section(kind="topic", key=topic, stories=tuple(alone), sections=inner)


def selection(chosen: tuple[Section, ...], **more: object) -> Selection:
    return Selection(sections=chosen, period=(date(2026, 11, 15), date(2026, 11, 22)), **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Galley:
    """A galley set, and laid out for cutting."""

    fragments: Mapping[str, Fragment]
    index: GalleyIndex

    @staticmethod
    def of(stories: Sequence[Story], paper: Paper = PAPER) -> Galley:
        fragments = {each.name: each for each in set_galley(paper, stories, press=PRESS, nonce=NONCE)}
        return Galley(fragments, index_galley(paper, stories, fragments.values()))

    def cut(self, chosen: tuple[Section, ...], **more: object) -> Cut:
        return cut(self.index, selection(chosen, **more))

    def message(self, edition: Cut) -> bytes:
        ready = plate(edition.edition(IssueId(7)), self.fragments)
        return ready.message(HEADING, ADDRESSEE, dated_at=NOW)


def parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def part(raw: bytes, kind: str) -> str:
    """The text of one part: "html" or "plain"."""
    found = next(each for each in parsed(raw).walk() if each.get_content_type() == f"text/{kind}")
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")
