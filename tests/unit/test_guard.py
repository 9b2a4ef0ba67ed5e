"""The guard lets the public web through, and nothing else that strangers may name (gather F10, abuse C13)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Refused, SettingsError
from digest.net.guard import Allow, check_address, check_url, redact

NOBODY = Allow()

PRIVATE_4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
private_4 = st.sampled_from(PRIVATE_4).flatmap(lambda text: st.ip_addresses(network=text)).map(IPv4Address)
private_6 = st.sampled_from(
    ["fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32", "64:ff9b:1::/48", "3fff::/20",
     "4000::/2",
     "100::/64"]
).flatmap(lambda text: st.ip_addresses(network=text)).map(IPv6Address)  # fmt: skip
outside_every_list = st.integers(0, 2**32 - 1).map(IPv4Address).filter(
    lambda ip: not any(ip in IPv4Network(each) for each in [*PRIVATE_4, "168.63.129.16/32"])
)  # fmt: skip


def refused(url: str, allow: Allow = NOBODY) -> Refused:
    with pytest.raises(Refused) as caught:
        check_url(url, allow)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://example.org/", "ftp://example.org/feed", "data:text/xml,<rss/>",
        "javascript:alert(1)", "dict://127.0.0.1:11211/stats", "jar:http://example.org!/",
        "//example.org/feed",
        "example.org/feed", "/etc/passwd", "feeds/mine.xml", "", " ", "http:", "unix:///run/docker.sock",
    ],
)  # fmt: skip
def test_only_http_and_https_are_fetched(url: str) -> None:
    refused(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "127.0.0.1.", "0.0.0.0", "0", "2130706433",
        "017700000001", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1", "127.0.0.01", "127.0x0.0.1",
        "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "1.2.3.4.5", "256.256.256.256",
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::1]",
        "[fe80::1%25eth0]", "[2606:4700::1%25lo]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
        "[2001:db8::1]", "[2600::5efe:127.0.0.1]", "[2001:2::1]", "[2001:10::1]",
    ],
)  # fmt: skip
def test_no_spelling_of_an_inner_address_passes(host: str) -> None:
    refused(f"http://{host}/feed")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org@127.0.0.1/", "http://example.org:80@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http://127.0.0.1\\@example.org/", "http://a@b@127.0.0.1/", "http://a@127.0.0.1@example.org/",
        "http://127.0.0.1#@example.org/", "http://127.0.0.1?@example.org/", "http://[::1", "http://[::1]x/",
        "http://example.org:80:80/", "http://exa mple.org/", "http://exa\x00mple.org/", "http://-x.org/",
        "http://example..org/", "http://.example.org/", f"http://{'a' * 64}.org/", "http://\ud800.org/",
        "http://example.org:99999/", "http://example.org:0/", "http://example.org:-1/", "http://@/",
        "http://:80/",
    ],
)  # fmt: skip
def test_addresses_that_parsers_read_differently_are_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize(
    "port", [1, 22, 23, 25, 53, 110, 143, 445, 587, 993, 1433, 2375, 3306, 5432, 6379, 11211]
)
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert str(port) in refused(f"http://example.org:{port}/").message


@pytest.mark.parametrize("port", [80, 443, 1024, 8000, 8080, 8443, 65535])
def test_ports_of_the_web_pass(port: int) -> None:
    assert check_url(f"https://example.org:{port}/", NOBODY).startswith("https://example.org")


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTP://Example.ORG:80/Feed#top", "http://example.org/Feed"),
        ("https://example.org.:443/a?b=c", "https://example.org/a?b=c"),
        ("http://example.org:443/", "http://example.org:443/"),
        (" https://example.org/a b/é?q=à ", "https://example.org/a%20b/%C3%A9?q=%C3%A0"),
        ("https://example.org/%C3%A9%2f", "https://example.org/%C3%A9%2f"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://under_score.example.org/", "https://under_score.example.org/"),
        ("https://u:p%40ss@example.org/", "https://u:p%40ss@example.org/"),
        ("http://[2606:4700:0:0::1111]:8080/x", "http://[2606:4700::1111]:8080/x"),
        ("http://9.9.9.9/", "http://9.9.9.9/"),
        ("https://medium.com/feed/@user", "https://medium.com/feed/@user"),
    ],
)
def test_what_passes_comes_out_in_one_spelling(typed: str, normal: str) -> None:
    assert check_url(typed, NOBODY) == normal
    assert check_url(normal, NOBODY) == normal


@given(st.text(max_size=60) | st.from_regex(r"https?://[^ ]{0,40}"))
def test_any_text_is_refused_or_passes_and_then_passes_unchanged(text: str) -> None:
    try:
        normal = check_url(text, NOBODY)
    except Refused:
        return
    assert check_url(normal, NOBODY) == normal


@given(private_4)
def test_no_private_ipv4_passes(ip: IPv4Address) -> None:
    with pytest.raises(Refused):
        check_address(ip, 443, NOBODY)


@given(private_6)
def test_no_private_ipv6_passes(ip: IPv6Address) -> None:
    with pytest.raises(Refused):
        check_address(ip, 443, NOBODY)


def wrapped(ip: IPv4Address) -> list[IPv6Address]:
    """Every spelling of an IPv4 address inside IPv6: mapped, translated, compatible, NAT64, 6to4, Teredo
    (as server, as client), ISATAP."""
    low = int(ip)
    return [
        IPv6Address((0xFFFF << 32) | low),
        IPv6Address((0xFFFF << 48) | low),
        IPv6Address(low),
        IPv6Address((0x0064FF9B << 96) | low),
        IPv6Address((0x2002 << 112) | (low << 80) | 1),
        IPv6Address((0x20010000 << 96) | (low << 64)),
        IPv6Address((0x20010000 << 96) | (0x08080808 << 64) | (low ^ 0xFFFFFFFF)),
        IPv6Address((0x26004700 << 96) | (0x5EFE << 32) | low),
        IPv6Address((0x26004700 << 96) | (0x02005EFE << 32) | low),
    ]


@given(private_4)
def test_no_private_ipv4_passes_inside_ipv6(ip: IPv4Address) -> None:
    for outer in wrapped(ip):
        with pytest.raises(Refused):
            check_address(str(outer), 443, NOBODY)


@given(outside_every_list)
def test_every_other_ipv4_passes_also_mapped_and_by_nat64(ip: IPv4Address) -> None:
    check_address(str(ip), 443, NOBODY)
    check_address(f"::ffff:{ip}", 443, NOBODY)
    check_address(f"64:ff9b::{ip}", 443, NOBODY)


@pytest.mark.parametrize("ip", ["2606:4700::1111", "2a00:1450:4007:80c::200e", "8.8.8.8"])
def test_public_addresses_pass(ip: str) -> None:
    check_address(ip, 443, NOBODY)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8099", "http://127.0.0.1:8099/feed"),
        ("127.0.0.1:8099", "http://[::ffff:127.0.0.1]:8099/feed"),
        ("127.0.0.1", "http://127.0.0.1:8099/feed"),
        ("127.0.0.1", "http://127.0.0.1/feed"),
        ("10.0.0.0/8", "http://10.2.3.4/feed"),
        ("10.0.0.0/8:8080", "http://10.2.3.4:8080/feed"),
        ("[::1]:80", "http://[::1]/feed"),
        ("::1", "http://[::1]:8080/feed"),
        ("fd00::/8", "http://[fd00::7]/feed"),
        ("[fd00::/8]:8080", "http://[fd00::7]:8080/feed"),
        ("localhost:8099", "http://localhost:8099/feed"),
        ("127.0.0.1:6379", "http://127.0.0.1:6379/feed"),
        ("intranet:81", "http://Intranet:81/feed"),
    ],
)
def test_what_the_admin_allows_passes(entry: str, url: str) -> None:
    assert check_url(url, Allow.parse((entry,)))


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8099", "http://127.0.0.1:8098/"),
        ("127.0.0.1:8099", "http://127.0.0.2:8099/"),
        ("127.0.0.1", "http://127.0.0.1:22/"),
        ("10.0.0.0/8:8080", "http://10.0.0.1/"),
        ("localhost:8099", "http://127.0.0.1:8099/"),
        ("[::1]:80", "http://127.0.0.1/"),
        ("intranet:81", "http://extranet:81/"),
    ],
)
def test_an_allowance_is_not_wider_than_it_is_written(entry: str, url: str) -> None:
    refused(url, Allow.parse((entry,)))


def test_a_name_that_is_allowed_may_point_inside_and_no_other_name_may() -> None:
    allow = Allow.parse(("localhost:8099",))
    check_address("127.0.0.1", 8099, allow, host="localhost")
    with pytest.raises(Refused):
        check_address("127.0.0.1", 8099, allow, host="evil.example")
    with pytest.raises(Refused):
        check_address("127.0.0.1", 8100, allow, host="localhost")


@pytest.mark.parametrize(
    "entry",
    ["", "http://127.0.0.1", "127.0.0.1:0", "1.1.1.1:99999", "10.0.0.1/8", "a b", "127.1", "[x]:1", "*"],
)
def test_an_entry_that_means_nothing_is_a_settings_error_that_names_it(entry: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Allow.parse(("127.0.0.1", entry))
    assert len(caught.value.problems) == 1
    assert f'"{entry}"' in caught.value.problems[0]


def test_a_refusal_says_what_and_why_and_how_to_mend_it() -> None:
    why = refused("http://192.168.1.7/feed")
    assert "192.168.1.7" in why.message
    assert "private" in why.message
    assert why.mend is not None
    assert "allow_private" in why.mend
    assert why.kind == "refused"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://tom:s3cret@example.org/feed?a=b", "https://example.org/feed?a=b"),
        ("https://example.org/feed?a=b@c", "https://example.org/feed?a=b@c"),
        ("https://tom@example.org/feed", "https://example.org/feed"),
        ("https://example.org/@tom", "https://example.org/@tom"),
        ("https://tom:s3@cret@example.org/", "https://example.org/"),
        ("tom:s3cret@example.org/feed", "example.org/feed"),
        ("//tom:s3cret@example.org/feed", "//example.org/feed"),
        ("https://[2606::1]:8080/x@y", "https://[2606::1]:8080/x@y"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert redact(url) == shown


@given(
    st.sampled_from(["http://", "https://", "//", "", "feed:", "http:/", "HTTP:\\\\"]),
    st.text("abé%:@/?# \\[]", max_size=5),
    st.sampled_from(["", "/", "/feed", ":80/x", ":x/"]),
)
def test_a_password_is_not_shown_however_it_is_written(before: str, odd: str, after: str) -> None:
    password = f"S3CRET{odd}S3CRET"
    url = f"{before}tom:{password}@example.org{after}"
    assert "S3CRET" not in redact(url)
    with pytest.raises(Refused) as caught:
        check_url(f"ftp://tom:{password}@example.org{after}", NOBODY)
    assert "S3CRET" not in caught.value.message


plain_hosts = st.from_regex(
    r"[a-z][a-z0-9-]{0,10}(\.[a-z0-9_-]{1,10}){0,3}\.?", fullmatch=True
) | st.ip_addresses(v=4).map(str)
plain_tails = st.text("abcXYZ09-._~%/:?#[]@!$&'()*+,;=|\\ \"é", max_size=20)


@given(host=plain_hosts, port=st.none() | st.integers(0, 70_000), tail=plain_tails)
def test_a_plainly_written_address_is_judged_like_any_other(host: str, port: int | None, tail: str) -> None:
    """Those that need no normalising take a short way; a scheme in capitals takes the long one."""
    rest = f"://{host}{'' if port is None else f':{port}'}/{tail}"
    try:
        expected = check_url(f"HTTP{rest}", NOBODY)
    except Refused:
        refused(f"http{rest}")
    else:
        assert check_url(f"http{rest}", NOBODY) == expected


def test_what_one_admin_allows_is_not_remembered_for_another() -> None:
    here = "http://127.0.0.1:8099/feed"
    assert check_url(here, Allow.parse(("127.0.0.1:8099",))) == here
    refused(here)
    assert check_url(here, Allow.parse(("127.0.0.1:8099",))) == here
