"""digest.toml → Settings, or every fault at once with its line and its mend."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotFound, SettingsError
from digest.settings import Settings, in_language, load
from digest.settings.edit import add_source, add_topics, remove_source
from digest.settings.places import places
from tests.corpus import ROOT

SMALL = """\
[site]
title = "Planet"
url = "https://digest.example.org"
contact = "admin@example.org"

[mail]
from = "Planet <digest@example.org>"
smtp = "dir:outbox"
"""


def read(
    text: str, environ: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
) -> Settings:
    def secret(name: str) -> str:
        if secrets is None or name not in secrets:
            raise FileNotFoundError(2, "No such file or directory")
        return secrets[name]

    return load(text, path=Path("digest.toml"), environ=environ or {}, read_secret=secret)


def problems(text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(text, environ)
    return list(caught.value.problems)


def test_the_smallest_file_has_the_documented_defaults() -> None:
    settings = read(SMALL)

    assert settings.site.language == "en"
    assert settings.gather.first_entries == 10
    assert settings.mail.max_age_hours == 24
    assert settings.mail.on_uncertain == "resend"


@pytest.mark.parametrize("name", ["starter", "top level"])
def test_the_files_we_write_ourselves_are_right(name: str) -> None:
    text = (
        (files("digest.settings") / "starter.toml").read_text(encoding="utf-8")
        if name == "starter"
        else (ROOT / "digest.toml").read_text(encoding="utf-8")
    )

    assert read(text).lists


def test_an_unknown_key_is_named_with_its_line_and_its_nearest() -> None:
    found = problems(SMALL.replace("smtp =", "smpt ="))

    assert found[0].startswith('digest.toml:6: [mail] needs "smtp", for example: ')
    assert found[1] == 'digest.toml:8: [mail] has no key "smpt"; did you mean "smtp"?'


def test_several_faults_are_said_at_once_in_the_order_of_the_file() -> None:
    text = (
        SMALL.replace("https://digest", "ftp://digest") + '\n[night]\nat = "25:00"\n[gather]\nper_host = 0\n'
    )
    found = problems(text + '[[lists]]\nslug = "A b"\ntitle = "x"\ncadence = "weekyl"\n')

    assert [line.split(":")[1] for line in found] == ["11", "13", "15", "17"]
    assert 'did you mean "weekly"?' in found[-1]


def test_faults_between_keys_come_once_every_key_is_right() -> None:
    text = (
        SMALL.replace("https://digest", "ftp://digest")
        + '[[lists]]\nslug = "w"\ntitle = "x"\nsources = ["nope"]\n'
    )

    assert problems(text) == [
        "digest.toml:3: [site] url = 'ftp://digest.example.org': must be like \"https://digest.example.org\"",
        'digest.toml:12: there is no source "nope"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("admin@example.org", "admin", "not a mail address"),
        ('"Planet <digest@example.org>"', '"nobody"', 'must be "Name <digest@example.org>"'),
        ("dir:outbox", "mail.example.org", "must be smtp://, smtp+starttls:// or smtps://"),
        ("https://digest.example.org", "https://digest.example.org/?x=1", "no login, ? or # in it"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_what_it_must_be(old: str, new: str, said: str) -> None:
    assert said in problems(SMALL.replace(old, new))[0]


def test_a_login_in_the_relay_is_not_repeated_in_the_fault() -> None:
    (found,) = problems(SMALL.replace("dir:outbox", "smtpx://user:hunter2@mail"))

    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('rate = "fast"', 'must be like "20/second"'),
        ('rates = { "gmail.com" = "20" }', "rates: gmail.com = '20': must be like \"20/second\""),
        ('rates = { "Gmail" = "1/day" }', "'Gmail' is no mail domain"),
        ('divert_to = "me"', "not a mail address"),
    ],
)
def test_the_mail_tables_words_are_checked(more: str, said: str) -> None:
    assert said in problems(SMALL + more + "\n")[0]


def test_a_url_among_the_allowed_private_addresses_is_a_fault() -> None:
    assert "give host:port" in problems(SMALL + '[gather]\nallow_private = ["http://x"]\n')[0]


def test_slugs_and_addresses_given_twice_are_faults() -> None:
    row = '[[sources]]\nslug = "a"\nurl = "https://a.example.org"\n'
    found = problems(SMALL + row + row)

    assert '"a" is already number 1' in found[0]
    assert 'same url as "a"' in found[1]


def test_a_topic_may_not_name_a_source_that_is_not_there() -> None:
    text = '[[topics]]\nslug = "t"\ntitle = "T"\nmatch = { sources = ["blgo"] }\n'
    text += '[[sources]]\nslug = "blog"\nurl = "https://a"\ntopics = ["x"]\n'
    found = problems(SMALL + text)

    assert found[0].endswith('there is no source "blgo"; did you mean "blog"?')
    assert 'there is no topic "x"' in found[1]


def test_the_environment_comes_before_the_file() -> None:
    settings = read(
        SMALL,
        {
            "DIGEST_MAIL__SMTP": "smtp://relay:25",
            "DIGEST_GATHER__ALLOW_PRIVATE": '["127.0.0.1:1"]',
            "DIGEST_CONFIG": "x",
        },
    )

    assert settings.mail.smtp == "smtp://relay:25"
    assert settings.gather.allow_private == ("127.0.0.1:1",)


def test_a_table_the_environment_invents_is_a_fault() -> None:
    assert problems(SMALL, {"DIGEST_MIAL__SMTP": "x"}) == [
        'environment: DIGEST_MIAL__SMTP: there is no table [mial]; did you mean "mail"?'
    ]
    assert "looks like TOML but is not" in problems(SMALL, {"DIGEST_GATHER__PER_HOST": "[1"})[0]


def test_a_secret_comes_from_its_file_and_is_never_shown() -> None:
    settings = read(SMALL + 'password = "file:smtp"\n', secrets={"smtp": "hunter2\n"})

    assert settings.mail.password is not None
    assert settings.mail.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


def test_a_secret_file_that_is_not_there_is_named() -> None:
    assert problems(SMALL + 'password = "file:smtp"\n') == [
        "digest.toml:9: mail.password: smtp cannot be read: No such file or directory"
    ]


def test_text_that_is_not_toml_is_told_with_its_line() -> None:
    assert problems("[site]\ntitle = \n")[0].startswith("digest.toml:2: this is not TOML: ")


def test_a_missing_table_is_told_with_what_it_needs() -> None:
    assert "the table [mail] is missing" in problems(SMALL.partition("[mail]")[0])[0]


def test_words_fall_back_to_english_then_to_what_there_is() -> None:
    assert in_language("Events", "fr") == "Events"
    assert in_language({"fr": "Rencontres", "en": "Events"}, "fr") == "Rencontres"
    assert in_language({"en": "Events"}, "fr") == "Events"
    assert in_language({"de": "Treffen"}, "fr") == "Treffen"


def test_places_know_values_over_several_lines_and_tables_below_rows() -> None:
    text = '# x\n[a]\nb = """\n[not.a.table]\n"""\nc = [\n  1, # ]\n  2]\n'
    text += "[[r]]\nk = 1\n[r.in]\nz = { y = 2 }\n[[r]]\nk = 3\n"
    found = places(text)

    assert found["a", "b"] == 3
    assert found["a", "c"] == 6
    assert found["r", 0, "k"] == 10
    assert found["r", 0, "in", "z", "y"] == 12
    assert found["r", 1, "k"] == 14


def test_adding_a_source_keeps_every_comment() -> None:
    text = (
        SMALL
        + '\n[[sources]]\nslug = "a" # mine\nurl = "https://a"\n\n[[lists]] # last\nslug = "w"\ntitle = "W"\n'
    )
    added = add_source(text, {"slug": "b", "title": 'Say "hi"', "url": "https://b", "topics": ()})

    assert [line for line in text.splitlines() if line not in added.splitlines()] == []
    assert [source.slug for source in read(added).sources] == ["a", "b"]
    assert read(added).sources[1].title == 'Say "hi"'


def test_a_removed_source_leaves_the_lists_that_named_it() -> None:
    text = (
        SMALL
        + '[[sources]]\nslug = "a"\nurl = "https://a"\n\n'
        + '[[lists]]\nslug = "w"\ntitle = "W"\nsources = ["a"]\n'
    )
    text = add_topics(text, [{"slug": "t", "title": "T"}])
    left = read(remove_source(text, "a"))

    assert left.sources == ()
    assert left.lists[0].sources == ()
    with pytest.raises(NotFound):
        remove_source(text, "b")


@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_a_feed_calls_itself_the_file_stays_toml(title: str, url: str) -> None:
    added = add_source(SMALL, {"slug": "b", "title": title, "url": url})

    (source,) = read(added).sources
    assert (source.title or "").strip() == title.strip()
