"""A mailbox over IMAP: read without marking, marked when told, and never more than was asked for."""

from __future__ import annotations

import pytest

from digest.errors import MailboxError, SettingsError
from digest.net.mailbox import Mailbox, Place, place_of
from tests.imapd import Imapd, imapd, trusting

LARGEST = 10_000


def opened(server: Imapd, *, password: str | None = None, folder: str = "INBOX") -> Mailbox:
    secret = server.password if password is None else password
    place = Place(host="localhost", port=server.port, user="me", folder=folder, password=secret)
    return Mailbox(place, largest=LARGEST, timeout=30, context=trusting())


def test_what_is_unseen_is_read_and_stays_unseen() -> None:
    with imapd() as server:
        server.put(b"one\r\n", b"two\r\n", b"three\r\n")
        server.letters[1].is_seen = True
        with opened(server) as mailbox:
            found = [(each.uid, each.content) for each in mailbox.waiting()]

        assert found == [(101, b"one\r\n"), (103, b"three\r\n")]
        assert server.unseen == [101, 103]


def test_what_is_marked_is_seen() -> None:
    with imapd() as server:
        server.put(*[b"x"] * 250)
        with opened(server) as mailbox:
            mailbox.mark(each.uid for each in mailbox.waiting())

        assert server.unseen == []
        assert len([each for each in server.said if "STORE" in each]) == 3


def test_a_full_mailbox_is_asked_about_piece_by_piece() -> None:
    with imapd() as server:
        server.put(*[b"x"] * 2_500)
        with opened(server) as mailbox:
            assert len(list(mailbox.waiting())) == 2_500

        searches = [each for each in server.said if "SEARCH" in each]
        assert searches == [f"UID SEARCH {window} UNSEEN" for window in ("1:1000", "1001:2000", "2001:2500")]


def test_an_empty_mailbox_has_nothing() -> None:
    with imapd() as server, opened(server) as mailbox:
        assert list(mailbox.waiting()) == []
        mailbox.mark([])


def test_a_message_too_large_is_told_and_not_fetched() -> None:
    with imapd() as server:
        server.put(b"x" * (LARGEST + 1), b"y" * LARGEST)
        with opened(server) as mailbox:
            found = [each.content for each in mailbox.waiting()]

    assert found == [None, b"y" * LARGEST]
    assert not any("FETCH 101 (BODY" in each for each in server.said)


def test_a_message_larger_than_the_server_told_is_cut() -> None:
    with imapd(tells=10) as server:
        server.put(b"x" * (LARGEST + 1))
        with opened(server) as mailbox:
            assert [each.content for each in mailbox.waiting()] == [b"x" * LARGEST]


@pytest.mark.parametrize("size", [1_000_000_000_000, LARGEST * 10])
def test_a_literal_larger_than_was_asked_for_ends_the_connection(size: int) -> None:
    with imapd(announces=size) as server:
        server.put(b"x")
        with opened(server) as mailbox, pytest.raises(MailboxError, match="more than"):
            list(mailbox.waiting())


def test_an_answer_without_an_end_ends_the_connection() -> None:
    with imapd(is_endless=True) as server:
        server.put(b"x")
        with opened(server) as mailbox, pytest.raises(MailboxError, match="more than"):
            list(mailbox.waiting())


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "SIZE", "BODY"])
def test_a_connection_that_breaks_is_a_sentence(command: str) -> None:
    def read(server: Imapd) -> None:
        with opened(server) as mailbox:
            list(mailbox.waiting())

    with imapd(cuts_at=command) as server:
        server.put(b"x")
        with pytest.raises(MailboxError, match="at localhost"):
            read(server)


def test_a_wrong_password_is_a_sentence_without_the_password() -> None:
    with imapd() as server, pytest.raises(MailboxError, match="does not let us in") as caught:
        opened(server, password="hunter2")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("password", ["pässword", "a\r\nb LOGOUT"])
def test_a_password_that_cannot_be_said_is_a_sentence(password: str) -> None:
    with imapd() as server, pytest.raises(MailboxError):
        opened(server, password=password)


@pytest.mark.parametrize("password", ['with "quotes"', "back\\slash", "with space", "{5}"])
def test_any_other_password_works(password: str) -> None:
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    with imapd(password=quoted) as server, opened(server, password=password) as mailbox:
        assert list(mailbox.waiting()) == []


def test_a_folder_that_is_not_there_is_named() -> None:
    with imapd() as server, pytest.raises(MailboxError, match="no folder Lists/Bounces"):
        opened(server, folder="Lists/Bounces")


def test_a_server_nobody_vouches_for_is_not_talked_to() -> None:
    with imapd() as server:
        place = Place(host="localhost", port=server.port, user="me", folder="INBOX", password="secret")
        with pytest.raises(MailboxError, match="cannot be reached"):
            Mailbox(place, largest=LARGEST, timeout=30)

    assert server.said == []


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("imaps://me@mail.example.org", ("mail.example.org", 993, "me", "INBOX")),
        ("imaps://me@mail.example.org:1993/Lists/Bounces", ("mail.example.org", 1993, "me", "Lists/Bounces")),
        ("imaps://me%40example.org@[::1]/A%20B", ("::1", 993, "me@example.org", "A B")),
    ],
)
def test_an_address_says_where_a_mailbox_is(url: str, place: tuple[str, int, str, str]) -> None:
    found = place_of(url, "secret")

    assert (found.host, found.port, found.user, found.folder) == place
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("imap://me@mail.example.org", "x"),
        ("imaps://mail.example.org", "x"),
        ("imaps://me@mail.example.org", None),
        ("imaps://me@mail.example.org:99999", "x"),
        ("imaps://me@/INBOX", "x"),
        ("INBOX", "x"),
    ],
)
def test_an_address_that_names_no_mailbox_is_refused(url: str, password: str | None) -> None:
    with pytest.raises(SettingsError):
        place_of(url, password)
