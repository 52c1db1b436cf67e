"""Twilio: what it posts to us."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from maskline.carriers import twilio
from maskline.carriers.contract import CallAnswer, Inbound, Webhooks
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed, Request
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.model.signature import sign
from maskline.model.traffic import Adopted, CallEvent, InboundCall, InboundMessage, LegReport
from maskline.voice.instructions import Dial, Hangup, Number, Response, Say
from tests.support.carrier_desk import DOOR, Client, posted, tools

AC = "AC" + "a" * 32
TOKEN = "12345678"


def adapter(token: str = TOKEN, whisper: Response | None = None, **settings: Any) -> TwilioShaped:
    lent = tools(Client())
    if whisper is not None:
        lent = type(lent)(lent.http, lent.door, lent.clock, whisper=whisper)
    return twilio.build(
        "one", twilio.Settings(account_sid=AC, **settings), twilio.Credentials(token), lent
    )


MESSAGE = {
    "MessageSid": "SM1",
    "SmsSid": "SM1",
    "SmsMessageSid": "SM1",
    "AccountSid": AC,
    "ApiVersion": "2010-04-01",
    "From": "+14155550100",
    "To": "+14158670001",
    "Body": "hi +& there 👋",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "FromCity": "",
}
TEXT = InboundMessage("one", "SM1", "+14155550100", "+14158670001", "hi +& there 👋", answered=True)
CALL = {
    "CallSid": "CA1",
    "AccountSid": AC,
    "From": "+14155550100",
    "To": "+14158670001",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "StirVerstat": "TN-Validation-Passed-A",
}


def changed(one: InboundMessage, **changes: Any) -> InboundMessage:
    return msgspec.structs.replace(one, **changes)


@pytest.mark.covers("carrier:twilio.message")
@pytest.mark.parametrize(
    ("form", "message"),
    [
        (MESSAGE, TEXT),
        (MESSAGE | {"Body": ""}, changed(TEXT, body="")),
        ({k: v for k, v in MESSAGE.items() if k != "Body"}, changed(TEXT, body="")),
        (MESSAGE | {"Body": "a\0b"}, changed(TEXT, body="ab")),
        (MESSAGE | {"NumMedia": "x"}, TEXT),
        (MESSAGE | {"OptOutType": "STOP"}, changed(TEXT, keyword="opt-out")),
        (MESSAGE | {"OptOutType": "START"}, changed(TEXT, keyword="opt-in")),
        (MESSAGE | {"OptOutType": "HELP"}, changed(TEXT, keyword="help")),
        (MESSAGE | {"OptOutType": "NEW"}, TEXT),
        (
            MESSAGE
            | {
                "NumMedia": "2",
                "MediaUrl0": "https://api.twilio.com/0",
                "MediaContentType0": "image/png",
                "MediaUrl1": "https://api.twilio.com/1",
            },
            changed(
                TEXT,
                media=(("https://api.twilio.com/0", "image/png"), ("https://api.twilio.com/1", "")),
            ),
        ),
    ],
)
def test_messages(form: dict[str, str], message: InboundMessage) -> None:
    assert adapter().read(posted("Message", form)) == [message]


def test_at_most_ten_media_are_taken() -> None:
    form = (
        MESSAGE | {"NumMedia": "999999999"} | {f"MediaUrl{i}": f"https://m/{i}" for i in range(12)}
    )
    (message,) = adapter().read(posted("Message", form))
    assert isinstance(message, InboundMessage)
    assert len(message.media) == 10


def test_an_account_that_leaves_opt_out_words_to_us() -> None:
    (message,) = adapter(opt_outs="none").read(posted("Message", MESSAGE | {"OptOutType": "STOP"}))
    assert message == changed(TEXT, answered=False)


@pytest.mark.parametrize(
    ("status", "query", "moment"),
    [
        ("ringing", "", ""),
        ("in-progress", "", "a-token"),
        ("in-progress", "At=m", "m"),
        ("ringing", "At=m", "m"),
    ],
)
def test_a_call_that_a_document_handed_to_us(status: str, query: str, moment: str) -> None:
    """Which time it was is known by our own address, or by Twilio's name for its request."""
    form = {"CallSid": "CA1", "From": "+14155550100", "To": "+14158670001", "CallStatus": status}
    headers = {"i-twilio-idempotency-token": "a-token"}
    (call,) = adapter().read(posted("Call", form, query=query, **headers))
    assert isinstance(call, InboundCall)
    assert call.moment == moment


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("value", ["", "x" * 256, "a\0"])
def test_messages_that_can_t_be_read(name: str, value: str) -> None:
    with pytest.raises(Malformed, match=name):
        adapter().read(posted("Message", MESSAGE | {name: value}))


@pytest.mark.covers("carrier:twilio.status")
@pytest.mark.parametrize(
    ("status", "ours", "code", "kept"),
    [
        ("accepted", "accepted", "", None),
        ("scheduled", "accepted", "", None),
        ("queued", "queued", "", None),
        ("sending", "sending", "", None),
        ("sent", "sent", "30007", None),
        ("delivered", "delivered", "", None),
        ("read", "delivered", "", None),
        ("partially_delivered", "sent", "", None),
        ("undelivered", "undelivered", "30003", 30003),
        ("failed", "failed", "21610", 21610),
        ("failed", "failed", "", 30008),
        ("failed", "failed", "abc", 30008),
        ("failed", "failed", "9" * 40, 30008),
        ("canceled", "failed", "", 30008),
    ],
)
def test_receipts(status: str, ours: str, code: str, kept: int | None) -> None:
    form = {"MessageSid": "SM9", "MessageStatus": status, "ErrorCode": code, "To": "+14155550100"}
    assert adapter().read(posted("Status", form, query="Leg=SMours")) == [
        LegReport("one", ours, "SMours", "SM9", kept)
    ]
    old = {"MessageSid": "SM9", "SmsStatus": status, "ErrorCode": code}
    assert adapter().read(posted("Status", old)) == [LegReport("one", ours, None, "SM9", kept)]


def test_a_state_that_nobody_knew_says_nothing() -> None:
    assert (
        adapter().read(posted("Status", {"MessageSid": "SM9", "MessageStatus": "pondering"})) == []
    )


@pytest.mark.covers("carrier:twilio.call")
def test_calls() -> None:
    (call,) = adapter().read(posted("Call", CALL))
    assert call == InboundCall(
        "one",
        "CA1",
        "+14155550100",
        "+14158670001",
        details=(("CallStatus", "ringing"), ("StirVerstat", "TN-Validation-Passed-A")),
        doors=f"{DOOR}/Call",
    )
    (withheld,) = adapter().read(posted("Call", CALL | {"From": "anonymous" * 50}))
    assert isinstance(withheld, InboundCall)
    assert len(withheld.caller) == 255


@pytest.mark.covers("carrier:twilio.legs")
@pytest.mark.parametrize(
    ("path", "query", "form", "event"),
    [
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"CallSid": "CA2", "CallStatus": "ringing"},
            CallEvent("CAours", "ringing", "CA2", carrier="one"),
        ),
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"CallSid": "CA2", "CallStatus": "in-progress"},
            CallEvent("CAours", "in-progress", "CA2", with_parent=True, carrier="one"),
        ),
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"CallSid": "CA2", "CallStatus": "completed", "CallDuration": "17"},
            CallEvent("CAours", "completed", "CA2", 17, carrier="one"),
        ),
        (
            "Call/Leg",
            "Parent=CAparent",
            {"CallSid": "CA2", "CallStatus": "queued", "From": "+1", "To": "+2"},
            CallEvent(
                "", "initiated", "CA2", adopted=Adopted("CAparent", "+1", "+2"), carrier="one"
            ),
        ),
        (
            "Call/Done",
            "CallLeg=CAours",
            {"CallSid": "CA1", "DialCallStatus": "answered", "DialCallSid": "CA2"},
            CallEvent("CAours", "completed", "CA2", with_parent=True, carrier="one"),
        ),
        (
            "Call/Done",
            "CallLeg=CAours",
            {"CallSid": "CA1", "DialCallStatus": "no-answer"},
            CallEvent("CAours", "no-answer", with_parent=True, carrier="one"),
        ),
        (
            "Call/Status",
            "",
            {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": "3"},
            CallEvent("", "completed", "CA1", 3, carrier="one"),
        ),
        (
            "Call/Status",
            "",
            {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": "²"},
            CallEvent("", "completed", "CA1", carrier="one"),
        ),
        (
            "Call/Leg",
            "CallLeg=CAours",
            {"CallSid": "CA2", "CallStatus": "completed", "CallDuration": "9" * 20},
            CallEvent("CAours", "completed", "CA2", carrier="one"),
        ),
    ],
)
def test_what_becomes_of_calls(
    path: str, query: str, form: dict[str, str], event: CallEvent
) -> None:
    assert adapter().read(posted(path, form, query=query)) == [event]


def test_states_of_calls_that_nobody_knew() -> None:
    assert (
        adapter().read(posted("Call/Status", {"CallSid": "CA1", "CallStatus": "pondering"})) == []
    )
    with pytest.raises(Malformed):
        adapter().read(posted("Call/Leg", {"CallSid": "CA1", "CallStatus": "pondering"}))
    with pytest.raises(LookupError):
        adapter().read(posted("Other", {}))
    with pytest.raises(Malformed):
        adapter().read(posted("Message", b"{}", content_type="application/json"))


@pytest.mark.covers("carrier:twilio.answers")
async def test_answers() -> None:
    one = adapter(whisper=Response((Say("A ride calls."),)))
    assert isinstance(one, Webhooks)
    assert one.acknowledge(posted("Message", MESSAGE)).body.endswith(b"<Response/>")
    assert b"<Hangup/>" in one.acknowledge(posted("Call/Done", {})).body
    assert b"A ride calls." in one.acknowledge(posted("Call/Whisper", CALL)).body
    assert one.read(posted("Call/Whisper", CALL)) == []
    dial = Dial(
        (Number("+14155550101"),), caller_id="+14158670002", answer_on_bridge=True, action="/done"
    )
    call = InboundCall("one", "CA1", "+14155550100", "+14158670001")
    answer = await one.instruct(
        posted("Call", CALL), call, CallAnswer("CA1", Response((dial, Hangup())), "CA2")
    )
    assert b'<Dial callerId="+14158670002" answerOnBridge="true"' in answer.body
    assert answer.content_type.startswith("text/xml")


# The vectors: key 12345 in the documents of Twilio's helper libraries.
PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
REPEATED = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
PATH = "/myapp.php?foo=1&bar=2"
JSON = b'{"property": "value", "boolean": true}'
HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.covers("carrier:twilio.signature")
@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (f"https://mycompany.com{PATH}", PARAMS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"https://mycompany.com:443{PATH}", PARAMS, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (f"http://mycompany.com{PATH}", PARAMS, "OyGYPqTF6ztdbRNCvuQO/oPvqQ4="),
        (f"http://mycompany.com:80{PATH}", PARAMS, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (f"http://mycompany.com:1234{PATH}", PARAMS, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (f"https://mycompany.com:1234{PATH}", PARAMS, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
        (f"https://mycompany.com{PATH}", REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (f"https://mycompany.com{PATH}", {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    ],
)
def test_signature_vectors(
    url: str, form: dict[str, str] | list[tuple[str, str]], signature: str
) -> None:
    # Such a short token is no account's, so the settings' bound is passed by here.
    one = adapter("12345")
    behind = (url, "http://10.0.0.7:8080/myapp.php?foo=1&bar=2")

    def request(fields: Any, urls: tuple[str, ...], **headers: str) -> Request:
        return posted("Message", fields, urls=urls, **headers)

    for urls in (behind, behind[::-1]):
        assert one.verify(request(form, urls, x_twilio_signature=signature))
    for wrong in ("", "AAAA", signature[:-2] + "A=", "é"):
        assert not one.verify(request(form, behind, x_twilio_signature=wrong))
    assert not one.verify(request(form, behind))
    more = [*dict(form).items(), ("x", "y")]
    assert not one.verify(request(more, behind, x_twilio_signature=signature))
    assert not adapter("54321").verify(request(form, behind, x_twilio_signature=signature))


def test_while_a_token_is_replaced_both_count() -> None:
    url, form = f"{DOOR}/Message", {"MessageSid": "SM1"}
    credentials = twilio.Credentials("the-old-token", next_auth_token="the-new-token")
    one = twilio.build("one", twilio.Settings(account_sid=AC), credentials, tools(Client()))
    for token, sound in ("the-old-token", True), ("the-new-token", True), ("", False), ("x", False):
        signature = sign(token, url, form)
        assert one.verify(posted("Message", form, x_twilio_signature=signature)) is sound


def test_the_signature_of_a_json_body_covers_its_hash() -> None:
    assert hashlib.sha256(JSON).hexdigest() == HASH
    url = f"https://mycompany.com{PATH}&bodySHA256={HASH}"
    kind = "application/json"
    one, signature = adapter("12345"), "a9nBmqA0ju/hNViExpshrM61xv4="
    assert one.verify(
        posted("Message", JSON, urls=(url,), content_type=kind, x_twilio_signature=signature)
    )
    assert not one.verify(
        posted("Message", JSON + b" ", urls=(url,), content_type=kind, x_twilio_signature=signature)
    )


def test_a_get_is_covered_by_its_address() -> None:
    url = f"{DOOR}/Message?MessageSid=SM1&From=%2B14155550100&To=%2B14158670001"
    request = posted(
        "Message",
        b"",
        query=url.partition("?")[2],
        method="GET",
        x_twilio_signature=sign(TOKEN, url),
    )
    one = adapter()
    assert one.verify(request)
    found: list[Inbound] = list(one.read(request))
    assert found == [changed(TEXT, body="")]


@pytest.mark.covers("carrier:twilio.redaction")
def test_what_is_kept_of_a_request_has_no_signature() -> None:
    request = posted("Message", MESSAGE, x_twilio_signature="c2VjcmV0", authorization="Basic x")
    kept = redacted(request, adapter().secrets, 10_000)
    assert "c2VjcmV0" not in repr(kept)
    assert "Basic x" not in repr(kept)
    assert "SM1" in kept.body


def test_secrets_show_nowhere() -> None:
    secrets = twilio.Credentials("hush-hush", "SK1", "still-hush")
    assert "hush" not in repr(secrets)
    with pytest.raises(ValueError, match="go together"):
        twilio.build(
            "one",
            twilio.Settings(account_sid=AC),
            twilio.Credentials(TOKEN, "SK1"),
            tools(Client()),
        )
