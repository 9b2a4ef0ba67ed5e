"""An address of the network, shortened: it tells floods apart, and not people. Pure."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

#: what is kept with a consent
_KEPT = {4: 24, 6: 48}


def prefix_of(ip: str) -> str:
    """ "192.0.2.0/24", "2001:db8:1::/48"; "" for what is no address. Mapped IPv4 counts as IPv4."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{_KEPT[address.version]}", strict=False))
