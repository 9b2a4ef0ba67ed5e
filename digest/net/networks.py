"""Which addresses are nobody's business from outside: the tables, and what hides inside IPv6. Pure.

`ipaddress.is_global` is no guard: on 3.11 it calls NAT64, 6to4 and site-local spellings of 127.0.0.1
global (CVE-2024-4032). So what is denied is listed here, each range with its reason.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IANA special-purpose registry (RFC 6890 and after), most telling name first
_DENIED_4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("127.0.0.0/8", "this machine"),
        ("10.0.0.0/8", "a private network"),
        ("172.16.0.0/12", "a private network"),
        ("192.168.0.0/16", "a private network"),
        ("169.254.0.0/16", "link-local, where clouds keep their secrets"),
        ("100.64.0.0/10", "a carrier's inner network"),
        ("168.63.129.16/32", "a cloud's own platform service"),
        ("0.0.0.0/8", "this machine, unspecified"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation only"),
        ("198.51.100.0/24", "for documentation only"),
        ("203.0.113.0/24", "for documentation only"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("198.18.0.0/15", "for benchmarks only"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_DENIED_6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::1/128", "this machine"),
        ("::/128", "this machine, unspecified"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "a site-local network"),
        ("fc00::/7", "a private network"),
        ("ff00::/8", "multicast"),
        ("64:ff9b:1::/48", "a translator's inner network"),
        ("2001:db8::/32", "for documentation only"),
        ("3fff::/20", "for documentation only"),
        ("2001::/23", "reserved for protocols"),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_GLOBAL_6 = IPv6Network("2000::/3")
#: ISATAP (RFC 5214): an IPv4 address behind one of these as interface identifier
_ISATAP = frozenset((0x00005EFE, 0x02005EFE))


def why_denied(address: Address) -> str | None:
    """Why nobody outside has business at this address, or None when it is public. Tunnelled and mapped
    IPv4 addresses are taken out of their IPv6 spelling and judged as what they lead to."""
    if isinstance(address, IPv4Address):
        return next((why for network, why in _DENIED_4 if address in network), None)
    for inner in _embedded(address):
        why = why_denied(inner)
        if why is not None:
            return f"{inner}: {why}"
    if address in _NAT64 or address in _MAPPED or address in _TRANSLATED or address in _TEREDO:
        return None
    why = next((why for network, why in _DENIED_6 if address in network), None)
    if why is None and address not in _GLOBAL_6:
        return "not a public address"
    return why


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses inside: mapped, translated, NAT64, 6to4, Teredo (server and client), ISATAP."""
    bits = int(address)
    low = IPv4Address(bits & 0xFFFFFFFF)
    if address in _MAPPED or address in _TRANSLATED or address in _NAT64:
        return (low,)
    if address in _SIX_TO_FOUR:
        return (IPv4Address((bits >> 80) & 0xFFFFFFFF),)
    if address in _TEREDO:
        return (IPv4Address((bits >> 64) & 0xFFFFFFFF), IPv4Address((bits & 0xFFFFFFFF) ^ 0xFFFFFFFF))
    if (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        return (low,)
    return ()
