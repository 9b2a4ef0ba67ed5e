"""Reading `mail.smtp`."""

from __future__ import annotations

import pytest

from digest.deliver.relay import Relay, Security, relay_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:1025", (Security.PLAIN, "127.0.0.1", 1025, None)),
        ("smtp://relay", (Security.PLAIN, "relay", 25, None)),
        ("smtp+starttls://ada@relay", (Security.STARTTLS, "relay", 587, "ada")),
        ("smtps://ada%40example.org@relay", (Security.TLS, "relay", 465, "ada@example.org")),
        ("smtps://ada@example.org@relay:2465", (Security.TLS, "relay", 2465, "ada@example.org")),
        ("smtp://[::1]:2525", (Security.PLAIN, "::1", 2525, None)),
    ],
)
def test_a_relay_is_read_from_its_address(url: str, expected: tuple[Security, str, int, str | None]) -> None:
    relay = relay_of(url, "secret")

    assert (relay.security, relay.host, relay.port, relay.user) == expected


def test_the_password_of_the_settings_stands_before_one_in_the_address() -> None:
    assert relay_of("smtps://a:in%2Furl@h", None).password == "in/url"
    assert relay_of("smtps://a:in%2Furl@h", "given").password == "given"


def test_no_password_shows_in_a_repr() -> None:
    relay = Relay(security=Security.TLS, host="h", port=465, user="a", password="s3cret")

    assert "s3cret" not in repr(relay)
