from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest

from maskline.carriers.contract import MOMENT, CallAnswer, HostUnavailable
from maskline.gateway.media import MediaDesk
from maskline.gateway.scripts import Scripts
from maskline.model.call import Call
from maskline.model.traffic import CallTurn
from maskline.store.contract import StoreUnavailable
from maskline.vault import Tickets
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Record,
    Redirect,
    Response,
    Say,
    Verb,
)
from tests.support.memory import World

ACTION, THEIRS = "https://p.example/next", "https://api.carrier/recordings/1.mp3"
CALL = "CA" + "1" * 32
GATHER = Gather((Say("Press"),), action=ACTION)
REST = (Say("bye"), Hangup())


class Carrier:
    """Keeps what is at its API."""

    name = "one"

    def keeps(self, url: str) -> bool:
        return url.startswith("https://api.carrier/")

    async def fetch(self, url: str) -> Any:
        raise AssertionError


class Store:
    """The world's database, or one that is away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.away = False

    async def transact(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self.away:
            raise StoreUnavailable("away")
        return self.world.do(work(self.world.tx))

    read = transact


class Program:
    """Answers with a sentence."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []
        self.told: list[tuple[str, str, Mapping[str, str]]] = []

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        self.asked.append((url, method, params))
        return CallAnswer(params["CallSid"], Response((Say("answer"),)), None)

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        self.told.append((url, method, params))


class Desk:
    """A call that was told something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world)
        self.program = Program()
        media = MediaDesk("https://mask.example", Tickets([b"k" * 32]), 1, world.clock)
        self.media = media
        self.carriers: dict[str, Any] = {"one": Carrier()}
        self.scripts = Scripts(
            world.env,
            self.store,
            self.program,
            media,
            self.carriers,  # type: ignore[arg-type]
        )

    def call(self, status: str = "ringing", sid: str = CALL, **changes: Any) -> Call:
        blank = Call(
            sid=sid,
            account_sid=self.world.account.sid,
            parent_call_sid=None,
            direction="inbound",
            caller="+14155550100",
            called="+14158670001",
            status=status,
            carrier="one",
            provider_id="theirs",
            interaction_sid=None,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=0,
            date_updated=0,
        )
        made = msgspec.structs.replace(blank, **changes)
        self.world.do(self.world.tx.calls.add_many([made]))
        return made

    def leg(self, status: str, sid: str, **changes: Any) -> Call:
        dialled = {"parent_call_sid": CALL, "direction": "outbound-dial", "provider_id": sid[:4]}
        return self.call(status, sid, **dialled | changes)

    async def keep(self, *verbs: Verb, **more: Any) -> CallAnswer:
        given = {"dialled_sid": None} | more
        return await self.scripts.keep(CallAnswer(CALL, Response(verbs), **given))

    async def turn(self, answer: CallAnswer, at: int = 0, **more: Any) -> CallAnswer | None:
        told = tuple(more.pop("told", {}).items())
        return await self.scripts.turn(CallTurn("one", answer.script, at, told, **more))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


async def test_a_program_is_asked_what_comes_next(desk: Desk) -> None:
    desk.call()
    kept = await desk.keep(GATHER, *REST)
    assert (kept.script[:2], kept.at, kept.response.verbs) == ("CD", 0, (GATHER, *REST))
    found = await desk.turn(kept, told={"Digits": "12", "Confidence": ""})
    assert desk.program.asked == [
        (
            ACTION,
            "POST",
            {
                "CallSid": CALL,
                "CallStatus": "in-progress",
                MOMENT: f"{kept.script}:0",
                "Digits": "12",
            },
        )
    ]
    assert found is not None
    assert found.response == Response((Say("answer"),))
    assert (found.script, found.follows, found.call_id) == ("", f"{kept.script}:0", "theirs")
    # Once it is kept, whoever asks again is told the same, and nobody is asked.
    again = await desk.scripts.keep(found)
    second = await desk.turn(kept, told={"Digits": "12"})
    assert second is not None
    assert (second.script, second.response) == (again.script, found.response)
    assert second.moment == f"{kept.script}:0"
    assert len(desk.program.asked) == 1
    assert await desk.turn(kept, told={"Digits": "12"}, is_told_once=True) is None
    # Two at once: the first counts.
    other = msgspec.structs.replace(found, response=Response((Hangup(),)))
    assert await desk.scripts.keep(other) == again


async def test_without_input_the_next_verbs_are_carried_out(desk: Desk) -> None:
    desk.call()
    kept = await desk.keep(Say("hi"), GATHER, *REST)
    found = await desk.turn(kept, 1)
    named = {"call_id": "theirs", "moment": f"{kept.script}:1"}
    assert found == CallAnswer(CALL, Response(REST), None, kept.script, 2, **named)
    assert desk.program.asked == []


async def test_a_recording_is_given_out_under_our_own_address(desk: Desk) -> None:
    desk.call()
    record = Record(action=ACTION, recording_status_callback="https://p.example/rec")
    kept = await desk.keep(record)
    told = {"RecordingUrl": THEIRS, "RecordingDuration": "7", "Digits": "#"}
    await desk.turn(kept, told=told)
    await desk.turn(kept, told=told)
    (_, _, params), (_, _, same) = desk.program.asked
    url = params["RecordingUrl"]
    assert url.startswith("https://mask.example/carriers/one/media/")
    assert "carrier/recordings" not in url
    for form in ("", ".mp3", ".wav"):
        ticket = url.rpartition("/")[2] + form
        assert desk.media.url_of("one", ticket) == THEIRS
    assert params["RecordingSid"] == same["RecordingSid"]
    assert (params["RecordingSid"][:2], len(params["RecordingSid"])) == ("RE", 34)
    assert (params["RecordingDuration"], params["Digits"]) == ("7", "#")
    (where, method, status), _ = desk.program.told
    assert (where, method) == ("https://p.example/rec", "POST")
    assert status["RecordingStatus"] == "completed"
    assert status["RecordingSid"] == params["RecordingSid"]
    assert status["RecordingSource"] == "RecordVerb"


async def test_an_address_that_is_for_anybody_stays(desk: Desk) -> None:
    desk.call()
    kept = await desk.keep(Record(action=ACTION, recording_status_callback_events=()))
    await desk.turn(kept, told={"RecordingUrl": "https://cdn.example/1.mp3"})
    del desk.carriers["one"]
    await desk.turn(kept, told={"RecordingUrl": THEIRS})
    urls = [params["RecordingUrl"] for _, _, params in desk.program.asked]
    assert urls == ["https://cdn.example/1.mp3", THEIRS]
    assert desk.program.told == []


async def test_what_was_recorded_by_who_hung_up_is_told(desk: Desk) -> None:
    desk.call("completed")
    kept = await desk.keep(Record(action=ACTION), *REST)
    told = {"RecordingUrl": THEIRS, "RecordingDuration": "7"}
    assert await desk.turn(kept, told=told, is_late=True) is None
    assert await desk.turn(kept, told=told, is_late=True) is None
    assert await desk.turn(kept, told=told) is None
    ((_, _, params),) = desk.program.asked
    assert (params["CallStatus"], params["Digits"]) == ("completed", "hangup")


async def test_a_recording_that_is_told_twice_is_asked_about_once(desk: Desk) -> None:
    desk.call()
    kept = await desk.keep(Record(action=ACTION), *REST)
    told = {"RecordingUrl": THEIRS}
    with pytest.raises(HostUnavailable):
        await desk.turn(kept, told=told, is_late=True)
    assert desk.program.asked == []
    found = await desk.turn(kept, told=told)
    assert found is not None
    await desk.scripts.keep(found)
    assert await desk.turn(kept, told=told, is_late=True) is None
    assert len(desk.program.asked) == 1


async def test_a_call_that_is_over_goes_nowhere(desk: Desk) -> None:
    desk.call("completed")
    kept = await desk.keep(GATHER, *REST)
    assert await desk.turn(kept) is None


async def test_a_dial_is_told_with_its_leg(desk: Desk) -> None:
    desk.call()
    first = desk.leg("busy", "CA" + "2" * 32, provider_id="leg-1")
    last = desk.leg("completed", "CA" + "3" * 32, provider_id="leg-2", duration=9)
    kept = await desk.keep(Dial((Number("+1"),), action=ACTION))
    await desk.turn(kept, leg="leg-1")
    await desk.turn(kept, leg="unknown")
    await desk.turn(kept, told={"DialCallStatus": "no-answer"})
    said = [
        {name: value for name, value in params.items() if name.startswith("Dial")}
        for _, _, params in desk.program.asked
    ]
    assert said == [
        {"DialCallStatus": "busy", "DialCallSid": first.sid},
        {"DialCallStatus": "completed", "DialCallSid": last.sid, "DialCallDuration": "9"},
        {"DialCallStatus": "no-answer", "DialCallSid": last.sid},
    ]


async def test_numbers_are_rung_one_after_the_other(desk: Desk) -> None:
    desk.call()
    two = (Number("+1"), Number("+2"))
    kept = await desk.keep(Dial(two, caller_id="+3", action=ACTION), *REST)
    found = await desk.turn(kept, told={"DialCallStatus": "busy"}, one_by_one=True)
    assert found is not None
    assert found.response.verbs == (Dial(two[1:], caller_id="+3", action=ACTION), *REST)
    # It is another document: its places are its own.
    assert (found.script, found.follows) == ("", f"{kept.script}:0")


async def test_a_call_alone_names_what_it_was_told_last(desk: Desk) -> None:
    desk.call()
    turn = CallTurn("one", "", -1, (("Digits", "5"),), provider_id="theirs")
    assert await desk.scripts.turn(turn) is None
    await desk.keep(Redirect(ACTION))
    kept = await desk.keep(Say("hi"), GATHER, *REST)
    found = await desk.scripts.turn(turn)
    assert found is not None
    assert found.follows == f"{kept.script}:1"
    # Not typed: the rest is kept anew, since the call can't name a place in it.
    silent = msgspec.structs.replace(turn, told=())
    found = await desk.scripts.turn(silent)
    assert found is not None
    assert (found.response.verbs, found.script, found.follows) == (REST, "", f"{kept.script}:1")
    assert await desk.scripts.turn(msgspec.structs.replace(turn, provider_id="else")) is None


async def test_a_dial_that_ended_a_call(desk: Desk) -> None:
    desk.call("completed")
    over = CallTurn(
        "one",
        "",
        -1,
        (("DialCallStatus", "completed"),),
        provider_id="theirs",
        is_dial=True,
        is_late=True,
    )
    await desk.keep(Dial((Number("+1"),), action=ACTION), dialled_sid="CA" + "9" * 32)
    assert await desk.scripts.turn(over) is None
    assert desk.program.asked == []
    await desk.keep(GATHER)
    assert await desk.scripts.turn(over) is None
    assert desk.program.asked == []
    await desk.keep(Dial((Number("+1"),), action=ACTION))
    assert await desk.scripts.turn(over) is None
    ((_, _, params),) = desk.program.asked
    assert params["DialCallStatus"] == "completed"


async def test_places_that_are_not_there(desk: Desk) -> None:
    desk.call()
    kept = await desk.keep(GATHER, *REST)
    found = await desk.turn(kept, 7, told={"Digits": "1"})
    assert found is not None
    assert found.response.verbs == ()
    assert desk.program.asked == []
    for wrong in (
        CallTurn("two", kept.script, 0),
        CallTurn("one", "CD" + "f" * 32, 0),
    ):
        with pytest.raises(LookupError):
            await desk.scripts.turn(wrong)
    lost = await desk.scripts.keep(CallAnswer("CA" + "8" * 32, Response((GATHER,)), None))
    with pytest.raises(LookupError):
        await desk.turn(lost)


async def test_the_first_of_several_to_answer_wins(desk: Desk) -> None:
    assert await desk.scripts.claim("CD1", 0, "") == ""
    assert await desk.scripts.claim("CD1", 0, "leg-1") == "leg-1"
    assert await desk.scripts.claim("CD1", 0, "leg-2") == "leg-1"
    assert await desk.scripts.claim("CD1", 0, "leg-1") == "leg-1"
    assert await desk.scripts.claim("CD1", 0, "") == "leg-1"
    assert await desk.scripts.claim("CD1", 1, "leg-2") == "leg-2"


async def test_without_a_database_the_carrier_is_to_try_again(desk: Desk) -> None:
    desk.store.away = True
    for work in (
        desk.keep(GATHER),
        desk.scripts.turn(CallTurn("one", "CD1", 0)),
        desk.scripts.claim("CD1", 0, "x"),
    ):
        with pytest.raises(HostUnavailable):
            await work
