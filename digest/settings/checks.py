"""What no single key can tell: names that must exist, slugs given twice, addresses that must parse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from digest.settings.places import Path
from digest.settings.schema import Settings
from digest.settings.sentences import nearest

#: word characters, one @, a dot in the domain or localhost: the rest is for the mail server to say
_ADDRESS = re.compile(r"[^\s@<>,;\"\\\x00-\x1f]+@(?:[^\s@<>,;\"\\.\x00-\x1f]+\.)*[^\s@<>,;\"\\.\x00-\x1f]+")
_SMTP = re.compile(
    r"(smtp|smtp\+starttls|smtps|lmtp)://(?:[^\s/@]+@)?(?:\[[0-9a-fA-F:]+\]|[^\s/:@\[\]]+)(?::\d{1,5})?/?"
)
_RATE = re.compile(r"\d+/(second|minute|hour|day)")

Fault = tuple[Path, str]


def faults(settings: Settings) -> list[Fault]:
    """Every fault between the keys, in the order of the file."""
    return [*_site(settings), *_mail(settings), *_slugs(settings), *_references(settings)]


def is_address(text: str) -> bool:
    """Whether mail could be sent there, as far as its form tells."""
    return bool(_ADDRESS.fullmatch(text)) and len(text) <= 254


def _site(settings: Settings) -> Iterator[Fault]:
    url = urlsplit(settings.site.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield (
            ("site", "url"),
            f'[site] url = {settings.site.url!r}: must be like "https://digest.example.org"',
        )
    elif url.query or url.fragment or url.username:
        yield ("site", "url"), f"[site] url = {settings.site.url!r}: no login, ? or # in it; a path may stand"
    if not is_address(settings.site.contact):
        yield ("site", "contact"), f"[site] contact = {settings.site.contact!r}: not a mail address"


def _mail(settings: Settings) -> Iterator[Fault]:
    mail = settings.mail
    name, address = parseaddr(mail.from_)
    if not is_address(address) or any(ord(char) < 32 for char in name):
        words = f'[mail] from = {mail.from_!r}: must be "Name <digest@example.org>" or a bare address'
        yield ("mail", "from"), words
    if not (_SMTP.fullmatch(mail.smtp) or re.fullmatch(r"dir:.+", mail.smtp)):
        shown = re.sub(r":[^/@]*@", ":…@", mail.smtp)
        yield (
            ("mail", "smtp"),
            (
                f"[mail] smtp = {shown!r}: must be smtp://, smtp+starttls:// or smtps:// with user@host:port,"
                ' or "dir:outbox" to write files'
            ),
        )
    if mail.rate and not _RATE.fullmatch(mail.rate):
        yield ("mail", "rate"), f'[mail] rate = {mail.rate!r}: must be like "20/second" or "200/hour"'
    if mail.divert_to and not is_address(mail.divert_to):
        yield ("mail", "divert_to"), f"[mail] divert_to = {mail.divert_to!r}: not a mail address"
    for entry in settings.gather.allow_private:
        if "://" in entry:
            words = f"[gather] allow_private: {entry!r} is a URL; give host:port, an address or a network"
            yield ("gather", "allow_private"), words


def _slugs(settings: Settings) -> Iterator[Fault]:
    tables: dict[str, list[tuple[str, ...]]] = {
        "topics": [(topic.slug, *topic.formerly) for topic in settings.topics],
        "sources": [(source.slug, *source.formerly) for source in settings.sources],
        "lists": [(each.slug, *each.formerly) for each in settings.lists],
    }
    for table, rows in tables.items():
        seen: dict[str, int] = {}
        for index, slugs in enumerate(rows):
            for slug in slugs:
                if slug in seen:
                    words = f'[[{table}]] number {index + 1}: "{slug}" is already number {seen[slug] + 1}'
                    yield (table, index, "slug"), words
                seen.setdefault(slug, index)
    urls: dict[str, str] = {}
    for index, source in enumerate(settings.sources):
        if source.url in urls:
            words = f'[[sources]] number {index + 1}: same url as "{urls[source.url]}"; take one out'
            yield ("sources", index, "url"), words
        urls.setdefault(source.url, source.slug)


def _references(settings: Settings) -> Iterator[Fault]:
    sources = [source.slug for source in settings.sources]
    topics = [topic.slug for topic in settings.topics]
    for index, topic in enumerate(settings.topics):
        yield from _unknown(("topics", index, "match", "sources"), topic.match.sources, sources, "source")
    for index, source in enumerate(settings.sources):
        yield from _unknown(("sources", index, "topics"), source.topics, topics, "topic")
    for index, each in enumerate(settings.lists):
        named = [slug for slug in each.sources if slug != "*"]
        yield from _unknown(("lists", index, "sources"), named, sources, "source")


def _unknown(place: Path, named: Iterable[str], known: list[str], what: str) -> Iterator[Fault]:
    for slug in named:
        if slug not in known:
            yield place, f'there is no {what} "{slug}"{nearest(slug, known)}'
