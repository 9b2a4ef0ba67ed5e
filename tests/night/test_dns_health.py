"""`doctor` asks a name server for each record our mail needs, and says what is not as it should be."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from digest.net.names import Names
from digest.night.findings import Finding, Level
from digest.night.health import examine
from digest.night.signing import keys_of
from digest.settings.schema import FileSecret
from tests.dkimkeys import ed25519_pem, rsa_pem, weak_pem
from tests.dnsd import SILENT, Dnsd
from tests.night.house import NIGHT, House
from tests.smtpd import Smtpd

KEY = {"domain": "planet.net", "selector": "d1", "key": rsa_pem()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.tables["mail"] = {
        "from": "Planet <digest@planet.net>",
        "smtp": "smtp://127.0.0.1:1",
        "bounce_domain": "bounces.planet.net",
        "dkim": KEY,
    }
    return house


def published(house: House) -> dict[str, Sequence[str]]:
    """All that this house should publish."""
    (key,) = keys_of(house.settings)
    text = key.record
    return {
        key.name: [f'TXT "{text[:255]}" "{text[255:]}"'],
        "planet.net": ['TXT "v=spf1 mx -all"', 'TXT "a-site-verification=1"'],
        "bounces.planet.net": ['TXT "v=spf1 mx ~all"', "MX 10 www.planet.net."],
        "_dmarc.planet.net": ['TXT "v=DMARC1; p=none"'],
    }


def findings(house: House, names: Names | None, *, offline: bool = False) -> list[Finding]:
    with Smtpd() as relay:
        if house.tables["mail"]["smtp"].startswith("smtp:"):
            house.tables["mail"]["smtp"] = f"smtp://127.0.0.1:{relay.port}"
        with house.tonight(NIGHT) as one:
            found = list(examine(one, offline=offline, names=names))
    assert all(each.mend or each.level is Level.OK for each in found), "a finding without a mend"
    return found


def levels(house: House, records: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of the questions about the DNS: id -> levels in order."""
    with Dnsd(records) as server:
        found = findings(house, Names(server=server.address, patience=30))
    told: dict[str, list[str]] = {}
    for each in found:
        if each.id in ("dkim", "spf", "dmarc", "mx", "dns"):
            told.setdefault(each.id, []).append(each.level.value)
    return told


def test_a_house_that_publishes_all_has_nothing_to_mend(house: House) -> None:
    assert levels(house, published(house)) == {
        "dkim": ["ok", "ok"],  # the key itself, then its record
        "spf": ["ok", "ok"],
        "dmarc": ["ok"],
        "mx": ["ok"],
        "dns": ["ok"],
    }


def test_a_house_that_publishes_nothing_is_told_each_record(house: House) -> None:
    with Dnsd({}) as server:
        found = findings(house, Names(server=server.address, patience=30))

    mends = [each.mend or "" for each in found if each.mend and each.mend.startswith("Publish: ")]
    assert [mend.split()[1] for mend in mends] == [
        "d1._domainkey.planet.net.",
        "bounces.planet.net.",
        "planet.net.",
        "_dmarc.planet.net.",
        "bounces.planet.net.",
    ]
    assert [each.id for each in found if each.level is Level.FAIL] == ["dkim"]


@pytest.mark.parametrize(
    ("name", "records", "id"),
    [
        ("d1._domainkey.planet.net", ['TXT "v=DKIM1; k=rsa; p=AAAA"'], "dkim"),
        ("planet.net", [], "spf"),
        ("bounces.planet.net", ['TXT "v=spf1 mx ~all"'], "mx"),
        ("_dmarc.planet.net", ['TXT "v=DMARC1; p=none; pct=10"'], "dmarc"),
    ],
)
def test_one_record_that_is_wrong_is_the_one_that_is_named(
    house: House, name: str, records: list[str], id: str
) -> None:
    told = levels(house, published(house) | {name: records})

    assert {each for each, found in told.items() if set(found) != {"ok"}} == {id}


def test_a_policy_of_the_domain_above_counts(house: House) -> None:
    house.tables["mail"] |= {"from": "digest@news.planet.net"}
    records = published(house) | {"news.planet.net": ['TXT "v=spf1 -all"']}

    assert levels(house, records)["dmarc"] == ["ok"]


def test_no_answer_is_said_once_and_is_no_failure(house: House) -> None:
    with Dnsd(dict.fromkeys(published(house), SILENT)) as server:
        found = findings(house, Names(server=server.address, patience=0.2))
        asked = {name for name, _ in server.asked}

    (silence,) = [each for each in found if each.id == "dns"]
    assert (silence.level, "not checked" in silence.words) == (Level.WARN, True)
    assert Level.FAIL not in {each.level for each in found}
    assert asked == {"d1._domainkey.planet.net"}


def test_a_machine_without_name_servers_is_no_failure_either(house: House) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        found = findings(house, Names(server=("127.0.0.1", reserved.getsockname()[1]), patience=0.2))

    assert [each.level for each in found if each.id == "dns"] == [Level.WARN]


@pytest.mark.parametrize(
    ("offline", "smtp"), [(True, "smtp://127.0.0.1:1"), (False, "dir:outbox")], ids=["offline", "files"]
)
def test_the_dns_is_left_alone(house: House, smtp: str, *, offline: bool) -> None:
    house.tables["mail"]["smtp"] = smtp
    with Dnsd({}) as server:
        findings(house, Names(server=server.address, patience=30), offline=offline)

    assert server.asked == []


def test_a_name_of_examples_is_not_asked_for(house: House) -> None:
    house.tables["mail"] |= {"from": "digest@example.org", "bounce_domain": "bounces.example.org"}
    with Dnsd({}) as server:
        found = findings(house, Names(server=server.address, patience=30))

    assert server.asked == []
    assert [each.level for each in found if each.id == "dns"] == [Level.WARN]


# What is told without asking anybody


def signed(house: House, *tables: Mapping[str, Any]) -> list[str]:
    house.tables["mail"]["dkim"] = list(tables)
    found = findings(house, None, offline=True)
    return [each.words for each in found if each.id == "dkim" and each.level is Level.WARN]


def test_a_good_key_is_named_and_warned_of_by_nobody(house: House) -> None:
    found = findings(house, None, offline=True)

    assert signed(house, KEY) == []
    assert [each.words for each in found if each.id == "dkim"] == ["signed by d1 (rsa, 2048 bits)"]
    assert not any("nothing yet" in each.words and "dkim" in each.words for each in found)


def test_a_house_that_does_not_sign_is_asked_nothing(house: House) -> None:
    del house.tables["mail"]["dkim"]

    assert [each for each in findings(house, None, offline=True) if each.id == "dkim"] == []


def test_a_weak_key_is_warned_of(house: House) -> None:
    (words,) = signed(house, KEY | {"key": weak_pem(1024)})
    assert "1024 bits" in words


def test_a_signature_of_another_domain_is_warned_of(house: House) -> None:
    (words,) = signed(house, KEY | {"domain": "relay.net"})
    assert "relay.net" in words and "not aligned" in words


def test_ed25519_alone_is_warned_of_and_beside_rsa_is_not(house: House) -> None:
    newer = KEY | {"selector": "e1", "key": ed25519_pem()}

    (words,) = signed(house, newer)
    assert "Ed25519" in words
    assert signed(house, newer, KEY) == []


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_key_that_others_may_read_is_warned_of(house: House, mode: int, *, is_told: bool) -> None:
    file = house.root / "dkim.pem"
    file.write_text(rsa_pem(), encoding="ascii")
    file.chmod(mode)
    house.tables["mail"]["dkim"] = KEY | {"key": FileSecret(rsa_pem(), file="dkim.pem")}

    found = [each for each in findings(house, None, offline=True) if "dkim.pem" in each.words]
    assert [(each.id, each.level, each.mend) for each in found] == (
        [("secrets", Level.WARN, f"chmod 600 {file}")] if is_told else []
    )
