"""SignalWire: in what it differs from Twilio."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from maskline.carriers import signalwire
from maskline.carriers.redaction import redacted
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    InboundCall,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
)
from tests.support.carrier_desk import DOOR, Client, posted, reply, tools

PROJECT = "8f0a119a-cda7-4497-a47d-c81493b824d4"
KEY = "PSK_a-signing-key"
LAML = f"https://example.signalwire.com/api/laml/2010-04-01/Accounts/{PROJECT}"
#: Ids are UUIDs.
ID = "0a0f8ff0-59ae-4ba0-9d4d-b8e5b6c5b9e1"
MESSAGE = {
    "MessageSid": ID,
    "SmsSid": ID,
    "AccountSid": PROJECT,
    "From": "+14155550100",
    "To": "+14158670001",
    "Body": "STOP",
    "NumMedia": "0",
}


def adapter(*replies: Any, **settings: Any) -> tuple[TwilioShaped, Client]:
    client = Client(*replies)
    given = signalwire.Settings(
        **{"project": PROJECT, "space": "example.signalwire.com"} | settings
    )
    credentials = signalwire.Credentials("PT-the-token", KEY)
    return signalwire.build("one", given, credentials, tools(client)), client


@pytest.mark.covers("carrier:signalwire.signature")
@pytest.mark.parametrize("header", ["x_signalwire_signature", "x_twilio_signature"])
@pytest.mark.parametrize(("key", "sound"), [(KEY, True), ("PT-the-token", False), ("", False)])
def test_it_signs_with_the_signing_key(header: str, key: str, sound: bool) -> None:
    """The API's token is another secret, and signs nothing."""
    url = f"{DOOR}/Message"
    signature = RequestValidator(key.encode().decode()).compute_signature(url, MESSAGE)
    one, _ = adapter()
    request = posted("Message", MESSAGE, **{header: signature})
    assert one.verify(request) is sound
    assert signature not in repr(redacted(request, one.secrets, 1000))


@pytest.mark.covers("carrier:signalwire.opt-outs")
@pytest.mark.parametrize(("opt_outs", "answered"), [("none", False), ("local", True)])
def test_opt_out_words_are_left_to_us(opt_outs: str, answered: bool) -> None:
    """It answers and blocks nothing by itself, so that the STOP filter of ours has to."""
    one, _ = adapter(opt_outs=opt_outs)
    assert one.read(posted("Message", MESSAGE)) == [
        InboundMessage("one", ID, "+14155550100", "+14158670001", "STOP", answered=answered)
    ]


def test_the_default_leaves_opt_out_words_to_us() -> None:
    assert adapter()[0].capabilities.opt_outs == "none"


@pytest.mark.covers("carrier:signalwire.doors")
@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        (
            "Status",
            {"MessageSid": ID, "MessageStatus": "delivered"},
            LegReport("one", "delivered", None, ID),
        ),
        (
            "Status",
            {"MessageSid": ID, "MessageStatus": "failed", "ErrorCode": "21610"},
            LegReport("one", "failed", None, ID, 21610),
        ),
        (
            "Call",
            {"CallSid": ID, "From": "+14155550100", "To": "+14158670001"},
            InboundCall("one", ID, "+14155550100", "+14158670001", doors=f"{DOOR}/Call"),
        ),
        (
            "Call/Status",
            {"CallSid": ID, "CallStatus": "completed", "CallDuration": "3"},
            CallEvent("", "completed", ID, 3, carrier="one"),
        ),
    ],
)
def test_what_it_tells(path: str, form: dict[str, str], said: object) -> None:
    assert adapter()[0].read(posted(path, form)) == [said]


@pytest.mark.covers("carrier:signalwire.send")
async def test_it_is_asked_under_the_laml_path() -> None:
    one, client = adapter(
        reply(201, {"sid": ID, "status": "queued"}), reply(422, {"code": "21610"})
    )
    text = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi")
    assert await one.send(text) == Accepted(ID)
    assert client.requests[0].url == f"{LAML}/Messages.json"
    assert dict(client.form)["StatusCallback"] == f"{DOOR}/Status?Leg=SMours"
    assert await one.send(text) == Refused(21610, retry=False)


@pytest.mark.covers("carrier:signalwire.numbers")
async def test_its_lists_name_their_pages_from_the_host_on() -> None:
    following = f"/api/laml/2010-04-01/Accounts/{PROJECT}/IncomingPhoneNumbers.json?Page=1"
    one, client = adapter(
        reply(200, {"incoming_phone_numbers": [], "next_page_uri": following}),
        reply(200, {"incoming_phone_numbers": []}),
    )
    assert await one.numbers() == []
    assert client.requests[1].url == f"{LAML}/IncomingPhoneNumbers.json?Page=1"


@pytest.mark.covers("carrier:signalwire.media")
def test_media_lie_at_the_space() -> None:
    one, _ = adapter()
    assert one.keeps(f"{LAML}/Messages/{ID}/Media/{ID}")
    assert not one.keeps("https://other.signalwire.com/api/laml/x")


@pytest.mark.parametrize("settings", [{"space": ""}, {"base_url": "http://127.0.0.1:1/api"}])
def test_it_is_at_one_place(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="one of space and base_url"):
        adapter(**settings)


def test_settings_are_checked() -> None:
    for wrong in ({"project": "x"}, {"project": PROJECT, "space": "a b"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, signalwire.Settings)
    assert "PSK" not in repr(signalwire.Credentials("PT-the-token", KEY))
