"""The links that a Messaging Service's MMS converter sends: what they lead to, and what they keep
to themselves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from twilio.rest import Client

from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import Handset, World

pytestmark = pytest.mark.both_engines

AMERICAN, GERMAN = "+14155550100", "+4915112345678"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MOST = 4096


class Page(NamedTuple):
    """What a browser is answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, MASKLINE_MEDIA_LINKS_MAX_BYTES=str(MOST), **database) as server:
        yield server


@pytest.fixture
def program() -> Iterator[Receiver]:
    with Receiver() as program:
        yield program


@pytest.fixture
def client(server: RunningServer) -> Client:
    return World(server).client


def open_link(link: str, method: str = "GET", **headers: str) -> Page:
    """What a phone's browser gets, without anybody's credentials."""
    parts = urlsplit(link)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, parts.path, headers=headers)
        answer: HTTPResponse = connection.getresponse()
        shown = {name.lower(): value for name, value in answer.getheaders()}
        return Page(answer.status, shown, answer.read())
    finally:
        connection.close()


def send(client: Client, server: RunningServer, *urls: str) -> tuple[str, list[str]]:
    """Sends media to where media don't arrive; the message's SID, and the links in its text."""
    service = client.messaging.v1.services.create(friendly_name="Texts", mms_converter=True)
    number = client.incoming_phone_numbers.create(phone_number=AMERICAN)
    service.phone_numbers.create(phone_number_sid=number.sid)
    sent = client.messages.create(
        to=GERMAN, messaging_service_sid=service.sid, body="Look:", media_url=list(urls)
    )
    (text,) = Handset(server, GERMAN).receives()
    assert text["media"] == []
    first, *links = text["body"].split("\n")
    assert first == "Look:"
    assert all(re.fullmatch(rf"{server.url}/m/[0-9A-Za-z]{{16}}", one) for one in links)
    return sent.sid, links


def test_a_link_leads_to_the_file_and_tells_nothing_else(
    client: Client, server: RunningServer, program: Receiver
) -> None:
    program.pages["/secret/1.png"] = Reply(PNG, "image/png")
    sid, (link,) = send(client, server, f"{program.url}/secret/1.png")
    sent = client.messages(sid).fetch()
    assert (sent.num_media, sent.body) == ("1", f"Look:\n{link}")
    assert len(sent.media.list()) == 1
    page = open_link(link)
    assert (page.status, page.body) == (200, PNG)
    assert page.headers["content-type"] == "image/png"
    assert page.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "no-store" in page.headers["cache-control"]
    assert "www-authenticate" not in page.headers
    shown = f"{page.headers}{link}"
    for secret in ("secret", urlsplit(program.url).netloc, GERMAN[1:], AMERICAN[1:], sid):
        assert secret not in shown
    # The program's server learns nothing of who opened it.
    (asked,) = program.at("/secret/1.png")
    assert not {"cookie", "referer", "authorization", "x-forwarded-for"} & {
        name.lower() for name in asked.headers
    }
    head = open_link(link, "HEAD")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    "kind",
    [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/javascript",
        "",
        "a\tb",
        "x" * 99,
    ],
)
def test_what_could_be_a_page_of_ours_is_only_saved(
    client: Client, server: RunningServer, program: Receiver, kind: str
) -> None:
    program.pages["/1"] = Reply("<script>alert(1)</script>", kind)
    _, (link,) = send(client, server, f"{program.url}/1")
    page = open_link(link)
    assert page.status == 200
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == "attachment"


def test_a_player_gets_it_in_parts(
    client: Client, server: RunningServer, program: Receiver
) -> None:
    """As phones play a video: the first two bytes, then what they need."""
    program.pages["/1.mp4"] = Reply(PNG, "video/mp4")
    _, (link,) = send(client, server, f"{program.url}/1.mp4")
    first = open_link(link, Range="bytes=0-1")
    assert (first.status, first.body) == (206, PNG[:2])
    assert first.headers["content-range"] == f"bytes 0-1/{len(PNG)}"
    assert (first.headers["content-type"], first.headers["content-length"]) == ("video/mp4", "2")
    assert first.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert open_link(link, Range="bytes=2-").body == PNG[2:]
    beyond = open_link(link, Range="bytes=9999-")
    assert (beyond.status, beyond.body) == (416, b"")
    whole = open_link(link)
    assert (whole.status, whole.body, whole.headers["accept-ranges"]) == (200, PNG, "bytes")
    # What it would be, without its bytes.
    head = open_link(link, "HEAD", Range="bytes=0-1")
    assert (head.status, head.body) == (200, b"")


def test_what_is_not_to_be_had(client: Client, server: RunningServer, program: Receiver) -> None:
    program.pages["/large"] = Reply(b"x" * (MOST + 1), "image/png")
    program.pages["/fits"] = Reply(b"x" * MOST, "image/png")
    program.pages["/gone"] = Reply("secret words", "text/plain", 404)
    paths = ("large", "fits", "gone")
    _, links = send(client, server, *(f"{program.url}/{path}" for path in paths), "http://[::1]:9/")
    found = [open_link(link) for link in links]
    assert [page.status for page in found] == [413, 200, 502, 502]
    for page in (found[0], found[2], found[3]):
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
        assert page.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert b"secret" not in page.body
        assert urlsplit(program.url).netloc.encode() not in page.body


def test_redirects_are_followed_within_bounds(
    client: Client, server: RunningServer, program: Receiver
) -> None:
    program.pages["/end"] = Reply(PNG, "image/png")
    for path, location in (
        ("/one", "/two"),
        ("/two", "three"),
        ("/three", f"{program.url}/end"),
        ("/round", "/round"),
        ("/elsewhere", "ftp://a.example/"),
    ):
        program.pages[path] = Reply("secret", "text/html", 302, location)
    paths = ("one", "round", "elsewhere")
    _, links = send(client, server, *(f"{program.url}/{path}" for path in paths))
    found = [open_link(link) for link in links]
    assert [page.status for page in found] == [200, 502, 502]
    assert found[0].body == PNG
    assert len(program.at("/round")) == 4
    assert all("location" not in page.headers for page in found)


def test_links_that_nobody_was_sent(server: RunningServer) -> None:
    for token in ("A" * 16, "A" * 15, "x" * 5000, "%00" * 16, "%C3%A9", "A" * 15 + "%0a"):
        page = open_link(f"{server.url}/m/{token}")
        assert page.status == 404, token
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert open_link(f"{server.url}/m/..%2f..%2fhealthz").status == 404


def test_a_link_ends_with_its_medium(
    client: Client, server: RunningServer, program: Receiver
) -> None:
    program.pages["/1.png"] = Reply(PNG, "image/png")
    sid, (link,) = send(client, server, f"{program.url}/1.png")
    assert open_link(link).status == 200
    assert client.messages(sid).media.list()[0].delete()
    page = open_link(link)
    assert (page.status, len(program.at("/1.png"))) == (404, 1)


def test_few_are_fetched_at_once(client: Client, server: RunningServer, program: Receiver) -> None:
    """A slow program, and many who open its links, must not take the memory of all."""
    program.pages["/1.png"] = Reply(PNG, "image/png")
    _, (link,) = send(client, server, f"{program.url}/1.png")
    program.delay = 1.0
    began = time.monotonic()
    with ThreadPoolExecutor(24) as pool:
        found = list(pool.map(open_link, [link] * 24))
    statuses = sorted(page.status for page in found)
    assert set(statuses) == {200, 503}
    assert len(program.at("/1.png")) == statuses.count(200)
    assert time.monotonic() - began < 20
    busy = next(page for page in found if page.status == 503)
    assert busy.headers["retry-after"] == "5"
