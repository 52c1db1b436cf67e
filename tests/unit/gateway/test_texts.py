"""Messages in documents of calls: who sends them, when, and how often."""

from __future__ import annotations

import msgspec
import pytest

from maskline.gateway import texts
from maskline.gateway.documents import Documents
from maskline.model.call import Call
from maskline.model.placed_call import PlacedCall
from maskline.model.traffic import DocumentWanted
from maskline.voice.answers import Instructions
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Message,
    Number,
    Play,
    Redirect,
    Response,
    Say,
    Verb,
)
from maskline.voice.twiml import render
from tests.support.memory import ALICE, BOB, CAROL, World
from tests.unit.gateway.test_documents import NUMBER, PROGRAM, Desk

ONE, TWO = Message("one"), Message("two")


class Texting(Desk):
    """A call whose documents have Messages."""

    def parted(self, call: Call, *verbs: Verb, moment: str = "m") -> tuple[Verb, ...]:
        work = texts.parted(self.world.env, self.world.tx, call, Response(verbs), moment)
        return self.world.do(work).verbs

    def rest(self, call: Call, url: str) -> tuple[Verb, ...]:
        found = self.world.do(texts.rest(self.world.env, self.world.tx, call, url))
        assert found is not None
        return found.verbs

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        return [(one.sender, one.recipient, one.body) for one in self.world.relays()]


@pytest.fixture
def desk(world: World) -> Texting:
    world.add_number(NUMBER)
    return Texting(world)


def url_of(verb: Verb) -> str:
    assert isinstance(verb, Redirect)
    return verb.url


def test_they_go_to_who_is_on_the_phone(desk: Texting, world: World) -> None:
    came = desk.add()
    placed = desk.add(direction="outbound-api", caller=NUMBER, called=BOB)
    leg = desk.add(direction="outbound-dial", parent_call_sid=came.sid, caller=NUMBER, called=CAROL)
    for call in (came, placed, leg):
        moment = f"m-{call.sid}"
        assert desk.parted(call, ONE, Say("hi"), moment=moment) == (Say("hi"),)
    named = Message("else", to=BOB, from_=NUMBER)
    assert desk.parted(came, named, moment="n") == ()
    assert desk.sent == [
        (NUMBER, ALICE, "one"),
        (NUMBER, BOB, "one"),
        (NUMBER, CAROL, "one"),
        (NUMBER, BOB, "else"),
    ]
    assert world.codes() == []


def test_a_document_without_any_is_not_kept(desk: Texting, world: World) -> None:
    verbs = (Say("hi"), Redirect(PROGRAM))
    assert desk.parted(desk.add(), *verbs) == verbs
    assert world.rows("SELECT * FROM call_scripts") == []


def test_one_that_comes_later_is_sent_when_the_call_comes_to_it(desk: Texting) -> None:
    call = desk.add()
    gather = Gather(action=PROGRAM)
    before = desk.parted(call, Say("hi"), gather, ONE, TWO, Dial((Number(BOB),)), ONE)
    assert before[:2] == (Say("hi"), gather)
    assert desk.sent == []
    between = desk.rest(call, url_of(before[2]))
    assert between[:1] == (Dial((Number(BOB),)),)
    assert [body for _, _, body in desk.sent] == ["one", "two"]
    assert desk.rest(call, url_of(between[1])) == ()
    assert [body for _, _, body in desk.sent] == ["one", "two", "one"]


@pytest.mark.parametrize(
    "end",
    [
        Hangup(),
        Redirect(PROGRAM),
        Dial((Number(BOB),), action=PROGRAM),
        Gather(action=PROGRAM, action_on_empty_result=True),
    ],
)
def test_one_that_the_call_can_t_come_to_is_not_sent(desk: Texting, end: Verb) -> None:
    assert desk.parted(desk.add(), Say("hi"), end, ONE) == (Say("hi"), end)
    assert desk.sent == []


def test_a_carrier_that_asks_again_is_told_the_same(desk: Texting) -> None:
    """And nothing is sent a second time, whatever the program answers then."""
    call = desk.add()
    first = desk.parted(call, ONE, Say("a"), TWO)
    assert desk.parted(call, ONE, Say("a"), TWO) == first
    assert desk.parted(call, Say("b"), TWO) == first
    assert len(desk.sent) == 1
    for _ in range(2):
        assert desk.rest(call, url_of(first[1])) == ()
    assert [body for _, _, body in desk.sent] == ["one", "two"]
    desk.parted(call, ONE, moment="later")
    desk.parted(desk.add(), ONE)
    assert len(desk.sent) == 4


def test_a_document_that_is_gone(desk: Texting, world: World) -> None:
    """What was kept is kept for two days; a call may not be left in silence for that."""
    call = desk.add()
    _, redirect = desk.parted(call, Say("a"), ONE)
    other = desk.add()
    assert world.do(texts.rest(world.env, world.tx, other, url_of(redirect))) is None
    assert world.do(texts.rest(world.env, world.tx, call, "maskline:rest:1")) is None
    found = desk.wanted(call_sid=other.sid, url=url_of(redirect))
    assert isinstance(found.verbs[0], Say)
    assert desk.asked == []
    assert desk.sent == []


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "sip:bob@example.com", ""])
def test_who_is_no_phone_is_not_written_to(desk: Texting, world: World, caller: str) -> None:
    assert desk.parted(desk.add(caller=caller), ONE, Say("hi")) == (Say("hi"),)
    assert desk.sent == []
    assert world.codes() == [21211]


def test_the_rules_of_messages_hold(desk: Texting, world: World) -> None:
    """A sender of somebody else's, a person who opted out, and one without content."""
    other = world.add_number(account=world.add_account())
    world.do(world.tx.opt_outs.add(world.records.opt_out(world.account.sid, NUMBER, BOB)))
    call = desk.add()
    verbs = Message("x", from_=other.number), Message("x", to="12"), Message("x", to=BOB), Message()
    assert desk.parted(call, *verbs) == ()
    assert desk.sent == []
    assert sorted(world.codes()) == [21211, 21606, 21610]


def test_media_and_callbacks(desk: Texting, world: World) -> None:
    """Seen from the document, as all its addresses are."""
    verb = Message(
        "look", media=("cat.png",), action="sent", method="GET", status_callback="mailto:x"
    )
    desk.answers[PROGRAM] = Instructions(Response((verb,)))
    call = desk.add()
    assert desk.wanted(call_sid=call.sid) == Response()
    (relay,) = world.relays()
    assert [url for url, _ in relay.media] == ["https://a.example/cat.png"]
    listener = world.do(world.tx.messages.listener(relay.message_sid, call.account_sid))
    assert listener is not None
    assert listener.urls == (("GET", "https://a.example/sent"),)


def test_a_call_that_is_over_sends_nothing(desk: Texting) -> None:
    """Its program may still be asked, about a recording or a Dial."""
    call = desk.add()
    url = url_of(desk.parted(call, Say("a"), ONE)[1])
    over = msgspec.structs.replace(call, status="completed")
    assert desk.rest(over, url) == ()
    assert desk.parted(over, ONE, moment="n") == ()
    assert desk.sent == []


# As carriers come for them


def test_a_moment_that_comes_again(desk: Texting) -> None:
    """By what the carrier says of it; else each time is another."""
    desk.answers[PROGRAM] = Instructions(Response((ONE, Play("https://a.example/b.mp3"))))
    call = desk.add()
    for moment in ("1", "1", "2"):
        found = desk.wanted(call_sid=call.sid, moment=moment)
        assert "Message" not in render(found)
    assert len(desk.sent) == 2
    desk.wanted(call_sid=call.sid)
    desk.wanted(call_sid=call.sid)
    assert len(desk.sent) == 4


def test_what_a_program_has_a_call_do_is_done_once(desk: Texting, world: World) -> None:
    """The same document again is done again where the program asks for it again."""
    placed = PlacedCall(twiml="<Response><Message>hi</Message><Say>a</Say></Response>")
    call = desk.add(placed, direction="outbound-api", caller=NUMBER, called=BOB)
    for _ in range(2):
        assert desk.wanted(call_sid=call.sid, url="") == Response((Say("a"),))
    assert desk.sent == [(NUMBER, BOB, "hi")]
    again = PlacedCall(twiml=placed.twiml, revision=1)
    world.do(world.tx.placed_calls.put(call.sid, call.account_sid, again))
    for _ in range(2):
        desk.wanted(call_sid=call.sid, url="")
    assert len(desk.sent) == 2


def test_the_rest_is_had_like_any_document(desk: Texting, world: World) -> None:
    desk.answers[PROGRAM] = Instructions(Response((Say("a"), ONE, Say("b"))))
    call = desk.add()
    url = url_of(desk.wanted(call_sid=call.sid).verbs[1])
    documents: Documents = desk.documents
    about = {"CallSid": call.sid}
    for _ in range(2):
        assert world.do(documents(url, "POST", about)).response == Response((Say("b"),))
    assert (
        world.do(documents.wanted(DocumentWanted("one", call.sid, url, moment="x"))).moment == "x"
    )
    assert len(desk.sent) == 1
