"""A night's mails leave signed with the keys of digest.toml, and the ledger says with which."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.night.signing import keys_of, signer_of
from tests.dkimkeys import ed25519_pem, rsa_pem, verdicts
from tests.night.house import NIGHT, House
from tests.smtpd import Smtpd, at, say

RSA = {"domain": "example.org", "selector": "d1", "key": rsa_pem()}
NEWER = {"domain": "example.org", "selector": "e1", "key": ed25519_pem()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.publish("blog", "one", "two")
    house.join("ada", at=NIGHT)
    house.join("bob", at=NIGHT)
    return house


def key_ids(house: House) -> set[int | None]:
    with house.tonight(NIGHT) as one:
        (issue,) = one.store.issues.list_all(limit=10)
        return {line.delivery.key_id for line in one.store.deliveries.of_issue(issue.id, limit=10)}


@pytest.mark.parametrize("tables", [[RSA], [NEWER], [RSA, NEWER]], ids=["rsa", "ed25519", "both"])
def test_every_mail_of_a_night_is_signed_with_every_key(house: House, tables: list[dict[str, str]]) -> None:
    house.tables["mail"]["dkim"] = tables
    house.night(NIGHT)
    signer = signer_of(house.settings)

    assert signer is not None and key_ids(house) == {signer.key_id}
    assert [verdicts(mail.raw, keys_of(house.settings)) for mail in house.mails] == [[True] * len(tables)] * 2


def test_without_keys_nothing_is_signed(house: House) -> None:
    house.night(NIGHT)

    assert signer_of(house.settings) is None and key_ids(house) == {None}
    assert len(house.mails) == 2
    assert not any("DKIM-Signature" in mail.message for mail in house.mails)


def test_what_the_relay_is_sent_is_what_was_signed(house: House) -> None:
    """Also its first line and its last one: nothing on the way is stuffed, quoted or cut."""
    house.tables["mail"]["dkim"] = [RSA, NEWER]
    with Smtpd() as relay:
        house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{relay.port}"
        house.night(NIGHT)

    assert [verdicts(each.content, keys_of(house.settings)) for each in relay.messages] == [[True, True]] * 2


def test_a_key_changed_between_two_attempts_signs_the_second_and_the_row_keeps_the_first(
    house: House,
) -> None:
    house.tables["mail"]["dkim"] = [RSA]
    with Smtpd(at("RCPT", say("451 4.7.1 later"))) as relay:
        house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{relay.port}"
        house.night(NIGHT)
    first = signer_of(house.settings)
    house.tables["mail"] |= {"smtp": "dir:outbox", "dkim": [NEWER]}
    house.night(NIGHT + timedelta(hours=3))

    assert first is not None and key_ids(house) == {first.key_id}
    assert [verdicts(mail.raw, keys_of(house.settings)) for mail in house.mails] == [[True], [True]]


def test_no_key_is_stored_with_the_night(house: House) -> None:
    house.tables["mail"]["dkim"] = [RSA, NEWER]
    house.night(NIGHT)

    with house.tonight(NIGHT) as one:
        stored = one.store.nights.settings(one.night)
    assert stored is not None and "digest@example.org" in stored
    assert "dkim" not in stored
    secrets = [line.encode() for line in f"{rsa_pem()}{ed25519_pem()}".splitlines() if len(line) > 40]
    for file in house.root.glob("digest.db*"):
        assert not any(secret in file.read_bytes() for secret in secrets)
