"""Asking the DNS for texts and mail hosts. The one home of dnspython.

For a person who waits: a short patience, and no answer is told apart from the answer "nothing there".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.resolver

from digest.errors import DigestError

#: seconds for one question, all tries together
PATIENCE = 4.0


class Unanswered(DigestError):
    """No name server told us, so we know nothing of the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A way to ask."""

    #: (address, port) of a name server; None: those of this machine
    server: tuple[str, int] | None = None
    patience: float = PATIENCE

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name, each with its strings joined; none where there are none.

        Raises Unanswered.
        """
        joined = (b"".join(record.strings) for record in self._ask(name, "TXT"))
        return tuple(text.decode("ascii", "replace") for text in joined)

    def mail_hosts(self, name: str) -> tuple[str, ...]:
        """The hosts that take a domain's mail, the preferred first. "Takes none" (RFC 7505) names none.

        Raises Unanswered.
        """
        found = sorted(self._ask(name, "MX"), key=lambda record: (record.preference, record.exchange))
        hosts = (record.exchange.to_text(omit_final_dot=True) for record in found)
        return tuple(host for host in hosts if host not in (".", "@"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self._resolver().resolve(f"{name}.", kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as cause:
            raise Unanswered(f"No name server told us of {name}.") from cause

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=self.server is None)
        if self.server is not None:
            address, port = self.server
            resolver.nameservers = [address]
            resolver.port = port
        resolver.lifetime = self.patience
        # A key of 2048 bits is more than the 512 bytes of plain DNS; 1232 pass everywhere (flag day 2020).
        resolver.use_edns(0, 0, 1232)
        return resolver
