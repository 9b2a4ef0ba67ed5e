"""What no single key can tell: names that must exist, slugs given twice, addresses that must parse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from digest.model.rate import Rate
from digest.settings.places import Path
from digest.settings.schema import Mail, Settings, Web
from digest.settings.sentences import nearest

#: word characters, one @, a dot in the domain or localhost: the rest is for the mail server to say
_ADDRESS = re.compile(r"[^\s@<>,;\"\\\x00-\x1f]+@(?:[^\s@<>,;\"\\.\x00-\x1f]+\.)*[^\s@<>,;\"\\.\x00-\x1f]+")
_SMTP = re.compile(
    r"(smtp|smtp\+starttls|smtps|lmtp)://(?:[^\s/@]+@)?(?:\[[0-9a-fA-F:]+\]|[^\s/:@\[\]]+)(?::\d{1,5})?/?"
)
_IMAPS = re.compile(r"imaps://[^\s/@]+@(?:\[[0-9a-fA-F:]+\]|[^\s/:@\[\]]+)(?::\d{1,5})?(?:/[^\s?#]*)?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")

Fault = tuple[Path, str]


def faults(settings: Settings) -> list[Fault]:
    """Every fault between the keys, in the order of the file."""
    return [
        *_site(settings),
        *_mail(settings),
        *_web(settings.web, settings.mail),
        *_slugs(settings),
        *_references(settings),
    ]


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
    if not (_SMTP.fullmatch(mail.smtp) or re.fullmatch(r"(?:dir|maildir):.+", mail.smtp)):
        shown = re.sub(r":[^/@]*@", ":…@", mail.smtp)
        yield (
            ("mail", "smtp"),
            (
                f"[mail] smtp = {shown!r}: must be smtp://, smtp+starttls:// or smtps:// with user@host:port,"
                ' lmtp://host:port, or "dir:outbox" or "maildir:box" to write files'
            ),
        )
    if mail.bounces and not _IMAPS.fullmatch(mail.bounces):
        shown = re.sub(r":[^/@]*@", ":…@", mail.bounces)
        words = f'[mail] bounces = {shown!r}: must be like "imaps://user@mail.example.org/INBOX"'
        yield ("mail", "bounces"), words
    elif mail.bounces and mail.bounces_password is None and not re.match(r"imaps://[^/@]*:", mail.bounces):
        words = '[mail] bounces needs "bounces_password", for example: bounces_password = "file:secret"'
        yield ("mail", "bounces"), words
    yield from _rates(mail)
    names = [f"{key.selector}._domainkey.{key.domain}" for key in mail.dkim]
    for index, name in enumerate(names):
        if name in names[:index]:
            words = f"[[mail.dkim]] number {index + 1}: {name} is already number {names.index(name) + 1}"
            yield ("mail", "dkim", index, "selector"), words
    if mail.divert_to and not is_address(mail.divert_to):
        yield ("mail", "divert_to"), f"[mail] divert_to = {mail.divert_to!r}: not a mail address"
    for entry in settings.gather.allow_private:
        if "://" in entry:
            words = f"[gather] allow_private: {entry!r} is a URL; give host:port, an address or a network"
            yield ("gather", "allow_private"), words


def _rates(mail: Mail) -> Iterator[Fault]:
    given = {"rate": mail.rate} if mail.rate else {}
    for key, rate in (given | {f"rates: {name}": rate for name, rate in mail.rates.items()}).items():
        try:
            Rate.parse(rate)
        except ValueError as error:
            yield ("mail", key.partition(":")[0]), f"[mail] {key} = {rate!r}: {error}"
    for name in mail.rates:
        if not _DOMAIN.fullmatch(name):
            words = f'[mail] rates: {name!r} is no mail domain in lower case, like "gmail.com"'
            yield ("mail", "rates"), words


def _web(web: Web, mail: Mail) -> Iterator[Fault]:
    if not _is_place(web.bind):
        words = f'[web] bind = {web.bind!r}: must be like "127.0.0.1:8000" or "[::1]:8000"'
        yield ("web", "bind"), words
    for name in web.trusted_proxies:
        try:
            ip_network(name, strict=False)
        except ValueError:
            words = f'[web] trusted_proxies: {name!r} is no address or network, like "10.0.0.0/8"'
            yield ("web", "trusted_proxies"), words
    scheme, _, place = web.inbound.partition("://")
    if web.inbound and not (scheme in ("lmtp", "smtp") and _is_place(place)):
        words = f'[web] inbound = {web.inbound!r}: must be like "lmtp://127.0.0.1:8024"'
        yield ("web", "inbound"), words
    elif web.inbound and mail.bounce_domain is None:
        words = '[web] inbound takes mail for "bounce_domain" of [mail], which is not set'
        yield ("web", "inbound"), words


def _is_place(text: str) -> bool:
    """An address and a port: names are not looked up here."""
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.strip("[]") if host.startswith("[") else host.replace("localhost", "127.0.0.1"))
    except ValueError:
        return False
    return port.isascii() and port.isdecimal() and int(port) <= 65_535


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
        if each.images == "thumbnail" and settings.planet is None:
            words = (
                f'[[lists]] number {index + 1}: images = "thumbnail" needs [planet] dir, which serves them'
            )
            yield ("lists", index, "images"), words


def _unknown(place: Path, named: Iterable[str], known: list[str], what: str) -> Iterator[Fault]:
    for slug in named:
        if slug not in known:
            yield place, f'there is no {what} "{slug}"{nearest(slug, known)}'
