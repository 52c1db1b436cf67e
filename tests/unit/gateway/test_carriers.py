"""The carriers' own doors, with a carrier that does what a test says."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from maskline.carriers.contract import (
    CallAnswer,
    Capabilities,
    HostUnavailable,
    Inbound,
    Medium,
    MediumGone,
    Webhooks,
)
from maskline.carriers.redaction import Secrets
from maskline.carriers.request import Answer, Malformed, Request
from maskline.gateway.carriers import CarrierDoor
from maskline.gateway.media import MediaDesk
from maskline.model.errors import Fault
from maskline.model.http import ConnectFailed
from maskline.model.meter import Meter
from maskline.model.parts import MessagePart
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    DocumentWanted,
    InboundCall,
    InboundMessage,
    Intake,
    LegReport,
    Told,
)
from maskline.store.contract import StoreUnavailable
from maskline.vault import Tickets
from maskline.voice.instructions import Hangup, Response

TEXT = InboundMessage("one", "1", "+14155550100", "+14158670001", "hi")
PART = MessagePart(
    "one", "+14155550100", "+14158670001", 7, 2, 1, "1", 8, b"\0h", is_done=0, date_created=1
)
CALL = InboundCall("one", "1", "+14155550100", "+14158670001")
TURN = CallTurn("one", "CD1", 3)
KEPT = "https://carrier.example/media/1"
REQUEST_ID = "RQ" + "0" * 32


class Carrier:
    name = "one"
    capabilities = Capabilities()
    secrets = Secrets()

    def __init__(self) -> None:
        self.signed = True
        self.says: Sequence[Inbound] | Exception = ()
        self.seen: list[Request] = []
        self.medium: Medium | Exception = Medium(b"GIF89a", "image/gif")
        self.parts: list[MessagePart] = []
        self.intake: Intake | Exception | None = None

    def verify(self, request: Request) -> bool:
        self.seen.append(request)
        return self.signed

    def read(self, request: Request) -> Sequence[Inbound]:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def acknowledge(self, request: Request) -> Answer:
        return Answer(b'{"ok":true}', "application/json", 202)

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        return Answer(f"dial {answer.dialled_sid}".encode(), "text/plain")

    def keeps(self, url: str) -> bool:
        return url.startswith("https://carrier.example/")

    async def assemble(self, part: MessagePart) -> Intake | None:
        self.parts.append(part)
        if isinstance(self.intake, Exception):
            raise self.intake
        return self.intake

    async def fetch(self, url: str) -> Medium:
        assert url == KEPT
        if isinstance(self.medium, Exception):
            raise self.medium
        return self.medium


class Host:
    def __init__(self) -> None:
        self.took: list[Any] = []
        self.intake: Intake | Exception = Intake.TAKEN
        self.answer: CallAnswer | None = CallAnswer("CA1", Response((Hangup(),)), "CA2")

    async def message(self, message: InboundMessage) -> Intake:
        self.took.append(message)
        if isinstance(self.intake, Exception):
            raise self.intake
        return self.intake

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        self.took += reports

    async def call(self, call: InboundCall) -> CallAnswer | None:
        self.took.append(call)
        return self.answer

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        raise AssertionError

    async def call_events(self, events: Sequence[CallEvent]) -> None:
        self.took += events


class Desk:
    """A door, its carrier, its host, and the time."""

    def __init__(self, scripts: Any = None) -> None:
        self.carrier = Carrier()
        self.carriers: dict[str, Any] = {"one": self.carrier}
        self.host = Host()
        self.now = 1_000_000
        self.meter = Meter()
        self.journal: list[tuple[str, int]] = []
        self.media = MediaDesk("https://mask.example", Tickets([b"k" * 32]), 1, lambda: self.now)
        self.door = CarrierDoor(
            self.host,
            self.carriers,
            self.media,
            "https://mask.example",
            1000,
            lambda: self.now,
            lambda: REQUEST_ID,
            self.meter,
            lambda carrier, request, status, inbound: self.journal.append((request.path, status)),
            scripts,
        )

    async def ask(
        self,
        path: str = "/carriers/one/in",
        body: bytes = b"x",
        method: str = "POST",
        request_id: str = "",
        wanted: str = "",
    ) -> tuple[int, bytes, dict[str, str]]:
        bare, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": bare,
            "query_string": query.encode(),
            "headers": [(b"host", b"10.0.0.7:8080"), (b"x-signature", b"abc")],
        }
        if request_id:
            scope["headers"] += [(b"x-request-id", request_id.encode())]
        if wanted:
            scope["headers"] += [(b"range", wanted.encode())]
        events = [{"type": "http.request", "body": body}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return events.pop(0)

        async def send(event: dict[str, Any]) -> None:
            sent.append(event)

        await self.door(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], sent[1]["body"], headers


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.covers("carrier:accounts.addresses")
async def test_a_request_reaches_its_adapter_whole(desk: Desk) -> None:
    assert isinstance(desk.carrier, Webhooks)
    status, body, headers = await desk.ask("/carriers/one/a/b/?c=%2B")
    assert (status, body) == (202, b'{"ok":true}')
    assert headers["content-type"] == "application/json"
    (request,) = desk.carrier.seen
    assert (request.path, request.query, request.body) == ("a/b", {"c": "+"}, b"x")
    assert request.headers["x-signature"] == "abc"
    assert request.urls == (
        "https://mask.example/carriers/one/a/b/?c=%2B",
        "http://10.0.0.7:8080/carriers/one/a/b/?c=%2B",
    )
    assert desk.journal == [("a/b", 202)]
    assert desk.meter.requests == {("carriers", "POST", "2xx"): 1}


@pytest.mark.parametrize(
    "says",
    [
        [TEXT],
        [TEXT, msgspec.structs.replace(TEXT, provider_id="2")],
        [LegReport("one", "sent", None, "1"), LegReport("one", "delivered", None, "1")],
        [CallEvent("CA1", "ringing")],
        [TEXT, LegReport("one", "sent", None, "1"), CallEvent("CA1", "ringing")],
        [],
    ],
)
async def test_all_that_it_says_is_taken_in(desk: Desk, says: list[Inbound]) -> None:
    desk.carrier.says = says
    assert (await desk.ask())[0] == 202
    assert desk.host.took == says


@pytest.mark.parametrize(
    ("intake", "status"),
    [
        (None, 202),
        (Intake.TAKEN, 202),
        (Intake.DUPLICATE, 202),
        (Intake.UNKNOWN_NUMBER, 404),
        (HostUnavailable("away"), 503),
    ],
)
async def test_parts_are_put_together_by_the_carrier(desk: Desk, intake: Any, status: int) -> None:
    desk.carrier.says, desk.carrier.intake = [PART], intake
    assert (await desk.ask())[0] == status
    assert (desk.carrier.parts, desk.host.took) == ([PART], [])
    if status != 503:
        told = {None: "waits for the other parts"}.get(intake) or intake.value
        again = Request("POST", "in", "", {}, b"x", ())
        assert await desk.door.replay("one", again) == told
    # Beside others, too.
    desk.carrier.parts.clear()
    desk.carrier.says = [PART, TEXT]
    await desk.ask()
    assert desk.carrier.parts == [PART]


async def test_a_call_is_answered_in_the_carrier_s_dialect(desk: Desk) -> None:
    desk.carrier.says = [CALL]
    assert (await desk.ask())[:2] == (200, b"dial CA2")
    desk.host.answer = None
    status, body, _ = await desk.ask()
    assert status == 404
    assert b"+1415867XXXX" in body


@pytest.mark.parametrize(
    ("says", "intake", "status", "code"),
    [
        ([TEXT], Intake.UNKNOWN_NUMBER, 404, 20404),
        ([TEXT], HostUnavailable("away"), 503, 20503),
        ([TEXT], StoreUnavailable("away"), 503, 20503),
        ([TEXT], ValueError("a bug"), 500, 20500),
        (Malformed("From is required"), Intake.TAKEN, 400, 20001),
        (LookupError("in"), Intake.TAKEN, 404, 20404),
    ],
)
async def test_what_can_t_be_taken_in(
    desk: Desk, says: Any, intake: Any, status: int, code: int
) -> None:
    desk.carrier.says, desk.host.intake = says, intake
    found, body, headers = await desk.ask()
    assert (found, msgspec.json.decode(body)["code"]) == (status, code)
    assert ("retry-after" in headers) is (status == 503)
    assert b"8670001" not in body


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", REQUEST_ID),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("14155550142", REQUEST_ID),
    ],
)
async def test_a_request_has_a_name_in_its_answer_and_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture, given: str, named: str
) -> None:
    with caplog.at_level(logging.DEBUG, "maskline.gateway"):
        desk.carrier.says = [TEXT]
        assert (await desk.ask(request_id=given))[2]["twilio-request-id"] == named
        desk.host.intake = HostUnavailable("away")
        assert (await desk.ask(request_id=given))[2]["twilio-request-id"] == named
    assert [one.levelname for one in caplog.records] == ["DEBUG", "WARNING", "DEBUG"]
    assert {one.request_id for one in caplog.records} == {named}
    assert caplog.messages[1] == f"request {named}: the store is unavailable"


async def test_a_duplicate_is_acknowledged(desk: Desk) -> None:
    desk.carrier.says, desk.host.intake = [TEXT], Intake.DUPLICATE
    assert (await desk.ask())[0] == 202


async def test_what_is_not_signed_is_not_read(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.carrier.signed, desk.carrier.says = False, [TEXT]
    for _ in range(3):
        status, body, _ = await desk.ask()
        assert (status, msgspec.json.decode(body)["code"]) == (403, 80625)
    assert desk.host.took == []
    assert desk.journal == []
    # It is said once: anybody can send such.
    assert len([one for one in caplog.records if "not signed" in one.message]) == 1
    desk.now += 10_000
    await desk.ask()
    assert len([one for one in caplog.records if "not signed" in one.message]) == 2


@pytest.mark.parametrize("path", ["/carriers/two/in", "/carriers/", "/carriers/one%2F/in"])
async def test_doors_that_nobody_has(desk: Desk, path: str) -> None:
    assert (await desk.ask(path))[0] == 404
    assert desk.carrier.seen == []


async def test_a_body_has_a_bound(desk: Desk) -> None:
    assert (await desk.ask(body=b"x" * 1001))[0] == 413


async def test_media_get_addresses_of_ours(desk: Desk) -> None:
    other = "https://elsewhere.example/1"
    desk.carrier.says = [
        msgspec.structs.replace(TEXT, media=((KEPT, "image/gif"), (other, "image/png")))
    ]
    await desk.ask()
    (message,) = desk.host.took
    (covered, kind), untouched = message.media
    assert (kind, untouched) == ("image/gif", (other, "image/png"))
    assert covered.startswith("https://mask.example/carriers/one/media/")
    path = covered.removeprefix("https://mask.example")
    status, body, headers = await desk.ask(path, method="GET")
    assert (status, body, headers["content-type"]) == (200, b"GIF89a", "image/gif")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    status, body, headers = await desk.ask(path, method="GET", wanted="bytes=0-1")
    assert (status, body, headers["content-range"]) == (206, b"GI", "bytes 0-1/6")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await desk.ask(path, method="HEAD", wanted="bytes=0-1"))[0] == 200
    assert (await desk.ask(path))[0] == 405
    assert (await desk.ask(f"{path}x", method="GET"))[0] == 404
    for trouble in (MediumGone("404"), ConnectFailed("no", "tcp")):
        desk.carrier.medium = trouble
        assert (await desk.ask(path, method="GET"))[0] == 404
    for kind in ("text/html", "image/svg+xml", "application/javascript", ""):
        desk.carrier.medium = Medium(b"<script>", kind)
        found = await desk.ask(path, method="GET")
        assert found[2]["content-type"] == "application/octet-stream"
    desk.now += 3_600_001
    assert (await desk.ask(path, method="GET"))[0] == 404


def test_recordings_get_addresses_of_ours(desk: Desk) -> None:
    pairs = (("RecordingUrl", KEPT), ("Digits", KEPT))
    told = Told("one", "CA1", "https://p.example/", "POST", pairs)
    wanted = DocumentWanted("one", "CA1", details=pairs)
    reports = [LegReport("one", "sent"), Told("one", "CA1", "https://p.example/", "POST", ())]
    first, second, *others = desk.media.covered(desk.carrier, [told, wanted, *reports])
    assert isinstance(first, Told)
    assert isinstance(second, DocumentWanted)
    for (_, url), typed in (first.params, second.details):
        assert url.startswith("https://mask.example/carriers/one/media/")
        assert typed == ("Digits", KEPT)
    assert others == reports
    assert desk.media.covered(desk.carrier, reports) is reports
    elsewhere = msgspec.structs.replace(told, params=(("RecordingUrl", "https://other.example/"),))
    assert desk.media.covered(desk.carrier, [elsewhere]) == [elsewhere]


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ([TEXT], "taken"),
        ([LegReport("one", "sent", None, "1"), CallEvent("CA1", "ringing")], "taken"),
        ([], "nothing to take in"),
    ],
)
async def test_what_came_in_is_taken_in_again(
    desk: Desk, says: list[Inbound], outcome: str
) -> None:
    # It was verified when it came; the signature was not kept.
    desk.carrier.signed, desk.carrier.says = False, says
    request = Request("POST", "in", "", {}, b"x", ())
    assert await desk.door.replay("one", request) == outcome
    assert desk.host.took == says
    desk.host.intake = Intake.UNKNOWN_NUMBER
    if says == [TEXT]:
        assert await desk.door.replay("one", request) == "unknown-number"


@pytest.mark.parametrize(
    ("name", "says", "code"),
    [
        ("two", [TEXT], 20404),
        ("one", [CALL], 20001),
        ("one", [TURN], 20001),
        ("one", Malformed("From is required"), 20001),
    ],
)
async def test_what_can_t_be_taken_in_again(desk: Desk, name: str, says: Any, code: int) -> None:
    desk.carrier.says = says
    with pytest.raises(Fault) as fault:
        await desk.door.replay(name, Request("POST", "in", "", {}, b"x", ()))
    assert fault.value.code == code
    assert desk.host.took == []


@pytest.mark.parametrize(
    ("says", "intake", "status"),
    [
        (Malformed("x"), Intake.TAKEN, 400),
        (LookupError("x"), Intake.TAKEN, 404),
        ([TEXT], Intake.UNKNOWN_NUMBER, 404),
        ([TEXT], HostUnavailable("away"), 503),
        ([TEXT], ValueError("a bug"), 500),
    ],
)
async def test_what_was_not_taken_is_noted_too(
    desk: Desk, says: Any, intake: Any, status: int
) -> None:
    desk.carrier.says, desk.host.intake = says, intake
    await desk.ask()
    assert desk.journal == [("in", status)]


# Calls that come back


class Turning(Carrier):
    """One that comes back to places of scripts."""

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        return Answer(f"go on from {turn.at} with {answer.call_sid}".encode(), "text/plain")


class Script:
    """Answers every turn alike."""

    def __init__(self, answer: CallAnswer | Exception | None) -> None:
        self.answer = answer
        self.turns: list[CallTurn] = []

    async def keep(self, answer: CallAnswer) -> CallAnswer:
        raise AssertionError

    async def claim(self, script: str, at: int, leg: str) -> str:
        raise AssertionError

    async def turn(self, turn: CallTurn) -> CallAnswer | None:
        self.turns.append(turn)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def turning(answer: CallAnswer | Exception | None, *, carrier: Carrier | None = None) -> Desk:
    desk = Desk(Script(answer))
    desk.carrier = desk.carriers["one"] = carrier or Turning()
    desk.carrier.says = [CallEvent("CA2", "completed"), TURN]
    return desk


async def test_a_call_that_comes_back_goes_on() -> None:
    desk = turning(CallAnswer("CA1", Response(), None))
    status, body, _ = await desk.ask()
    assert (status, body) == (200, b"go on from 3 with CA1")
    # What is said of legs is stored first: the program may ask for it.
    assert desk.host.took == [CallEvent("CA2", "completed")]
    assert desk.journal[-1][1] == 200


@pytest.mark.parametrize(
    ("answer", "carrier", "status"),
    [
        (None, None, 202),
        (LookupError("no such place"), None, 404),
        (HostUnavailable("away"), None, 503),
        (CallAnswer("CA1", Response(), None), Carrier(), 404),
    ],
)
async def test_a_call_that_can_t_go_on(answer: Any, carrier: Any, status: int) -> None:
    desk = turning(answer, carrier=carrier)
    assert (await desk.ask())[0] == status


async def test_without_scripts_nobody_comes_back(desk: Desk) -> None:
    desk.carrier = desk.carriers["one"] = Turning()
    desk.carrier.says = [TURN]
    assert (await desk.ask())[0] == 404
    assert "CD1" in repr(TURN)
    assert "digits" not in repr(CallTurn("one", "CD1", 0, (("Digits", "digits"),)))
