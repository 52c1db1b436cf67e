"""The door for Twilio-shaped carriers, with requests signed by the official SDK's validator."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from maskline.carriers import twilio
from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.gateway.hosts import by_host
from maskline.gateway.media import MediaDesk
from maskline.gateway.twilio import TwilioDoor
from maskline.gateway.unsigned import Unsigned
from maskline.model.meter import Meter
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, Intake, LegReport
from maskline.store.contract import StoreUnavailable
from maskline.vault import Tickets
from maskline.voice.instructions import Dial, Number, Response, Say
from tests.support.carrier_desk import Client, tools

AC = "AC" + "a" * 32
KS = "KS" + "b" * 32
REQUEST_ID = "RQ" + "c" * 32
TOKEN = "token-of-the-account"
BASE = f"/webhooks/v1/Accounts/{AC}/Proxy/{KS}/Webhooks"
MESSAGE = {
    "MessageSid": "SM1",
    "From": "+14158675310",
    "To": "+14158675311",
    "Body": "hi +& there 👋",
    "NumMedia": "0",
}
CALL = {"CallSid": "CA1", "From": "+14158675310", "To": "+14158675311", "CallStatus": "ringing"}


class FakeHost:
    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.calls: list[InboundCall] = []
        self.events: list[CallEvent] = []
        self.refused: list[Unsigned] = []
        self.meter = Meter()
        self.intake: Intake | Exception = Intake.TAKEN
        self.answer: CallAnswer | None = CallAnswer(
            "CAours",
            Response((Dial((Number("+14158675312"),), caller_id="+14158675313"),)),
            "CAdialled",
        )

    async def unsigned(self, fault: Unsigned) -> None:
        self.refused.append(fault)

    async def message(self, message: InboundMessage) -> Intake:
        self.messages.append(message)
        if isinstance(self.intake, Exception):
            raise self.intake
        return self.intake

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        raise NotImplementedError

    async def call(self, call: InboundCall) -> CallAnswer | None:
        self.calls.append(call)
        return self.answer

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        raise AssertionError("such a carrier dials by itself")

    async def call_events(self, events: Sequence[CallEvent]) -> None:
        self.events += events


class Tokens:
    is_away = False

    async def token(self, account_sid: str) -> str | None:
        if self.is_away:
            raise StoreUnavailable("away")
        return TOKEN if account_sid == AC else None


class Answer:
    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""

    async def send(self, event: dict[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = dict(event["headers"])
        else:
            self.body += event["body"]

    @property
    def code(self) -> int:
        return int(msgspec.json.decode(self.body)["code"])


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


async def post(
    host: FakeHost,
    path: str,
    form: dict[str, str] | list[tuple[str, str]] | bytes,
    *,
    signed_url: str | None = None,
    token: str = TOKEN,
    public_url: str | None = None,
    server: str = "mask.example",
    scheme: str = "https",
    headers: dict[str, str] | None = None,
    method: str = "POST",
    parts: int = 1,
    **more: Any,
) -> Answer:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    url = signed_url or f"{scheme}://{server}{path}"
    fields = {} if isinstance(form, bytes) else dict(form)
    given = {
        "host": server,
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, fields),
    } | (headers or {})
    bare, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": bare,
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in given.items() if v],
    }
    size = max(1, len(body) // parts)
    chunks = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    events = [
        {"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1}
        for i, chunk in enumerate(chunks)
    ]

    async def receive() -> dict[str, Any]:
        return events.pop(0)

    by_host(scope)
    answer = Answer()
    door = TwilioDoor(
        host,
        Tokens(),
        public_url,
        65536,
        host.unsigned,
        lambda: REQUEST_ID,
        host.meter,
        **more,
    )
    await door(scope, receive, answer.send)
    return answer


@pytest.mark.parametrize(
    ("trouble", "path", "status"),
    [
        (None, f"{BASE}/Message", "2xx"),
        (None, f"{BASE}/Nothing", "4xx"),
        (HostUnavailable("away"), f"{BASE}/Message", "5xx"),
        (ValueError("a bug"), f"{BASE}/Message", "5xx"),
    ],
)
async def test_every_request_is_counted(
    host: FakeHost, trouble: Exception | None, path: str, status: str
) -> None:
    host.intake = trouble or Intake.TAKEN
    await post(host, path, MESSAGE)
    assert host.meter.requests == {("carriers", "POST", status): 1}
    assert sum(host.meter.request_seconds["carriers",].counts) == 1


async def test_a_message_is_taken_in(host: FakeHost) -> None:
    form = MESSAGE | {
        "NumMedia": "2",
        "MediaUrl0": "https://m.example/0",
        "MediaContentType0": "image/png",
        "MediaUrl1": "https://m.example/1",
    }
    answer = await post(host, f"{BASE}/Message", form, parts=3)
    assert answer.status == 200
    assert answer.headers[b"content-type"].startswith(b"text/xml")
    assert answer.body.endswith(b"<Response/>")
    (message,) = host.messages
    assert message == InboundMessage(
        carrier="twilio",
        provider_id="SM1",
        sender="+14158675310",
        number="+14158675311",
        body="hi +& there 👋",
        media=(("https://m.example/0", "image/png"), ("https://m.example/1", "")),
        account_sid=AC,
    )


async def test_a_call_is_answered_with_instructions(host: FakeHost) -> None:
    answer = await post(host, f"{BASE}/Call", CALL)
    assert answer.status == 200
    assert b'callerId="+14158675313"' in answer.body
    assert b"+14158675312" in answer.body
    (call,) = host.calls
    assert (call.account_sid, call.service_sid, call.provider_id) == (AC, KS, "CA1")


@pytest.mark.covers("says:calls.unknown-country")
@pytest.mark.parametrize(
    ("form", "caller"),
    [
        ({"From": ""}, ""),
        ({}, ""),
        ({"From": "anonymous"}, "anonymous"),
        ({"From": "+266696687", "FromCountry": ""}, "+266696687"),
        ({"From": "+14158675310", "FromCountry": ""}, "+14158675310"),
        ({"From": "+99912345678", "FromCountry": "??"}, "+99912345678"),
        ({"From": "x\0y" * 200}, "xy" * 127 + "x"),
    ],
)
async def test_callers_without_a_country_or_a_number_are_let_through(
    host: FakeHost, form: dict[str, str], caller: str
) -> None:
    call = {name: value for name, value in CALL.items() if name != "From"}
    assert (await post(host, f"{BASE}/Call", call | form)).status == 200
    assert [one.caller for one in host.calls] == [caller]


@pytest.mark.parametrize("sender", ["ACME", "12345", "anonymous", "+99912345678"])
async def test_senders_that_are_no_phones_are_let_through(host: FakeHost, sender: str) -> None:
    form = MESSAGE | {"From": sender, "FromCountry": ""}
    assert (await post(host, f"{BASE}/Message", form)).status == 200
    assert [one.sender for one in host.messages] == [sender]


@pytest.mark.parametrize(
    ("server", "scheme", "public_url", "signed"),
    [
        ("mask.example", "https", None, "https://mask.example{path}"),
        ("mask.example:8443", "https", None, "https://mask.example:8443{path}"),
        ("10.0.0.7:8080", "http", "https://mask.example", "https://mask.example{path}"),
        ("10.0.0.7:8080", "http", "https://mask.example/in", "https://mask.example/in{path}"),
        ("10.0.0.7:8080", "http", "https://mask.example", "http://10.0.0.7:8080{path}"),
    ],
)
async def test_the_signature_may_cover_any_address_of_the_server(
    host: FakeHost, server: str, scheme: str, public_url: str | None, signed: str
) -> None:
    path = f"{BASE}/Message?a=1&b=%2B"
    answer = await post(
        host,
        path,
        MESSAGE,
        server=server,
        scheme=scheme,
        public_url=public_url,
        signed_url=signed.format(path=path),
    )
    assert answer.status == 200


async def test_by_host_name_the_path_needs_no_prefix(host: FakeHost) -> None:
    path = f"/v1/Accounts/{AC}/Proxy/{KS}/Webhooks/Message"
    answer = await post(host, path, MESSAGE, server="webhooks.mask.example")
    assert answer.status == 200


@pytest.mark.covers("code:80625")
@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"token": "another-token"}, 80625, 403),
        ({"headers": {"x-twilio-signature": ""}}, 80625, 403),
        ({"headers": {"x-twilio-signature": "AAAA"}}, 80625, 403),
        ({"signed_url": "https://elsewhere.example/x"}, 80625, 403),
        ({"path": BASE.replace(AC, "AC" + "c" * 32) + "/Message"}, 80625, 403),
        ({"path": f"{BASE}/Nothing"}, 20404, 404),
        ({"path": "/webhooks/v1/Accounts/AC1/Proxy/KS1/Webhooks/Message"}, 20404, 404),
        ({"method": "GET"}, 20004, 405),
        ({"headers": {"content-type": "application/json"}}, 20415, 415),
        ({"headers": {"content-length": "70000"}}, 20413, 413),
        ({"form": b"Body=" + b"x" * 70000}, 20413, 413),
        ({"form": b"Body=\xff\xfe"}, 20001, 400),
        ({"form": {k: v for k, v in MESSAGE.items() if k != "From"}}, 20001, 400),
        ({"form": MESSAGE | {"MessageSid": "x" * 300}}, 20001, 400),
        ({"path": f"{BASE}/Call/Leg?CallLeg=CA2", "form": {"CallStatus": "sleeping"}}, 20001, 400),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_taken_in(
    host: FakeHost, changes: dict[str, Any], code: int, status: int
) -> None:
    arguments: dict[str, Any] = {"path": f"{BASE}/Message", "form": MESSAGE} | changes
    path, form = arguments.pop("path"), arguments.pop("form")
    answer = await post(host, path, form, **arguments)
    assert (answer.status, answer.code) == (status, code)
    assert not host.messages
    assert not host.events
    assert len(host.refused) == (code == 80625 and AC in path)


async def test_an_account_is_told_of_a_request_that_is_not_signed(host: FakeHost) -> None:
    await post(host, f"{BASE}/Message?a=b", MESSAGE, token="another-token")
    (fault,) = host.refused
    assert (fault.account_sid, fault.service_sid) == (AC, KS)
    exchange = fault.exchange
    assert (exchange.method, exchange.status) == ("POST", 403)
    assert exchange.url == f"https://mask.example{BASE}/Message?a=b"
    assert dict(exchange.parameters) == MESSAGE
    assert exchange.request_headers["host"] == "mask.example"


async def test_unknown_numbers_and_an_unavailable_store_are_told(host: FakeHost) -> None:
    host.intake = Intake.UNKNOWN_NUMBER
    answer = await post(host, f"{BASE}/Message", MESSAGE)
    assert (answer.status, answer.code) == (404, 20404)
    assert b"+14158675311" not in answer.body
    host.answer = None
    answer = await post(host, f"{BASE}/Call", CALL)
    assert (answer.status, answer.code) == (404, 20404)
    host.intake = HostUnavailable("down")
    answer = await post(host, f"{BASE}/Message", MESSAGE)
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"1")
    host.intake = RuntimeError("+14158675310 went wrong")
    answer = await post(host, f"{BASE}/Message", MESSAGE)
    assert answer.status == 500
    assert b"4158675310" not in answer.body


@pytest.mark.parametrize(("where", "form"), [("Message", MESSAGE), ("Call", CALL)])
async def test_a_store_that_can_t_say_the_token_is_told_like_any_other(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, where: str, form: dict[str, str]
) -> None:
    monkeypatch.setattr(Tokens, "is_away", True)
    answer = await post(host, f"{BASE}/{where}", form)
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"1")
    assert answer.code == 20503


@pytest.mark.parametrize(
    ("where", "form", "event"),
    [
        (
            "Leg",
            {"CallSid": "CAx", "CallStatus": "ringing"},
            CallEvent("CA2", "ringing", "CAx", None, False, AC),
        ),
        (
            "Leg",
            {"CallSid": "CAx", "CallStatus": "in-progress"},
            CallEvent("CA2", "in-progress", "CAx", None, True, AC),
        ),
        (
            "Leg",
            {"CallSid": "CAx", "CallStatus": "completed", "CallDuration": "7"},
            CallEvent("CA2", "completed", "CAx", 7, False, AC),
        ),
        (
            "Done",
            {"DialCallSid": "CAx", "DialCallStatus": "completed", "DialCallDuration": "7"},
            CallEvent("CA2", "completed", "CAx", 7, True, AC),
        ),
        (
            "Done",
            {"DialCallStatus": "answered"},
            CallEvent("CA2", "completed", None, None, True, AC),
        ),
        (
            "Done",
            {"DialCallStatus": "no-answer"},
            CallEvent("CA2", "no-answer", None, None, True, AC),
        ),
    ],
)
async def test_reports_on_the_dialled_leg(
    host: FakeHost, where: str, form: dict[str, str], event: CallEvent
) -> None:
    answer = await post(host, f"{BASE}/Call/{where}?CallLeg=CA2", form)
    assert answer.status == 200
    assert host.events == [event]
    assert (b"<Hangup/>" in answer.body) == (where == "Done")


async def test_a_request_that_ends_early_is_not_taken_in(host: FakeHost) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": f"{BASE}/Message",
        "query_string": b"",
        "headers": [(b"host", b"x")],
    }
    answer = Answer()
    door = TwilioDoor(host, Tokens(), None, 100, host.unsigned, str)
    await door(scope, receive, answer.send)
    assert answer.status == 400
    assert not host.messages


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", REQUEST_ID),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("7d444840-9dc0-11d1-b245-5ffdce74fad2", "7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        # What may be a phone number, and what no line of a log may hold.
        ("14155550142", REQUEST_ID),
        ("0" * 65, REQUEST_ID),
        ("0123456789abcdef\tX", REQUEST_ID),
        ("é" * 16, REQUEST_ID),
    ],
)
async def test_a_request_has_a_name_in_its_answer_and_in_the_log(
    host: FakeHost, caplog: pytest.LogCaptureFixture, given: str, named: str
) -> None:
    with caplog.at_level(logging.DEBUG, "maskline.gateway"):
        answer = await post(host, f"{BASE}/Message", MESSAGE, headers={"x-request-id": given})
    assert answer.headers[b"twilio-request-id"] == named.encode()
    (line,) = caplog.records
    assert line.request_id == named
    assert line.getMessage().startswith(f"request {named}: POST by a carrier 200 in ")


@pytest.mark.parametrize(
    ("trouble", "level", "text"),
    [
        (HostUnavailable("away"), "WARNING", f"request {REQUEST_ID}: the store is unavailable"),
        (ValueError("+14155550142"), "ERROR", f"request {REQUEST_ID} of a carrier failed: Value"),
    ],
)
async def test_what_failed_is_logged_under_the_request_s_name(
    host: FakeHost,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
    level: str,
    text: str,
) -> None:
    host.intake = trouble
    answer = await post(host, f"{BASE}/Message", MESSAGE)
    (line,) = caplog.records
    assert (line.levelname, line.request_id) == (level, REQUEST_ID)
    assert line.getMessage().startswith(text)
    assert "4155550142" not in line.getMessage()
    assert answer.headers[b"twilio-request-id"] == REQUEST_ID.encode()


async def test_who_is_told_of_an_unsigned_request_learns_its_name(host: FakeHost) -> None:
    assert (await post(host, f"{BASE}/Message", MESSAGE, token="another")).code == 80625
    assert [one.request_id for one in host.refused] == [REQUEST_ID]


def account(name: str, token: str, **settings: Any) -> TwilioShaped:
    given = twilio.Settings(account_sid="AC" + "c" * 32, **settings)
    return twilio.build(name, given, twilio.Credentials(token), tools(Client()))


@pytest.mark.parametrize(("opt_outs", "answered"), [("local", True), ("none", False)])
async def test_an_account_at_a_carrier_may_sign_for_its_own_numbers(
    host: FakeHost, opt_outs: str, answered: bool
) -> None:
    """Its numbers may still lead to the old addresses; it speaks for no other's numbers there."""
    accounts = {
        "one": account("one", "the-token-of-one"),
        "two": account("two", "the-token-of-two", opt_outs=opt_outs),
    }
    picture = MESSAGE | {
        "NumMedia": "1",
        "MediaUrl0": "https://api.twilio.com/2010-04-01/x",
        "MediaContentType0": "image/png",
    }
    desk = MediaDesk("https://mask.example", Tickets([b"k" * 32]), 1, lambda: 0)
    more: dict[str, Any] = {"carriers": accounts, "media": desk}
    answer = await post(host, f"{BASE}/Message", picture, token="the-token-of-two", **more)
    assert answer.status == 200
    (message,) = host.messages
    assert (message.carrier, message.account_sid, message.answered) == ("two", None, answered)
    assert message.media[0][0].startswith("https://mask.example/carriers/two/media/")
    assert (await post(host, f"{BASE}/Call", CALL, token="the-token-of-one", **more)).status == 200
    (call,) = host.calls
    assert (call.carrier, call.account_sid, call.service_sid) == ("one", None, KS)
    refused = await post(host, f"{BASE}/Message", MESSAGE, token="the-token-of-none", **more)
    assert refused.status == 403
    assert len(host.messages) == 1


async def test_a_call_s_end_and_what_is_whispered(host: FakeHost) -> None:
    over = {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": "3"}
    assert (await post(host, f"{BASE}/Call/Status", over)).status == 200
    assert host.events == [CallEvent("", "completed", "CA1", 3, carrier="twilio")]
    quiet = await post(host, f"{BASE}/Call/Whisper", CALL)
    assert quiet.body.endswith(b"<Response/>")
    heard = await post(host, f"{BASE}/Call/Whisper", CALL, whisper=Response((Say("A ride"),)))
    assert b"<Say>A ride</Say>" in heard.body
