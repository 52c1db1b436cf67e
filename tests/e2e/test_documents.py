"""Documents of programs at carriers that do not read TwiML: a whole call, over real HTTP. The
program asks for a code, records, puts the caller through, and says goodbye."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from twilio.request_validator import RequestValidator

from maskline.carriers.addresses import without_plus
from maskline.carriers.json_api import basic
from maskline.carriers.sinch.signature import Application
from tests.support.liars import LIARS
from tests.support.liars.liar import Hook
from tests.support.receiver import Posted, Receiver, Reply
from tests.support.server import AUTH_TOKEN
from tests.support.vendor import Account, Asked, Behind, Told, Vendor, masking
from tests.support.world import BOB, POOL, STRANGER, eventually

SOUND = b"ID3 a voice"
CARRIERS = ("plivo", "vonage", "bandwidth", "telnyx", "sinch")


def twiml(verbs: str) -> Reply:
    return Reply(f"<?xml version='1.0'?><Response>{verbs}</Response>")


class Network(Vendor):
    """A carrier's API: it knows a recording, and does what it is asked."""

    def __init__(self) -> None:
        super().__init__(self._answer)

    def _answer(self, asked: Asked) -> Told:
        if asked.path == "/v2/recordings/rec-1":
            return Told(200, {"data": {"download_urls": {"mp3": f"{self.url}/open/rec-1"}}})
        if "rec-1" in asked.path:
            is_open = asked.path.startswith("/open/")
            allowed = is_open or "authorization" in asked.headers
            return Told(200, SOUND, "audio/mpeg") if allowed else Told(401)
        return Told(200, {"data": {"call_control_id": "v3:leg"}})


class Line:
    """A call by a carrier: what it is told is `said`."""

    def __init__(self, kind: str, network: Network, mask: Behind) -> None:
        self.kind = kind
        self.network = network
        self.mask = mask
        self.said = ""
        #: The carrier's id of the call, where another one has ended.
        self.call = "c-1"

    def below(self, address: str) -> str:
        return html.unescape(address).removeprefix(f"{self.mask.door}/")

    def post(self, hook: Hook) -> None:
        url = f"{self.mask.door}/{hook.path}"
        answer = requests.post(url, data=hook.body, headers=dict(hook.headers(url)), timeout=10)
        assert answer.status_code == 200, answer.text
        self.said = answer.text

    def place(self, what: str = "Next") -> str:
        """Where the call comes back to."""
        found = re.findall(rf'[^">]*/Call/{what}\?[^"<]*', self.said)
        return self.below(found[0])

    def event(self, path: str, **fields: Any) -> None:
        raise NotImplementedError

    def rings(self) -> None:
        raise NotImplementedError

    def types(self, digits: str) -> None:
        raise NotImplementedError

    def records(self) -> None:
        raise NotImplementedError

    def is_busy(self) -> None:
        """Whom it was put through to is."""
        raise NotImplementedError


class Plivo(Line):
    def event(self, path: str, **fields: Any) -> None:
        numbers = {"From": without_plus(STRANGER), "To": without_plus(self.mask.near)}
        form = {"CallUUID": "u-1", "CallStatus": "in-progress", **numbers, **fields}
        liar: Any = LIARS["plivo"]
        self.post(liar._hook(path, form))

    def rings(self) -> None:
        self.event("Call", CallStatus="ringing")

    def types(self, digits: str) -> None:
        self.event(self.place(), Digits=digits, InputType="dtmf")

    def records(self) -> None:
        url = f"{self.network.url}/v1/Account/MA77/Recording/rec-1.mp3"
        place, late = self.place(), self.place("Recorded")
        self.event(place, RecordUrl=url, RecordingDuration="3", Digits="#")
        said = self.said
        # The same once more, in the background: it is not told twice.
        self.event(late, RecordUrl=url, RecordingDuration="3")
        self.said = said

    def is_busy(self) -> None:
        self.event(self.place(), DialStatus="busy", DialBLegUUID="u-2")


class Bandwidth(Line):
    def event(self, path: str, **fields: Any) -> None:
        numbers = {"from": STRANGER, "to": self.mask.near}
        body = json.dumps({"callId": "c-1", **numbers, **fields}).encode()
        secrets = LIARS["bandwidth"].secrets
        shown = basic(secrets["hook_username"], secrets["hook_password"])
        headers = {"Authorization": shown, "Content-Type": "application/json"}
        self.post(Hook(path, body, lambda url: headers))

    def rings(self) -> None:
        self.event("Call", eventType="initiate")

    def types(self, digits: str) -> None:
        self.event(self.place(), eventType="gather", digits=digits)

    def records(self) -> None:
        url = f"{self.network.url}/accounts/77/calls/c-1/recordings/rec-1/media"
        place, late = self.place(), self.place("Recorded")
        saved = {"mediaUrl": url, "duration": "PT3.2S", "recordingId": "rec-1"}
        self.event(place, eventType="recordComplete", terminatingDigit="#", **saved)
        said = self.said
        self.event(late, eventType="recordingAvailable", **saved)
        self.said = said

    def is_busy(self) -> None:
        place, leg = self.place(), self.place("Leg")
        both = {"transferCallerId": self.mask.near, "transferTo": BOB}
        ended = {"eventType": "transferDisconnect", "callId": "c-2", "cause": "busy"}
        self.event(leg, **ended, **both)
        self.event(place, eventType="transferComplete", cause="busy")


class Vonage(Line):
    def event(self, path: str, **fields: Any) -> None:
        liar: Any = LIARS["vonage"]
        numbers = {"from": without_plus(STRANGER), "to": without_plus(self.mask.near)}
        self.post(liar._hook(path, {"uuid": "u-1", **numbers, **fields}))

    def rings(self) -> None:
        self.event("Call")

    def types(self, digits: str) -> None:
        self.event(self.place(), dtmf={"digits": digits, "timed_out": False})

    def records(self) -> None:
        url = f"{self.network.url}/v1/files/rec-1"
        times = {"start_time": "2026-01-01T12:00:00Z", "end_time": "2026-01-01T12:00:03Z"}
        self.event(self.place("Recorded"), recording_url=url, recording_uuid="rec-1", **times)
        moved = [one for one in self.network.asked if one.path == "/v1/calls/u-1"]
        assert [one.method for one in moved] == ["PUT"]
        self.said = json.dumps(moved[0].body)

    def is_busy(self) -> None:
        place, leg = self.place(), self.place("Leg")
        both = {"from": without_plus(self.mask.near), "to": without_plus(BOB)}
        about = {"uuid": "u-2", "direction": "outbound", **both}
        self.event(leg, status="started", **about)
        self.event(leg, status="busy", **about)
        self.event(place, payload={"next": "1"})


class Telnyx(Line):
    """By call control: what it is told are commands."""

    def event(self, path: str, **payload: Any) -> None:
        liar: Any = LIARS["telnyx"]
        blank = {"call_control_id": "v3:call", "connection_id": "1", "from": STRANGER}
        count = len(self.network.asked)
        self.post(liar._hook("Call", path, {**blank, "to": self.mask.near, **payload}))
        if path not in ("call.dtmf.received",):
            eventually(lambda: len(self.network.asked) > count)

    @property
    def command(self) -> tuple[str, dict[str, Any]]:
        posted = [one for one in self.network.asked if one.method == "POST"]
        return posted[-1].path.rpartition("/")[2], posted[-1].body

    def until(self, action: str) -> dict[str, Any]:
        eventually(lambda: self.command[0] == action)
        self.said = json.dumps(self.command[1])
        return self.command[1]

    def rings(self) -> None:
        self.event("call.initiated", direction="incoming", state="parked")
        self.event("call.answered", client_state=self.until("answer")["client_state"])

    def types(self, digits: str) -> None:
        state = self.until("gather_using_speak")["client_state"]
        self.event("call.gather.ended", client_state=state, digits=digits, status="valid")

    def records(self) -> None:
        state = self.until("record_start")["client_state"]
        times = {
            "recording_started_at": "2026-01-01T12:00:00Z",
            "recording_ended_at": "2026-01-01T12:00:03Z",
        }
        self.event("call.recording.saved", client_state=state, recording_id="rec-1", **times)
        self.until("transfer")

    def is_busy(self) -> None:
        state = self.until("transfer")["target_leg_client_state"]
        leg = {"call_control_id": "v3:leg", "from": self.mask.near, "to": BOB}
        self.event("call.hangup", client_state=state, hangup_cause="user_busy", **leg)
        # The caller's call was answered for the code.
        eventually(lambda: self.command[0] in ("answer", "speak"))
        if self.command[0] == "answer":
            self.event("call.answered", client_state=self.command[1]["client_state"])
        self.until("speak")


class Sinch(Line):
    def event(self, path: str, **fields: Any) -> None:
        body = json.dumps({"event": path, "callid": self.call, **fields}).encode()
        liar = LIARS["sinch"]
        secret = liar.secrets["application_secret"]
        application = Application("key", base64.b64decode(secret), secret)
        door = urlsplit(f"{self.mask.door}/Call").path
        kind, now = "application/json", datetime.now(UTC).isoformat()
        shown = f"application key:{application.signature('POST', body, kind, now, door)}"
        headers = {"Authorization": shown, "x-timestamp": now, "Content-Type": kind}
        self.post(Hook("Call", body, lambda url: headers))

    def rings(self) -> None:
        to = {"type": "did", "endpoint": self.mask.near}
        self.event("ice", cli=without_plus(STRANGER), to=to, domain="pstn")

    def types(self, digits: str) -> None:
        menu = {"menuId": "main", "type": "sequence", "value": digits}
        self.event("pie", menuResult=menu)

    def is_busy(self) -> None:
        self.event("dice", reason="N/A", result="BUSY")


LINES: Mapping[str, type[Line]] = {
    "plivo": Plivo,
    "vonage": Vonage,
    "bandwidth": Bandwidth,
    "telnyx": Telnyx,
    "sinch": Sinch,
}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def lines(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[Mapping[str, Line]]:
    """Five carriers at one server, each with two numbers of its own."""
    folder: Path = tmp_path_factory.mktemp("documents")
    networks = {kind: Network() for kind in CARRIERS}
    accounts = []
    for at, kind in enumerate(CARRIERS):
        networks[kind].__enter__()
        given = dict(LIARS[kind].settings(networks[kind].url))
        if kind == "telnyx":
            given["voice"] = "call-control"
        numbers = [f"+1415867{9000 + at:04}", f"+1415867{9100 + at:04}"]
        accounts.append(Account(kind, f"{kind}-one", given, LIARS[kind].secrets, numbers))
    assert not set(POOL) & {number for one in accounts for number in one.numbers}
    with masking(folder, accounts) as server:
        yield {
            one.kind: LINES[one.kind](
                one.kind,
                networks[one.kind],
                Behind(
                    server,
                    one.name,
                    one.numbers,
                    out_of_session_callback_url=f"{receiver.url}/start",
                ),
            )
            for one in accounts
        }
    for network in networks.values():
        network.__exit__()


def asked(receiver: Receiver, path: str) -> Posted:
    """What the program was last asked there, as it must be signed."""
    found = eventually(lambda: [one for one in receiver.posted if one.url.endswith(path)])
    one: Posted = found[-1]
    signature = one.headers["X-Twilio-Signature"]
    assert RequestValidator(AUTH_TOKEN).validate(one.url, one.form, signature)
    return one


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_call_that_a_program_leads(
    kind: str, lines: Mapping[str, Line], receiver: Receiver
) -> None:
    line = lines[kind]
    receiver.posted.clear()
    dial = f'<Dial action="/done"><Number>{BOB}</Number></Dial>'
    records = kind != "sinch"
    receiver.pages = {
        "/start": twiml('<Gather action="/typed" numDigits="2"><Say>Your code?</Say></Gather>'),
        "/typed": twiml('<Record action="/recorded" finishOnKey="#"/>' if records else dial),
        "/recorded": twiml(dial),
        "/done": twiml("<Say>Goodbye.</Say>"),
    }
    line.rings()
    start = asked(receiver, "/start").form
    assert (start["From"], start["To"]) == (STRANGER, line.mask.near)

    line.types("42")
    typed = asked(receiver, "/typed").form
    assert (typed["Digits"], typed["CallSid"]) == ("42", start["CallSid"])
    assert (typed["From"], typed["CallStatus"]) == (STRANGER, "in-progress")

    if records:
        line.records()
        recorded = asked(receiver, "/recorded").form
        assert recorded["RecordingDuration"] == "3"
        assert recorded["RecordingSid"].startswith("RE")
        # The recording is for whoever has its address, which tells nothing of the carrier.
        url = recorded["RecordingUrl"]
        assert url.startswith(f"{line.mask.door}/media/")
        assert line.network.url not in url
        for form in ("", ".mp3"):
            assert requests.get(f"{url}{form}", timeout=5).content == SOUND
        assert len([one for one in receiver.posted if one.url.endswith("/recorded")]) == 1
        client = line.mask.server.client
        found = client.recordings(recorded["RecordingSid"]).fetch()
        assert (found.call_sid, found.duration) == (start["CallSid"], "3")
        auth = (line.mask.server.account_sid, AUTH_TOKEN)
        assert requests.get(found.media_url, auth=auth, timeout=5).content == SOUND

    # Whom it is put through to sees the number that was called.
    assert without_plus(STRANGER) not in line.said
    assert without_plus(line.mask.near) in line.said
    assert without_plus(BOB) in line.said
    line.is_busy()
    done = asked(receiver, "/done").form
    assert (done["DialCallStatus"], done["CallSid"]) == ("busy", start["CallSid"])
    if kind != "sinch":
        assert done["DialCallSid"].startswith("CA")
        assert "Goodbye." in line.said


@pytest.mark.covers("carrier:accounts.texts")
@pytest.mark.parametrize("kind", CARRIERS)
def test_messages_in_documents_are_sent_by_us(
    kind: str, lines: Mapping[str, Line], receiver: Receiver
) -> None:
    """When the call comes to them, and once, though a carrier asks twice; it is shown none."""
    line = lines[kind]
    client = line.mask.server.client

    def sent(body: str) -> list[tuple[str, str]]:
        found = client.messages.list(from_=line.mask.near)
        return [(one.to, one.direction) for one in found if one.body == f"{body} {kind}"]

    receiver.pages = {
        "/start": twiml(
            f"<Message>Welcome {kind}</Message>"
            '<Gather action="/typed" numDigits="2"><Say>Your code?</Say></Gather>'
            f"<Message>Nobody there? {kind}</Message>"
        ),
        "/typed": twiml(
            f"<Dial><Number>{BOB}</Number></Dial><Sms to='{BOB}'>I tried {kind}</Sms>"
            "<Say>Goodbye.</Say>"
        ),
    }
    line.call = "c-2"
    line.rings()
    assert sent("Welcome") == [(STRANGER, "outbound-reply")]
    again = kind in ("plivo", "bandwidth", "vonage")
    if again:
        line.rings()
    line.types("42")
    assert sent("I tried") == []
    said = line.said
    line.is_busy()
    if again:
        # It did not hear the answer.
        line.said = said
        line.is_busy()
    if kind != "sinch":
        eventually(lambda: sent("I tried") == [(BOB, "outbound-reply")])
        assert "Goodbye." in line.said
    assert len(sent("Welcome")) == 1
    assert sent("Nobody there?") == []
    assert "Welcome" not in str([one.body for one in line.network.asked if "call" in one.path])


def test_a_caller_who_types_nothing_hears_what_follows(
    lines: Mapping[str, Line], receiver: Receiver
) -> None:
    line = lines["bandwidth"]
    receiver.posted.clear()
    receiver.pages = {
        "/start": twiml('<Gather action="/typed"><Say>Your code?</Say></Gather><Say>Nothing?</Say>')
    }
    line.event("Call", eventType="initiate", callId="c-77")
    line.event(line.place(), eventType="gather", digits="", callId="c-77")
    assert "Nothing?" in line.said
    assert not [one for one in receiver.posted if one.url.endswith("/typed")]


def test_a_voice_mail_of_somebody_who_hung_up(
    lines: Mapping[str, Line], receiver: Receiver
) -> None:
    line = lines["bandwidth"]
    receiver.posted.clear()
    receiver.pages = {
        "/start": twiml('<Record action="/recorded"/>'),
        "/recorded": twiml("<Say>Thanks.</Say>"),
    }
    line.event("Call", eventType="initiate", callId="c-88")
    late = line.place("Recorded")
    url = f"{line.network.url}/accounts/77/calls/c-88/recordings/rec-1/media"
    saved = {"eventType": "recordingAvailable", "mediaUrl": url, "duration": "PT9S"}
    line.event("Call/Status", eventType="disconnect", callId="c-88", cause="hangup")
    line.event(late, callId="c-88", **saved)
    form = asked(receiver, "/recorded").form
    assert (form["CallStatus"], form["Digits"]) == ("completed", "hangup")
    assert requests.get(form["RecordingUrl"], timeout=5).content == SOUND
    line.event(late, callId="c-88", **saved)
    assert len([one for one in receiver.posted if one.url.endswith("/recorded")]) == 1
