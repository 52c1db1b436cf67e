"""Documents that calls name: who may have them fetched, and how programs are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import pytest

from maskline.gateway.documents import Documents
from maskline.model.call import Call
from maskline.model.exchange import Exchange
from maskline.model.job import Status
from maskline.model.placed_call import PlacedCall
from maskline.model.problem import Problem
from maskline.model.traffic import DocumentWanted, Told
from maskline.voice.answers import Answer, Data, Failure, Instructions, Silence
from maskline.voice.instructions import Dial, Hangup, Number, Response, Say
from tests.support.memory import ALICE, BOB, World

T = TypeVar("T")
NUMBER, PROGRAM = "+14158670001", "https://a.example/voice"


class Desk:
    """Documents over a database in memory; `answers` are the program's, by URL."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.documents = Documents(world.env, self, self.ask, self)  # type: ignore[arg-type]

    async def transact(self, use_case: Callable[[Any], Awaitable[T]]) -> T:
        return await use_case(self.world.tx)

    read = transact

    async def ask(
        self, url: str, method: str, params: Sequence[tuple[str, str]], *_: Any, **__: Any
    ) -> Answer:
        self.asked.append((url, method, dict(params)))
        return self.answers[url]

    async def call(self, _: Any) -> None:
        return None

    def add(self, placed: PlacedCall | None = None, **changes: Any) -> Call:
        blank = {"caller": ALICE, "called": NUMBER, "carrier": "one", "status": "in-progress"}
        call = self.world.records.call(self.world.account.sid, **{**blank, **changes})
        self.world.do(self.world.tx.calls.add_many([call]))
        if placed is not None:
            self.world.do(self.world.tx.placed_calls.put(call.sid, call.account_sid, placed))
        return call

    def wanted(self, **fields: Any) -> Response:
        one = DocumentWanted(**{"carrier": "one", "url": PROGRAM, **fields})
        return self.world.do(self.documents.wanted(one)).response

    def reports(self) -> list[Status]:
        jobs = [job for job in self.world.jobs() if job.kind == "status"]
        return [msgspec.json.decode(job.payload, type=Status) for job in jobs]


@pytest.fixture
def desk(world: World) -> Desk:
    world.add_number(NUMBER)
    return Desk(world)


def exchange() -> Exchange:
    return Exchange("POST", PROGRAM, {}, [], 500)


def test_a_later_document_shows_no_caller_s_number(desk: Desk) -> None:
    """Where it names nobody, a Dial shows the number of ours that is on the call."""
    desk.answers[PROGRAM] = Instructions(Response((Dial((Number(BOB),)),)))
    came = desk.add()
    placed = desk.add(direction="outbound-api", caller=NUMBER, called=ALICE)
    for call in (came, placed):
        (dial,) = desk.wanted(call_sid=call.sid).verbs
        assert isinstance(dial, Dial)
        assert dial.caller_id == NUMBER
    assert [params["Direction"] for _, _, params in desk.asked] == ["inbound", "outbound-api"]


@pytest.mark.parametrize("who", [{"carrier": "two"}, {"account_sid": "AC" + "9" * 32}])
def test_a_carrier_asks_about_its_own_calls_alone(desk: Desk, who: dict[str, str]) -> None:
    call = desk.add()
    with pytest.raises(LookupError):
        desk.wanted(call_sid=call.sid, **who)
    with pytest.raises(LookupError):
        desk.wanted(call_sid="CA0")
    assert not desk.asked


def test_what_is_told_of_another_call_is_not_of_this_one(desk: Desk, world: World) -> None:
    for theirs in ("theirs", None):
        call = desk.add(provider_id=theirs)
        world.do(desk.documents.check(call.sid, "theirs"))
    world.do(desk.documents.check("CA0", "theirs"))
    with pytest.raises(LookupError):
        world.do(desk.documents.check(desk.add(provider_id="other").sid, "theirs"))


def test_an_account_s_own_carrier(desk: Desk) -> None:
    desk.answers[PROGRAM] = Silence(exchange())
    call = desk.add()
    assert desk.wanted(call_sid=call.sid, account_sid=call.account_sid) == Response()


def test_legs_go_by_our_names(desk: Desk) -> None:
    desk.answers[PROGRAM] = Silence(exchange())
    call = desk.add()
    leg = desk.add(
        direction="outbound-dial", parent_call_sid=call.sid, provider_id="theirs", called=BOB
    )
    desk.wanted(call_sid=call.sid, details=(("DialCallSid", "theirs"), ("Digits", "1")))
    desk.wanted(call_sid=call.sid, details=(("DialCallSid", "nobody's"),))
    desk.wanted(call_sid=call.sid, leg="theirs")
    desk.wanted(call_sid=call.sid, leg="nobody's")
    dialled, unknown, whisper, other = (params for _, _, params in desk.asked)
    assert (dialled["DialCallSid"], dialled["Digits"]) == (leg.sid, "1")
    assert unknown["DialCallSid"] == ""
    assert (whisper["CallSid"], whisper["ParentCallSid"]) == (leg.sid, call.sid)
    assert (whisper["To"], other["CallSid"]) == (BOB, call.sid)


def test_what_a_placed_call_does(desk: Desk, world: World) -> None:
    hello = "<Response><Say>Hi</Say><Sing/></Response>"
    enclosed = desk.add(PlacedCall(twiml=hello), direction="outbound-api")
    assert desk.wanted(call_sid=enclosed.sid, url="") == Response((Say("Hi"),))
    # A carrier that asks nobody at a door asks by the call's name alone.
    asked = desk.documents("", "POST", {"CallSid": enclosed.sid})
    assert world.do(asked).response == Response((Say("Hi"),))
    assert world.codes() == [12200, 12200]
    over = desk.add(PlacedCall(twiml=hello), direction="outbound-api", status="failed")
    assert desk.wanted(call_sid=over.sid, url="") == Response((Hangup(),))
    nobody_s = desk.add()
    with pytest.raises(LookupError):
        desk.wanted(call_sid=nobody_s.sid, url="")


def test_a_fallback(desk: Desk, world: World) -> None:
    other = "https://b.example/plan-b"
    placed = PlacedCall(url=PROGRAM, fallback_url=other, fallback_method="GET")
    call = desk.add(placed, direction="outbound-api")
    desk.answers[PROGRAM] = Failure(Problem(11200, "500", exchange()))
    desk.answers[other] = Instructions(Response((Say("plan b"),)))
    assert desk.wanted(call_sid=call.sid, url="") == Response((Say("plan b"),))
    assert desk.asked[1][:2] == (other, "GET")
    assert (desk.asked[1][2]["ErrorCode"], desk.asked[1][2]["ErrorUrl"]) == ("11200", PROGRAM)
    assert world.codes() == [11200]


@pytest.mark.parametrize(
    "answer", [Failure(Problem(12100, "no XML", exchange())), Data(exchange(), "")]
)
def test_who_gets_no_instructions_hears_a_sentence(
    desk: Desk, world: World, answer: Answer
) -> None:
    desk.answers[PROGRAM] = answer
    said, end = desk.wanted(call_sid=desk.add().sid).verbs
    assert isinstance(said, Say)
    assert end == Hangup()
    assert len(world.codes()) == 1


def test_doors_of_ours(desk: Desk, world: World) -> None:
    service = world.add_service()
    door = desk.documents.door(world.account.sid, service.sid)
    call = desk.add()
    assert desk.wanted(call_sid=call.sid, url=f"{door}/Whisper") == Response()
    world.change("voice", whisper="For you")
    assert Desk(world).wanted(call_sid=call.sid, url=f"{door}/Whisper").verbs[0] == Say(
        "For you", language="en-US"
    )
    placed = desk.add(direction="outbound-api", caller=NUMBER, called=ALICE)
    for sid in (call.sid, placed.sid):
        assert Hangup() in desk.wanted(call_sid=sid, url=door).verbs
    assert not desk.asked


async def test_what_is_told_to_programs(desk: Desk, world: World) -> None:
    call = desk.add()
    leg = desk.add(
        direction="outbound-dial", parent_call_sid=call.sid, provider_id="theirs", caller=NUMBER
    )
    told = desk.documents.told
    mine = {"method": "POST", "params": (("CallStatus", "completed"),)}
    told(Told("one", call.sid, PROGRAM, leg="theirs", **mine))
    told(Told("one", call.sid, PROGRAM, **mine))
    told(Told("", call.sid, PROGRAM, account_sid=call.account_sid, **mine))
    told(Told("two", call.sid, PROGRAM, **mine))
    told(Told("", "CA0", PROGRAM, **mine))
    told(Told("one", call.sid, desk.documents.door(call.account_sid, "KS" + "1" * 32), **mine))
    desk.documents.tell(PROGRAM, "GET", {"CallSid": leg.sid, "CallStatus": "ringing"})
    await desk.documents.drain()
    found = [dict(one.params) for one in desk.reports()]
    assert [one.get("CallSid") for one in found] == [leg.sid, call.sid, None, leg.sid]
    assert (found[0]["ParentCallSid"], found[0]["From"]) == (call.sid, NUMBER)
    assert [one.method for one in desk.reports()] == ["POST", "POST", "POST", "GET"]


async def test_what_is_told_to_who_placed_a_call(desk: Desk) -> None:
    """At the address that it named for that, if it named one."""
    wishes = (("AsyncAmdStatusCallback", PROGRAM), ("AsyncAmdStatusCallbackMethod", "GET"))
    placed = [desk.add(PlacedCall(options=one)) for one in (wishes, wishes[:1], ())]
    for call in (*placed, desk.add()):
        said = (("AnsweredBy", "human"),)
        desk.documents.told(Told("one", call.sid, "", "POST", said, wish="AsyncAmdStatusCallback"))
    await desk.documents.drain()
    found = [(one.url, one.method, dict(one.params)["CallSid"]) for one in desk.reports()]
    assert found == [(PROGRAM, "GET", placed[0].sid), (PROGRAM, "POST", placed[1].sid)]


async def test_who_asks_first_how_a_call_begins(desk: Desk) -> None:
    one, other = (DocumentWanted("one", "CA1", once=who) for who in ("human", "unknown"))
    told = desk.documents.is_to_be_told
    for asks, expected in ((one, True), (other, False), (one, True), (other, False)):
        assert await told(asks) is expected
    assert await told(DocumentWanted("one", "CA1"))
    # Another carrier's word counts for its own calls alone.
    assert await told(DocumentWanted("two", "CA1", once="unknown"))
