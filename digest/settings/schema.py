"""The shape of digest.toml, key by key (design §6): frozen, strict, with the defaults it documents."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from subscribers.model import Cadence, Weekday


class Section(BaseModel):
    """A table of the file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", text):
        raise ValueError('a slug is lower-case letters, digits and "-", at most 64, like "python-weekly"')
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as cause:
        raise ValueError('no such time zone; IANA names look like "Europe/Paris"') from cause
    return name


#: of a domain name
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


class FileSecret(SecretStr):
    """A secret, and the file it stands in: whether others may read that is for `doctor` to ask."""

    def __init__(self, secret_value: str, *, file: str) -> None:
        super().__init__(secret_value)
        self.file = file


def domain_name(text: str) -> str:
    plain = text.lower().rstrip(".")
    if not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})+", plain) or len(plain) > 253:
        raise ValueError('must be a domain in ASCII, like "example.org"; of others the xn-- form')
    return plain


def selector_name(text: str) -> str:
    if not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", text.lower()) or len(text) > 63:
        raise ValueError('must be letters, digits, "-" and ".", like "d1" (RFC 6376 §3.1)')
    return text.lower()


def _listed(value: Any) -> Any:
    """One table may stand for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(_zone)]
#: a text for all languages, or one for each: "Events" or { fr = "Rencontres", en = "Events" }
Words = str | dict[str, str]


class Language(StrEnum):
    """What mails and pages are written in."""

    FR = "fr"
    EN = "en"


class Site(Section):
    title: str = Field(min_length=1)
    url: str
    language: Language = Language.EN
    timezone: Zone = "UTC"
    contact: str
    postal_address: str = ""
    templates: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Storage(Section):
    url: str = "sqlite:///digest.db"
    keep_months: int = Field(default=13, ge=3)


class Gather(Section):
    first_entries: int = Field(default=10, ge=0)
    min_interval_minutes: int = Field(default=60, ge=0)
    concurrency: int = Field(default=32, ge=1, le=512)
    per_host: int = Field(default=2, ge=1, le=32)
    timeout_seconds: float = Field(default=30, gt=0, le=600)
    max_bytes: int = Field(default=10_000_000, ge=10_000)
    #: bound on a whole night's gathering
    deadline_minutes: float = Field(default=30, gt=0)
    allow_private: tuple[str, ...] = ()


class Dkim(Section):
    domain: Annotated[str, AfterValidator(domain_name)]
    selector: Annotated[str, AfterValidator(selector_name)]
    key: SecretStr


class Mail(Section):
    from_: str = Field(alias="from")
    smtp: str
    password: SecretStr | None = None
    bounce_domain: str | None = None
    bounces: str = ""
    bounces_password: SecretStr | None = None
    connections: int = Field(default=10, ge=1, le=100)
    rate: str = ""
    #: for single domains, beside `rate`: {"gmail.com": "20/minute"}
    rates: dict[str, str] = Field(default_factory=dict)
    ramp_up: bool = False
    max_age_hours: float = Field(default=24, gt=0)
    on_uncertain: Literal["resend", "hold"] = "resend"
    divert_to: str = ""
    dkim: Annotated[tuple[Dkim, ...], BeforeValidator(_listed)] = ()


class Web(Section):
    bind: str = "127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    #: where `serve` takes in what comes back: "lmtp://127.0.0.1:8024", smtp://; "": nowhere
    inbound: str = ""


class Planet(Section):
    dir: str
    per_page: int = Field(default=30, ge=1, le=500)


class NightTimes(Section):
    at: str = Field(default="03:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


class Match(Section):
    """What puts an entry in a topic: any of these."""

    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sources: tuple[Slug, ...] = ()


class Filter(Section):
    """What keeps an entry out, or in: any of these."""

    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class Topic(Section):
    slug: Slug
    title: Words
    match: Match = Match()
    formerly: tuple[Slug, ...] = ()


class SourceSettings(Section):
    slug: Slug
    url: str
    title: str | None = None
    #: the page it belongs to; the feed's own word comes first
    site: str | None = None
    language: str | None = None
    topics: tuple[Slug, ...] = ()
    keep: Filter | None = None
    drop: Filter | None = None
    formerly: tuple[Slug, ...] = ()
    #: "event": the feed's dates are those of the events it announces
    dates: Literal["published", "event"] = "published"
    #: what a date in the future does: label it today, or wait until it is due
    future: Literal["clamp", "hold"] = "clamp"


class ListSettings(Section):
    slug: Slug
    title: str = Field(min_length=1)
    description: str = ""
    cadence: Cadence = Cadence.WEEKLY
    weekday: Weekday = Weekday.MONDAY
    hour: int | None = Field(default=None, ge=0, le=23)
    #: of the list's own mails and archive; default: the site's
    language: Language | None = None
    sources: tuple[str, ...] = ("*",)
    group_by: tuple[Literal["topic", "source"], ...] = ("topic", "source")
    show: Literal["full", "summary", "title"] = "summary"
    #: what a mail shows of pictures: their words, or small copies of ours (needs [planet] and Pillow)
    images: Literal["link", "thumbnail"] = "link"
    max_entries: int = Field(default=60, ge=1, le=1000)
    skip_empty: bool = True
    public: bool = False
    formerly: tuple[Slug, ...] = ()


class Settings(Section):
    """One installation, as its digest.toml, environment and secret files say."""

    site: Site
    storage: Storage = Storage()
    gather: Gather = Gather()
    mail: Mail
    web: Web = Web()
    planet: Planet | None = None
    night: NightTimes = NightTimes()
    topics: tuple[Topic, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    lists: tuple[ListSettings, ...] = ()

    def source(self, slug: str) -> SourceSettings | None:
        return next((source for source in self.sources if source.slug == slug), None)

    def topic(self, slug: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.slug == slug), None)

    def list_(self, slug: str) -> ListSettings | None:
        return next((each for each in self.lists if each.slug == slug), None)


def in_language(words: Words, language: str) -> str:
    """The text in that language, else in English, else the first there is."""
    if isinstance(words, str):
        return words
    return words.get(language) or words.get("en") or next(iter(words.values()), "")
