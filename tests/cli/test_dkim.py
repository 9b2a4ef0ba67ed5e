"""`digest dkim new`, and `digest doctor --dns`: from no key to a record in the DNS and a signed mail."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from digest.cli.doctor import server_named
from digest.deliver.sign import read_key
from tests.cli.run import inside
from tests.cli.sites import put
from tests.dkimkeys import verdicts
from tests.dnsd import Dnsd


def record_in(line: str) -> tuple[str, str]:
    """(name, text) of a zone file's line."""
    name, _, rest = line.partition(". IN TXT ")
    return name, "".join(re.findall(r'"([^"]*)"', rest))


def test_a_new_key_is_its_owners_alone_and_is_published_as_printed(demo: Path) -> None:
    ran = inside("dkim", "new", "d1", at=demo)
    file = demo / "dkim-d1.pem"
    key = read_key(file.read_text(encoding="ascii"), domain="demo.example.org", selector="d1")

    assert ran.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (key.kind, key.bits) == ("rsa", 2048)
    assert record_in(ran.lines[0]) == ("d1._domainkey.demo.example.org", key.record)
    assert ran.lines[1] == 'dkim = { domain = "demo.example.org", selector = "d1", key = "file:dkim-d1.pem" }'


def test_what_is_printed_goes_into_the_file_and_signs(demo: Path) -> None:
    line = inside("dkim", "new", "d1", at=demo).lines[1]
    put(demo, "bounce_domain", f'"bounces.example.org"\n{line}')
    assert inside("send-test", "me@example.org", "--list", "weekly", at=demo).code == 0

    key = read_key((demo / "dkim-d1.pem").read_text("ascii"), domain="demo.example.org", selector="d1")
    (mail,) = (demo / "outbox").glob("*test*me-at-example.org.eml")
    assert verdicts(mail.read_bytes(), [key]) == [True]


def test_a_key_that_is_there_is_never_written_over(demo: Path) -> None:
    inside("dkim", "new", "d1", at=demo)
    before = (demo / "dkim-d1.pem").read_bytes()
    ran = inside("dkim", "new", "d1", at=demo)

    assert (ran.code, ran.out) == (2, "")
    assert "is there already" in ran.err
    assert (demo / "dkim-d1.pem").read_bytes() == before


def test_the_newer_kind_another_domain_and_another_file(demo: Path) -> None:
    ran = inside(
        "dkim", "new", "E1", "--ed25519", "--domain", "News.planet.net", "--out", "ed.pem", "--json", at=demo
    )
    key = read_key((demo / "ed.pem").read_text("ascii"), domain="news.planet.net", selector="e1")

    assert key.kind == ran.json["kind"] == "ed25519"
    assert ran.json["file"] == str(demo / "ed.pem")
    assert ran.json["record"] == {"name": "e1._domainkey.news.planet.net", "type": "TXT", "value": key.record}
    assert ran.json["settings"] == (
        'dkim = { domain = "news.planet.net", selector = "e1", key = "file:ed.pem" }'
    )


def test_a_key_that_the_file_names_already_can_still_be_made(demo: Path) -> None:
    put(
        demo,
        "bounce_domain",
        '"bounces.example.org"\ndkim = { domain = "example.org", selector = "d1", key = "file:k.pem" }',
    )
    refused = inside("lists", "list", at=demo)
    proposed = re.search(r"`digest (dkim new [^`]*)`", refused.err)

    assert refused.code == 2 and proposed
    assert inside(*proposed[1].split(), at=demo).code == 0
    assert inside("lists", "list", at=demo).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["../d1"], "selector"),
        (["d 1"], "selector"),
        (["d1", "--domain", "nowhere"], "domain"),
        (["d1", "--out", "no/such/folder.pem"], "cannot be written"),
    ],
)
def test_what_no_key_can_be_named_is_refused_and_nothing_is_written(
    demo: Path, arguments: list[str], words: str
) -> None:
    ran = inside("dkim", "new", *arguments, at=demo)

    assert ran.code in (1, 2) and words in ran.err
    assert list(demo.glob("**/*.pem")) == []


# digest doctor --dns


@pytest.fixture
def site(demo: Path) -> Path:
    put(demo, "from", '"Planet <digest@planet.net>"')
    put(demo, "bounce_domain", '"bounces.planet.net"')
    line = inside("dkim", "new", "d1", at=demo).lines[1]
    put(demo, "bounce_domain", f'"bounces.planet.net"\n{line}')
    return demo


def test_the_records_are_printed_as_a_zone_file_has_them(site: Path) -> None:
    ran = inside("doctor", "--dns", "--offline", at=site)
    records = [line for line in ran.lines if not line.startswith("; ")]

    assert ran.code == 0 and ran.err == ""
    assert [line.partition(". IN ")[0] for line in records] == [
        "d1._domainkey.planet.net",
        "bounces.planet.net",
        "planet.net",
        "_dmarc.planet.net",
        "bounces.planet.net",
    ]
    assert "PTR" in ran.lines[-1]


def test_what_was_printed_and_published_is_found_good(site: Path) -> None:
    zone: dict[str, list[str]] = {}
    for line in inside("doctor", "--dns", "--offline", at=site).lines:
        if not line.startswith("; "):
            name, _, record = line.partition(". IN ")
            zone.setdefault(name, []).append(record)
    with Dnsd(zone) as server:
        host, port = server.address
        ran = inside("doctor", "--dns", "--resolver", f"{host}:{port}", "--strict", at=site)

    assert ran.code == 0
    assert {line.split()[0] for line in ran.err.splitlines()} == {"ok"}


def test_what_is_not_published_fails_with_the_record(site: Path) -> None:
    with Dnsd({}) as server:
        host, port = server.address
        ran = inside("doctor", "--dns", "--resolver", f"{host}:{port}", "--json", at=site)

    record = ran.json["records"][0]
    assert ran.code == 1
    assert ran.json["findings"][0]["mend"].startswith(f"Publish: {record['name']}. IN TXT ")


@pytest.mark.parametrize("text", ["nine", "9.9.9.9:dns", "dns.example.org", "9.9.9.9:99999", ""])
def test_a_name_server_that_is_none_is_a_usage_error(site: Path, text: str) -> None:
    ran = inside("doctor", "--dns", "--resolver", text, at=site)

    assert ran.code == 2 and "--resolver" in ran.err


def test_a_key_that_others_may_read_is_warned_of(site: Path) -> None:
    (site / "dkim-d1.pem").chmod(0o644)
    ran = inside("doctor", "--offline", "--json", at=site)

    mends = [each["mend"] for each in ran.json if each["id"] == "secrets"]
    assert f"chmod 600 {site / 'dkim-d1.pem'}" in mends


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[::1]:5353", ("::1", 5353)),
        ("2620:fe::9", ("2620:fe::9", 53)),
    ],
)
def test_a_name_server_is_an_address_with_or_without_a_port(address: str, server: tuple[str, int]) -> None:
    assert server_named(address) == server
