"""Where we let ourselves connect (gather F10, abuse C13). Pure: no look-ups, no sockets.

Feeds, their redirects and their images are written by strangers, and this process stands inside
somebody's network. An address is judged as written (`check_url`) and again as resolved (`check_address`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

import idna

from digest.errors import Refused, SettingsError
from digest.net.networks import Address, Network, why_denied

MEND = "if this is meant, name it in [gather] allow_private"
DEFAULT_PORTS = {"http": 80, "https": 443}

#: services of others on ports a feed has no business on: a request there may be read as a command
_SERVICES = {
    1080: "SOCKS", 1433: "SQL Server", 1521: "Oracle", 1723: "PPTP", 2049: "NFS", 2375: "Docker",
    2376: "Docker", 2379: "etcd", 2380: "etcd", 3128: "a proxy", 3306: "MySQL",
    3389: "remote desktop", 4190: "ManageSieve", 5060: "SIP", 5061: "SIP", 5432: "PostgreSQL",
    5672: "AMQP", 5900: "VNC", 5984: "CouchDB", 6000: "X11", 6379: "Redis", 6443: "Kubernetes",
    6666: "IRC", 6667: "IRC", 6668: "IRC", 6669: "IRC", 6697: "IRC", 8500: "Consul",
    9042: "Cassandra", 9092: "Kafka", 9200: "Elasticsearch", 9300: "Elasticsearch",
    10250: "Kubernetes", 11211: "memcached", 27017: "MongoDB",
}  # fmt: skip

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
#: a host whose last label is a number is an IPv4 address to the C library: 2130706433, 0x7f.1, 0177.0.0.1
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0[xX][0-9a-fA-F]*)", re.ASCII)
_BLANK = re.compile(r"[\x00-\x20\x7f]")
#: what may stand in a path or query as it is; everything else is percent-encoded as UTF-8
_PLAIN = "%/:?#[]@!$&'()*+,;=-._~|"
#: nearly every address: nothing in it to normalise, so taking it apart carefully would change nothing
_EVERYDAY = re.compile(
    r"(https?)://([a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?"
    r"(/[\w%/:\[\]@!$&'()*+,;=.~|-]*(?:\?[\w%/:?\[\]@!$&'()*+,;=.~|-]+)?)",
    re.ASCII,
)


_SHOWN = re.compile(r"\A((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?[/\\]+)?([^/?#]*)(.*)\Z", re.DOTALL)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:[0-9]*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One entry of `allow_private`. Without a port it lifts the rule on addresses, not the one on ports."""

    network: Network | None
    host: str | None
    port: int | None

    def holds(self, where: Address | str, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if isinstance(where, str):
            return self.host == where
        return self.network is not None and where.version == self.network.version and where in self.network


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allow:
    """What the admin lets through: "127.0.0.1:8099", "10.0.0.0/8", "localhost:8099", "[::1]:80"."""

    places: tuple[_Place, ...] = ()

    @classmethod
    def parse(cls, entries: tuple[str, ...]) -> Allow:
        """Raises SettingsError naming every entry that is none of these."""
        places, problems = [], []
        for entry in entries:
            place = _parse_place(entry.strip())
            if place is None:
                problems.append(f'[gather] allow_private: "{entry}" is no address, network or host')
            else:
                places.append(place)
        if problems:
            mend = 'write it like "127.0.0.1:8099", "10.0.0.0/8" or "[::1]:80"'
            raise SettingsError(tuple(problems), mend=mend)
        return cls(places=tuple(places))

    def host(self, host: str, port: int) -> bool:
        """True when this name was allowed as a name, wherever it points."""
        return any(place.holds(host, port) for place in self.places)

    def address(self, address: Address, port: int) -> bool:
        return any(place.holds(address, port) for place in self.places)

    def port(self, where: Address | str, port: int) -> bool:
        """True when an entry names this very port at this place."""
        return any(place.port is not None and place.holds(where, port) for place in self.places)


_PLACE = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?", re.ASCII)


def _parse_place(entry: str) -> _Place | None:
    found = _PLACE.fullmatch(entry)
    where = (found[1] or found[2]) if found else entry  # no match: a bare "::1" or "fd00::/8"
    port = int(found[3]) if found and found[3] else None
    if port is not None and not 0 < port < 65536:
        return None
    try:
        return _Place(network=ip_network(where), host=None, port=port)
    except ValueError:
        host = where.lower().rstrip(".")
    if (found and found[1]) or not _HOST.fullmatch(host) or _NUMERIC.fullmatch(host):
        return None
    return _Place(network=None, host=host, port=port)


def check_address(ip: str | Address, port: int, allow: Allow, *, host: str | None = None) -> None:
    """Raises Refused unless we may connect to this address; `host` is the name that led to it."""
    if isinstance(ip, str):
        try:
            ip = ip_address(ip.partition("%")[0])
        except ValueError:
            raise Refused(f"{ip} is no address") from None
    why = why_denied(ip)
    if why is None or allow.address(ip, port) or (host is not None and allow.host(host, port)):
        return
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    if mapped is not None and allow.address(mapped, port):
        return
    named = f"{host} is {ip}" if host is not None and host != str(ip) else f"{ip}"
    raise Refused(f"{named}, port {port}: we do not connect there ({why})", mend=MEND)


def check_port(where: Address | str, port: int, allow: Allow) -> None:
    """Raises Refused for ports that are not the web's: below 1024 only 80 and 443, above none of a known
    service."""
    if allow.port(where, port):
        return
    if port < 1024 and port not in (80, 443):
        raise Refused(f"{where}, port {port}: not a port of the web", mend=MEND)
    if port in _SERVICES:
        raise Refused(f"{where}, port {port}: that is {_SERVICES[port]}, not the web", mend=MEND)


def check_url(url: str, allow: Allow) -> str:
    """The normalised address (lower-case host in ASCII, default port left out, no fragment, percent-encoded),
    credentials kept. Raises Refused when the scheme, the port or a host that is an address is not for us;
    names are judged when they are resolved, by `check_address`."""
    text = url.strip()
    everyday = _EVERYDAY.fullmatch(text)
    if everyday is not None and int(everyday[3] or 0) < 65536:
        scheme, name, digits, rest = everyday.groups()
        return f"{scheme}://{_authority(scheme, name, int(digits) if digits else None, allow)}{rest}"
    parts = _split(text)
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused(f"{redact(text)}: only http and https addresses are fetched")
    userinfo, at, _ = parts.netloc.rpartition("@")
    if "@" in userinfo or "\\" in parts.netloc or _BLANK.search(parts.netloc):
        raise Refused(f"{redact(text)}: readers of addresses disagree on which host this names")
    authority = _authority(parts.scheme, parts.hostname or "", _port(parts, text), allow)
    path = _encode(parts.path) or "/"
    query = f"?{_encode(parts.query)}" if parts.query else ""
    return f"{parts.scheme}://{_encode(userinfo)}{at}{authority}{path}{query}"


@lru_cache(maxsize=1024)
def _authority(scheme: str, name: str, port: int | None, allow: Allow) -> str:
    """Host and port as they are asked. An issue's images are hundreds of addresses on a few hosts: the same
    question has the same answer, and only answers are remembered, never refusals."""
    host, usual = _host(name), DEFAULT_PORTS[scheme]
    port = port or usual
    check_port(host, port, allow)
    if not isinstance(host, str):
        check_address(host, port, allow)
    shown = f"[{host}]" if isinstance(host, IPv6Address) else str(host)
    return shown if port == usual else f"{shown}:{port}"


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise Refused(f"{redact(text)}: not an address") from None


def _port(parts: SplitResult, text: str) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise Refused(f"{redact(text)}: its port is no port") from None
    if port == 0:
        raise Refused(f"{redact(text)}: its port is no port")
    return port


def _encode(text: str) -> str:
    # surrogates: a Location header that was not UTF-8 goes back as the bytes it was
    return quote(text, safe=_PLAIN, errors="surrogateescape")


def _host(host: str) -> Address | str:
    """The host in lower-case ASCII (IDNA), or Refused. Only the canonical spelling of an address passes."""
    if ":" in host:
        try:
            if "%" not in host:
                return IPv6Address(host)
        except ValueError:
            pass
        raise Refused(f"[{host}]: no IPv6 address we connect to")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Refused(f"{host!a}: no host name") from None
    host = host.lower().removesuffix(".")
    if _NUMERIC.fullmatch(host):
        try:
            return IPv4Address(host)
        except ValueError:
            raise Refused(f"{host}: an address spelt so as not to look like one") from None
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise Refused(f"{host!a}: no host name")
    return host


def redact(url: str) -> str:
    """The address as it may be shown: without user, password or anything that could be one (gather F13)."""
    head, authority, tail = _SHOWN.findall(url.strip())[0]
    host = authority.rpartition("@")[2]
    # "//user:pass/word@host": a raw "/" in a password ends what parsers call the host
    if "@" in tail and ("@" in authority or not _HOST_AND_PORT.fullmatch(host)):
        return f"{head}…"
    return f"{head}{host}{tail}"
