"""Is what is published in the DNS what our mail needs? Part of `doctor`, when it may ask.

No answer is no fault of the installation: it is said, and the other questions of the DNS are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.deliver.sign import Key
from digest.net.names import Names, Unanswered
from digest.night.findings import Finding, ok, warn
from digest.night.records import (
    Record,
    dmarc_names,
    is_dmarc,
    is_nobodys,
    judge_dkim,
    judge_dmarc,
    judge_mx,
    judge_spf,
    no_dmarc,
    reverse_hint,
    wanted,
)
from digest.night.signing import from_domain, keys_of
from digest.settings import Settings


def published(settings: Settings, names: Names) -> Iterator[Finding]:
    """A finding for each record to publish. Raises SettingsError for a key that is none."""
    domain = from_domain(settings)
    if is_nobodys(domain):
        words = f"mail.from is at {domain}, where nothing can be published, so no mailbox can believe it."
        yield warn("dns", words, "Set an address of your own domain in mail.from.")
        return
    keys = keys_of(settings)
    records = tuple(wanted(settings, keys))
    try:
        for record in records:
            yield _judged(record, settings, keys, names)
    except Unanswered as silence:
        words = f"{silence.message} So the records in the DNS are not checked."
        yield warn("dns", words, "Look again where there is a network, or leave it with --offline.")
        return
    yield ok("dns", reverse_hint(settings))


def _judged(record: Record, settings: Settings, keys: Sequence[Key], names: Names) -> Finding:
    match record.kind:
        case "dkim":
            key = next(key for key in keys if key.name == record.name)
            return judge_dkim(key, names.texts(record.name), record)
        case "spf":
            return judge_spf(record.name, names.texts(record.name), record)
        case "dmarc":
            return _dmarc(record, from_domain(settings), keys, names)
        case "mx":
            return judge_mx(record.name, names.mail_hosts(record.name), record)


def _dmarc(record: Record, domain: str, keys: Sequence[Key], names: Names) -> Finding:
    for name in dmarc_names(domain):
        found = [text for text in names.texts(name) if is_dmarc(text)]
        if found:
            return judge_dmarc(name, found, [key.domain for key in keys], domain)
    return no_dmarc(record)
