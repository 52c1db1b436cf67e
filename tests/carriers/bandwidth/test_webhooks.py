"""Bandwidth: what it posts to us, and what it is answered."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from maskline.carriers import bandwidth
from maskline.carriers.bandwidth.adapter import Bandwidth
from maskline.carriers.bandwidth.bxml import Doors, render
from maskline.carriers.contract import CallAnswer, Inbound, Webhooks
from maskline.carriers.json_api import basic
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed, Request
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, LegReport
from maskline.voice.instructions import (
    Conference,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.support.carrier_desk import DOOR, Client, posted, tools

USER, PASSWORD = "bw", "a-password-of-ours"
CALLER, NUMBER, PARTNER, MASK = "+14155550100", "+14158670001", "+13055550100", "+14158670002"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def adapter(
    whisper: Response | None = None, fetch: Any = None, scripts: Any = None, **settings: Any
) -> Bandwidth:
    lent = tools(Client())
    lent = type(lent)(
        lent.http, lent.door, lent.clock, fetch=fetch, whisper=whisper, scripts=scripts
    )
    given = {"account_id": "9900000", "application_id": "93de2206"} | settings
    secrets = bandwidth.Credentials("the-token", "the-secret", USER, PASSWORD)
    return bandwidth.build("one", bandwidth.Settings(**given), secrets, lent)


def hook(path: str, document: Any, query: str = "", authorization: str = "") -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    kind = "application/json"
    return posted(path, body, query=query, content_type=kind, authorization=authorization)


def received(**message: Any) -> dict[str, Any]:
    return {
        "type": "message-received",
        "time": "2026-09-14T18:20:16Z",
        "description": "Incoming message received",
        "to": NUMBER,
        "message": {
            "id": "m-1",
            "time": "2026-09-14T18:20:16Z",
            "to": [NUMBER],
            "from": CALLER,
            "text": "hi +& there 👋",
            "applicationId": "93de2206",
            "media": [],
            "owner": NUMBER,
            "direction": "in",
            "segmentCount": 1,
            "tag": "",
        }
        | message,
    }


TEXT = InboundMessage("one", "m-1", CALLER, NUMBER, "hi +& there 👋")
AT = "https://messaging.bandwidth.com/api/v2/users/9900000/media/m-1"


@pytest.mark.covers("carrier:bandwidth.signature")
@pytest.mark.parametrize(
    ("authorization", "opens"),
    [
        (basic(USER, PASSWORD), True),
        (basic(USER, PASSWORD).replace("Basic", "basic"), True),
        (basic(USER, "another"), False),
        (basic("other", PASSWORD), False),
        (basic(USER, ""), False),
        (basic(USER, PASSWORD).replace("Basic", "Bearer"), False),
        (basic(USER, PASSWORD)[:-4], False),
        ("Basic !!!", False),
        ("Basic é", False),
        ("Basic", False),
        ("", False),
    ],
)
def test_it_shows_what_its_applications_were_told(authorization: str, opens: bool) -> None:
    one = adapter()
    assert isinstance(one, Webhooks)
    assert one.verify(hook("Message", [received()], authorization=authorization)) is opens
    assert not one.verify(hook("Message", [received()]))


@pytest.mark.covers("carrier:bandwidth.redaction")
def test_what_is_kept_of_a_request_has_no_credentials() -> None:
    shown = basic(USER, PASSWORD)
    request = hook("Message", [received()], authorization=shown)
    kept = redacted(request, adapter().secrets, 10_000)
    assert shown.partition(" ")[2] not in repr(kept)
    assert kept.headers["authorization"] == "***"
    assert "m-1" in kept.body


def test_secrets_show_nowhere() -> None:
    one = adapter()
    gate = one._gate
    shown = repr((one, gate, gate.doors, bandwidth.Credentials("a", "b", "c", "d")))
    assert PASSWORD not in shown
    assert "Credentials()" in shown


@pytest.mark.covers("carrier:bandwidth.message")
@pytest.mark.parametrize(
    ("notice", "message"),
    [
        (received(), TEXT),
        (received(text=None), InboundMessage("one", "m-1", CALLER, NUMBER, "")),
        (received(text="a\0b", media=None), InboundMessage("one", "m-1", CALLER, NUMBER, "ab")),
        # A group's message comes for each of our numbers in it.
        (received(to=[NUMBER, PARTNER]), TEXT),
        (received() | {"to": None}, TEXT),
        (
            received(text="", media=[f"{AT}/0/x.smil", f"{AT}/1/cat.PNG", f"{AT}/2/unknown"]),
            InboundMessage(
                "one",
                "m-1",
                CALLER,
                NUMBER,
                "",
                ((f"{AT}/1/cat.PNG", "image/png"), (f"{AT}/2/unknown", "")),
            ),
        ),
    ],
)
def test_messages(notice: dict[str, Any], message: InboundMessage) -> None:
    assert adapter().read(hook("Message", [notice])) == [message]
    # One that is no array is taken too.
    assert adapter().read(hook("Message", notice)) == [message]


def test_several_in_one_array_and_at_most_ten_media() -> None:
    many = received(id="m-2", media=[f"{AT}/{i}/a.gif" for i in range(12)])
    found = adapter().read(hook("Message", [received(), many, {"type": "message-new-kind"}]))
    assert found[0] == TEXT
    assert isinstance(found[1], InboundMessage)
    assert len(found[1].media) == 10
    assert adapter().read(hook("Message", [])) == []


def test_who_answers_opt_out_words() -> None:
    assert adapter().capabilities.opt_outs == "none"
    (message,) = adapter(opt_outs="network").read(hook("Message", [received(text="STOP")]))
    assert isinstance(message, InboundMessage)
    assert message.answered


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 5000,
        [{"no": "type"}],
        [received(id=None)],
        [received(id="x" * 256)],
        [received(**{"from": ""})],
        [received(**{"from": "a\0"})],
        [received(owner=None) | {"to": None}],
        [received(media="no list")],
        [{"type": "message-delivered", "message": {}}],
    ],
)
def test_messages_that_can_t_be_read(body: Any) -> None:
    with pytest.raises(Malformed):
        adapter().read(hook("Message", body))


@pytest.mark.covers("carrier:bandwidth.status")
@pytest.mark.parametrize(
    ("kind", "code", "ours", "kept"),
    [
        ("message-sending", None, "sending", None),
        ("message-sent", None, "sent", None),
        ("message-delivered", None, "delivered", None),
        ("message-read", None, "delivered", None),
        ("message-failed", 4775, "undelivered", 21610),
        ("message-failed", "4775", "undelivered", 21610),
        ("message-failed", 4470, "undelivered", 30007),
        ("message-failed", 4720, "undelivered", 30005),
        ("message-failed", 4432, "undelivered", 21408),
        ("message-failed", 4795, "undelivered", 30032),
        ("message-failed", 5600, "undelivered", 30001),
        ("message-failed", 4999, "undelivered", 30008),
        ("message-failed", "abc", "undelivered", 30008),
        ("message-failed", "9" * 40, "undelivered", 30008),
        ("message-failed", None, "undelivered", 30008),
        # No receipt came to Bandwidth: it may have arrived.
        ("message-failed", 9902, "sent", None),
    ],
)
@pytest.mark.parametrize("path", ["Message", "Status"])
def test_receipts(path: str, kind: str, code: Any, ours: str, kept: int | None) -> None:
    notice = received(direction="out", tag="SMours") | {"type": kind, "errorCode": code}
    assert adapter().read(hook(path, [notice])) == [LegReport("one", ours, "SMours", "m-1", kept)]
    untagged = received(tag=None) | {"type": kind, "errorCode": code}
    assert adapter().read(hook(path, [untagged])) == [LegReport("one", ours, None, "m-1", kept)]


def test_messages_are_acknowledged() -> None:
    answer = adapter().acknowledge(hook("Message", [received()]))
    assert (answer.status, answer.body, answer.content_type) == (200, b"{}", "application/json")


INITIATE = {
    "eventType": "initiate",
    "eventTime": "2026-06-20T15:54:22.234Z",
    "accountId": "9900000",
    "applicationId": "04e88489",
    "from": CALLER,
    "to": NUMBER,
    "direction": "inbound",
    "callId": "c-1",
    "callUrl": "https://voice.bandwidth.com/api/v2/accounts/9900000/calls/c-1",
    "startTime": "2026-06-20T15:54:22.234Z",
    "stirShaken": {"verstat": "TN-Validation-Passed", "attestationIndicator": "A"},
}
TALK = {"answerTime": "2026-06-20T15:54:25.432Z", "endTime": "2026-06-20T15:54:42.001Z"}


@pytest.mark.covers("carrier:bandwidth.call")
def test_calls() -> None:
    assert adapter().read(hook("Call", INITIATE)) == [InboundCall("one", "c-1", CALLER, NUMBER)]
    for withheld in (None, "", "Restricted"):
        (call,) = adapter().read(hook("Call", INITIATE | {"from": withheld}))
        assert call == InboundCall("one", "c-1", withheld or "", NUMBER)
    for wrong in ({"callId": None}, {"to": ""}, {"eventType": 3}):
        with pytest.raises(Malformed):
            adapter().read(hook("Call", INITIATE | wrong))


@pytest.mark.covers("carrier:bandwidth.legs")
@pytest.mark.parametrize(
    ("path", "query", "event", "said"),
    [
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"eventType": "transferAnswer", "callId": "c-2"},
            [CallEvent("CAours", "in-progress", "c-2", with_parent=True, carrier="one")],
        ),
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"eventType": "transferDisconnect", "callId": "c-2", "cause": "hangup", **TALK},
            [CallEvent("CAours", "completed", "c-2", 17, carrier="one")],
        ),
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"eventType": "transferDisconnect", "callId": "c-2", "cause": "cancel"},
            [CallEvent("CAours", "canceled", "c-2", carrier="one")],
        ),
        *(
            (
                "Call/Done",
                "CallLeg=CAours",
                {"eventType": "transferComplete", "callId": "c-1", "cause": cause},
                [CallEvent("CAours", ours, with_parent=True, carrier="one")],
            )
            for cause, ours in [
                ("hangup", "completed"),
                ("busy", "busy"),
                ("rejected", "busy"),
                ("timeout", "no-answer"),
                ("cancel", "canceled"),
                ("callback-error", "failed"),
                ("account-limit", "failed"),
                ("something-new", "failed"),
                (None, "failed"),
            ]
        ),
        (
            "Call/Status",
            "",
            {"eventType": "disconnect", "callId": "c-1", "cause": "hangup", **TALK},
            [CallEvent("", "completed", "c-1", 17, carrier="one")],
        ),
        # A time that can't be read is no time.
        (
            "Call/Status",
            "",
            {
                "eventType": "disconnect",
                "callId": "c-1",
                "cause": "hangup",
                "answerTime": "2026-06-20T15:54:25",
                "endTime": TALK["endTime"],
            },
            [CallEvent("", "completed", "c-1", carrier="one")],
        ),
        # What concerns no leg of ours.
        ("Call/Leg", "", {"eventType": "transferAnswer", "callId": "c-2"}, []),
        ("Call", "", {"eventType": "redirect", "callId": "c-1"}, []),
        ("Call", "", {"eventType": "something-new"}, []),
    ],
)
def test_what_becomes_of_calls(
    path: str, query: str, event: dict[str, Any], said: list[Inbound]
) -> None:
    one = adapter()
    request = hook(path, event, query)
    assert one.read(request) == said
    assert one.acknowledge(request).content_type.startswith("text/xml")


def test_paths_that_are_not_there() -> None:
    with pytest.raises(LookupError):
        adapter().read(hook("Other", {}))
    for tree in ("", "Document=x", "Document=W10="):
        with pytest.raises(Malformed):
            adapter().read(hook("Call/Document", {"eventType": "answer"}, tree))


def test_the_callee_hears_the_whisper_before_the_caller() -> None:
    one = adapter(Response((Say("A ride calls."),)))
    event = {"eventType": "transferAnswer", "callId": "c-2"}
    answered = one.acknowledge(hook("Call/Leg", event, "CallLeg=CAours"))
    assert b"<SpeakSentence>A ride calls.</SpeakSentence>" in answered.body
    ended = {"eventType": "transferDisconnect", "callId": "c-2", "cause": "hangup"}
    assert b"ride" not in one.acknowledge(hook("Call/Leg", ended, "CallLeg=CAours")).body
    silent = adapter().acknowledge(hook("Call/Leg", event, "CallLeg=CAours"))
    assert silent.body.endswith(b"<Response/>")
    done = one.acknowledge(hook("Call/Done", {"eventType": "transferComplete"}, "CallLeg=CAours"))
    assert done.body.endswith(b"<Response><Hangup/></Response>")


CALL = InboundCall("one", "c-1", CALLER, NUMBER)
#: As the rules make it, with the reports of Twilio's dialect, which this one has no use for.
MASKED = Dial(
    (Number(PARTNER, url="https://mask.example/w", status_callback="https://mask.example/l"),),
    caller_id=MASK,
    answer_on_bridge=True,
    timeout=30,
    action="https://mask.example/done",
)


async def instructed(one: Bandwidth, *verbs: Verb, leg: str | None = "CAours") -> str:
    answer = CallAnswer("CA1", Response(verbs), leg)
    found = await one.instruct(hook("Call", INITIATE), CALL, answer)
    assert found.content_type == "text/xml; charset=utf-8"
    ElementTree.fromstring(found.body)
    return found.body.decode().removeprefix(HEAD)


async def test_a_masked_call() -> None:
    found = await instructed(adapter(), Say("One moment.", language="en-US"), MASKED)
    shown = f'username="{USER}" password="{PASSWORD}"'
    leg = f"{DOOR}/Call/Leg?CallLeg=CAours"
    assert found == (
        '<Response><SpeakSentence locale="en_US">One moment.</SpeakSentence>'
        f'<Transfer transferCallerId="{MASK}" callTimeout="30" '
        f'transferCompleteUrl="{DOOR}/Call/Done?CallLeg=CAours" {shown}>'
        f'<PhoneNumber transferAnswerUrl="{leg}" transferDisconnectUrl="{leg}" {shown}>'
        f"{PARTNER}</PhoneNumber></Transfer></Response>"
    )
    # Neither person's number is shown to the other.
    assert CALLER not in found
    assert found.count(PARTNER) == 1


@pytest.mark.covers("carrier:bandwidth.bxml")
@pytest.mark.parametrize(
    ("verbs", "inside"),
    [
        ((), "<Hangup/>"),
        ((Hangup(),), "<Hangup/>"),
        ((Reject("busy"), Say("never")), "<Hangup/>"),
        ((Say("a", loop=2),), "<SpeakSentence>a</SpeakSentence>" * 2),
        ((Say("a", loop=0),), "<SpeakSentence>a</SpeakSentence>" * 20),
        ((Say("<&\0>"),), "<SpeakSentence>&lt;&amp;&gt;</SpeakSentence>"),
        ((Play("https://m/a?b&c"),), "<PlayAudio>https://m/a?b&amp;c</PlayAudio>"),
        ((Play(digits="ww12#"),), "<SendDtmf>ww12#</SendDtmf>"),
        ((Play(),), "<Hangup/>"),
        ((Pause(3), Hangup()), '<Pause duration="3"/><Hangup/>'),
        # What it can't carry out.
        (
            (Gather((Say("press"),)), Say("bye")),
            "<SpeakSentence>press</SpeakSentence><SpeakSentence>bye</SpeakSentence>",
        ),
        ((Record(),), "<Hangup/>"),
        ((Dial((Conference("room"),), caller_id=MASK),), "<Hangup/>"),
        # It would show the caller's number.
        ((Dial((Number(PARTNER),)),), "<Hangup/>"),
        # A program's own, to whose action nobody would come back.
        (
            (
                Dial((Number(PARTNER),), caller_id=MASK, timeout=600),
                Say("bye"),
            ),
            f'<Transfer transferCallerId="{MASK}" callTimeout="300">'
            f'<PhoneNumber transferAnswerUrl="{DOOR}/Call/Leg?Parent=CA1" '
            f'transferDisconnectUrl="{DOOR}/Call/Leg?Parent=CA1" '
            f'username="{USER}" password="{PASSWORD}">{PARTNER}</PhoneNumber></Transfer>'
            "<SpeakSentence>bye</SpeakSentence>",
        ),
    ],
)
async def test_instructions(verbs: tuple[Verb, ...], inside: str) -> None:
    assert await instructed(adapter(), *verbs, leg=None) == f"<Response>{inside}</Response>"


async def test_a_document_that_leads_on() -> None:
    async def fetch(url: str, method: str, params: Any) -> CallAnswer:
        assert (url, method, params["CallSid"]) == ("https://p/next", "POST", "CA1")
        return CallAnswer("CA1", Response((MASKED,)), "CAlater")

    one = adapter(fetch=fetch)
    found = await instructed(one, Say("first"), Redirect("https://p/next"), leg=None)
    assert found.startswith("<Response><SpeakSentence>first</SpeakSentence><Transfer ")
    assert f"{DOOR}/Call/Done?CallLeg=CAlater" in found


def test_a_document_is_small() -> None:
    """Bandwidth takes 64 KB: eight numbers at once, and no loop without an end."""
    many = tuple(Number(f"+1415555{i:04}") for i in range(10))
    response = Response((Say("x" * 1000, loop=0), Dial(many, caller_id=MASK)))
    found = render(CallAnswer("CA1", response, None), Doors(DOOR, USER, PASSWORD))
    assert len(found) < 64_000
    assert found.count(b"<PhoneNumber ") == 8
