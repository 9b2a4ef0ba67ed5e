"""The records to publish follow from the settings; what is published is judged as mailboxes would."""

from __future__ import annotations

import re
from typing import Any

import pytest

from digest.night.findings import Finding, Level
from digest.night.records import (
    Record,
    dmarc_names,
    is_dmarc,
    is_nobodys,
    judge_dkim,
    judge_dmarc,
    judge_mx,
    judge_spf,
    tags,
    wanted,
)
from digest.night.signing import are_aligned, from_domain
from digest.settings import Settings
from tests.dkimkeys import ed25519_key, rsa_key

RECORD = Record(kind="spf", name="planet.net", type="TXT", value="v=spf1 mx ~all", why="…")


def settings(**mail: Any) -> Settings:
    return Settings.model_validate(
        {
            "site": {"title": "Planet", "url": "https://www.planet.net/digest", "contact": "ada@planet.net"},
            "mail": {"from": "Planet <digest@planet.net>", "smtp": "smtps://relay.host.net", **mail},
        }
    )


def records(**mail: Any) -> dict[tuple[str, str], str]:
    return {(each.kind, each.name): each.value for each in wanted(settings(**mail), [])}


def test_a_plain_site_publishes_who_sends_for_it_and_a_policy() -> None:
    assert records() == {
        ("spf", "planet.net"): "v=spf1 mx a:relay.host.net ~all",
        ("dmarc", "_dmarc.planet.net"): "v=DMARC1; p=none; rua=mailto:ada@planet.net",
    }


def test_bounces_with_a_domain_of_their_own_need_its_spf_and_its_mx() -> None:
    found = records(bounce_domain="bounces.planet.net")

    assert found["mx", "bounces.planet.net"] == "10 www.planet.net."
    assert ("spf", "bounces.planet.net") in found and ("spf", "planet.net") in found


def test_keys_come_first_each_with_its_public_half() -> None:
    found = list(wanted(settings(), [rsa_key(), ed25519_key()]))

    assert [each.name for each in found[:2]] == ["d1._domainkey.example.org", "e1._domainkey.example.org"]
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{392}", found[0].value)
    assert re.fullmatch(r"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=", found[1].value)


def test_a_long_text_is_written_as_strings_of_at_most_255_bytes() -> None:
    first, *_ = wanted(settings(), [rsa_key()])
    strings = re.findall(r'"([^"]*)"', first.line)

    assert [len(each) for each in strings] == [255, len(first.value) - 255]
    assert "".join(strings) == first.value
    assert first.line.startswith('d1._domainkey.example.org. IN TXT "v=DKIM1; ')


@pytest.mark.parametrize(
    ("smtp", "senders"),
    [
        ("smtp://127.0.0.1:25", "mx a:www.planet.net"),
        ("smtp://localhost:25", "mx a:www.planet.net"),
        ("smtp://[::1]:25", "mx a:www.planet.net"),
        ("dir:outbox", "mx a:www.planet.net"),
        ("smtp://192.0.2.7", "mx ip4:192.0.2.7"),
        ("smtp://[2001:db8::7]:25", "mx ip6:2001:db8::7"),
        ("smtp+starttls://ada%40x@relay.host.net:587", "mx a:relay.host.net"),
    ],
)
def test_who_sends_is_the_relay_or_this_machine(smtp: str, senders: str) -> None:
    assert records(smtp=smtp)["spf", "planet.net"] == f"v=spf1 {senders} ~all"


def test_no_policy_that_we_propose_has_what_dmarc_no_longer_knows() -> None:
    policy = tags(records()["dmarc", "_dmarc.planet.net"])

    assert policy.keys() & {"pct", "rf", "ri"} == set()


def test_reports_go_to_nobody_elsewhere() -> None:
    elsewhere = settings().model_copy(
        update={"site": settings().site.model_copy(update={"contact": "ada@elsewhere.net"})}
    )

    assert [each.value for each in wanted(elsewhere, []) if each.kind == "dmarc"] == ["v=DMARC1; p=none"]


def test_a_domain_with_accents_is_looked_up_in_its_ascii_form() -> None:
    assert from_domain(settings(**{"from": "digest@Planète.net"})) == "xn--plante-6ua.net"


@pytest.mark.parametrize(
    ("one", "other", "aligned"),
    [
        ("planet.net", "planet.net", True),
        ("planet.net", "news.planet.net", True),
        ("news.planet.net", "planet.net", True),
        ("oldplanet.net", "planet.net", False),
        ("relay.net", "planet.net", False),
    ],
)
def test_domains_are_aligned_when_one_is_in_the_other(one: str, other: str, *, aligned: bool) -> None:
    assert are_aligned(one, other) is aligned


@pytest.mark.parametrize(
    ("domain", "nobodys"),
    [
        ("example.org", True),
        ("digest.example.com", True),
        ("planet.test", True),
        ("localhost", True),
        ("mail.local", True),
        ("planet.net", False),
        ("myexample.org", False),
        ("example.org.planet.net", False),
    ],
)
def test_names_of_examples_are_nobodys(domain: str, *, nobodys: bool) -> None:
    assert is_nobodys(domain) is nobodys


def is_like(finding: Finding, level: Level, words: str) -> bool:
    return finding.level is level and words in finding.words and bool(finding.mend or level is Level.OK)


PUBLIC = rsa_key().record.rpartition("p=")[2]


@pytest.mark.parametrize(
    ("texts", "level", "words"),
    [
        ([rsa_key().record], Level.OK, "our key"),
        ([f"v=DKIM1;k=rsa ; s=email;p={PUBLIC[:90]} {PUBLIC[90:]}"], Level.OK, "our key"),
        ([f"p={PUBLIC}"], Level.OK, "our key"),
        (["google-site-verification=1", rsa_key().record], Level.OK, "our key"),
        ([], Level.FAIL, "not published"),
        (["v=spf1 -all"], Level.FAIL, "not published"),
        ([rsa_key().record, rsa_key().record], Level.FAIL, "2 records"),
        (["v=DKIM1; p="], Level.FAIL, "revoked"),
        ([ed25519_key().record], Level.FAIL, "another key"),
        ([f"v=DKIM1; k=ed25519; p={PUBLIC}"], Level.FAIL, "another key"),
        ([f"v=DKIM1; h=sha1; p={PUBLIC}"], Level.FAIL, "SHA-256"),
        ([f"v=DKIM1; t=y:s; p={PUBLIC}"], Level.WARN, "test"),
    ],
)
def test_a_published_key_is_ours_or_every_signature_fails(texts: list[str], level: Level, words: str) -> None:
    assert is_like(judge_dkim(rsa_key(), texts, RECORD), level, words)


@pytest.mark.parametrize(
    ("texts", "level", "words"),
    [
        (["v=spf1 mx -all"], Level.OK, "mx -all"),
        (["V=SPF1 include:relay.net ~ALL", "spf2.0/pra"], Level.OK, "include"),
        (["v=spf1 redirect=_spf.relay.net"], Level.OK, "redirect"),
        (["v=spf10 -all"], Level.WARN, "no SPF record"),
        ([], Level.WARN, "no SPF record"),
        (["v=spf1 mx -all", "v=spf1 a -all"], Level.FAIL, "2 SPF records"),
        (["v=spf1 +all"], Level.FAIL, "everybody"),
        (["v=spf1 mx all"], Level.FAIL, "everybody"),
        (["v=spf1 mx ?all"], Level.WARN, "nothing of other senders"),
        (["v=spf1"], Level.WARN, "nothing of other senders"),
        (["v=spf1 -all mx"], Level.WARN, "nothing of other senders"),
    ],
)
def test_spf_is_one_record_that_ends_with_a_word_on_all_others(
    texts: list[str], level: Level, words: str
) -> None:
    assert is_like(judge_spf("planet.net", texts, RECORD), level, words)


@pytest.mark.parametrize(
    ("texts", "level", "words"),
    [
        (["v=DMARC1; p=none"], Level.OK, "p=none"),
        (["v=DMARC1; p=reject; adkim=r"], Level.OK, "p=reject"),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], Level.FAIL, "2 DMARC records"),
        (["v=DMARC1; rua=mailto:a@b.org"], Level.WARN, "no policy"),
        (["v=DMARC1; p=none; pct=50; ri=3600"], Level.WARN, "pct, ri"),
        (["v=DMARC1; p=none; adkim=s"], Level.WARN, "adkim=s"),
    ],
)
def test_a_policy_is_one_record_of_todays_dmarc_that_fits_the_signatures(
    texts: list[str], level: Level, words: str
) -> None:
    found = judge_dmarc("_dmarc.planet.net", texts, ["news.planet.net"], "planet.net")
    assert is_like(found, level, words)


def test_strict_alignment_is_no_trouble_for_signatures_of_the_domain_itself() -> None:
    found = judge_dmarc("_dmarc.planet.net", ["v=DMARC1; p=none; adkim=s"], ["planet.net"], "planet.net")

    assert found.level is Level.OK


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("v=DMARC1; p=none", True),
        ("v = DMARC1 ;p=none", True),
        ("v=DMARC1", True),
        ("v=DMARC12; p=none", False),
        ("p=none; v=DMARC1", False),
        ("v=DMARC1; psd=y; p=reject", False),
    ],
)
def test_a_text_is_a_policy_by_how_it_begins(text: str, *, counts: bool) -> None:
    assert is_dmarc(text) is counts


def test_a_policy_is_looked_for_upwards_but_never_at_a_top_level() -> None:
    assert list(dmarc_names("a.b.planet.net")) == [
        "_dmarc.a.b.planet.net",
        "_dmarc.b.planet.net",
        "_dmarc.planet.net",
    ]


def test_a_very_deep_domain_is_asked_for_at_most_eight_names() -> None:
    found = list(dmarc_names("a.b.c.d.e.f.g.h.i.planet.net"))

    assert len(found) <= 8
    assert found[0] == "_dmarc.a.b.c.d.e.f.g.h.i.planet.net"
    assert found[1] == "_dmarc.e.f.g.h.i.planet.net"


@pytest.mark.parametrize(("hosts", "level"), [(("mx.planet.net",), Level.OK), ((), Level.WARN)])
def test_bounces_need_a_host_that_takes_them(hosts: tuple[str, ...], level: Level) -> None:
    assert judge_mx("bounces.planet.net", hosts, RECORD).level is level
