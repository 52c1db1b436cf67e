"""Telnyx's calls, by TeXML and by call control."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import fromstring

import pytest

from maskline.carriers.contract import ApiRefused, CallAnswer
from maskline.carriers.request import Malformed, Request
from maskline.carriers.telnyx import KIND
from maskline.model.http import HttpRequest
from maskline.model.traffic import Adopted, CallEvent, InboundCall
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Play,
    Redirect,
    Reject,
    Response,
    Say,
    Sip,
    Verb,
)
from tests.carriers.telnyx.desk import adapter, hook, signed
from tests.support.carrier_desk import DOOR, Reply, reply
from tests.support.masked_call import (
    ALICE,
    BOB,
    CALL,
    FAR,
    LEG,
    NEAR,
    SENTENCE,
    WHISPER,
    masked,
    numbers_in,
)

SID = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
OTHER = "v3:other"
RINGING = InboundCall("one", SID, ALICE, NEAR, doors=f"{DOOR}/Call")


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


TEXML = form(CallSid=SID, From=ALICE, To=NEAR, CallStatus="ringing", ConnectionId="1")


def test_it_can_do_what_masked_calls_need() -> None:
    assert KIND.lacks(frozenset({"Dial", "Hangup", "Say", "Number.url"})) == []
    assert KIND.lacks(frozenset({"Gather", "Pause", "Record", "Gather.input"})) == ["Gather.input"]


# TeXML


@pytest.mark.covers("carrier:telnyx.texml")
@pytest.mark.parametrize(
    ("path", "query", "fields", "says"),
    [
        ("Call", "", {"CallSid": SID, "From": ALICE, "To": NEAR}, RINGING),
        (
            "Call/Leg",
            f"CallLeg={LEG}",
            {"CallSid": OTHER, "CallStatus": "ringing", "From": FAR, "To": BOB},
            CallEvent(LEG, "ringing", OTHER, carrier="one"),
        ),
        (
            "Call/Leg",
            f"CallLeg={LEG}",
            {"CallSid": OTHER, "CallStatus": "in-progress"},
            CallEvent(LEG, "in-progress", OTHER, with_parent=True, carrier="one"),
        ),
        (
            "Call/Done",
            f"CallLeg={LEG}",
            {"CallSid": SID, "DialCallSid": OTHER, "DialCallStatus": "busy"},
            CallEvent(LEG, "busy", OTHER, with_parent=True, carrier="one"),
        ),
        (
            "Call/Done",
            f"CallLeg={LEG}",
            {"DialCallSid": OTHER, "DialCallStatus": "completed", "DialCallDuration": "12"},
            CallEvent(LEG, "completed", OTHER, 12, with_parent=True, carrier="one"),
        ),
        (
            "Call/Status",
            "",
            {"CallSid": SID, "CallStatus": "completed", "CallDuration": "3"},
            CallEvent("", "completed", SID, 3, carrier="one"),
        ),
    ],
)
def test_texml_requests(path: str, query: str, fields: dict[str, str], says: Any) -> None:
    one, _ = adapter()
    request = signed(path, form(**fields), query=query)
    assert one.verify(request)
    assert one.read(request) == [says]
    assert fromstring(one.acknowledge(request).body).tag == "Response"


async def test_texml_shows_the_callee_their_own_number() -> None:
    one, _ = adapter()
    request = signed("Call", TEXML)
    answer = await one.instruct(request, RINGING, masked(whisper=True, timeout=300))
    assert answer.content_type.startswith("text/xml")
    document = answer.body.decode()
    (dial,) = fromstring(document)
    assert dial.tag == "Dial"
    # Telnyx rings for two minutes at most.
    assert (dial.get("callerId"), dial.get("timeout")) == (FAR, "120")
    assert (dial.get("timeLimit"), dial.get("answerOnBridge")) == (None, None)
    assert dial.get("action") == f"{DOOR}/Call/Done?CallLeg={LEG}"
    (number,) = dial
    assert number.text == BOB
    assert number.get("url") == f"{DOOR}/Call/Whisper"
    assert number.get("statusCallback") == f"{DOOR}/Call/Leg?CallLeg={LEG}"
    assert numbers_in(document) == {"alice": 0, "bob": 1, "near": 0, "far": 1}


async def test_texml_says_sentences_and_ends() -> None:
    one, _ = adapter(whisper=WHISPER)
    answer = await one.instruct(signed("Call", TEXML), RINGING, CallAnswer(CALL, SENTENCE, None))
    say, hangup = fromstring(answer.body)
    assert (say.text, hangup.tag) == ("Nobody is <there> & goodbye.", "Hangup")
    (said,) = fromstring(one.acknowledge(signed("Call/Whisper", b"")).body)
    assert said.text == "A masked call."
    (over,) = fromstring(one.acknowledge(signed("Call/Done", b"")).body)
    assert over.tag == "Hangup"
    assert list(fromstring(adapter()[0].acknowledge(signed("Call/Whisper", b"")).body)) == []


async def test_texml_calls_somebody() -> None:
    settings = {"connection": "app-1", "account_id": "acc/1"}
    one, client = adapter(reply(200, {"call_sid": SID}), **settings)
    assert await one.dial(NEAR, ALICE, SENTENCE) == SID
    (request,) = client.requests
    assert request.url == "https://api.telnyx.com/v2/texml/Accounts/acc%2F1/Calls"
    fields = json.loads(request.body or b"")
    assert (fields["ApplicationSid"], fields["From"], fields["To"]) == ("app-1", NEAR, ALICE)
    address = urlsplit(fields["Url"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{DOOR}/Call/Document"
    fetched = signed("Call/Document", TEXML, query=address.query)
    assert one.read(fetched) == []
    (say, _) = fromstring(one.acknowledge(fetched).body)
    assert say.text == "Nobody is <there> & goodbye."
    with pytest.raises(Malformed):
        one.read(signed("Call/Document", TEXML, query="Document=x"))
    with pytest.raises(ApiRefused, match="account_id"):
        await adapter(connection="app-1")[0].dial(NEAR, ALICE, SENTENCE)


# Call control

OK: Reply = reply(200, {"data": {"result": "ok"}})
RANG: Reply = reply(200, {"data": {"call_control_id": OTHER}})


class Steered:
    """A call that came in, with the commands that it was given."""

    def __init__(self, *replies: Reply, **settings: Any) -> None:
        self.one, self.client = adapter(*replies, voice="call-control", **settings)

    def event(self, kind: str, **payload: Any) -> Request:
        blank = {"call_control_id": SID, "connection_id": "app-1", "from": ALICE, "to": NEAR}
        return hook("Call", kind, blank | payload)

    async def comes_in(self, answer: CallAnswer) -> None:
        request = self.event("call.initiated", direction="incoming", state="parked")
        assert self.one.verify(request)
        assert self.one.read(request) == [RINGING]
        told = await self.one.instruct(request, RINGING, answer)
        assert (told.status, told.content_type) == (200, "application/json")
        await self.one.close()

    async def happens(self, kind: str, **payload: Any) -> list[Any]:
        request = self.event(kind, **payload)
        said = list(self.one.read(request))
        assert self.one.acknowledge(request).status == 200
        await self.one.close()
        return said

    @property
    def commands(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [_command(one) for one in self.client.requests if one.body]


def _command(request: HttpRequest) -> tuple[str, str, dict[str, Any]]:
    path = urlsplit(request.url).path.removeprefix("/v2/calls").strip("/")
    call, _, action = path.partition("/actions/")
    fields = json.loads(request.body or b"")
    return call.replace("%3A", ":"), action, fields


@pytest.mark.covers("carrier:telnyx.mask")
async def test_call_control_puts_the_caller_through() -> None:
    it = Steered(OK, OK, OK)
    await it.comes_in(masked())
    ((call, action, fields),) = it.commands
    assert (call, action) == (SID, "transfer")
    assert (fields["to"], fields["from"]) == (BOB, FAR)
    assert (fields["timeout_secs"], fields["time_limit_secs"]) == (30, 14_400)
    state = fields["target_leg_client_state"]
    given = json.dumps(fields) + base64.b64decode(state).decode()
    assert numbers_in(given) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
    # Of the dialled leg.
    leg = {"call_control_id": OTHER, "client_state": state, "from": FAR, "to": BOB}
    assert await it.happens("call.initiated", direction="outgoing", **leg) == []
    answered = CallEvent(LEG, "in-progress", OTHER, with_parent=True, carrier="one")
    assert await it.happens("call.answered", **leg) == [answered]
    assert await it.happens("call.bridged", **leg) == [answered]
    over = await it.happens("call.hangup", hangup_cause="normal_clearing", **leg)
    assert over == [CallEvent(LEG, "completed", OTHER, with_parent=True, carrier="one")]
    # The caller's call is answered with it, and ends with it.
    assert [command[:2] for command in it.commands[1:]] == [(SID, "answer"), (SID, "hangup")]
    ended = await it.happens("call.hangup", hangup_cause="normal_clearing")
    assert ended == [CallEvent("", "completed", SID, carrier="one")]


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("user_busy", "busy"),
        ("call_rejected", "busy"),
        ("timeout", "no-answer"),
        ("no_answer", "no-answer"),
        ("originator_cancel", "canceled"),
        ("time_limit", "completed"),
        ("not_found", "failed"),
        ("unspecified", "failed"),
        (None, "failed"),
    ],
)
async def test_how_legs_end(cause: str | None, status: str) -> None:
    it = Steered(OK, OK)
    await it.comes_in(masked())
    state = it.commands[0][2]["target_leg_client_state"]
    said = await it.happens(
        "call.hangup", call_control_id=OTHER, client_state=state, hangup_cause=cause
    )
    assert said == [CallEvent(LEG, status, OTHER, with_parent=True, carrier="one")]


@pytest.mark.covers("carrier:telnyx.call-control")
async def test_a_step_at_a_time() -> None:
    it = Steered(OK, OK, OK)
    await it.comes_in(masked(announcement="Hold on."))
    _, action, fields = it.commands[-1]
    assert action == "answer"
    assert await it.happens("call.answered", client_state=fields["client_state"]) == []
    _, action, fields = it.commands[-1]
    assert (action, fields["payload"], fields["language"]) == ("speak", "Hold on.", "en-US")
    state = fields["client_state"]
    assert await it.happens("call.speak.started", client_state=state) == []
    assert len(it.commands) == 2
    assert await it.happens("call.speak.ended", client_state=state) == []
    _, action, fields = it.commands[-1]
    assert (action, fields["to"], fields["from"]) == ("transfer", BOB, FAR)


async def test_a_step_that_comes_twice_is_known_by_its_id() -> None:
    it = Steered(OK, OK, OK)
    await it.comes_in(masked(announcement="Hold on."))
    state = it.commands[0][2]["client_state"]
    for _ in range(2):
        await it.happens("call.answered", client_state=state)
    first, again = (fields["command_id"] for _, _, fields in it.commands[1:])
    assert first == again != it.commands[0][2]["command_id"]


async def test_a_sentence_and_the_end() -> None:
    it = Steered(OK, OK, OK)
    await it.comes_in(CallAnswer(CALL, SENTENCE, None))
    await it.happens("call.answered", client_state=it.commands[-1][2]["client_state"])
    await it.happens("call.speak.ended", client_state=it.commands[-1][2]["client_state"])
    assert [action for _, action, _ in it.commands] == ["answer", "speak", "hangup"]


async def test_who_is_called_hears_something_first() -> None:
    """They are called apart and joined when they have heard it; the caller hears it ring until
    then."""
    it = Steered(RANG, OK, OK, OK, OK, OK, whisper=WHISPER)
    await it.comes_in(masked(whisper=True))
    made, noted = it.commands
    assert made[:2] == ("", "")
    assert (made[2]["to"], made[2]["from"]) == (BOB, FAR)
    assert (made[2]["connection_id"], made[2]["link_to"]) == ("app-1", SID)
    assert noted[:2] == (SID, "client_state_update")
    leg = {"call_control_id": OTHER, "client_state": made[2]["client_state"]}
    assert await it.happens("call.answered", **leg) == [
        CallEvent(LEG, "in-progress", OTHER, carrier="one")
    ]
    assert it.commands[-1][:2] == (OTHER, "speak")
    assert it.commands[-1][2]["payload"] == "A masked call."
    leg["client_state"] = it.commands[-1][2]["client_state"]
    assert await it.happens("call.speak.ended", **leg) == []
    assert [command[:2] for command in it.commands[-2:]] == [(SID, "answer"), (OTHER, "bridge")]
    assert it.commands[-1][2]["call_control_id"] == SID
    joined = CallEvent(LEG, "in-progress", OTHER, with_parent=True, carrier="one")
    assert await it.happens("call.bridged", **leg) == [joined]
    # The caller hangs up.
    await it.happens("call.hangup", client_state=noted[2]["client_state"])
    assert it.commands[-1][:2] == (OTHER, "hangup")


@pytest.mark.parametrize(
    ("verbs", "commands"),
    [
        ((Reject("busy"),), ["reject"]),
        ((Hangup(),), ["hangup"]),
        ((), ["hangup"]),
        ((Gather((Say("press"),)), Hangup()), ["answer"]),
        ((Dial((Sip("sip:a@b"),)), Reject()), ["reject"]),
        ((Play("https://a.example/x.mp3"),), ["answer"]),
        ((Redirect("https://a.example/"),), ["reject"]),
    ],
)
async def test_what_programs_ask_for(verbs: tuple[Verb, ...], commands: list[str]) -> None:
    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        return CallAnswer(params["CallSid"], Response((Reject(),)), None)

    it = Steered(OK, fetch=fetch)
    await it.comes_in(CallAnswer(CALL, Response(verbs), None))
    assert [action for _, action, _ in it.commands] == commands
    if commands == ["reject"]:
        assert it.commands[0][2]["cause"] in ("USER_BUSY", "CALL_REJECTED")
    if commands == ["answer"]:
        it.client.replies.append(OK)
        await it.happens("call.answered", client_state=it.commands[0][2]["client_state"])
        heard = {"payload": "press"}
        if isinstance(verbs[0], Play):
            heard = {"audio_url": "https://a.example/x.mp3", "loop": 1}
        action = "playback_start" if "loop" in heard else "speak"
        assert it.commands[1][1:] == (action, it.commands[1][2] | heard)


async def test_a_leg_of_a_program_s_own_is_its_call_s() -> None:
    it = Steered(OK, OK)
    dial = Dial((Number("+12025550100"),), caller_id=NEAR)
    await it.comes_in(CallAnswer(CALL, Response((dial,)), None))
    state = it.commands[0][2]["target_leg_client_state"]
    leg = {"call_control_id": OTHER, "client_state": state, "from": NEAR, "to": BOB}
    (event,) = await it.happens("call.hangup", hangup_cause="user_busy", **leg)
    assert event == CallEvent(
        "", "busy", OTHER, with_parent=True, adopted=Adopted(CALL, NEAR, BOB), carrier="one"
    )
    assert it.commands[-1][:2] == (SID, "hangup")


async def test_a_call_that_can_t_go_on_ends(caplog: pytest.LogCaptureFixture) -> None:
    it = Steered(reply(422, {"errors": [{"code": "90015"}]}), OK)
    await it.comes_in(masked())
    assert [action for _, action, _ in it.commands] == ["transfer", "hangup"]
    assert "422" in caplog.text
    assert numbers_in(caplog.text) == {"alice": 0, "bob": 0, "near": 0, "far": 0}


async def test_a_call_whose_program_fails_ends(caplog: pytest.LogCaptureFixture) -> None:
    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        raise RuntimeError(url)

    it = Steered(OK, fetch=fetch)
    await it.comes_in(CallAnswer(CALL, Response((Redirect("https://a.example/"),)), None))
    assert [action for _, action, _ in it.commands] == ["hangup"]
    assert "RuntimeError" in caplog.text
    assert "a.example" not in caplog.text


async def test_commands_that_come_too_late_do_no_harm() -> None:
    it = Steered(OK, reply(422), OK)
    await it.comes_in(masked())
    state = it.commands[0][2]["target_leg_client_state"]
    leg = {"call_control_id": OTHER, "client_state": state}
    await it.happens("call.answered", **leg)
    # A leg that has nothing to hear says nothing when somebody speaks on it.
    assert await it.happens("call.speak.ended", **leg) == []
    assert [action for _, action, _ in it.commands] == ["transfer", "answer"]


@pytest.mark.parametrize(
    ("voice", "theirs"),
    [(None, "female"), ("alice", "female"), ("man", "male"), ("Polly.Amy", "Polly.Amy")],
)
async def test_voices(voice: str | None, theirs: str) -> None:
    it = Steered(OK, OK)
    await it.comes_in(CallAnswer(CALL, Response((Say("hi", voice=voice),)), None))
    await it.happens("call.answered", client_state=it.commands[0][2]["client_state"])
    assert it.commands[1][2]["voice"] == theirs


@pytest.mark.covers("carrier:telnyx.dial")
async def test_call_control_calls_somebody() -> None:
    it = Steered(RANG, OK, OK, connection="app-1")
    assert await it.one.dial(NEAR, ALICE, SENTENCE) == OTHER
    _, _, fields = it.commands[0]
    assert (fields["to"], fields["from"], fields["connection_id"]) == (ALICE, NEAR, "app-1")
    ours = {"call_control_id": OTHER, "client_state": fields["client_state"]}
    assert await it.happens("call.answered", **ours) == []
    assert it.commands[-1][:2] == (OTHER, "speak")


@pytest.mark.parametrize("state", ["", "x", "e30=", "bm90IGpzb24=", None])
async def test_states_that_are_not_ours_say_nothing(state: str | None) -> None:
    it = Steered()
    assert await it.happens("call.answered", client_state=state) == []


def test_events_that_can_t_be_read() -> None:
    it = Steered()
    for wrong in (
        {"call_control_id": ""},
        {"to": "", "direction": "incoming"},
        {"call_control_id": "a\0b"},
        {"from": "\0", "direction": "incoming"},
    ):
        with pytest.raises(Malformed):
            it.one.read(it.event("call.initiated", **wrong))
