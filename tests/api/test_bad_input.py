"""What no well-behaved client sends: refused with a reason, and nothing of it is stored."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.wire import FORM, Wire, error, unique

SERVICES = "/proxy/v1/Services"


@pytest.fixture
def newest(wire: Wire) -> Callable[[], str]:
    """The SID of the newest Service, to see that none was made."""
    wire.service()
    return lambda: str(wire.get(SERVICES, PageSize=1).json()["services"][0]["sid"])


@pytest.mark.covers("POST /proxy/v1/Services", "status:415", "code:20415")
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {},
        {"Content-Type": f"{FORM}; charset=iso-8859-1"},
        {"Content-Type": FORM, "Content-Encoding": "gzip"},
    ],
)
def test_other_content_types(
    wire: Wire, newest: Callable[[], str], headers: dict[str, str]
) -> None:
    before = newest()
    body = f"UniqueName={unique()}".encode()
    answer = wire.send("POST", SERVICES, data=body, headers=headers)
    assert error(answer) == (415, 20415)
    assert newest() == before


@pytest.mark.covers("POST /proxy/v1/Services", "status:201")
@pytest.mark.parametrize(
    "kind", [FORM.upper(), f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"', f"{FORM};x=y"]
)
def test_spellings_of_the_content_type(wire: Wire, kind: str) -> None:
    body = f"UniqueName={unique()}".encode()
    answer = wire.send("POST", SERVICES, data=body, headers={"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "status:201")
def test_an_empty_body_needs_no_content_type(wire: Wire) -> None:
    path = f"{wire.service()}/Sessions"
    for headers in ({}, {"Content-Type": "application/json"}):
        assert wire.send("POST", path, headers=headers).status_code == 201


@pytest.mark.covers("POST /proxy/v1/Services", "status:413", "code:20413")
@pytest.mark.parametrize("size", [1_048_577, 3_000_000])
def test_a_body_that_is_too_large(wire: Wire, newest: Callable[[], str], size: int) -> None:
    before = newest()
    body = f"UniqueName={unique()}&x=".encode().ljust(size, b"x")
    assert error(wire.post(SERVICES, body)) == (413, 20413)
    assert error(
        wire.send("POST", SERVICES, data=iter([body]), headers={"Content-Type": FORM})
    ) == (
        413,
        20413,
    )
    assert newest() == before


@pytest.mark.covers("POST /proxy/v1/Services", "status:201")
def test_a_body_as_large_as_is_allowed(wire: Wire) -> None:
    body = f"UniqueName={unique()}&x=".encode().ljust(1_048_576, b"x")
    assert wire.post(SERVICES, body).status_code == 201
    chunked = wire.send(
        "POST",
        SERVICES,
        data=iter([b"Unique", f"Name={unique()}".encode()]),
        headers={"Content-Type": FORM},
    )
    assert chunked.status_code == 201


def test_whoever_sends_without_end_is_cut_off(wire: Wire) -> None:
    """The answer comes before the end, and the connection is not used again."""
    address = urlsplit(wire.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        token = wire.send("GET", SERVICES).request.headers["Authorization"]
        line.sendall(
            f"POST {SERVICES} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
            f"Content-Type: {FORM}\r\nContent-Length: 100000000\r\n\r\n".encode()
        )
        sent = 0
        try:
            while sent < 20_000_000:
                sent += line.send(b"x" * 65_536)
        except OSError:
            pass
        assert sent < 20_000_000
        answer = http.client.HTTPResponse(line)
        try:
            answer.begin()
        except OSError:
            return
        assert answer.status == 413
        assert answer.headers["Connection"] == "close"


def test_a_body_that_ends_early_makes_nothing(wire: Wire, newest: Callable[[], str]) -> None:
    before = newest()
    address = urlsplit(wire.url)
    token = wire.send("GET", SERVICES).request.headers["Authorization"]
    head = (
        f"POST {SERVICES} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: {FORM}\r\n"
    )
    for rest in (
        "Content-Length: 100\r\n\r\nUniqueName=cut",
        "Transfer-Encoding: chunked\r\n\r\ne\r\nUniqueName=cut\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=30) as line:
            line.sendall((head + rest).encode())
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass
    assert newest() == before


@pytest.mark.covers("POST /proxy/v1/Services", "code:20001")
@pytest.mark.parametrize("body", [b"UniqueName=%ff", b"UniqueName=a\xff", b"%ff=x", b"a=%C3&b=%A9"])
def test_what_is_not_utf8(wire: Wire, newest: Callable[[], str], body: bytes) -> None:
    before = newest()
    assert error(wire.post(SERVICES, body)) == (400, 20001)
    assert newest() == before


@pytest.mark.covers("POST /proxy/v1/Services", "status:201")
def test_the_replacement_character_itself_is_text(wire: Wire) -> None:
    name = f"\ufffd é 😀 {unique()}"
    for body in ({"UniqueName": name}, f"UniqueName={name}2".encode()):
        assert wire.post(SERVICES, body).json()["unique_name"].startswith(name)


@pytest.mark.covers("POST /proxy/v1/Services", "code:20001", "status:201")
def test_the_number_of_parameters_is_bounded(wire: Wire) -> None:
    many = [(f"x{i}", "y") for i in range(199)]
    name = ("UniqueName", unique())
    assert wire.post(SERVICES, [*many, name]).status_code == 201
    assert error(wire.post(SERVICES, [*many, name, ("z", "")])) == (400, 20001)


@pytest.mark.covers("POST /proxy/v1/Services", "status:201")
@pytest.mark.parametrize("tail", [b"&%zz=%", b"&&&", b"&=", b"&x", b"&=x", b"&%", b"&x=%4"])
def test_forms_that_are_untidy_are_taken(wire: Wire, tail: bytes) -> None:
    body = f"UniqueName={unique()}".encode() + tail
    assert wire.post(SERVICES, body).status_code == 201


@pytest.mark.covers("POST /proxy/v1/Services", "status:201")
def test_unknown_parameters_are_ignored(wire: Wire) -> None:
    form = {"UniqueName": unique(), "Unknown": "1", "unique_name": "x", "Sid": "KS" + "a" * 32}
    made = wire.post(SERVICES, form).json()
    assert made["unique_name"] == form["UniqueName"]
    assert made["sid"] != form["Sid"]


SERVICE: list[tuple[str, str | list[str]]] = [
    ("UniqueName", ""),
    ("UniqueName", "x" * 192),
    ("UniqueName", "a\0b"),
    ("UniqueName", "a\nb"),
    ("UniqueName", "a\x1bb"),
    ("UniqueName", "a\x85b"),
    ("UniqueName", ["a", "b"]),
    ("DefaultTtl", "-1"),
    ("DefaultTtl", "2147483647"),
    ("DefaultTtl", "9" * 400),
    ("DefaultTtl", "1.5"),
    ("DefaultTtl", "٣"),
    ("DefaultTtl", "1 2"),
    ("CallbackUrl", "example.com"),
    ("CallbackUrl", "ftp://example.com"),
    ("CallbackUrl", "http://"),
    ("CallbackUrl", "https://example.com:99999/"),
    ("CallbackUrl", "https://example.com/" + "x" * 4000),
    ("CallbackUrl", "https://exam ple.com/"),
    ("CallbackUrl", "https://example.com/\r\nX: y"),
    ("InterceptCallbackUrl", "//example.com"),
    ("OutOfSessionCallbackUrl", "file:///etc/passwd"),
    ("GeoMatchLevel", "planet"),
    ("NumberSelectionBehavior", "random"),
    ("ChatInstanceSid", "IS1"),
    ("ChatInstanceSid", "CH" + "0" * 32),
]


@pytest.mark.covers(
    "POST /proxy/v1/Services",
    "param:UniqueName",
    "param:DefaultTtl",
    "param:CallbackUrl",
    "param:InterceptCallbackUrl",
    "param:OutOfSessionCallbackUrl",
    "param:GeoMatchLevel",
    "param:NumberSelectionBehavior",
    "param:ChatInstanceSid",
    "code:80701",
)
def test_parameters_of_a_service(wire: Wire, newest: Callable[[], str]) -> None:
    before = newest()
    path = f"{SERVICES}/{before}"
    unchanged = wire.get(path).json()
    for name, value in SERVICE:
        answer = wire.post(SERVICES, {"UniqueName": unique(), name: value})
        assert error(answer) == (400, 80701), (name, value)
        assert name in answer.json()["message"]
        if isinstance(value, str) and len(value) > 3:
            assert value not in answer.text
        if value:
            assert error(wire.post(path, {name: value})) == (400, 80701), (name, value)
    assert newest() == before
    assert wire.get(path).json() == unchanged


SESSION: list[tuple[str, str | list[str]]] = [
    ("UniqueName", "x" * 192),
    ("UniqueName", "a\0b"),
    ("UniqueName", ["a", "b"]),
    ("Ttl", "-1"),
    ("Ttl", "2147483647"),
    ("Ttl", "99999999999999999999"),
    ("Ttl", "ten"),
    ("Ttl", ["1", "2"]),
    ("DateExpiry", "2009-07-30T20:00:00Z"),
    ("DateExpiry", "yesterday"),
    ("DateExpiry", "2090-02-30"),
    ("DateExpiry", "10000-01-01"),
    ("DateExpiry", "0001-01-01T00:00:00+23:59"),
    ("Mode", "fax-only"),
    ("Mode", "VOICE-ONLY"),
    ("Status", "OPEN"),
    ("FailOnParticipantConflict", "1"),
]


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions",
    "param:UniqueName",
    "param:Ttl",
    "param:DateExpiry",
    "param:Mode",
    "param:Status",
    "code:80701",
)
def test_parameters_of_a_session(wire: Wire) -> None:
    path = f"{wire.service()}/Sessions"
    for name, value in SESSION:
        answer = wire.post(path, {name: value})
        assert error(answer) == (400, 80701), (name, value)
        assert name in answer.json()["message"]
    assert wire.get(path).json()["sessions"] == []


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "status:201", "param:Ttl")
def test_the_longest_that_is_taken(wire: Wire) -> None:
    path = f"{wire.service()}/Sessions"
    made = wire.post(path, {"UniqueName": "é" * 191, "Ttl": "2147483646"})
    assert made.status_code == 201
    assert made.json()["ttl"] == 2_147_483_646
    assert len(made.json()["unique_name"]) == 191


PARTICIPANT: list[tuple[str, str | list[str]]] = [
    ("Identifier", ""),
    ("Identifier", "+" + "1" * 191),
    ("Identifier", "+1415\x00867"),
    ("FriendlyName", "x" * 256),
    ("FriendlyName", "a\tb"),
    ("ProxyIdentifier", "x" * 256),
    ("ProxyIdentifierSid", "x" * 256),
    ("ProxyIdentifier", ["+14155551234", "+14155551235"]),
]


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "param:Identifier",
    "param:FriendlyName",
    "param:ProxyIdentifier",
    "param:ProxyIdentifierSid",
    "code:80701",
)
def test_parameters_of_a_participant(wire: Wire, stocked: ServiceInstance) -> None:
    session = stocked.sessions.create()
    path = f"{SERVICES}/{stocked.sid}/Sessions/{session.sid}/Participants"
    for name, value in PARTICIPANT:
        answer = wire.post(path, {"Identifier": "+12024561414", name: value})
        assert error(answer) == (400, 80701), (name, value)
        assert name in answer.json()["message"]
    assert wire.get(path).json()["participants"] == []


@pytest.mark.covers("GET /proxy/v1/Services/{Sid}", "code:20404")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:20404")
@pytest.mark.parametrize(
    "text",
    [
        "KS0",
        "KC" + "g" * 32,
        "kc" + "0" * 32,
        "x" * 5000,
        "%00",
        "KC%00" + "0" * 31,
        "%ff%fe",
        "..%2f..",
        "%27%20OR%201=1",
        "名",
    ],
)
def test_malformed_sids_in_the_path(wire: Wire, text: str) -> None:
    service = wire.service()
    for path in (
        f"{SERVICES}/{text}",
        f"{service}/Sessions/{text}",
        f"{service}/PhoneNumbers/{text}",
        f"{service}/ShortCodes/{text}",
        f"{service}/Sessions/{text}/Participants",
        f"{service}/Sessions/{text}/Participants/{text}/MessageInteractions/{text}",
        wire.core(f"Keys/{text}.json"),
        wire.core(f"Messages/{text}.json"),
        wire.core(f"Messages/{text}/Media/{text}.json"),
        wire.core(f"Calls/{text}.json"),
        wire.core(f"IncomingPhoneNumbers/{text}.json"),
    ):
        assert error(wire.get(path)) == (404, 20404), path


@pytest.mark.covers("code:20004")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", SERVICES, {"GET", "HEAD", "POST", "OPTIONS"}),
        ("DELETE", SERVICES, {"GET", "HEAD", "POST", "OPTIONS"}),
        ("PATCH", f"{SERVICES}/KS0", {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}),
        (
            "POST",
            f"{SERVICES}/KS0/Sessions/KC0/Participants/KP0",
            {"GET", "HEAD", "DELETE", "OPTIONS"},
        ),
        ("PUT", "{core}Calls.json", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("PUT", "{core}IncomingPhoneNumbers/Local.json", {"GET", "HEAD", "POST", "OPTIONS"}),
    ],
)
def test_methods_that_are_not_allowed(
    wire: Wire, method: str, path: str, allowed: set[str]
) -> None:
    answer = wire.send(method, path.replace("{core}", wire.core("")))
    assert error(answer) == (405, 20004)
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    ["/", "/proxy", "/proxy/v1", "/proxy/v2/Services", "/proxy/v1/Services/", "/v1/Services"],
)
def test_paths_that_lead_nowhere(wire: Wire, path: str) -> None:
    assert error(wire.get(path)) == (404, 20404)


@pytest.mark.covers("GET /proxy/v1/Services", "status:200")
def test_head_is_get_without_a_body(wire: Wire, service: ServiceInstance) -> None:
    for path in (SERVICES, f"{SERVICES}/{service.sid}", wire.core("Keys.json")):
        got, head = wire.get(path), wire.send("HEAD", path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head.headers["Content-Length"] == str(len(got.content))
        assert head.headers["Content-Type"] == "application/json"
        assert got.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Keys", "status:200", "field:first_page_uri"
)
def test_the_2010_api_without_its_suffix(wire: Wire) -> None:
    made = wire.post(wire.core("Keys"), {"FriendlyName": "x"}).json()
    assert wire.get(wire.core("Keys")).json()["keys"][0]["sid"] == made["sid"]
    assert wire.get(wire.core(f"Keys/{made['sid']}")).json()["sid"] == made["sid"]
