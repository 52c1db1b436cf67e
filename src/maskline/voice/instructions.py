"""The typed instruction tree of a call or of an answer to a message.

A tree is a value: it is parsed from TwiML (:mod:`maskline.voice.twiml`) or built by the call rules,
and every carrier renders it in its own dialect. TwiML is the reference form, so a class is named
after its element and a field encodes under its attribute's name; ``msgspec.json`` turns a tree into
JSON and back.

The classes are plain. They hold what they are given; ranges (named in the docstrings) are the
parser's to enforce, and whether a number may be dialled is the call rules' to decide. Durations are
whole seconds. A URL may be relative to the document it came in. ``None`` means not given; for a URL
that differs from ``""``, which names the document itself. Trees carry numbers, message bodies and
SIP passwords: never log one.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

MAX_DIAL_TARGETS: Final = 10

HttpMethod: TypeAlias = Literal["GET", "POST"]
CallEvent: TypeAlias = Literal["initiated", "ringing", "answered", "completed"]
#: All that can be told of a leg.
LEG_EVENTS: Final[tuple[CallEvent, ...]] = ("initiated", "ringing", "answered", "completed")
ConferenceEvent: TypeAlias = Literal[
    "start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"
]
RecordingEvent: TypeAlias = Literal["in-progress", "completed", "absent"]
Beep: TypeAlias = Literal["true", "false", "onEnter", "onExit"]
DialRecord: TypeAlias = Literal[
    "do-not-record",
    "record-from-answer",
    "record-from-ringing",
    "record-from-answer-dual",
    "record-from-ringing-dual",
]
GatherInput: TypeAlias = Literal["dtmf", "speech", "dtmf speech"]
RecordingTrack: TypeAlias = Literal["both", "inbound", "outbound"]
RejectReason: TypeAlias = Literal["rejected", "busy"]
Trim: TypeAlias = Literal["do-not-trim", "trim-silence"]


class Instruction(msgspec.Struct, frozen=True, rename="camel", tag=True, omit_defaults=True):
    """Base of every verb and noun; the tag is the TwiML element's name."""


class Number(Instruction, frozen=True):
    """Dial a phone number.

    ``send_digits`` are keyed in once it answers (0-9, A-D, ``*``, ``#``, ``w`` and ``W`` to wait);
    ``url`` is fetched for instructions that only the callee hears before the bridge.
    """

    number: str
    send_digits: str | None = None
    url: str | None = None
    method: HttpMethod = "POST"
    status_callback: str | None = None
    status_callback_method: HttpMethod = "POST"
    status_callback_events: tuple[CallEvent, ...] = msgspec.field(
        default=("completed",), name="statusCallbackEvent"
    )


class Sip(Instruction, frozen=True):
    """Dial a SIP URI, with credentials where the far end asks for them."""

    uri: str
    username: str | None = None
    password: str | None = None
    url: str | None = None
    method: HttpMethod = "POST"
    status_callback: str | None = None
    status_callback_method: HttpMethod = "POST"
    status_callback_events: tuple[CallEvent, ...] = msgspec.field(
        default=("completed",), name="statusCallbackEvent"
    )


class Client(Instruction, frozen=True):
    """Dial a softphone that is registered with the carrier under ``identity``."""

    identity: str
    url: str | None = None
    method: HttpMethod = "POST"
    status_callback: str | None = None
    status_callback_method: HttpMethod = "POST"
    status_callback_events: tuple[CallEvent, ...] = msgspec.field(
        default=("completed",), name="statusCallbackEvent"
    )


class Conference(Instruction, frozen=True):
    """Put the caller into the conference ``name``; 1-250 participants.

    ``wait_url`` plays until it starts: ``None`` is the carrier's music, ``""`` is silence.
    """

    name: str
    muted: bool = False
    beep: Beep = "true"
    start_conference_on_enter: bool = True
    end_conference_on_exit: bool = False
    max_participants: int = 250
    wait_url: str | None = None
    wait_method: HttpMethod = "POST"
    status_callback: str | None = None
    status_callback_method: HttpMethod = "POST"
    status_callback_events: tuple[ConferenceEvent, ...] = msgspec.field(
        default=(), name="statusCallbackEvent"
    )


DialTarget: TypeAlias = Number | Sip | Client | Conference


class Dial(Instruction, frozen=True):
    """Call the targets at once (one after another if ``sequential``); the first to answer wins.

    ``timeout`` is the ring time, 5-600 s; ``time_limit`` the longest talk, 1-86400 s. At most
    ``MAX_DIAL_TARGETS`` targets. With ``action`` the next instructions come from that URL.
    """

    targets: tuple[DialTarget, ...] = ()
    caller_id: str | None = None
    answer_on_bridge: bool = False
    timeout: int = 30
    time_limit: int = 14400
    action: str | None = None
    method: HttpMethod = "POST"
    hangup_on_star: bool = False
    sequential: bool = False
    ring_tone: str | None = None
    record: DialRecord = "do-not-record"
    recording_track: RecordingTrack = "both"
    recording_status_callback: str | None = None
    recording_status_callback_method: HttpMethod = "POST"
    recording_status_callback_events: tuple[RecordingEvent, ...] = msgspec.field(
        default=("completed",), name="recordingStatusCallbackEvent"
    )
    trim: Trim = "do-not-trim"


class Say(Instruction, frozen=True):
    """Read ``text`` aloud ``loop`` times, 0-1000; 0 goes on until the call ends."""

    text: str
    voice: str | None = None
    language: str | None = None
    loop: int = 1


class Play(Instruction, frozen=True):
    """Play the audio at ``url``, or the keypad tones in ``digits``; ``loop`` as in :class:`Say`."""

    url: str = ""
    loop: int = 1
    digits: str | None = None


class Pause(Instruction, frozen=True):
    """Wait in silence for ``length`` seconds, at least 1."""

    length: int = 1


Prompt: TypeAlias = Say | Play | Pause


class Gather(Instruction, frozen=True):
    """Collect keypad digits (or speech) while the prompts play, then ask ``action`` what to do.

    ``timeout`` is the silence that ends it, at least 1 s; ``num_digits``, at least 1, end it early;
    ``finish_on_key`` holds the keys that end it, ``""`` for none. Without input the next verb runs,
    unless ``action_on_empty_result``.
    """

    prompts: tuple[Prompt, ...] = ()
    input: GatherInput = "dtmf"
    action: str | None = None
    method: HttpMethod = "POST"
    num_digits: int | None = None
    timeout: int = 5
    finish_on_key: str = "#"
    action_on_empty_result: bool = False


class Redirect(Instruction, frozen=True):
    """Go on with the instructions at ``url``."""

    url: str
    method: HttpMethod = "POST"


class Record(Instruction, frozen=True):
    """Record the caller until a key, ``timeout`` seconds of silence, or ``max_length`` seconds.

    ``max_length`` is 1-14400 s, ``timeout`` at least 1 s.
    """

    action: str | None = None
    method: HttpMethod = "POST"
    max_length: int = 3600
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    play_beep: bool = True
    trim: Trim = "do-not-trim"
    recording_status_callback: str | None = None
    recording_status_callback_method: HttpMethod = "POST"
    recording_status_callback_events: tuple[RecordingEvent, ...] = msgspec.field(
        default=("completed",), name="recordingStatusCallbackEvent"
    )


class Reject(Instruction, frozen=True):
    """Turn the call away unanswered; effective only before anything has answered it."""

    reason: RejectReason = "rejected"


class Hangup(Instruction, frozen=True):
    """End the call."""


class Message(Instruction, frozen=True):
    """Send a message, by default back to whom the document answers; ``media`` are URLs.

    ``action`` and ``status_callback`` both receive the message's state.
    """

    body: str = ""
    media: tuple[str, ...] = ()
    to: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    action: str | None = None
    method: HttpMethod = "POST"
    status_callback: str | None = None


MessageVerb: TypeAlias = Message | Redirect
VoiceVerb: TypeAlias = (
    Dial | Say | Play | Pause | Gather | Redirect | Record | Reject | Hangup | Message
)
Verb: TypeAlias = VoiceVerb | MessageVerb


class Response(Instruction, frozen=True):
    """A whole answer: verbs that run one after another. Without any, nothing is done."""

    verbs: tuple[Verb, ...] = ()


#: What a program's document may ask of a carrier, as `Kind.verbs` names it: verbs and nouns, and of
#: them what some carriers lack; no Message, which the server sends by itself. `Dial.targets` is
#: several that ring at once, `Dial.sequential` one after the other; `Gather.input` is speech;
#: `…finishOnKey` are several keys, any of which ends it; `Number.url` is what somebody hears who is
#: called, before they are joined.
FEATURES: Final = frozenset(
    {
        "Dial",
        "Dial.action",
        "Dial.hangupOnStar",
        "Dial.record",
        "Dial.sequential",
        "Dial.targets",
        "Gather",
        "Gather.actionOnEmptyResult",
        "Gather.finishOnKey",
        "Gather.input",
        "Hangup",
        "Number.sendDigits",
        "Number.url",
        "Pause",
        "Play",
        "Record",
        "Record.finishOnKey",
        "Record.playBeep",
        "Redirect",
        "Reject",
        "Say",
    }
)


def ends_flow(verb: Verb) -> bool:
    """Whether the verbs after this one can never run."""
    match verb:
        case Redirect() | Reject() | Hangup():
            return True
        case Dial(action=action):
            return action is not None
        case Gather(action_on_empty_result=always_asks):
            return always_asks
        case _:
            return False
