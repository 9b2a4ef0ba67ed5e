"""`mail.dkim`: one table or several, each with a key that can sign, and none of them ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from digest.deliver.sign import read_key
from digest.errors import SettingsError
from digest.settings import Settings, load
from digest.settings.schema import Dkim, FileSecret
from tests.dkimkeys import ed25519_pem, rsa_pem, weak_pem

SMALL = """\
[site]
title = "Planet"
url = "https://digest.example.org"
contact = "admin@example.org"

[mail]
from = "Planet <digest@example.org>"
smtp = "dir:outbox"
"""
ONE = 'dkim = { domain = "example.org", selector = "d1", key = "file:dkim.pem" }\n'
TWO = """\
dkim = [
  { domain = "example.org", selector = "d1", key = "file:dkim.pem" },
  { domain = "example.org", selector = "e1", key = "file:ed.pem" },
]
"""
TABLES = """\
[[mail.dkim]]
domain = "example.org"
selector = "d1"
key = "file:dkim.pem"

[[mail.dkim]]
domain = "example.org"
selector = "e1"
key = "file:ed.pem"
"""


def check(key: Dkim) -> None:
    read_key(key.key.get_secret_value(), domain=key.domain, selector=key.selector)


def read(
    text: str, environ: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> Settings:
    known = {"dkim.pem": rsa_pem(), "ed.pem": ed25519_pem()} | dict(files or {})

    def secret(name: str) -> str:
        if name not in known:
            raise FileNotFoundError(2, "No such file or directory")
        return known[name]

    return load(
        SMALL + text, path=Path("digest.toml"), environ=environ or {}, read_secret=secret, check_key=check
    )


def problems(
    text: str, environ: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(text, environ, files)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "selectors"), [("", []), (ONE, ["d1"]), (TWO, ["d1", "e1"]), (TABLES, ["d1", "e1"])]
)
def test_one_table_or_several_are_keys_in_the_order_of_the_file(text: str, selectors: list[str]) -> None:
    assert [key.selector for key in read(text).mail.dkim] == selectors


def test_a_key_of_a_file_remembers_which() -> None:
    (found,) = read(ONE).mail.dkim

    assert isinstance(found.key, FileSecret) and found.key.file == "dkim.pem"


def test_a_key_may_stand_in_the_file_itself() -> None:
    (found,) = read(ONE.replace('"file:dkim.pem"', repr(rsa_pem().strip()).replace("'", '"'))).mail.dkim

    assert found.key.get_secret_value() == rsa_pem().strip()


@pytest.mark.parametrize("text", [ONE, TWO, TABLES])
def test_no_key_is_ever_shown_or_stored_with_a_night(text: str) -> None:
    settings = read(text)
    secret = rsa_pem().splitlines()[3]
    stored = settings.model_dump_json(by_alias=True, exclude={"mail": {"password": True, "dkim": True}})

    assert secret not in repr(settings) + settings.model_dump_json(by_alias=True)
    assert "d1" not in stored
    assert Settings.model_validate_json(stored).mail.dkim == ()


def test_domain_and_selector_are_as_the_dns_has_them() -> None:
    (found,) = read(ONE.replace("example.org", "Example.ORG.").replace('"d1"', '"D1.Mail"')).mail.dkim

    assert (found.domain, found.selector) == ("example.org", "d1.mail")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"d1"', '"d 1"', "selector"),
        ('"d1"', '"d1;"', "selector"),
        ('"d1"', '""', "selector"),
        ('"d1"', f'"{"d" * 64}"', "selector"),
        ('"example.org"', '"example"', "domain"),
        ('"example.org"', '"exämple.org"', "xn--"),
        ('"example.org"', '"example.org; s=x"', "domain"),
        ('"example.org"', '"mailto:a@example.org"', "domain"),
    ],
)
def test_what_could_not_stand_in_a_signature_is_refused_with_its_line(old: str, new: str, words: str) -> None:
    (problem,) = problems(ONE.replace(old, new))

    assert problem.startswith("digest.toml:9: [mail.dkim] ") and words in problem


def test_a_key_that_is_missing_is_asked_for_with_an_example() -> None:
    (problem,) = problems('dkim = { domain = "example.org", selector = "d1" }\n')

    assert problem.startswith('digest.toml:9: [mail.dkim] needs "key", for example: key = "file:dkim.pem"; ')
    assert problem.endswith("`digest dkim new d1` makes one")


def test_of_several_tables_the_faulty_one_is_named() -> None:
    (problem,) = problems(TWO.replace('selector = "e1"', 'selektor = "e1"'))[:1]

    assert "[[mail.dkim]] number 2" in problem


def test_a_file_that_is_not_there_is_named_with_what_makes_it() -> None:
    (problem,) = problems(ONE.replace("dkim.pem", "gone.pem"))

    assert problem == (
        "digest.toml:9: mail.dkim.key: gone.pem cannot be read: No such file or directory; "
        "`digest dkim new d1 --domain example.org --out gone.pem` makes one"
    )


def test_each_key_that_cannot_sign_is_a_fault_with_its_mend_and_is_not_quoted() -> None:
    broken = rsa_pem()[:400] + rsa_pem()[-30:]
    found = problems(TWO, files={"dkim.pem": broken, "ed.pem": weak_pem(768)})

    assert [problem.partition(": [mail.dkim] ")[2][:9] for problem in found] == ["d1: the k", "e1: the k"]
    assert "768 bits" in found[1] and all("digest dkim new" in problem for problem in found)
    assert not any(line in "".join(found) for line in broken.splitlines() if len(line) > 30)


def test_one_name_is_for_one_key() -> None:
    (problem,) = problems(TWO.replace('"e1"', '"D1"'))

    assert "d1._domainkey.example.org" in problem


def test_the_environment_may_give_all_of_it() -> None:
    given = '[{ domain = "example.org", selector = "e1", key = "file:ed.pem" }]'

    assert [key.selector for key in read(ONE, {"DIGEST_MAIL__DKIM": given}).mail.dkim] == ["e1"]


def test_the_environment_may_change_a_key_of_one_table_and_of_no_list() -> None:
    environ = {"DIGEST_MAIL__DKIM__SELECTOR": "d2"}

    assert [key.selector for key in read(ONE, environ).mail.dkim] == ["d2"]
    (problem,) = problems(TWO, environ)
    assert "DIGEST_MAIL__DKIM__SELECTOR" in problem and "not a table" in problem
