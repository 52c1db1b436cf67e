"""What Telnyx tells of calls that are steered by commands, and the states that it keeps for us."""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from maskline.model.call import CallStatus
from maskline.voice.instructions import Response

_ENDS: Final = {
    "normal_clearing": CallStatus.COMPLETED.value,
    "time_limit": CallStatus.COMPLETED.value,
    "originator_cancel": CallStatus.CANCELED.value,
    "user_busy": CallStatus.BUSY.value,
    "call_rejected": CallStatus.BUSY.value,
    "timeout": CallStatus.NO_ANSWER.value,
    "no_answer": CallStatus.NO_ANSWER.value,
}


class Payload(msgspec.Struct):
    """A call's leg, as events tell of it."""

    call_control_id: str = ""
    connection_id: str = ""
    client_state: str | None = None
    sender: str = msgspec.field(default="", name="from")
    to: str = ""
    direction: str | None = None
    hangup_cause: str | None = None
    #: Of `call.gather.ended` and of `call.dtmf.received`.
    digits: str | None = None
    digit: str | None = None
    status: str | None = None
    #: Of what tells who answered.
    result: str | None = None
    #: Of `call.recording.saved`.
    recording_id: str | None = None
    recording_urls: dict[str, str] | None = None
    recording_started_at: str | None = None
    recording_ended_at: str | None = None


class _Data(msgspec.Struct):
    event_type: str
    payload: Payload


class Event(msgspec.Struct):
    """Something that happened to a leg."""

    data: _Data


def how_it_ended(call: Payload) -> str:
    """How a leg ended, as `call.hangup` says it."""
    return _ENDS.get(call.hangup_cause or "", CallStatus.FAILED.value)


class Plan(msgspec.Struct, frozen=True, tag="plan"):
    """Of a call: what is to be done after `then` has happened. Where it is kept, the response is
    what stands from the verb `at` on in `script`. A call begins another `course` each time that a
    program has it go on elsewhere. `pauses`: it waits for keys that nobody asked for."""

    call_sid: str
    leg: str | None
    then: str
    response: Response
    script: str = ""
    at: int = 0
    course: int = 0
    pauses: bool = False


class Placed(msgspec.Struct, frozen=True, tag="placed"):
    """Of a call that a program placed and nobody has answered: what it does is asked for then, or,
    where it `waits`, when it is known whether a machine answered."""

    call_sid: str
    waits: bool = False


class Leg(msgspec.Struct, frozen=True, tag="leg"):
    """A leg that was dialled: our name for it, or of one that has none the name of the call that it
    was dialled for (`parent`); and the call `of` which it is at Telnyx. While it is to hear
    something first, it `whispers`. When it is over, the call goes on at the place `at` of `script`,
    where there is one. It `competes` with others that ring at once, or is rung `alone`, before
    them. `is_answered`: the caller's call was, when it was dialled. `course` is that of the call.
    """

    sid: str
    of: str
    whispers: bool = False
    parent: str = ""
    script: str = ""
    at: int = 0
    competes: bool = False
    alone: bool = False
    is_answered: bool = False
    course: int = 0


class Rings(msgspec.Struct, frozen=True, tag="rings"):
    """Of a call: the leg that is dialled for it, or several. `call_sid` is our name for the call,
    where a document of a program dials, which may have it go on elsewhere; `course` is the call's.
    """

    leg: str
    others: tuple[str, ...] = ()
    call_sid: str = ""
    course: int = 0

    @property
    def legs(self) -> tuple[str, ...]:
        """All of them."""
        return (self.leg, *self.others)


State = Plan | Placed | Leg | Rings


def packed(state: State) -> str:
    """A state as Telnyx keeps it."""
    return base64.b64encode(msgspec.json.encode(state)).decode()


def unpacked(text: str | None) -> State | None:
    """A state of ours that came back; null for none."""
    try:
        data = base64.b64decode(text or "", validate=True)
        state: State = msgspec.json.decode(data, type=State)
    except ValueError:
        return None
    return state
