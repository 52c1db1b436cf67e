"""The call that every carrier's tables are run with: Alice calls her proxy number, Bob is rung and
sees his own."""

from __future__ import annotations

from maskline.carriers.contract import CallAnswer
from maskline.voice.instructions import LEG_EVENTS, Dial, Hangup, Number, Response, Say
from tests.support.carrier_desk import DOOR

ALICE = "+14155550100"
BOB = "+13055550100"
#: What Alice dials, and what Bob sees.
NEAR = "+14158670001"
FAR = "+14158670002"
CALL, LEG = "CA" + "1" * 32, "CA" + "2" * 32

SENTENCE = Response((Say("Nobody is <there> & goodbye.", language="en-US"), Hangup()))
WHISPER = Response((Say("A masked call.", language="en-US"),))


def masked(*, whisper: bool = False, announcement: str = "", timeout: int = 30) -> CallAnswer:
    """What the rules have a carrier do."""
    doors = f"{DOOR}/Call"
    number = Number(
        BOB,
        url=f"{doors}/Whisper" if whisper else None,
        status_callback=f"{doors}/Leg?CallLeg={LEG}",
        status_callback_events=LEG_EVENTS,
    )
    dial = Dial(
        (number,),
        caller_id=FAR,
        answer_on_bridge=True,
        timeout=timeout,
        action=f"{doors}/Done?CallLeg={LEG}",
    )
    said = (Say(announcement, language="en-US"),) if announcement else ()
    return CallAnswer(CALL, Response((*said, dial)), LEG)


def numbers_in(text: str) -> dict[str, int]:
    """How often each person's and each proxy number is in what a carrier is given."""
    names = {"alice": ALICE, "bob": BOB, "near": NEAR, "far": FAR}
    return {who: text.count(number.removeprefix("+")) for who, number in names.items()}
