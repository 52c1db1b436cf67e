"""Sinch: calls that it is asked to place and end, and what it asks and tells of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from maskline.carriers import sinch
from maskline.carriers.calling import Calling, Led
from maskline.carriers.contract import ApiRefused, CallAnswer
from maskline.carriers.json_api import basic
from maskline.carriers.sinch.adapter import Sinch
from maskline.model.http import ConnectFailed, TotalTimeout
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    CallTurn,
    DocumentWanted,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.carriers.sinch.test_webhooks import KEY, SECRET, hook
from tests.support.carrier_desk import Client, Reply, reply, tools
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, NEAR, WHISPER

API = "https://calling.api.sinch.com/calling/v1"
ID = "4398599d1ba84ef3bde0a82dfb61abed"
WISH = OutboundCall(CALL, NEAR, ALICE, 30, 600)
ACTION = "https://p.example/next"
MOMENT = "2026-09-24T10:59:41Z"
ACE = {"event": "ace", "callid": ID, "custom": CALL, "timestamp": MOMENT}
DICE = {"event": "dice", "callid": ID, "custom": CALL}


def adapter(
    *replies: Reply,
    scripts: Any = None,
    whisper: Response | None = None,
    fetch: Any = None,
    key: str = KEY,
) -> tuple[Sinch, Client]:
    client = Client(*replies)
    lent = tools(client)
    lent = type(lent)(
        lent.http, lent.door, lent.clock, fetch=fetch, whisper=whisper, scripts=scripts
    )
    secrets = sinch.Credentials("the-api-token", "the-hook-secret", SECRET if key else "")
    given = sinch.Settings(service_plan_id="plan1", application_key=key)
    return sinch.build("one", given, secrets, lent), client


def body(request: Any) -> Any:
    return json.loads(request.body or b"null")


def begins(request: Any) -> Any:
    """What a call that it was asked for begins with."""
    ice = json.loads(body(request)["customCallout"]["ice"])
    assert ice["instructions"] == []
    return ice["action"]


CONNECT = {
    "name": "connectPstn",
    "number": ALICE,
    "cli": NEAR,
    "dialTimeout": 30,
    "maxDuration": 600,
}


@pytest.mark.covers("carrier:sinch.place")
async def test_a_call_is_placed() -> None:
    one, client = adapter(reply(200, {"callId": ID}))
    assert isinstance(one, Calling)
    assert await one.place(WISH) == Accepted(ID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", f"{API}/callouts")
    assert request.headers["Authorization"] == basic(KEY, SECRET)
    callout = body(request)
    assert callout["method"] == "customCallout"
    # All that it tells repeats our name; and what it begins with says whom it calls.
    assert callout["customCallout"].keys() == {"ice", "custom"}
    assert callout["customCallout"]["custom"] == CALL
    assert begins(request) == CONNECT


@pytest.mark.covers("carrier:sinch.place-options")
@pytest.mark.parametrize(
    ("wishes", "fields"),
    [
        # It talks for four hours, at most.
        ({"timeout": 600, "time_limit": 86_400}, {"dialTimeout": 600, "maxDuration": 14_400}),
        ({"send_digits": "w1W#"}, {"dtmf": "w1ww#"}),
        ({"options": (("MachineDetection", "Enable"),)}, {"amd": {"enabled": True}}),
        ({"options": (("MachineDetection", "none"),)}, {}),
    ],
)
async def test_what_a_program_wishes(wishes: dict[str, Any], fields: dict[str, Any]) -> None:
    one, client = adapter(reply(200, {"callId": ID}))
    await one.place(OutboundCall(**{"reference": CALL, "caller": NEAR, "called": ALICE} | wishes))
    plain = CONNECT | {"dialTimeout": 60, "maxDuration": 14_400}
    assert begins(client.requests[0]) == plain | fields


async def test_keys_that_it_has_not() -> None:
    one, client = adapter()
    keyed = OutboundCall(CALL, NEAR, ALICE, send_digits="1*")
    assert await one.place(keyed) == Refused(21206, retry=False)
    assert client.requests == []


async def test_an_account_without_an_application_places_none() -> None:
    assert adapter()[0].call_options == {"MachineDetection", "SendDigits"}
    one, client = adapter(key="")
    assert one.call_options is None
    assert await one.place(WISH) == Refused(20003, retry=False)
    with pytest.raises(ApiRefused, match="application_key"):
        await one.end(CALL, ID, answered=True)
    assert client.requests == []


@pytest.mark.covers("carrier:sinch.place-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, {"errorCode": 40001}), Refused(20001, retry=False)),
        (reply(402, {}), Refused(30002, retry=False)),
        # The operator can put it right.
        (reply(401, {"errorCode": 40108}), Refused(20003, retry=True)),
        (reply(403, {"errorCode": 40301}), Refused(20003, retry=True)),
        (reply(429, {}, retry_after="3"), Throttled(3.0, whole=True)),
        (ConnectFailed("no", "dns"), Refused(20503, retry=True)),
        # It may ring: whoever asked again might have it ring twice.
        (TotalTimeout("late"), Unclear()),
        (reply(500, {"errorCode": 50000}), Unclear()),
        (reply(503, {}), Unclear()),
        (reply(200, "<html>"), Unclear()),
        (reply(200, {"errorCode": 40001}), Unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.place(WISH) == result
    assert len(client.requests) == 1


# What it asks


def wanted(by: str | None = None, once: str = MOMENT) -> list[Any]:
    details = () if by is None else (("AnsweredBy", by),)
    return [
        CallEvent(CALL, "in-progress", ID, carrier="one", answered_by=by),
        DocumentWanted("one", CALL, details=details, once=once),
    ]


@pytest.mark.covers("carrier:sinch.placed")
@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({}, wanted()),
        ({"timestamp": None}, wanted(once="ace")),
        ({"timestamp": "\0now"}, wanted(once="now")),
        ({"amd": {"status": "human", "reason": "n/a", "duration": 3}}, wanted("human")),
        ({"amd": {"status": "MACHINE"}}, wanted("machine_start")),
        ({"amd": {"status": "notsure"}}, wanted("unknown")),
        ({"amd": {}}, wanted("unknown")),
    ],
)
def test_who_is_called_answers(event: dict[str, Any], says: list[Any]) -> None:
    one, _ = adapter()
    assert isinstance(one, Led)
    assert one.read(hook("Call", ACE | event)) == says


@pytest.mark.parametrize("custom", [None, "", "{}", CALL.lower(), f"{CALL}0", CALL[:-1]])
def test_calls_that_are_not_ours_to_lead(custom: str | None) -> None:
    one, _ = adapter()
    (event,) = one.read(hook("Call", ACE | {"custom": custom}))
    assert isinstance(event, CallEvent)
    assert (event.call_sid, event.of_dialled) == ("", True)


def test_an_answer_that_is_not_the_first() -> None:
    """Of somebody whom the document rang: they hear the whisper, and are joined."""
    one, _ = adapter(whisper=WHISPER)
    found = json.loads(one.acknowledge(hook("Call", ACE)).body)
    assert found["instructions"][0]["text"] == "A masked call."
    assert found["action"] == {"name": "continue"}


SAY = {"name": "say", "text": "Hello", "locale": "en-US"}
DIAL = Dial((Number(BOB),), caller_id=NEAR)
HANGUP = {"name": "hangup"}


def menu(**fields: Any) -> dict[str, Any]:
    blank = {"id": "main", "maxDigits": 100, "timeoutMills": 5000, "repeats": 0}
    return {
        "name": "runMenu",
        "barge": True,
        "locale": "en-US",
        "mainMenu": "main",
        "menus": [blank | fields],
    }


#: Sinch rings nobody else when a call is answered, but does after a menu.
MOMENTARY = menu(maxDigits=1, timeoutMills=1000)


@pytest.mark.covers("carrier:sinch.placed-documents")
@pytest.mark.parametrize(
    ("verbs", "instructions", "action"),
    [
        ((Say("Hello"), Gather(action=ACTION)), [SAY], menu()),
        ((Say("Hello"),), [SAY], HANGUP),
        ((), [], HANGUP),
        ((Say("Hello"), DIAL), [SAY], MOMENTARY),
        ((Redirect(ACTION), DIAL), [SAY], MOMENTARY),
        # Speech is not heard.
        ((Gather(action=ACTION, input="speech"), DIAL), [], MOMENTARY),
        ((Gather(action=ACTION), DIAL), [], menu()),
        ((Hangup(), DIAL), [], HANGUP),
        ((Reject(), DIAL), [], HANGUP),
    ],
)
async def test_what_it_does(
    verbs: tuple[Verb, ...], instructions: list[Any], action: dict[str, Any]
) -> None:
    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        return CallAnswer(params["CallSid"], Response((Say("Hello"), DIAL)), None)

    one, _ = adapter(scripts=KeptScripts(), fetch=fetch)
    found = await one.lead(hook("Call", ACE), told(*verbs))
    assert json.loads(found.body) == {"instructions": instructions, "action": action}


async def test_somebody_else_is_rung() -> None:
    scripts = KeptScripts()
    one, _ = adapter(scripts=scripts)
    await one.lead(hook("Call", ACE), told(Say("Hello"), DIAL))
    # What follows the moment is found again by the menu's end.
    (kept,) = scripts.kept
    assert [type(verb) for verb in kept.response.verbs] == [Say, Gather, Dial]
    pie = hook("Call", {"event": "pie", "callid": ID, "menuResult": {"type": "timeout"}})
    (turn,) = one.read(pie)
    assert turn == CallTurn("one", "", -1, (("Digits", ""),), provider_id=ID)
    found = json.loads((await one.go_on(pie, turn, told(DIAL, follows="CD1:1"))).body)
    assert (found["action"]["name"], found["action"]["number"]) == ("connectPstn", BOB)
    assert found["action"]["cli"] == NEAR


async def test_a_document_without_scripts() -> None:
    """Nobody could go on with it: its prompts are said."""
    one, _ = adapter()
    gather = Gather((Say("Hello"),), action=ACTION)
    found = await one.lead(hook("Call", ACE), CallAnswer(CALL, Response((gather,)), None))
    assert json.loads(found.body) == {"instructions": [SAY], "action": HANGUP}


@pytest.mark.covers("carrier:sinch.placed-status")
@pytest.mark.parametrize(
    ("event", "status", "duration"),
    [
        ({"reason": "CALLEEHANGUP", "result": "ANSWERED", "duration": 17}, "completed", 17),
        ({"reason": "MANAGERHANGUP", "result": "ANSWERED", "duration": 3}, "completed", 3),
        ({"reason": "MANAGERHANGUP", "result": "N/A"}, "canceled", None),
        ({"reason": "MANAGERHANGUP", "result": "NOANSWER", "duration": 0}, "canceled", 0),
        ({"reason": "TIMEOUT", "result": "NOANSWER"}, "no-answer", None),
        ({"reason": "N/A", "result": "BUSY"}, "busy", None),
        ({"reason": "GENERALERROR", "result": "FAILED"}, "failed", None),
        ({}, "failed", None),
    ],
)
def test_what_becomes_of_it(event: dict[str, Any], status: str, duration: int | None) -> None:
    one, _ = adapter()
    request = hook("Call", DICE | event)
    over, turn = one.read(request)
    assert over == CallEvent(CALL, status, ID, duration, carrier="one")
    assert isinstance(turn, CallTurn)
    assert (turn.is_dial, turn.is_late, turn.provider_id) == (True, True, ID)
    assert one.acknowledge(request).body == b"{}"


# Orders


@pytest.mark.covers("carrier:sinch.steer")
async def test_a_live_call_is_ended() -> None:
    one, client = adapter(reply(204), reply(204), reply(404, {}), reply(500, {}))
    assert await one.end(CALL, ID, answered=True)
    assert await one.end(CALL, ID, answered=False)
    for request in client.requests:
        assert (request.method, request.url) == ("PATCH", f"{API}/calls/id/{ID}")
        assert body(request) == {"instructions": [], "action": HANGUP}
    # It has no such call.
    assert not await one.end(CALL, ID, answered=True)
    assert not await one.end(CALL, None, answered=True)
    with pytest.raises(ApiRefused):
        await one.end(CALL, ID, answered=True)


async def test_a_live_call_can_t_be_led_elsewhere() -> None:
    one, client = adapter()
    assert not await one.steer(CALL, ID)
    assert client.requests == []


@pytest.mark.covers("carrier:sinch.look")
@pytest.mark.parametrize(
    ("record", "event"),
    [
        (
            {"status": "FINAL", "result": "ANSWERED", "reason": "CALLEEHANGUP", "duration": 7},
            CallEvent(CALL, "completed", ID, 7, carrier="one"),
        ),
        (
            {"status": "FINAL", "result": "BUSY", "reason": "N/A", "duration": "?"},
            CallEvent(CALL, "busy", ID, carrier="one"),
        ),
        # Whether somebody has answered it does not say.
        ({"status": "ONGOING", "result": "N/A", "reason": "N/A", "duration": 0}, None),
        ({}, None),
    ],
)
async def test_how_a_call_stands(record: dict[str, Any], event: CallEvent | None) -> None:
    one, client = adapter(reply(200, record))
    assert await one.look(CALL, ID) == event
    assert (client.requests[0].method, client.requests[0].url) == ("GET", f"{API}/calls/id/{ID}")


async def test_a_call_that_it_has_no_record_of() -> None:
    """It has none of the legs that calls ring, and perhaps not of all calls: people may talk."""
    for one, known in ((adapter(reply(404, {}))[0], ID), (adapter()[0], None)):
        assert await one.look(CALL, known) is None
    with pytest.raises(ApiRefused):
        await adapter(reply(500, {}))[0].look(CALL, ID)
