"""Names are asked of a real name server, and no answer is not the answer "nothing there"."""

from __future__ import annotations

import socket

import pytest

from digest.net.names import Names, Unanswered
from tests.dnsd import SILENT, Dnsd

RECORDS = {
    "example.net": ['TXT "v=spf1 -all"', 'TXT "other"', "MX 20 b.example.net.", "MX 10 a.example.net."],
    "long.example.net": ['TXT "' + "a" * 255 + '" "' + "b" * 200 + '"'],
    "huge.example.net": [f'TXT "{number:03}{"x" * 250}"' for number in range(9)],
    "none.example.net": ["MX 0 ."],
    "bare.example.net": [],
    "silent.example.net": SILENT,
}


def names(server: Dnsd) -> Names:
    return Names(server=server.address, patience=30)


def test_the_texts_of_a_name_are_its_records_with_their_strings_joined() -> None:
    with Dnsd(RECORDS) as server:
        assert sorted(names(server).texts("example.net")) == ["other", "v=spf1 -all"]
        assert names(server).texts("long.example.net") == ("a" * 255 + "b" * 200,)


def test_texts_that_do_not_fit_a_datagram_are_asked_again_over_tcp() -> None:
    with Dnsd(RECORDS) as server:
        assert len(names(server).texts("huge.example.net")) == 9
        assert server.asked == [("huge.example.net", "TXT")] * 2


def test_mail_hosts_come_in_the_order_of_their_preference() -> None:
    with Dnsd(RECORDS) as server:
        assert names(server).mail_hosts("example.net") == ("a.example.net", "b.example.net")


def test_a_domain_that_takes_no_mail_has_no_mail_host() -> None:
    with Dnsd(RECORDS) as server:
        assert names(server).mail_hosts("none.example.net") == ()


@pytest.mark.parametrize("name", ["bare.example.net", "nobody.example.net"])
def test_a_name_without_records_has_none(name: str) -> None:
    with Dnsd(RECORDS) as server:
        assert names(server).texts(name) == ()
        assert names(server).mail_hosts(name) == ()


def test_silence_is_told_apart_from_nothing() -> None:
    with Dnsd(RECORDS) as server, pytest.raises(Unanswered, match=r"silent\.example\.net"):
        Names(server=server.address, patience=0.2).texts("silent.example.net")


def test_a_name_server_that_is_not_there_leaves_us_unanswered() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = reserved.getsockname()
        with pytest.raises(Unanswered):
            Names(server=(address[0], address[1]), patience=0.2).texts("example.net")


@pytest.mark.parametrize("name", ["a" * 64 + ".example.net", "a..b"])
def test_a_name_that_is_none_is_not_asked_for(name: str) -> None:
    with Dnsd(RECORDS) as server:
        with pytest.raises(Unanswered):
            names(server).texts(name)
        assert server.asked == []
