"""The pilot: the whole Planète AFPy to 25 readers who want different things, through a real SMTP server.

What each should get is worked out here from the feeds' own XML, by a table of plain predicates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from digest.model import EntryState, Key
from digest.night.report import NightReport
from subscribers import tokens
from subscribers.model import Cadence, Format, Subscription, Weekday, Wishes
from tests.corpus import CORPUS, needs_corpus
from tests.night.house import DAY, House, Mail
from tests.night.relay import Relay, Taken

pytestmark = [needs_corpus, pytest.mark.xdist_group("afpy")]

AFPY = CORPUS / "planete-afpy"
#: 03:00 in Paris; a Monday
NIGHT = datetime(2016, 9, 19, 1, 0, tzinfo=UTC)
EVENTS = ("afpyro", "afpy-nantes", "pyconfr2016")
FIRMS = ("anybox", "cubicweb", "yaal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An entry as the feed has it, read without any code of ours."""

    source: str
    title: str
    link: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks for what, and which entries that is."""

    asked: dict[str, Any] = field(default_factory=dict)
    #: languages of entries they read
    reads: tuple[str, ...] = ()
    gets: Callable[[Raw], bool] = lambda _: True
    #: their mail comes with this night's run
    tonight: bool = True


def out_of(*sources: str) -> Callable[[Raw], bool]:
    return lambda raw: raw.source not in sources


def of(*sources: str) -> Callable[[Raw], bool]:
    return lambda raw: raw.source in sources


TEXT = {"format": Format.TEXT}
READERS = {
    "all-fr": Reader(),
    "all-en": Reader(asked={"language": "en"}),
    "text-fr": Reader(asked=TEXT),
    "text-en": Reader(asked=TEXT | {"language": "en"}),
    "no-anybox": Reader(asked={"mute": ("anybox",)}, gets=out_of("anybox")),
    "no-anybox-too": Reader(asked={"mute": ("anybox",)}, gets=out_of("anybox")),
    "no-anybox-en": Reader(asked={"mute": ("anybox",), "language": "en"}, gets=out_of("anybox")),
    "no-two": Reader(asked={"mute": ("carlchenet", "sciunto")}, gets=out_of("carlchenet", "sciunto")),
    "no-events": Reader(asked={"mute": ("rencontres",)}, gets=out_of(*EVENTS)),
    "no-firms": Reader(asked={"mute": ("entreprises",)} | TEXT, gets=out_of(*FIRMS)),
    "no-topics": Reader(asked={"mute": ("rencontres", "entreprises")}, gets=out_of(*EVENTS, *FIRMS)),
    "only-afpyro": Reader(asked={"only": ("afpyro",)}, gets=of("afpyro")),
    "only-cubicweb": Reader(asked={"only": ("cubicweb",), "language": "fr"} | TEXT, gets=of("cubicweb")),
    "only-events": Reader(asked={"only": ("rencontres",)}, gets=of(*EVENTS)),
    "only-events-en": Reader(asked={"only": ("rencontres",), "language": "en"}, gets=of(*EVENTS)),
    "firms-but-one": Reader(
        asked={"only": ("entreprises",), "mute": ("anybox",)}, gets=of("cubicweb", "yaal")
    ),
    "one-against-topic": Reader(asked={"only": ("yaal",), "mute": ("entreprises",)}, gets=of("yaal")),
    "reads-en": Reader(reads=("en",), gets=lambda raw: raw.language == "en"),
    "reads-fr": Reader(reads=("fr",), asked={"language": "en"}, gets=lambda raw: raw.language == "fr"),
    "nothing-left": Reader(asked={"only": ("afpyro",)}, reads=("en",), gets=lambda _: False),
    "nightly": Reader(asked={"cadence": Cadence.NIGHTLY}),
    "tuesdays": Reader(asked={"weekday": Weekday.TUESDAY}, tonight=False),
    "monthly": Reader(asked={"cadence": Cadence.MONTHLY}, tonight=False),
    "at-seven": Reader(asked={"hour": 7}, tonight=False),
    "at-two": Reader(asked={"hour": 2}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """The night, run."""

    report: NightReport
    taken: list[Taken]
    places: dict[str, Subscription]
    keys: tuple[Key, ...]
    verp_keys: tuple[Key, ...]

    def mail_of(self, name: str) -> Mail:
        (content,) = [each.content for each in self.taken if each.rcpt_to == (f"{name}@example.org",)]
        return Mail.of(content)

    @property
    def mails(self) -> dict[str, Mail]:
        return {name: self.mail_of(name) for name in expected()}


def raw_entries() -> list[Raw]:
    """All entries of the eleven sources."""
    return [raw for path in sources() for raw in _raw(path)]


def sources() -> list[Path]:
    return sorted(path for path in AFPY.glob("*.xml") if path.name != "planet.xml")


def _raw(path: Path) -> Iterator[Raw]:
    atom, dc = "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}"
    for node in ET.parse(path).getroot().iter():
        if node.tag == "item":
            link, language = node.findtext("link"), node.findtext(f"{dc}language")
            title = node.findtext("title")
        elif node.tag == f"{atom}entry":
            link = next(each.get("href") for each in node.iter(f"{atom}link"))
            language = node.get("{http://www.w3.org/XML/1998/namespace}lang")
            title = node.findtext(f"{atom}title")
        else:
            continue
        assert link and language and title
        yield Raw(source=path.stem, title=" ".join(title.split()), link=link, language=language)


def expected() -> dict[str, set[str]]:
    """The links of each reader whose mail comes tonight."""
    wanted = {
        name: {raw.link for raw in raw_entries() if reader.gets(raw)}
        for name, reader in READERS.items()
        if reader.tonight
    }
    return {name: links for name, links in wanted.items() if links}


def afpy(root: Path, smtp: str, *, planet: bool = False) -> House:
    """The pilot's settings."""
    house = House(
        root,
        site={"title": "Planète AFPy", "language": "fr"},
        mail={
            "from": "Planète AFPy <digest@example.org>",
            "smtp": smtp,
            "bounce_domain": "bounces.example.org",
        },
        lists=[
            {"slug": "hebdo", "title": "Planète AFPy, la semaine", "cadence": "weekly", "weekday": "monday"}
        ],
        topics=[
            {"slug": "rencontres", "title": "Rencontres", "match": {"sources": list(EVENTS)}},
            {"slug": "entreprises", "title": "Entreprises", "match": {"sources": list(FIRMS)}},
        ],
    )
    for path in [*sources(), *([AFPY / "planet.xml"] if planet else [])]:
        house.follow(path.stem, str(path), language="fr")
    return house


def join(house: House, name: str, reader: Reader) -> Subscription:
    place = house.join(name, at=NIGHT, list="hebdo", **({"language": "fr"} | reader.asked))
    if reader.reads:
        wishes = Wishes(only=place.wishes.only, sources=place.wishes.sources, languages=reader.reads)
        with house.tonight(NIGHT) as one:
            one.store.people.set_wishes(place.id, wishes)
    return place


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    with Relay() as relay:
        house = afpy(tmp_path_factory.mktemp("afpy"), relay.url)
        places = {name: join(house, name, reader) for name, reader in READERS.items()}
        report = house.night(NIGHT)
        first = list(relay.taken)
        again = house.night(NIGHT)
        assert again.deliver is not None
        assert (again.deliver.sent, len(relay.taken)) == (0, len(first))
        house.accounts(at=NIGHT)
        with house.tonight(NIGHT) as one:
            keys, verp_keys = one.store.keys.all("token"), one.store.keys.all("verp")
    return Evening(report=report, taken=first, places=places, keys=tuple(keys), verp_keys=tuple(verp_keys))


def told(mail: Mail) -> set[str]:
    """The entries a mail's text part tells of: each address stands alone on its line."""
    known = {raw.link for raw in raw_entries()}
    return known & set(mail.text.splitlines())


def test_there_are_fifty_entries_and_25_readers() -> None:
    entries = raw_entries()
    assert (len(entries), len({raw.link for raw in entries}), len(READERS)) == (50, 50, 25)
    assert Counter(raw.language for raw in entries) == {"fr": 43, "en": 7}


def test_everybody_due_gets_one_mail_and_nobody_else_any(evening: Evening) -> None:
    assert Counter(each.rcpt_to for each in evening.taken) == {
        (f"{name}@example.org",): 1 for name in expected()
    }
    assert evening.report.deliver is not None
    assert (evening.report.deliver.sent, evening.report.deliver.open) == (21, 1)  # at-seven waits


def test_everybody_gets_exactly_the_entries_they_want(evening: Evening) -> None:
    assert {name: told(mail) for name, mail in evening.mails.items()} == expected()


def test_the_html_part_tells_of_the_same_entries(evening: Evening) -> None:
    known = {raw.link for raw in raw_entries()}
    for name, links in expected().items():
        if READERS[name].asked.get("format") is not Format.TEXT:
            assert known & set(hrefs(evening.mail_of(name).html)) == links, name


def test_every_title_stands_in_the_mail_as_its_author_wrote_it(evening: Evening) -> None:
    plain = " ".join(evening.mail_of("all-fr").text.split())
    assert [raw.title for raw in raw_entries() if raw.title not in plain] == []


def test_readers_who_want_the_same_share_an_edition(evening: Evening) -> None:
    (report,) = evening.report.issues
    kinds = {
        (
            frozenset(raw.link for raw in raw_entries() if reader.gets(raw)),
            reader.asked.get("language", "fr"),
            reader.asked.get("format", Format.HTML),
        )
        for name, reader in READERS.items()
        if name in expected() or name == "at-seven"
    }
    assert report.editions == len(kinds) < report.deliveries == 22


def test_dates_are_said_in_the_reader_s_language(evening: Evening) -> None:
    for name, date in (("all-fr", "16 septembre 2016"), ("all-en", "September 16, 2016")):
        mail = evening.mail_of(name)
        for part in (mail.text, mail.html):
            assert date in part.replace("\u202f", " ").replace("\xa0", " "), name
    assert "16 septembre 2016" not in evening.mail_of("all-en").text
    assert "septembre" in evening.mail_of("only-cubicweb").text


def test_text_comes_first_and_alone_for_who_wants_only_text(evening: Evening) -> None:
    for name, mail in evening.mails.items():
        kinds = [part.get_content_type() for part in mail.message.walk()]
        if READERS[name].asked.get("format") is Format.TEXT:
            assert kinds == ["text/plain"], name
        else:
            assert kinds == ["multipart/alternative", "text/plain", "text/html"], name


def test_every_message_parses_back_without_a_defect(evening: Evening) -> None:
    for name, mail in evening.mails.items():
        for part in mail.message.walk():
            assert isinstance(part, EmailMessage)
            assert part.defects == [], name
            defects = [(key, value.defects) for key, value in part.items() if value.defects]
            assert defects == [], name


def test_lines_end_as_smtp_wants_and_are_never_too_long(evening: Evening) -> None:
    for each in evening.taken:
        lines = each.content.split(b"\r\n")
        assert max(map(len, lines)) <= 998
        assert not any(b"\r" in line or b"\n" in line for line in lines)
        assert all(line.isascii() for line in lines)


def test_html_stays_below_what_mail_clients_clip(evening: Evening) -> None:
    assert max(len(mail.html.encode()) for mail in evening.mails.values()) <= 92_160


def test_every_message_has_the_headers_bulk_mail_owes(evening: Evening) -> None:
    for name, mail in evening.mails.items():
        headers = {key: [str(each) for each in mail.message.get_all(key, [])] for key in mail.message}
        assert all(len(values) == 1 for values in headers.values()), name
        said = {key.lower(): values[0] for key, values in headers.items()}
        assert said["from"] == "Planète AFPy <digest@example.org>"
        assert said["to"] == f"{name}@example.org"
        assert said["reply-to"] == "admin@example.org"
        assert said["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert said["list-id"] == "Planète AFPy, la semaine <hebdo.digest.example.org>"
        assert said["auto-submitted"] == "auto-generated"
        assert re.fullmatch(r"2016-09-19:hebdo:digest:[a-z0-9]{5,15}", said["feedback-id"])
        assert re.fullmatch(r"<d\d+\.hebdo\.2016-09-19@example\.org>", said["message-id"])
        assert said["date"] == "Mon, 19 Sep 2016 01:00:00 +0000"
        assert said["subject"].startswith("Planète AFPy, la semaine")
    assert len({str(mail.message["Message-ID"]) for mail in evening.mails.values()}) == len(evening.taken)


def test_every_link_is_an_address_one_can_open(evening: Evening) -> None:
    for name, mail in evening.mails.items():
        for href in hrefs(mail.html):
            assert re.match(r"https?://[a-z0-9.-]+(/|$)|mailto:\S+@\S+$", href), (name, href)


def test_each_message_carries_both_tokens_of_its_own_reader_and_no_other(evening: Evening) -> None:
    for name, mail in evening.mails.items():
        place = evening.places[name].id
        listed = str(mail.message["List-Unsubscribe"])
        for purpose, path, texts in (
            (tokens.Purpose.UNSUBSCRIBE, "u", (listed, mail.text, mail.html)),
            (tokens.Purpose.WISHES, "w", (mail.text, mail.html)),
        ):
            for text in filter(None, texts):
                found = set(re.findall(rf"https://digest\.example\.org/{path}/([\w-]+)", text))
                assert len(found) == 1, (name, purpose)
                read = tokens.read(found.pop(), evening.keys, purpose=purpose)
                assert read is not None
                assert read.subscription_id == place


def test_bounces_and_unsubscribing_mails_come_back_to_the_right_row(evening: Evening) -> None:
    for each in evening.taken:
        mail = Mail.of(each.content)
        (recipient,) = each.rcpt_to
        assert mail.to == recipient
        local, _, domain = each.mail_from.partition("@")
        bounce = tokens.read_local(local, evening.verp_keys, mailbox=tokens.Mailbox.BOUNCE)
        assert domain == "bounces.example.org"
        assert bounce is not None
        assert str(mail.message["Message-ID"]).startswith(f"<d{bounce.id}.")
        mailto = re.search(r"<mailto:([^@>]+)@bounces\.example\.org\?subject=unsubscribe>", listed(mail))
        assert mailto is not None
        read = tokens.read_local(mailto[1], evening.verp_keys, mailbox=tokens.Mailbox.UNSUBSCRIBE)
        assert read is not None
        assert read.id == evening.places[recipient.partition("@")[0]].id


def listed(mail: Mail) -> str:
    return str(mail.message["List-Unsubscribe"])


def test_those_not_due_tonight_get_theirs_when_they_are(tmp_path: Path) -> None:
    with Relay() as relay:
        house = afpy(tmp_path, relay.url)
        for name in ("tuesdays", "monthly", "all-fr"):
            join(house, name, READERS[name])
        for day in range(13):
            house.night(NIGHT + day * DAY)
        got = [(Mail.of(each.content).to, len(told(Mail.of(each.content)))) for each in relay.taken]

    assert got == [("all-fr@example.org", 50), ("tuesdays@example.org", 50), ("monthly@example.org", 50)]


def test_followed_together_with_its_planet_there_are_fifty_stories_not_a_hundred(tmp_path: Path) -> None:
    with Relay() as relay:
        house = afpy(tmp_path, relay.url, planet=True)
        eleven = tuple(path.stem for path in sources())
        asked: dict[str, dict[str, Any]] = {
            "all": {},
            "planet-alone": {"only": ("planet",)},
            "sources-alone": {"mute": ("planet",)},
            "all-but-anybox": {"mute": ("anybox", "planet")},
            "muted-sources": {"mute": eleven},
        }
        for name, wishes in asked.items():
            house.join(name, at=NIGHT, list="hebdo", language="fr", **wishes)
        house.night(NIGHT)
        house.night(NIGHT + 7 * DAY)
        with house.tonight(NIGHT) as one:
            released = one.store.entries.find(state=EntryState.RELEASED, limit=1_000)
            stories = one.store.entries.stories([each.story_id for each in released if each.story_id])
            slugs = {source.id: source.slug for source in one.store.sources.all()}
    told_to = {
        Mail.of(each.content).to.partition("@")[0]: told(Mail.of(each.content)) for each in relay.taken
    }

    every = {raw.link for raw in raw_entries()}
    assert told_to.pop("all-but-anybox") == {raw.link for raw in raw_entries() if raw.source != "anybox"}
    assert told_to == dict.fromkeys(("all", "planet-alone", "sources-alone", "muted-sources"), every)
    assert len(relay.taken) == 5
    assert (len(released), len(stories)) == (100, 50)
    for story in stories:
        assert sorted(slugs[each.source_id] == "planet" for each in story.entries) == [False, True]
        assert slugs[story.origin.source_id] != "planet"
    anybox = [story for story in stories if slugs[story.origin.source_id] == "anybox"]
    assert len(anybox) == 15


class Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def hrefs(html: str) -> list[str]:
    parser = Hrefs()
    parser.feed(html)
    return parser.found
