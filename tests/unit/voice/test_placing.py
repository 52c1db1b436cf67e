"""Calls that programs place: whom they may call, that they are handed over once, what is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.application import Application
from maskline.model.call import Call
from maskline.model.errors import Fault
from maskline.model.job import CallDeed, CallOrder, Status
from maskline.model.number import Capability, NumberKind
from maskline.model.placed_call import CALL_OPTIONS, PlacedCall
from maskline.model.traffic import CallEvent, OutboundCall
from maskline.settings import NumbersSettings
from maskline.store.contract import StoreUnavailable
from maskline.voice import events, placing
from tests.support.memory import World, form

#: The code of a form that has no code of its own for what is wrong.
WRONG = 80701
OURS, PERSON = "+14158670001", "+12125551234"
URL, STATUS = "https://a.example/voice", "https://a.example/status"
ALL = "initiated ringing answered completed"
SID = "AP" + "1" * 32


def place(world: World, *, can: frozenset[str] | None = CALL_OPTIONS, **values: Any) -> Call:
    """`POST Calls`: to the person by our number, unless it says otherwise."""
    fields = {"To": PERSON, "From": OURS, "Url": URL, **values}
    asked = form({name: value for name, value in fields.items() if value is not None})
    created = placing.create(world.env, world.tx, world.account.sid, asked, lambda _: can)
    return world.do(created)


def refused(world: World, **values: Any) -> int:
    with pytest.raises(Fault) as caught:
        place(world, **values)
    assert not world.rows("SELECT 1 FROM calls")
    assert not world.jobs()
    return caught.value.code


def wishes(world: World, call: Call) -> PlacedCall:
    found = world.do(world.tx.placed_calls.get(call.sid))
    assert found is not None
    return found


def begin(world: World, sid: str) -> OutboundCall | None:
    return world.do(placing.begin(world.env, world.tx, sid))


def stored(world: World, sid: str) -> Call:
    found = world.do(world.tx.calls.by_sid(sid))
    assert found is not None
    return found


def reports(world: World) -> list[dict[str, str]]:
    return [
        dict(msgspec.json.decode(job.payload, type=Status).params)
        for job in world.jobs()
        if job.kind == "status"
    ]


def tell(world: World, call: Call, status: str, **more: Any) -> None:
    world.do(events.progress(world.env, world.tx, [CallEvent(call.sid, status, **more)]))


def test_a_call_is_recorded_before_the_carrier_is_asked(world: World) -> None:
    number = world.add_number(OURS, carrier="telnyx")
    call = place(world)
    assert stored(world, call.sid) == call
    assert (call.status, call.direction, call.carrier) == ("queued", "outbound-api", "telnyx")
    assert (call.caller, call.called, call.number_sid) == (OURS, PERSON, number.sid)
    (job,) = world.jobs()
    expected = CallOrder(call.sid, world.account.sid, "telnyx", CallDeed.PLACE)
    assert msgspec.json.decode(job.payload, type=CallOrder) == expected
    assert job.ordering_key == f"call:{call.sid}"
    kept = wishes(world, call)
    assert kept == PlacedCall(dialled=PERSON, url=URL)


def test_a_mexican_phone_is_dialled_as_the_program_has_it(world: World) -> None:
    world.add_number(OURS)
    call = place(world, To="+5215512345678")
    assert (call.called, wishes(world, call).dialled) == ("+525512345678", "+5215512345678")


def test_all_wishes(world: World) -> None:
    world.add_number(OURS)
    shown = world.add_number("+14158670002")
    call = place(
        world,
        To=PERSON.removeprefix("+"),
        Method="get",
        FallbackUrl=f"{URL}/2",
        FallbackMethod="GET",
        StatusCallback=STATUS,
        StatusCallbackMethod="GET",
        StatusCallbackEvent=["answered", "initiated ringing"],
        Timeout="30",
        TimeLimit="600",
        SendDigits="ww12#",
        CallerId=shown.number,
        Record="True",
        AsyncAmd="false",
        MachineDetection="Enable",
        MachineDetectionTimeout="30",
        RecordingStatusCallback=f"{URL}/rec",
        RecordingStatusCallbackEvent=["in-progress completed"],
        CallReason="Your parcel",
        CallToken="token",
        Byoc="BY1",
    )
    assert call.caller == shown.number
    assert wishes(world, call) == PlacedCall(
        dialled=PERSON,
        url=URL,
        method="GET",
        fallback_url=f"{URL}/2",
        fallback_method="GET",
        status_url=STATUS,
        status_method="GET",
        status_events=("initiated", "ringing", "answered"),
        timeout=30,
        time_limit=600,
        send_digits="ww12#",
        options=(
            ("MachineDetection", "Enable"),
            ("Record", "true"),
            ("AsyncAmd", "false"),
            ("MachineDetectionTimeout", "30"),
            ("RecordingStatusCallback", f"{URL}/rec"),
            ("CallReason", "Your parcel"),
            ("RecordingStatusCallbackEvent", "in-progress"),
            ("RecordingStatusCallbackEvent", "completed"),
        ),
    )


def test_a_document_that_comes_with_the_request(world: World) -> None:
    world.add_number(OURS)
    hello = "<Response><Say>Hi</Say></Response>"
    assert wishes(world, place(world, Url=None, Twiml=hello)).twiml == hello
    both = wishes(world, place(world, Twiml=hello))
    assert (both.url, both.twiml) == (URL, "")


def application(world: World, **changes: str) -> Application:
    made = Application(SID, world.account.sid, "App", 1, 1, **changes)
    world.do(world.tx.applications.add(made))
    return made


def test_an_application_goes_before_the_request(world: World) -> None:
    world.add_number(OURS)
    application(
        world,
        voice_url="https://app.example/voice",
        voice_method="GET",
        voice_fallback_url="https://app.example/fallback",
        status_callback="https://app.example/status",
    )
    kept = wishes(world, place(world, ApplicationSid=SID, StatusCallback=STATUS))
    assert (kept.url, kept.method) == ("https://app.example/voice", "GET")
    assert kept.fallback_url == "https://app.example/fallback"
    assert kept.status_url == "https://app.example/status"


def test_an_application_without_an_address(world: World) -> None:
    world.add_number(OURS)
    assert refused(world, ApplicationSid=SID) == 21218
    application(world)
    assert refused(world, ApplicationSid=SID) == 21218


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"To": None}, 21201),
        ({"To": "12"}, 21217),
        ({"To": "nobody"}, 21217),
        ({"To": "sip:alice@example.com"}, 21214),
        ({"To": "client:alice"}, 21214),
        ({"To": "alice@example.com"}, 21214),
        ({"From": None}, 21213),
        ({"From": "Maskline"}, 21212),
        ({"From": "+14158670009"}, 21210),
        ({"CallerId": "+14158670009"}, 21210),
        ({"Url": None}, 21205),
        ({"Url": "voice"}, 21205),
        ({"Url": f"{URL}#rc=9"}, 21205),
        ({"FallbackUrl": "x"}, 21205),
        ({"StatusCallback": "x"}, 21205),
        ({"ClientNotificationUrl": "x"}, 21205),
        ({"Method": "PUT"}, 21209),
        ({"SendDigits": "hello"}, 21206),
        ({"SendDigits": "1" * 33}, 21206),
        ({"Timeout": "0"}, 21208),
        ({"Timeout": "601"}, 21208),
        ({"Timeout": "soon"}, 21208),
        ({"TimeLimit": "0"}, WRONG),
        ({"Twiml": "<Response>", "Url": None}, WRONG),
        ({"Twiml": f"<Response>{'x' * 4000}</Response>", "Url": None}, WRONG),
        ({"StatusCallbackEvent": ["died"]}, WRONG),
        ({"RecordingStatusCallbackEvent": ["died"]}, WRONG),
        ({"MachineDetection": "maybe"}, WRONG),
        ({"MachineDetectionTimeout": "1"}, WRONG),
        ({"Record": "yes"}, WRONG),
        ({"Trim": "all"}, WRONG),
        ({"CallReason": "x" * 51}, WRONG),
        ({"SipAuthPassword": "x" * 256}, WRONG),
    ],
)
def test_refusals(world: World, values: dict[str, Any], code: int) -> None:
    world.add_number(OURS)
    assert refused(world, **values) == code


def test_who_may_not_be_shown(world: World) -> None:
    other = world.add_account()
    world.add_number(OURS, account=other)
    assert refused(world) == 21210
    world.add_number("+14158670002", capabilities=int(Capability.SMS))
    assert refused(world, From="+14158670002") == 21212
    world.add_number("+14158670003", kind=NumberKind.SHORT_CODE.value)
    assert refused(world, From="+14158670003") == 21212
    world.add_number("+14158670004")
    assert refused(world, From="+14158670004", can=None) == 21212


@pytest.mark.parametrize(
    ("values", "asks"),
    [
        ({}, None),
        ({"SendDigits": "1"}, "SendDigits"),
        ({"Record": "true"}, "Record"),
        ({"Record": "false"}, None),
        ({"MachineDetection": "Enable"}, "MachineDetection"),
        ({"MachineDetection": "none"}, None),
        ({"AsyncAmd": "true"}, None),
        ({"MachineDetection": "none", "AsyncAmd": "true"}, None),
        ({"Trim": "trim-silence"}, None),
    ],
)
def test_a_carrier_that_can_not_do_all(
    world: World, values: dict[str, str], asks: str | None
) -> None:
    world.add_number(OURS)
    if asks is None:
        place(world, can=frozenset(), **values)
    else:
        assert refused(world, can=CALL_OPTIONS - {asks}, **values) == WRONG
        place(world, can=frozenset({asks}), **values)


def test_how_a_detection_tells(world: World) -> None:
    world.add_number(OURS)
    asynchronous = {"MachineDetection": "Enable", "AsyncAmd": "true"}
    assert refused(world, can=frozenset({"MachineDetection"}), **asynchronous) == WRONG
    to_the_end = {"MachineDetection": "DetectMessageEnd"}
    assert refused(world, can=CALL_OPTIONS - {"DetectMessageEnd"}, **to_the_end) == WRONG
    assert refused(world, can=frozenset({"DetectMessageEnd"}), **to_the_end) == WRONG
    place(world, can=frozenset({"MachineDetection", "DetectMessageEnd"}), **to_the_end)


@pytest.mark.covers("code:21215")
def test_countries(world: World) -> None:
    world.add_number(OURS)
    world.change("voice", countries=("CA",))
    assert refused(world) == 21215
    world.change("voice", countries=("US",))
    place(world)


def test_a_full_queue_takes_no_call(world: World) -> None:
    world.add_number(OURS)
    world.env = msgspec.structs.replace(world.env, is_full=lambda: True)
    with pytest.raises(StoreUnavailable):
        place(world)


def test_a_call_is_handed_over_once(world: World) -> None:
    """Whoever finds it handed over does not know whether it rings: it is not placed again."""
    world.add_number(OURS)
    call = place(world, Timeout="20", SendDigits="1", MachineDetection="Enable")
    assert begin(world, call.sid) == OutboundCall(
        reference=call.sid,
        caller=OURS,
        called=PERSON,
        timeout=20,
        send_digits="1",
        options=(("MachineDetection", "Enable"),),
    )
    assert stored(world, call.sid).status == "initiated"
    assert begin(world, call.sid) is None
    assert begin(world, "CA0") is None


def test_a_call_that_is_not_taken_is_handed_over_later(world: World) -> None:
    world.add_number(OURS)
    call = place(world, StatusCallback=STATUS, StatusCallbackEvent=[ALL])
    for _ in range(2):
        assert begin(world, call.sid) is not None
        world.do(placing.put_back(world.env, world.tx, call.sid))
        assert stored(world, call.sid).status == "queued"
    assert begin(world, call.sid) is not None
    tell(world, call, "ringing")
    world.do(placing.put_back(world.env, world.tx, call.sid))
    world.do(placing.put_back(world.env, world.tx, "CA0"))
    assert stored(world, call.sid).status == "ringing"
    # The first attempt was told of, and no other.
    assert [one["CallStatus"] for one in reports(world)] == ["initiated", "ringing"]


def test_the_carrier_s_name_for_it(world: World) -> None:
    world.add_number(OURS)
    call = place(world)
    begin(world, call.sid)
    world.do(placing.accepted(world.tx, call.sid, "id-1"))
    world.do(placing.accepted(world.tx, call.sid, "id-2"))
    world.do(placing.accepted(world.tx, "CA0", "id-3"))
    assert stored(world, call.sid).provider_id == "id-1"


def test_a_call_that_comes_to_nothing(world: World) -> None:
    world.add_number(OURS)
    call = place(world, StatusCallback=STATUS)
    begin(world, call.sid)
    world.do(placing.fail(world.env, world.tx, call.sid, 21215, "the carrier refused the call"))
    world.do(placing.fail(world.env, world.tx, "CA0", 21215, ""))
    over = stored(world, call.sid)
    assert (over.status, over.duration) == ("failed", 0)
    assert world.codes() == [21215]
    (told,) = reports(world)
    assert (told["CallStatus"], told["CallDuration"]) == ("failed", "0")


def test_status_callbacks(world: World) -> None:
    world.add_number(OURS)
    call = place(world, StatusCallback=STATUS, StatusCallbackEvent=[ALL])
    begin(world, call.sid)
    tell(world, call, "ringing")
    tell(world, call, "in-progress", answered_by="human")
    world.clock.advance(61_000)
    tell(world, call, "completed", duration=61)
    told = reports(world)
    assert [one["CallStatus"] for one in told] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [one["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
    assert {one["CallSid"] for one in told} == {call.sid}
    assert {(one["From"], one["To"], one["Direction"]) for one in told} == {
        (OURS, PERSON, "outbound-api")
    }
    assert "CallDuration" not in told[2]
    assert [one.get("AnsweredBy") for one in told] == [None, None, "human", "human"]
    assert (told[3]["CallDuration"], told[3]["Duration"]) == ("61", "2")
    assert stored(world, call.sid).answered_by == "human"


def test_who_answered_may_be_found_out_later(world: World) -> None:
    """Some carriers find it out while the call goes on. What was found first counts."""
    world.add_number(OURS)
    call = place(world, StatusCallback=STATUS, MachineDetection="Enable")
    begin(world, call.sid)
    for who in (None, "machine_start", "human"):
        tell(world, call, "in-progress", answered_by=who)
        if who is not None:
            assert stored(world, call.sid).answered_by == "machine_start"
    tell(world, call, "completed")
    assert [one["AnsweredBy"] for one in reports(world)] == ["machine_start"]


def test_who_answered_a_call_that_is_over(world: World) -> None:
    """Is noted even then, of the call itself alone."""
    world.add_number(OURS)
    call = place(world, StatusCallback=STATUS)
    begin(world, call.sid)
    tell(world, call, "in-progress")
    leg = world.records.call(
        world.account.sid, parent_call_sid=call.sid, direction="outbound-dial", status="ringing"
    )
    world.do(world.tx.calls.add_many([leg]))
    tell(world, leg, "in-progress", with_parent=True, answered_by="fax")
    assert stored(world, call.sid).answered_by is None
    tell(world, call, "completed")
    for found in ("machine_start", "human"):
        tell(world, call, "in-progress", answered_by=found)
    found = stored(world, call.sid)
    assert (found.status, found.answered_by) == ("completed", "machine_start")
    assert stored(world, leg.sid).answered_by == "fax"


def test_only_what_is_wanted_is_told(world: World) -> None:
    world.add_number(OURS)
    for wanted in ({}, {"StatusCallback": STATUS}):
        call = place(world, **wanted)
        begin(world, call.sid)
        tell(world, call, "ringing")
        tell(world, call, "busy")
    (told,) = reports(world)
    assert told["CallStatus"] == "busy"
    # The person's number is none of ours, whoever has an address for its calls' ends.
    forgotten = place(world, StatusCallback=STATUS)
    world.do(world.tx.placed_calls.delete(forgotten.sid))
    tell(world, forgotten, "failed")
    assert len(reports(world)) == 1


def test_what_waits_at_a_start_is_placed_then(world: World) -> None:
    world.add_number(OURS)
    waits, rings = place(world), place(world)
    begin(world, rings.sid)
    assert world.do(events.recover(world.env, world.tx, "simulator", world.clock())) == 1
    assert stored(world, waits.sid).status == "queued"
    assert stored(world, rings.sid).status == "failed"
    assert begin(world, rings.sid) is None


def test_a_strict_server_wants_numbers_that_are_somebody_s(world: World) -> None:
    world.add_number(OURS)
    settings = msgspec.structs.replace(
        world.env.settings, numbers=NumbersSettings(validity="lenient")
    )
    world.env = msgspec.structs.replace(world.env, settings=settings)
    assert place(world, To="+15550001111").called == "+15550001111"


def test_accounts_are_apart(world: World) -> None:
    world.add_number(OURS)
    other: Account = world.add_account()
    asked = form({"To": PERSON, "From": OURS, "Url": URL})
    with pytest.raises(Fault) as caught:
        world.do(placing.create(world.env, world.tx, other.sid, asked, lambda _: CALL_OPTIONS))
    assert caught.value.code == 21210
