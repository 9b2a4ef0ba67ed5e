"""The same delivery has the same bytes whenever it is composed, and links that its reader's keys made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from digest.errors import NotFound, StorageError
from digest.model import Issue, Key
from digest.night.cutting import list_id_of
from digest.night.galleys import set_again
from digest.night.postroom import Postroom, key_at, reprint
from digest.night.run import compose_room, deliver_room, gather_room
from digest.night.tonight import Tonight
from digest.storage.protocol.deliveries import Claim
from subscribers import tokens
from tests.night.house import DAY, NIGHT, House

HOUR = DAY / 24


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Cut and planned for two readers, nothing sent."""
    house = House(tmp_path, mail={"bounce_domain": "bounces.example.org"})
    house.publish("blog", "one", "two")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT, mute=("blog",))
    house.join("eve", at=NIGHT, language="fr")
    with house.tonight(NIGHT) as one:
        gather_room(one)
        compose_room(one)
    return house


def issue_of(one: Tonight) -> Issue:
    issue = one.store.issues.by_night(list_id_of(one, "daily"), one.night)
    assert issue is not None
    return issue


def claims(one: Tonight, at: datetime) -> list[Claim]:
    """Everything planned, claimed and given back."""
    found = one.store.deliveries.claim(at, at + HOUR, 10)
    one.store.deliveries.give_back(each.held() for each in found)
    return [replace(each, dated_at=NIGHT) for each in found]


def messages(one: Tonight, at: datetime = NIGHT) -> list[bytes]:
    room = Postroom(one)
    return [room.render(each).content for each in claims(one, at)]


def test_a_message_composed_twice_has_the_same_bytes(house: House) -> None:
    with house.tonight(NIGHT) as one:
        assert messages(one) == messages(one)


def test_settings_changed_since_the_cut_change_no_byte(house: House) -> None:
    with house.tonight(NIGHT) as one:
        before = messages(one)
    house.tables["site"] |= {"title": "Other", "contact": "other@example.org", "postal_address": "Elsewhere"}
    house.tables["mail"] |= {"from": "Other <other@example.org>", "bounce_domain": "other.example.org"}
    house.tables["lists"][0] |= {"title": "Other Daily", "show": "title"}
    with house.tonight(NIGHT + HOUR) as one:
        compose_room(one)
        after = messages(one, NIGHT + HOUR)

    assert before == after
    assert b"other" not in b"".join(after).lower()


def test_an_entry_edited_since_the_cut_changes_no_byte(house: House) -> None:
    with house.tonight(NIGHT) as one:
        before = messages(one)
    (house.root / "blog.xml").write_bytes(
        (house.root / "blog.xml").read_bytes().replace(b"Nobody", b"EDITED")
    )
    with house.tonight(NIGHT + HOUR) as one:
        gather_room(one, force=True)
        compose_room(one)
        assert messages(one, NIGHT + HOUR) == before


def test_a_key_rotated_since_the_first_attempt_changes_no_byte(house: House) -> None:
    with house.tonight(NIGHT + HOUR) as one:
        before = messages(one, NIGHT + HOUR)
        for purpose in ("token", "verp"):
            one.store.keys.retire(one.store.keys.secret(purpose), now=NIGHT + HOUR)
            one.store.keys.add(purpose, secret=b"another secret of 32 bytes......", now=NIGHT + HOUR)
        assert messages(one, NIGHT + HOUR) == before
        later = [replace(each, dated_at=NIGHT + HOUR) for each in claims(one, NIGHT + HOUR)]
        assert Postroom(one).render(later[0]).content != before[0]


def test_the_links_are_the_reader_s_own_and_hold(house: House) -> None:
    with house.tonight(NIGHT) as one:
        keys = one.store.keys.all("token")
        claim, other = claims(one, NIGHT)
        room = Postroom(one)
        content = room.render(claim).content.replace(b"=\r\n", b"").decode()
        token = content.partition("/u/")[2].partition(">")[0]

        assert tokens.make(tokens.Purpose.UNSUBSCRIBE, claim.delivery.subscription_id, keys[0]) == token
        assert token not in room.render(other).content.replace(b"=\r\n", b"").decode()


def test_bounces_come_back_to_their_delivery(house: House) -> None:
    with house.tonight(NIGHT) as one:
        room = Postroom(one)
        senders = {room.render(each).envelope.mail_from for each in claims(one, NIGHT)}

    assert len(senders) == 2
    assert all(each.endswith("@bounces.example.org") for each in senders)


def test_what_was_sent_is_reprinted_byte_for_byte_until_the_issue_closes(house: House) -> None:
    with house.tonight(NIGHT) as one:
        planned = [content for _, content in reprint(one, issue_of(one), email=None)]
        deliver_room(one)
        closed = issue_of(one)
        again = [content for _, content in reprint(one, closed, email=None)]

    assert sorted(mail.raw for mail in house.mails) == sorted(planned)
    assert closed.closed_at is not None
    assert sorted(again) == sorted(planned), "set again from the same stories and templates"


def test_a_closed_issue_is_set_again_from_its_stories(house: House) -> None:
    with house.tonight(NIGHT) as one:
        issue = issue_of(one)
        before = one.store.issues.fragments(issue.id, "en")
        deliver_room(one)
        after = set_again(one, issue_of(one), "en")

        assert one.store.issues.fragments(issue.id, "en") == {}
        assert after == before


def test_an_issue_of_a_list_that_left_the_file_is_not_set_again(house: House) -> None:
    with house.tonight(NIGHT) as one:
        issue = issue_of(one)
    house.tables["lists"] = [{"slug": "other", "title": "Other"}]
    with house.tonight(NIGHT) as one, pytest.raises(NotFound, match="The list of issue 1 is not in"):
        set_again(one, issue, "en")


def key(number: int, created: datetime, retired: datetime | None = None) -> Key:
    return Key(id=number, purpose="token", secret=b"s" * 32, created_at=created, retired_at=retired)


OLD = key(1, NIGHT - 10 * DAY, NIGHT)
NEW = key(2, NIGHT)
#: newest first, as the shelf gives them
KEYS = (NEW, OLD)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NIGHT - DAY, OLD),
        (NIGHT, NEW),
        (NIGHT + DAY, NEW),
        # before there was any: the clock was wrong, and some key must sign
        (NIGHT - 20 * DAY, NEW),
    ],
)
def test_the_key_that_signed_then_signs_again(at: datetime, expected: Key) -> None:
    assert key_at(KEYS, at) == expected


def test_while_two_keys_sign_the_newer_one_does() -> None:
    both = (key(2, NIGHT), key(1, NIGHT - DAY))

    assert key_at(both, NIGHT + DAY).id == 2


def test_a_database_without_keys_says_so() -> None:
    with pytest.raises(StorageError, match="holds no keys"):
        key_at((), NIGHT)
