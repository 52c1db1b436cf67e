from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.delivery.guard import AddrInfo, GuardedResolver, UrlGuard
from maskline.model.http import BadUrl, ForbiddenAddress, HttpFailure
from tests.support.names import Answers, info

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700::1111"]

PRIVATE = {
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "::1": "a loopback address",
    "10.0.0.1": "a private address",
    "172.16.0.1": "a private address",
    "172.31.255.255": "a private address",
    "192.168.1.1": "a private address",
    "fd12:3456::1": "a private address",
    "fec0::1": "a private address",
    "100.64.0.1": "a shared (CGNAT) address",
    "100.127.255.255": "a shared (CGNAT) address",
}

NEVER = {
    "169.254.169.254": "a cloud metadata address",
    "169.254.170.2": "a cloud metadata address",
    "168.63.129.16": "a cloud metadata address",
    "100.100.100.200": "a cloud metadata address",
    "192.0.0.192": "a cloud metadata address",
    "fd00:ec2::254": "a cloud metadata address",
    "169.254.1.1": "a link-local address",
    "fe80::1": "a link-local address",
    "fe80::1%eth0": "a link-local address",
    "0.0.0.0": "the unspecified address",
    "0.1.2.3": "the unspecified address",
    "::": "the unspecified address",
    "224.0.0.1": "a multicast address",
    "239.255.255.255": "a multicast address",
    "ff02::1": "a multicast address",
    "255.255.255.255": "a reserved address",
    "240.0.0.1": "a reserved address",
    "192.0.0.1": "a reserved address",
    "192.0.2.1": "a reserved address",
    "198.19.0.1": "a reserved address",
    "203.0.113.1": "a reserved address",
    "2001:db8::1": "a reserved address",
    # Teredo carries the address of a client that its writer chooses.
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "a reserved address",
    "64:ff9b:1::1": "a reserved address",
    "100::1": "a reserved address",
    # IPv4-compatible and IPv4-translated addresses.
    "::7f00:1": "a reserved address",
    "::ffff:0:7f00:1": "a reserved address",
    "4000::1": "a reserved address",
}


def embeddings(address: str) -> list[str]:
    number = int(IPv4Address(address))
    return [
        f"::ffff:{address}",
        str(IPv6Address(0x0064FF9B << 96 | number)),
        str(IPv6Address(0x2002 << 112 | number << 80 | 1)),
    ]


def url_of(address: str) -> str:
    host = f"[{address.replace('%', '%25')}]" if ":" in address else address
    return f"http://{host}/hook"


def refused(guard: UrlGuard, address: str) -> str:
    """The reason for which `guard` refuses `address`, the same in a URL and from a resolver."""
    with pytest.raises(ForbiddenAddress) as caught:
        guard.check_address(address)
    with pytest.raises(ForbiddenAddress) as in_url:
        guard.check_url(url_of(address))
    assert caught.value.reason == in_url.value.reason
    return caught.value.reason.removeprefix("the host is ")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    guard = UrlGuard()
    guard.check_address(address)
    guard.check_address(ip_address(address))
    assert guard.check_url(url_of(address)).host == address


@pytest.mark.parametrize(("address", "reason"), PRIVATE.items())
def test_private_addresses_pass_only_where_allowed(address: str, reason: str) -> None:
    assert refused(UrlGuard(), address) == reason
    guard = UrlGuard(allow_private=True)
    guard.check_address(address)
    guard.check_url(url_of(address))


@pytest.mark.parametrize(("address", "reason"), NEVER.items())
def test_some_addresses_never_pass(address: str, reason: str) -> None:
    assert refused(UrlGuard(), address) == reason
    assert refused(UrlGuard(allow_private=True), address) == reason


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1"])
def test_an_ipv6_address_is_as_good_as_the_ipv4_one_in_it(address: str) -> None:
    guard = UrlGuard()
    for embedded in embeddings(address):
        assert refused(guard, embedded) == refused(guard, address)
    for embedded in embeddings("8.8.8.8"):
        guard.check_address(embedded)
    for embedded in embeddings("10.0.0.1"):
        UrlGuard(allow_private=True).check_address(embedded)


def test_allowed_networks_open_exactly_themselves() -> None:
    guard = UrlGuard(allowed_networks=["10.1.0.0/16", "169.254.169.254/32", "fe80::/64"])
    for address in ("10.1.2.3", "169.254.169.254", "fe80::1%eth0", *embeddings("10.1.2.3")):
        guard.check_address(address)
        guard.check_url(url_of(address))
    for address in ("10.2.0.1", "169.254.169.253", "127.0.0.1", "::1", *embeddings("10.2.0.1")):
        refused(guard, address)


def test_an_embedding_address_may_be_allowed_itself() -> None:
    UrlGuard(allowed_networks=["64:ff9b::/96"]).check_address("64:ff9b::a00:1")


@pytest.mark.parametrize("network", ["10.0.0.1/8", "internal", "300.0.0.0/8"])
def test_a_malformed_network_is_an_error_at_once(network: str) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        UrlGuard(allowed_networks=[network])


@pytest.mark.parametrize("address", ["", "example.com", "127.1", "[::1]"])
def test_what_is_no_address_is_forbidden(address: str) -> None:
    with pytest.raises(ForbiddenAddress, match="no address"):
        UrlGuard(allow_private=True).check_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0x0.0x0.0x1",
        "017700000001",
        "0177.0.0.01",
        "127.0.0.0x1",
        "①②⑦.⓪.⓪.①",
        "\uff11\uff12\uff17.0.0.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1%25lo]",
        "user:password@127.0.0.1",
        "public.example@127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "ⓛocalhost",
        "app.localhost",
    ],
)
def test_loopback_is_known_in_every_spelling(host: str) -> None:
    for url in (f"http://{host}", f"https://{host}:8080/hook?x=1#rc=2"):
        with pytest.raises(ForbiddenAddress, match="loopback"):
            UrlGuard().check_url(url)


@pytest.mark.parametrize("host", ["134744072", "0x8.8.8.8", "8.8.2056", "010.010.010.010"])
def test_a_public_address_in_an_unusual_spelling_is_refused_too(host: str) -> None:
    with pytest.raises(BadUrl, match="unusual spelling"):
        UrlGuard().check_url(f"http://{host}/")
    with pytest.raises(BadUrl, match="unusual spelling"):
        UrlGuard(allow_private=True).check_url("http://127.1/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/hook",
        "example.com/hook",
        "//example.com/hook",
        "http:example.com",
        "http:///hook",
        "http://",
        "https://:443/",
        "https://user@/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://127.0.0.1:6379/_",
        "unix:///var/run/docker.sock",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:port/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[::g]/",
        "http://[1:2:3]/",
        "http://ex%61mple.com/",
        "http://127.0.0.1%2f.example.com/",
        "http://.example.com/",
        "http://example..com/",
        "http://127.0.0.1../",
        "http://1.2.3.4.5/",
        "http://1.2.3.256/",
        "http://256.2.3.4/",
        "http://1.2.65536/",
        "http://4294967296/",
        "http://08.8.8.8/",
        "http://[127.0.0.1]/",
        "http://example.8/",
        "http://" + "9" * 5000 + "/",
        "http://exa\u200bmple.com/é",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/\\",
        "http://example.com/a b",
        "http://example.com/a\tb",
        "http://example.com/a\r\nHost: evil",
        "http://exam\nple.com/",
        " http://example.com/",
        "http://example.com/\x00",
        "http://example.com/\x7f",
        "http://example.com/\u2028",
        "http://example.com/\ud800",
        "http://example.com/#\n",
    ],
)
def test_unsound_urls_are_refused(url: str) -> None:
    with pytest.raises(BadUrl) as caught:
        UrlGuard(allow_private=True).check_url(url)
    assert "example" not in caught.value.reason


@pytest.mark.parametrize(
    ("url", "requested"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM/a", "https://Example.COM/a"),
        (
            "https://example.com/a%41?b=%2b+%20&c=:/@#rc=2&rp=all",
            "https://example.com/a%41?b=%2b+%20&c=:/@",
        ),
        ("https://user:pa%3Ass@example.com:8443/a", "https://user:pa%3Ass@example.com:8443/a"),
        ("https://exämple.com/é?ü", "https://xn--exmple-cua.com/%C3%A9?%C3%BC"),
        ("https://example.com/{a}|b", "https://example.com/%7Ba%7D%7Cb"),
        ("https://0x7f.example.com/", "https://0x7f.example.com/"),
        ("https://_dmarc.example.com./", "https://_dmarc.example.com./"),
    ],
)
def test_a_sound_url_is_requested_as_it_was_written(url: str, requested: str) -> None:
    assert str(UrlGuard().check_url(url)) == requested


def test_reasons_name_no_address_and_nothing_was_sent() -> None:
    with pytest.raises(HttpFailure) as caught:
        UrlGuard().check_url("http://user:password@10.9.8.7/hook?token=secret")
    assert str(caught.value) == caught.value.reason == "the host is a private address"
    assert not caught.value.maybe_sent


@given(st.ip_addresses())
def test_what_passes_is_global(address: IPv4Address | IPv6Address) -> None:
    try:
        UrlGuard().check_address(address)
    except ForbiddenAddress:
        return
    # An embedding address is judged by what it carries, which is_global does not look at.
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour):
        return
    assert address.is_global
    assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_address_is_treated_alike(address: IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    spellings = [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{c << 8 | d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
    ]
    # What the C library makes of it is what a connection would go to.
    assert {socket.inet_aton(spelling) for spelling in spellings} == {address.packed}
    guard = UrlGuard()
    try:
        guard.check_address(address)
        expected: type[HttpFailure] = BadUrl
    except ForbiddenAddress:
        expected = ForbiddenAddress
    for spelling in spellings:
        if spelling != str(address):
            with pytest.raises(expected):
                guard.check_url(f"http://{spelling}/")


async def test_the_resolver_lets_public_answers_pass_unchanged() -> None:
    inner = Answers(["8.8.8.8", "2606:4700::1111"])
    resolver = GuardedResolver(UrlGuard(), inner)
    results = await resolver.resolve("example.com", 443)
    assert results == [info("8.8.8.8", 443), info("2606:4700::1111", 443)]


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "fe80::1%eth0"], ["::ffff:a00:1"]],
)
async def test_one_forbidden_address_spoils_the_answer(answer: list[str]) -> None:
    with pytest.raises(ForbiddenAddress):
        await GuardedResolver(UrlGuard(), Answers(answer)).resolve("example.com", 443)


async def test_every_answer_is_checked_anew() -> None:
    resolver = GuardedResolver(UrlGuard(), Answers(["8.8.8.8"], ["127.0.0.1"]))
    assert await resolver.resolve("example.com", 443)
    with pytest.raises(ForbiddenAddress):
        await resolver.resolve("example.com", 443)


async def test_a_name_that_cannot_be_encoded_is_a_bad_url() -> None:
    class Strict(Answers):
        async def resolve(self, host: str, port: int) -> list[AddrInfo]:
            host.encode("idna")
            return []

    with pytest.raises(BadUrl):
        await GuardedResolver(UrlGuard(), Strict()).resolve("a" * 64 + ".example", 80)


@pytest.mark.parametrize(
    ("family", "sockaddr"),
    [
        (socket.AF_INET, ("127.0.0.1", 80)),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET6, ("::1", 80, 0, 0)),
        (socket.AF_INET6, ("::ffff:10.0.0.1", 80, 0, 0)),
    ],
)
def test_no_socket_for_a_forbidden_address(
    family: socket.AddressFamily, sockaddr: tuple[str, int]
) -> None:
    with pytest.raises(ForbiddenAddress):
        UrlGuard().open_socket((family, socket.SOCK_STREAM, 0, "", sockaddr))


def test_a_socket_for_an_address_that_may_be_reached() -> None:
    with UrlGuard().open_socket(info("8.8.8.8", 443)) as opened:
        assert (opened.family, opened.type) == (socket.AF_INET, socket.SOCK_STREAM)
