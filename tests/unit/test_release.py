"""Laws of the closing: who becomes news, in which order, under which language."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.language import detect, language_of
from digest.gather.release import in_order, may_go, release
from digest.model import Content, Entry, EntryId, EntryState, Seq, SourceId, TopicRule
from tests.gathering import DAY, NOW


def waiting(
    id: int = 1,
    *,
    source: int = 1,
    dated_at: datetime = NOW,
    state: EntryState = EntryState.WAITING,
    held_until_at: datetime | None = None,
    withdrawn_at: datetime | None = None,
) -> Entry:
    return Entry(
        id=EntryId(id),
        source_id=SourceId(source),
        guid=str(id),
        content=Content(title="A title", link=None),
        dated_at=dated_at,
        first_seen_at=NOW,
        changed_at=NOW,
        state=state,
        held_until_at=held_until_at,
        withdrawn_at=withdrawn_at,
    )


ORDER = {SourceId(2): 0, SourceId(1): 1}
entries = st.lists(
    st.builds(
        waiting,
        st.integers(1, 10_000),
        source=st.integers(1, 3),
        dated_at=st.integers(0, 3).map(lambda days: NOW - days * DAY),
    ),
    unique_by=lambda entry: entry.id,
    max_size=20,
)


@pytest.mark.parametrize(
    ("entry", "goes"),
    [
        (waiting(), True),
        (waiting(withdrawn_at=NOW), False),
        (waiting(state=EntryState.HELD, held_until_at=NOW), True),
        (waiting(state=EntryState.HELD, held_until_at=NOW, withdrawn_at=NOW), True),
        (waiting(state=EntryState.HELD, held_until_at=NOW + DAY), False),
        (waiting(state=EntryState.SEEDED), False),
        (waiting(state=EntryState.QUARANTINED), False),
        (waiting(state=EntryState.DROPPED), False),
    ],
)
def test_who_may_go(entry: Entry, goes: bool) -> None:
    assert may_go(entry, NOW) is goes


def test_order_is_by_source_of_the_file_then_date_then_id() -> None:
    late, early = waiting(1), waiting(9, dated_at=NOW - DAY)
    first, unlisted = waiting(8, source=2), waiting(2, source=3)
    arriving = in_order([late, unlisted, early, first], now=NOW, order=ORDER)
    assert [entry.id for entry in arriving] == [8, 9, 1, 2]


@given(entries, st.randoms(use_true_random=False), st.integers(1, 1000))
def test_the_same_entries_get_the_same_seq_however_they_are_listed(
    listed: list[Entry], random: Random, head: int
) -> None:
    shuffled = random.sample(listed, len(listed))
    given_out = [
        release(
            in_order(each, now=NOW, order=ORDER),
            Seq(head),
            assign_topics=lambda entry: (TopicRule(topic=f"t{entry.source_id}", rule="always"),),
            assign_language=lambda _: "fr",
        )
        for each in (listed, shuffled)
    ]
    assert given_out[0] == given_out[1]
    assert [each.seq for each in given_out[0]] == list(range(head, head + len(listed)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le prochain meetup de l'association aura lieu jeudi à Lyon, venez nombreux.", "fr"),
        ("The next meetup of the association takes place in Lyon on Thursday.", "en"),
        ("Das nächste Treffen des Vereins findet am Donnerstag in Berlin statt.", "de"),
        ("Python 3.15", None),
        ("1234567890 1234567890 1234567890", None),
    ],
)
def test_a_language_is_detected_when_there_is_enough_text(text: str, language: str | None) -> None:
    assert detect(text) == language


FRENCH = "Le prochain meetup de l'association aura lieu jeudi à Lyon."


@pytest.mark.parametrize(
    ("declared", "text", "configured", "language"),
    [
        ("pt-BR", FRENCH, "en", "pt"),
        (None, FRENCH, "en", "fr"),
        ("und", FRENCH, "en", "fr"),
        (None, "v1.2", "en", "en"),
        ("x-klingon", "v1.2", None, None),
    ],
)
def test_a_short_text_is_in_the_language_it_declares_else_detected_else_configured(
    declared: str | None, text: str, configured: str | None, language: str | None
) -> None:
    assert language_of(declared=declared, text=text, configured=configured) == language


@pytest.mark.parametrize(
    ("declared", "language"), [("en", "fr"), ("en-US", "fr"), ("ca", "ca"), ("fr", "fr")]
)
def test_a_long_text_tells_more_than_a_declaration_of_what_we_could_tell_ourselves(
    declared: str, language: str
) -> None:
    assert language_of(declared=declared, text=FRENCH * 5, configured=None) == language
