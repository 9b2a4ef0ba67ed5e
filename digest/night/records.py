"""The DNS records that our mail is believed by, and what is wrong with those that are published. Pure.

DKIM (RFC 6376), SPF (RFC 7208) of the domains that a mailbox looks at, DMARC (RFC 9989, which knows no `pct`,
`rf` or `ri`), and the MX that bounces come back by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from digest.deliver.sign import Key
from digest.night.findings import Finding, fail, ok, warn
from digest.night.signing import are_aligned, from_domain
from digest.settings import Settings

#: names that nobody owns (RFC 2606, 6761, 6762)
_NOBODYS = re.compile(r"(?:.*\.)?(?:example|test|invalid|localhost|local|example\.(?:com|net|org))|[^.]*")

Kind = Literal["dkim", "spf", "dmarc", "mx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record to publish."""

    kind: Kind
    name: str
    type: Literal["TXT", "MX"]
    value: str
    #: for whom it is, in words
    why: str

    @property
    def line(self) -> str:
        """As a zone file has it: a text in strings of at most 255 bytes."""
        if self.type == "MX":
            return f"{self.name}. IN MX {self.value}"
        pieces = (self.value[at : at + 255] for at in range(0, len(self.value), 255))
        return f"{self.name}. IN TXT " + " ".join(f'"{piece}"' for piece in pieces)


def is_nobodys(domain: str) -> bool:
    """A name of examples and tests, or of this machine: nothing can be published there."""
    return bool(_NOBODYS.fullmatch(domain))


def envelope_domain(settings: Settings) -> str:
    """The domain of MAIL FROM, which SPF is about."""
    return (settings.mail.bounce_domain or from_domain(settings)).lower().rstrip(".")


def record_of(key: Key) -> Record:
    why = f"mailboxes check the signature of {key.selector} with it"
    return Record(kind="dkim", name=key.name, type="TXT", value=key.record, why=why)


def wanted(settings: Settings, keys: Sequence[Key]) -> Iterator[Record]:
    """Every record to publish, in the order to do it."""
    domain, envelope = from_domain(settings), envelope_domain(settings)
    yield from map(record_of, keys)
    for each in dict.fromkeys((envelope, domain)):
        why = "who may send for it; an include: that your relay's provider names takes the place of a: and mx"
        yield Record(kind="spf", name=each, type="TXT", value=f"v=spf1 {_senders(settings)} ~all", why=why)
    why = "what mailboxes do with mail that is not ours; p=quarantine when the reports show all is well"
    contact = settings.site.contact
    reports = f"; rua=mailto:{contact}" if are_aligned(contact.rpartition("@")[2].lower(), domain) else ""
    yield Record(
        kind="dmarc", name=f"_dmarc.{domain}", type="TXT", value=f"v=DMARC1; p=none{reports}", why=why
    )
    if settings.mail.bounce_domain:
        why = "bounces come back here: the host that runs `digest serve` or the alias to `digest inbound`"
        yield Record(kind="mx", name=envelope, type="MX", value=f"10 {_site_host(settings)}.", why=why)


def reverse_hint(settings: Settings) -> str:
    """What is published by whom owns the address, and cannot be told from here."""
    return (
        f"the address that sends for {envelope_domain(settings)} needs a name (PTR) that leads back to it "
        "and that it greets with (EHLO): your relay's provider sees to that"
    )


def judge_dkim(key: Key, texts: Sequence[str], record: Record) -> Finding:
    """Is that key's public half published?"""
    keys = [tags(text) for text in texts if "p" in tags(text)]
    publish = f"Publish: {record.line}"
    if not keys:
        return fail("dkim", f"{key.name} is not published, so no signature of ours counts.", publish)
    if len(keys) > 1:
        return fail(
            "dkim", f"{key.name} has {len(keys)} records: mailboxes choose any.", f"Keep one. {publish}"
        )
    (found,) = keys
    ours = tags(key.record)
    if not found["p"]:
        return fail("dkim", f"{key.name} says that the key is revoked (p= is empty).", publish)
    if found["p"] != ours["p"] or found.get("k", "rsa") != key.kind:
        return fail("dkim", f"{key.name} publishes another key than ours: every signature fails.", publish)
    if "sha256" not in found.get("h", "sha256").split(":"):
        return fail("dkim", f"{key.name} does not allow SHA-256 (h=), which we sign with.", publish)
    if "y" in found.get("t", "").split(":"):
        return warn(
            "dkim", f"{key.name} says it is a test (t=y): mailboxes need not heed it.", "Take t=y out."
        )
    return ok("dkim", f"{key.name} publishes our key")


def judge_spf(domain: str, texts: Sequence[str], record: Record) -> Finding:
    """Is there one record that ends with a word on all others?"""
    found = [text for text in texts if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    publish = f"Publish: {record.line}"
    if not found:
        return warn("spf", f"{domain} has no SPF record: it does not say who may send for it.", publish)
    if len(found) > 1:
        return fail("spf", f"{domain} has {len(found)} SPF records, so none counts.", "Make one of them.")
    terms = found[0].lower().split()[1:]
    if any(term.startswith("redirect=") for term in terms):
        return ok("spf", f"{domain} leaves it to another domain: {found[0]}")
    if {"+all", "all"} & set(terms):
        return fail("spf", f"{domain} lets everybody send ({found[0]}).", "End it with ~all or -all.")
    if not {"-all", "~all"} & set(terms[-1:]):
        words = f"{domain} says nothing of other senders ({found[0]})."
        return warn("spf", words, "End it with ~all or -all.")
    return ok("spf", f"{domain}: {found[0]}")


def dmarc_names(domain: str) -> Iterator[str]:
    """Where a policy may stand: at the domain, else at one above it (RFC 9989 §4.10)."""
    labels = domain.split(".")
    at = [0, *range(max(1, len(labels) - 7), len(labels) - 1)]
    yield from (f"_dmarc.{'.'.join(labels[begin:])}" for begin in at)


def is_dmarc(text: str) -> bool:
    return bool(re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)) and tags(text).get("psd") != "y"


def judge_dmarc(name: str, texts: Sequence[str], signing: Sequence[str], domain: str) -> Finding:
    """Is the policy one that counts, and do our signatures fit it?"""
    if len(texts) > 1:
        return fail("dmarc", f"{name} has {len(texts)} DMARC records, so none counts.", "Keep one.")
    found = tags(texts[0])
    if "p" not in found:
        return warn("dmarc", f"{name} names no policy ({texts[0]}).", "Add p=none, or more.")
    gone = [tag for tag in ("pct", "rf", "ri") if tag in found]
    if gone:
        words = f"{name} has {', '.join(gone)}, which DMARC knows no more (RFC 9989)."
        return warn("dmarc", words, "Take it out.")
    if found.get("adkim") == "s" and signing and domain not in signing:
        words = f"{name} wants signatures of {domain} itself (adkim=s), and ours are of {', '.join(signing)}."
        return warn("dmarc", words, f'Set domain = "{domain}" in mail.dkim, or adkim=r.')
    return ok("dmarc", f"{name}: p={found['p']}")


def no_dmarc(record: Record) -> Finding:
    words = f"There is no DMARC record at {record.name}, which Gmail, Yahoo and Outlook ask of bulk mail."
    return warn("dmarc", words, f"Publish: {record.line}")


def judge_mx(domain: str, hosts: Sequence[str], record: Record) -> Finding:
    """Do bounces find their way back?"""
    if not hosts:
        words = f"{domain} has no MX: no bounce comes back, and some mailboxes refuse such senders."
        return warn("mx", words, f"Publish: {record.line}")
    return ok("mx", f"{domain} is taken by {', '.join(hosts)}")


def tags(text: str) -> dict[str, str]:
    """`k=rsa; p=…` as a table; blanks in a value mean nothing (RFC 6376 §3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): re.sub(r"\s+", "", value) for name, _, value in pairs}


def _senders(settings: Settings) -> str:
    """The relay's mechanism of SPF; this machine's where the relay runs on it, or mail goes to files."""
    url = urlsplit(settings.mail.smtp)
    host = (url.hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        ours = not host or host == "localhost"
        return f"mx a:{_site_host(settings) if ours else host}"
    if address.is_loopback:
        return f"mx a:{_site_host(settings)}"
    return f"mx ip{address.version}:{address}"


def _site_host(settings: Settings) -> str:
    return urlsplit(settings.site.url).hostname or from_domain(settings)
