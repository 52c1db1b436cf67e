"""Placing calls and steering live ones through the official SDK, with simulated phones; what the
SDK can't send by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.api.conftest import Refused, add_number
from tests.api.wire import Wire, error
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

pytestmark = pytest.mark.both_engines

HELLO = "<Response><Say>Hello</Say></Response>"
STAY = '<Response><Say>Stay</Say><Gather timeout="60"/></Response>'
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def ours(server: RunningServer, number: Callable[[], str]) -> str:
    """A number of ours."""
    found = number()
    add_number(server, found, 7)
    return found


@pytest.fixture
def phone(server: RunningServer, person: Callable[[], str]) -> Handset:
    """Somebody's phone."""
    return Handset(server, person())


def document(*verbs: str) -> Reply:
    return Reply(f"<Response>{''.join(verbs)}</Response>", "text/xml")


def comes_to(client: Client, sid: str, status: str) -> Any:
    return eventually(
        lambda: found if (found := client.calls(sid).fetch()).status == status else None
    )


def answers(phone: Handset) -> str:
    ringing = phone.rings()
    assert phone.act(ringing["id"], "answer").status_code == 200
    found: str = ringing["id"]
    return found


def calls(wire: Wire, sid: str = "") -> str:
    return wire.core(f"Calls/{sid}.json" if sid else "Calls.json")


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "status:201",
    "param:To",
    "param:From",
    "param:Twiml",
    "param:StatusCallback",
    "param:StatusCallbackEvent",
    "param:StatusCallbackMethod",
)
def test_a_call_with_its_document(
    client: Client, server: RunningServer, ours: str, phone: Handset
) -> None:
    with Receiver() as program:
        made = client.calls.create(
            to=phone.number,
            from_=ours,
            twiml=HELLO,
            status_callback=f"{program.url}/status",
            status_callback_event=EVENTS,
            status_callback_method="POST",
        )
        assert (made.status, made.direction) == ("queued", "outbound-api")
        assert (made._from, made.to) == (ours, phone.number)
        assert phone.rings()["from"] == ours
        comes_to(client, made.sid, "ringing")
        call = answers(phone)
        over = comes_to(client, made.sid, "completed")
        assert over.start_time is not None
        assert over.duration is not None
        assert phone.ends(call)["heard"] == [{"what": "say", "text": "Hello"}]
        eventually(lambda: len(program.at("/status")) == 4)
        told = program.at("/status")
        assert [one.form["CallStatus"] for one in told] == [
            "initiated",
            "ringing",
            "in-progress",
            "completed",
        ]
        assert [one.form["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
        assert {one.form["CallSid"] for one in told} == {made.sid}
        validator = RequestValidator(server.auth_token)
        signature = told[0].headers["X-Twilio-Signature"]
        assert validator.validate(told[0].url, told[0].form, signature)


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json", "param:Url", "param:Method", "field:*"
)
def test_a_call_whose_program_is_asked(
    client: Client, wire: Wire, ours: str, phone: Handset
) -> None:
    with Receiver() as program:
        program.pages["/voice"] = document("<Gather numDigits='1' action='keys'/>")
        program.pages["/keys"] = document("<Say>You keyed one</Say>")
        form = {"To": phone.number, "From": ours, "Url": f"{program.url}/voice", "Method": "POST"}
        shown = wire.post(calls(wire), form).json()
        sid = shown["sid"]
        dates = [shown.pop(name) for name in ("date_created", "date_updated")]
        number_sid = shown.pop("phone_number_sid")
        assert all(dates)
        assert number_sid == client.incoming_phone_numbers.list(phone_number=ours)[0].sid
        assert shown == {
            "sid": sid,
            "account_sid": wire.account_sid,
            "parent_call_sid": None,
            "from": ours,
            "from_formatted": f"({ours[2:5]}) {ours[5:8]}-{ours[8:]}",
            "to": phone.number,
            "to_formatted": f"({phone.number[2:5]}) {phone.number[5:8]}-{phone.number[8:]}",
            "direction": "outbound-api",
            "status": "queued",
            "start_time": None,
            "end_time": None,
            "duration": None,
            "price": None,
            "price_unit": None,
            "answered_by": None,
            "caller_name": None,
            "forwarded_from": None,
            "group_sid": None,
            "trunk_sid": None,
            "queue_time": "0",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{wire.account_sid}/Calls/{sid}.json",
            "subresource_uris": {
                name: f"/2010-04-01/Accounts/{wire.account_sid}/Calls/{sid}/{name.title()}.json"
                for name in ("events", "notifications", "recordings")
            },
        }
        ringing = phone.rings()
        assert not program.posted
        phone.act(ringing["id"], "answer")
        phone.act(ringing["id"], "digits", digits="1")
        comes_to(client, sid, "completed")
        asked, keyed = program.at("/voice")[0].form, program.at("/keys")[0].form
        for one in (asked, keyed):
            assert (one["CallSid"], one["Direction"]) == (sid, "outbound-api")
            assert (one["From"], one["To"]) == (ours, phone.number)
            assert one["CallStatus"] == "in-progress"
        assert keyed["Digits"] == "1"


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "param:FallbackUrl",
    "param:FallbackMethod",
)
def test_a_program_that_fails_has_a_fallback(client: Client, ours: str, phone: Handset) -> None:
    with Receiver() as program:
        program.pages["/voice"] = 500
        program.pages["/plan-b"] = document("<Say>Sorry</Say>")
        made = client.calls.create(
            to=phone.number,
            from_=ours,
            url=f"{program.url}/voice",
            fallback_url=f"{program.url}/plan-b",
            fallback_method="POST",
        )
        call = answers(phone)
        comes_to(client, made.sid, "completed")
        assert phone.ends(call)["heard"] == [{"what": "say", "text": "Sorry"}]
        asked = program.at("/plan-b")[0].form
        assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("11200", f"{program.url}/voice")


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json", "param:ApplicationSid", "code:21218"
)
def test_an_application(client: Client, ours: str, phone: Handset, refused: Refused) -> None:
    with Receiver() as program:
        program.pages["/app"] = document("<Say>App</Say>")
        app = client.applications.create(voice_url=f"{program.url}/app")
        made = client.calls.create(to=phone.number, from_=ours, application_sid=app.sid)
        call = answers(phone)
        comes_to(client, made.sid, "completed")
        assert phone.ends(call)["heard"] == [{"what": "say", "text": "App"}]
    nobody = "AP" + "0" * 32
    assert refused(client.calls.create, phone.number, ours, application_sid=nobody) == 21218


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "param:CallerId",
    "param:Timeout",
    "param:TimeLimit",
    "param:SendDigits",
    "param:MachineDetection",
    "param:MachineDetectionTimeout",
    "param:MachineDetectionSpeechThreshold",
    "param:MachineDetectionSpeechEndThreshold",
    "param:MachineDetectionSilenceTimeout",
    "param:AsyncAmd",
    "param:AsyncAmdStatusCallback",
    "param:AsyncAmdStatusCallbackMethod",
    "param:Record",
    "param:RecordingChannels",
    "param:RecordingTrack",
    "param:RecordingStatusCallback",
    "param:RecordingStatusCallbackMethod",
    "param:RecordingStatusCallbackEvent",
    "param:Trim",
    "param:CallReason",
    "param:CallToken",
    "param:Byoc",
    "param:SipAuthUsername",
    "param:SipAuthPassword",
    "param:ClientNotificationUrl",
)
def test_all_other_wishes(
    client: Client,
    server: RunningServer,
    ours: str,
    phone: Handset,
    number: Callable[[], str],
) -> None:
    """What simulated phones have no use for is taken all the same."""
    shown = number()
    add_number(server, shown, 7)
    url = "https://a.example/x"
    made = client.calls.create(
        to=phone.number,
        from_=ours,
        twiml=STAY,
        caller_id=shown,
        timeout=30,
        time_limit=600,
        send_digits="ww1#",
        machine_detection="Enable",
        machine_detection_timeout=30,
        machine_detection_speech_threshold=2400,
        machine_detection_speech_end_threshold=1200,
        machine_detection_silence_timeout=5000,
        async_amd="true",
        async_amd_status_callback=url,
        async_amd_status_callback_method="POST",
        record=True,
        recording_channels="dual",
        recording_track="both",
        recording_status_callback=url,
        recording_status_callback_method="POST",
        recording_status_callback_event=["completed"],
        trim="trim-silence",
        call_reason="Your parcel",
        call_token="token",
        byoc="BY" + "0" * 32,
        sip_auth_username="u",
        sip_auth_password="p",
        client_notification_url=url,
    )
    ringing = phone.rings()
    assert ringing["from"] == shown
    answers(phone)
    talking = comes_to(client, made.sid, "in-progress")
    assert talking.answered_by == "human"
    (heard, *_) = next(one for one in phone.calls() if one["id"] == ringing["id"])["heard"]
    assert heard == {"what": "digits", "text": "ww1#"}
    phone.act(ringing["id"], "hangup")
    comes_to(client, made.sid, "completed")


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [("busy", "busy"), ("reject", "busy"), ("unreachable", "failed"), ("no-answer", "no-answer")],
)
def test_calls_that_nobody_takes(
    client: Client, ours: str, phone: Handset, behaviour: str, status: str
) -> None:
    phone.behave(on_call=behaviour, on_call_ms=10)
    with Receiver() as program:
        url = f"{program.url}/status"
        made = client.calls.create(to=phone.number, from_=ours, twiml=HELLO, status_callback=url)
        comes_to(client, made.sid, status)
        (told,) = eventually(lambda: program.at("/status"))
        assert (told.form["CallStatus"], told.form["CallDuration"]) == (status, "0")


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "code:21201",
    "code:21205",
    "code:21213",
)
def test_what_a_call_needs(wire: Wire, ours: str, phone: Handset) -> None:
    whole = {"To": phone.number, "From": ours, "Twiml": HELLO}
    for left_out, code in (("To", 21201), ("From", 21213), ("Twiml", 21205)):
        form = {name: value for name, value in whole.items() if name != left_out}
        assert error(wire.post(calls(wire), form)) == (400, code)
    assert not phone.calls()


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
    "code:21205",
    "code:21206",
    "code:21208",
    "code:21209",
    "code:21210",
    "code:21212",
    "code:21214",
    "code:21217",
)
def test_refusals(wire: Wire, ours: str, phone: Handset) -> None:
    whole = {"To": phone.number, "From": ours, "Url": "https://a.example/voice"}
    for change, code in (
        ({"Url": "voice"}, 21205),
        ({"SendDigits": "hello"}, 21206),
        ({"Timeout": "soon"}, 21208),
        ({"Method": "PUT"}, 21209),
        ({"From": "+14155550199"}, 21210),
        ({"From": "Maskline"}, 21212),
        ({"To": "client:alice"}, 21214),
        ({"To": "12"}, 21217),
    ):
        assert error(wire.post(calls(wire), whole | change)) == (400, code)
    assert not phone.calls()


@pytest.mark.covers("POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json", "code:21210")
def test_another_account_s_number(other: Wire, ours: str, phone: Handset) -> None:
    form = {"To": phone.number, "From": ours, "Twiml": HELLO}
    assert error(other.post(calls(other), form)) == (400, 21210)


# Live calls


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", "param:Status", "code:21220"
)
def test_a_call_is_cancelled_and_ended(
    client: Client, ours: str, phone: Handset, refused: Refused
) -> None:
    made = client.calls.create(to=phone.number, from_=ours, twiml=STAY)
    ringing = phone.rings()
    client.calls(made.sid).update(status="canceled")
    comes_to(client, made.sid, "canceled")
    assert phone.ends(ringing["id"])["status"] == "canceled"
    made = client.calls.create(to=phone.number, from_=ours, twiml=STAY)
    answers(phone)
    comes_to(client, made.sid, "in-progress")
    assert refused(client.calls(made.sid).update, status="canceled") == 21220
    client.calls(made.sid).update(status="completed")
    comes_to(client, made.sid, "completed")
    assert refused(client.calls(made.sid).update, status="completed") == 21220


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json",
    "status:200",
    "param:Url",
    "param:Method",
    "param:Twiml",
    "param:FallbackUrl",
    "param:FallbackMethod",
    "param:StatusCallback",
    "param:StatusCallbackMethod",
    "param:TimeLimit",
    "field:*",
    "code:20404",
)
def test_a_call_goes_on_elsewhere(
    client: Client, wire: Wire, ours: str, phone: Handset, refused: Refused
) -> None:
    made = client.calls.create(to=phone.number, from_=ours, twiml=STAY)
    assert refused(client.calls(made.sid).update, twiml=HELLO) == 21220
    call = answers(phone)
    comes_to(client, made.sid, "in-progress")
    with Receiver() as program:
        program.pages["/next"] = document("<Say>Next</Say><Gather timeout='60'/>")
        url = f"{program.url}/next"
        form = {
            "Url": url,
            "Method": "POST",
            "FallbackUrl": url,
            "FallbackMethod": "POST",
            "StatusCallback": f"{program.url}/status",
            "StatusCallbackMethod": "POST",
            "TimeLimit": "600",
        }
        answer = wire.post(calls(wire, made.sid), form)
        assert answer.status_code == 200
        assert answer.json().keys() == wire.get(calls(wire, made.sid)).json().keys()

        def heard() -> list[str]:
            (one,) = (one for one in phone.calls() if one["id"] == call)
            return [item["text"] for item in one["heard"]]

        eventually(lambda: "Next" in heard())
        assert program.at("/next")[0].form["CallSid"] == made.sid
        client.calls(made.sid).update(twiml=HELLO)
        comes_to(client, made.sid, "completed")
        assert heard() == ["Stay", "Next", "Hello"]
        (told,) = eventually(lambda: program.at("/status"))
        assert told.form["CallStatus"] == "completed"
    assert refused(client.calls("CA" + "0" * 32).update, status="completed", http=404) == 20404


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", "param:TimeLimit"
)
def test_a_call_lasts_as_long_as_it_may(client: Client, ours: str, phone: Handset) -> None:
    made = client.calls.create(to=phone.number, from_=ours, twiml=STAY, time_limit=1)
    call = answers(phone)
    assert comes_to(client, made.sid, "completed").duration in ("1", "2")
    assert phone.ends(call)["status"] == "completed"
    made = client.calls.create(to=phone.number, from_=ours, twiml=STAY)
    answers(phone)
    comes_to(client, made.sid, "in-progress")
    # The one that counts is the last.
    client.calls(made.sid).update(time_limit=600)
    client.calls(made.sid).update(time_limit=1)
    comes_to(client, made.sid, "completed")


def test_who_answered_is_found_out_beside_the_call(
    client: Client, ours: str, phone: Handset
) -> None:
    with Receiver() as program:
        made = client.calls.create(
            to=phone.number,
            from_=ours,
            twiml=STAY,
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{program.url}/amd",
        )
        answers(phone)
        (told,) = eventually(lambda: program.at("/amd"))
        assert told.form["AnsweredBy"] == "human"
        assert told.form["CallSid"] == made.sid
        assert comes_to(client, made.sid, "in-progress").answered_by == "human"
    client.calls(made.sid).update(status="completed")


def test_a_masked_call_may_be_ended(
    client: Client, server: RunningServer, ours: str, phone: Handset
) -> None:
    """One that came in at a number of ours, whoever is on it."""
    with Receiver() as program:
        program.pages["/voice"] = document("<Say>Hi</Say><Gather timeout='60'/>")
        record = client.incoming_phone_numbers.list(phone_number=ours)[0]
        client.incoming_phone_numbers(record.sid).update(voice_url=f"{program.url}/voice")
        call = phone.call(ours)
        (leg,) = eventually(
            lambda: [one for one in client.calls.list(to=ours) if one.status == "in-progress"]
        )
        client.calls(leg.sid).update(status="completed")
        assert phone.ends(call["id"])["status"] == "completed"
        comes_to(client, leg.sid, "completed")


def test_a_document_sends_a_message(client: Client, ours: str, phone: Handset) -> None:
    with Receiver() as program:
        twiml = (
            f'<Response><Message action="{program.url}/sent">Your code</Message>'
            "<Say>Sent</Say></Response>"
        )
        made = client.calls.create(to=phone.number, from_=ours, twiml=twiml)
        answers(phone)
        comes_to(client, made.sid, "completed")
        (text,) = phone.receives()
        assert (text["from"], text["body"]) == (ours, "Your code")
        eventually(
            lambda: [one for one in program.at("/sent") if one.form["MessageStatus"] == "delivered"]
        )


def test_legs_of_a_document_have_whispers_and_callbacks(
    client: Client,
    server: RunningServer,
    ours: str,
    phone: Handset,
    person: Callable[[], str],
) -> None:
    callee = Handset(server, person())
    with Receiver() as program:
        program.pages["/whisper"] = document("<Say>A call for you</Say>")
        twiml = (
            f'<Response><Dial callerId="{ours}"><Number url="{program.url}/whisper" '
            f'statusCallback="{program.url}/leg" statusCallbackEvent="ringing completed">'
            f"{callee.number}</Number></Dial></Response>"
        )
        made = client.calls.create(to=phone.number, from_=ours, twiml=twiml)
        call = answers(phone)
        assert callee.rings()["from"] == ours
        rang = answers(callee)
        eventually(lambda: program.at("/whisper"))
        phone.act(call, "hangup")
        assert callee.ends(rang)["heard"] == [{"what": "say", "text": "A call for you"}]
        comes_to(client, made.sid, "completed")
        eventually(lambda: len(program.at("/leg")) == 2)
        told = [one.form for one in program.at("/leg")]
        assert [one["CallStatus"] for one in told] == ["ringing", "completed"]
        (leg,) = client.calls.list(parent_call_sid=made.sid)
        assert {one["CallSid"] for one in told} == {leg.sid}


@pytest.mark.covers("DELETE /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json")
def test_a_placed_call_is_deleted(client: Client, ours: str, phone: Handset) -> None:
    phone.behave(on_call="busy", on_call_ms=0)
    made = client.calls.create(to=phone.number, from_=ours, twiml=HELLO)
    comes_to(client, made.sid, "busy")
    assert client.calls(made.sid).delete()
    assert made.sid not in {one.sid for one in client.calls.list(to=phone.number)}
