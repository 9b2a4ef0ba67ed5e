"""One connection's talk, without a connection: each offer ends once, and content goes where it is awaited."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.dialogue import Dialogue
from digest.deliver.transport import Answered, Awaited, Envelope, Event, Offer, Phase

PIPELINING = {"pipelining": "", "size": "1000"}


def offer(name: str, *, size: int = 10) -> Offer:
    envelope = Envelope(mail_from=f"{name}@from.example", rcpt_to=f"{name}@to.example")
    return Offer(ticket=name, envelope=envelope, size=size, name=name)


def said(talk: Dialogue) -> list[str]:
    """What it writes now, as lines; all of it leaves."""
    data = talk.out()
    talk.written += len(data)
    return data.decode().splitlines()


def heard(talk: Dialogue, *lines: str) -> list[Event]:
    return talk.feed("".join(f"{line}\r\n" for line in lines).encode())


def at_354(features: dict[str, str]) -> Dialogue:
    """The first message is awaited."""
    talk = Dialogue(features)
    talk.offer(offer("one"))
    for answer in ("250 ok", "250 ok", "354 go"):
        said(talk)
        heard(talk, answer)
    return talk


def test_a_relay_that_pipelines_gets_the_group_at_once() -> None:
    talk = Dialogue(PIPELINING)
    talk.offer(offer("one"))

    assert said(talk) == ["MAIL FROM:<one@from.example> SIZE=10", "RCPT TO:<one@to.example>", "DATA"]
    assert heard(talk, "250 ok", "250 ok", "354 go") == [Awaited("one")]


def test_a_relay_that_does_not_gets_one_command_at_a_time() -> None:
    talk = Dialogue({})
    talk.offer(offer("one"))

    assert said(talk) == ["MAIL FROM:<one@from.example>"]
    assert (heard(talk, "250 ok"), said(talk)) == ([], ["RCPT TO:<one@to.example>"])
    assert (heard(talk, "250 ok"), said(talk)) == ([], ["DATA"])
    assert heard(talk, "354 go") == [Awaited("one")]


def test_the_dot_is_joined_with_the_next_offer() -> None:
    talk = at_354(PIPELINING)
    talk.content(b"hello\r\n", then=offer("two"))

    assert said(talk)[:3] == ["hello", ".", "MAIL FROM:<two@from.example> SIZE=10"]
    events = heard(talk, "250 2.0.0 taken", "250 ok", "250 ok", "354 go")
    assert [type(event) for event in events] == [Answered, Awaited]


@pytest.mark.parametrize("features", [PIPELINING, {}], ids=["pipelining", "lockstep"])
def test_a_reply_to_what_has_not_left_ends_the_talk(features: dict[str, str]) -> None:
    """Answers given ahead of commands mean that two sides no longer talk of the same message."""
    talk = Dialogue(features)
    talk.offer(offer("one"))
    talk.written = len("MAIL FROM:<one@from.example>")  # all but the end of the line

    (event,) = heard(talk, "250 ok")
    assert isinstance(event, Answered)
    assert (event.reply.phase, event.reply.is_lost, talk.is_over) == (Phase.MAIL, True, True)


def test_a_refusal_half_way_through_the_content_is_final_and_ends_the_talk() -> None:
    """The rest of the content must not be taken for commands."""
    talk = at_354(PIPELINING)
    talk.content(b"x" * 9 + b"\r\n")
    talk.out()
    talk.written += 4

    (event,) = heard(talk, "552 5.3.4 too large")
    assert isinstance(event, Answered)
    assert (event.reply.code, talk.is_over) == (552, True)


@pytest.mark.parametrize(("left", "phase"), [(1, Phase.BODY), (0, Phase.DOT)])
def test_only_a_dot_that_left_can_have_been_taken(left: int, phase: Phase) -> None:
    talk = at_354(PIPELINING)
    talk.content(b"hello\r\n")
    talk.written += len(talk.out()) - left

    (event,) = talk.lose("gone")
    assert isinstance(event, Answered)
    assert (event.reply.phase, event.reply.is_lost) == (phase, True)


def test_content_nobody_awaits_is_refused() -> None:
    talk = Dialogue(PIPELINING)
    with pytest.raises(ValueError, match="awaited"):
        talk.content(b"x\r\n")


ANSWERS = st.sampled_from(
    [
        "250 ok",
        "354 go",
        "550 5.1.1 nobody",
        "450 4.2.1 later",
        "503 5.5.1 what",
        "421 4.3.2 bye",
        "hm",
        "250-more",
    ]
)


@given(
    features=st.sampled_from([PIPELINING, {}]),
    answers=st.lists(ANSWERS, max_size=40),
    joins=st.booleans(),
)
def test_each_offer_ends_once_whatever_the_relay_says(
    features: dict[str, str], answers: list[str], joins: bool
) -> None:
    talk, offered, ended, awaited = Dialogue(features), 0, Counter[object](), Counter[object]()

    def take(events: list[Event]) -> None:
        nonlocal offered
        for event in events:
            if isinstance(event, Answered):
                ended[event.ticket] += 1
            else:
                awaited[event.ticket] += 1
                assert ended[event.ticket] == 0
                then = offer(str(offered)) if joins and talk.pipelines else None
                offered += then is not None
                take(talk.content(b"hello\r\n", then=then))

    for answer in answers:
        if talk.is_over:
            break
        if talk.is_free:
            take(talk.offer(offer(str(offered))))
            offered += 1
        said(talk)
        take(heard(talk, answer))
    take(talk.lose("the end"))

    assert ended == Counter(dict.fromkeys(map(str, range(offered)), 1))
    assert all(count == 1 for count in awaited.values())
