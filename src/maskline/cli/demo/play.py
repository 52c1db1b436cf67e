"""The play: a masked conversation, a masked call, and a stranger who gets nothing through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from maskline.cli.demo.cast import BOB, STRANGER, Person
from maskline.cli.demo.handset import Handset
from maskline.cli.demo.program import Masked, Setting
from maskline.cli.demo.receiver import Callback, Receiver
from maskline.cli.demo.screen import Screen
from maskline.cli.refusal import Refusal
from maskline.model.call import FINAL
from maskline.model.message import MessageStatus

#: Seconds that anything may take to arrive.
_PATIENCE: Final = 10.0
_LOOK_AGAIN: Final = 0.02
#: Seconds of talk.
_TALK: Final = 2.05

_DONE: Final = frozenset(
    {
        MessageStatus.DELIVERED.value,
        MessageStatus.UNDELIVERED.value,
        MessageStatus.FAILED.value,
        *FINAL,
    }
)


class Theatre(msgspec.Struct, frozen=True):
    """All that a scene needs. `client` is the official SDK's, `picture` the URL of one to send."""

    screen: Screen
    client: Any
    receiver: Receiver
    setting: Setting
    alice: Handset
    bob: Handset
    stranger: Handset
    picture: str

    @property
    def session(self) -> Any:
        """The session, through the SDK."""
        services = self.client.proxy.v1.services
        return services(self.setting.service_sid).sessions(self.setting.session_sid)


def play(theatre: Theatre) -> None:
    """All scenes."""
    screen, setting = theatre.screen, theatre.setting
    screen.title("A masked conversation")
    screen.heads(
        ("Alice's phone", setting.alice.person.number),
        ("The operator", f"session {setting.session_sid}"),
        ("Bob's phone", setting.bob.person.number),
    )
    _text(theatre, setting.alice, "Hi, I have your parcel. Are you at home?")
    _text(theatre, setting.bob, "Yes! Ring twice, the bell is shy 🔔")
    _text(theatre, setting.alice, "This one:", theatre.picture)
    screen.title("A masked call")
    _call(theatre)
    screen.title("A stranger texts the same number")
    _stranger(theatre)


def _text(theatre: Theatre, sender: Masked, body: str, *media: str) -> None:
    """A participant texts the other one."""
    from_alice = sender is theatre.setting.alice
    mine, theirs = theatre.alice, theatre.bob
    if not from_alice:
        mine, theirs = theirs, mine
    before = len(theirs.received())
    mine.text(sender.proxy, body, media)
    arrived = _until(lambda: theirs.received()[before:], "the text on the other phone")[0]
    interaction = _settled(theatre)
    callbacks = _callbacks(theatre, interaction.sid)
    sent = [f"▸ to {sender.proxy}", body, *_pictures(media)]
    shown = [f"◂ from {arrived['from']}", arrived["body"], *_pictures(arrived["media"])]
    legs = [
        _leg("in ", theatre.client.messages(interaction.inbound_resource_sid).fetch()),
        _leg("out", theatre.client.messages(interaction.outbound_resource_sid).fetch()),
    ]
    middle = [f"{interaction.sid} message", *legs, _told(callbacks)]
    theatre.screen.row(sent if from_alice else shown, middle, shown if from_alice else sent)
    theatre.screen.pause()


def _call(theatre: Theatre) -> None:
    """Alice calls Bob."""
    screen, alice = theatre.screen, theatre.setting.alice
    dialled = theatre.alice.dial(alice.proxy)
    ringing = _until(theatre.bob.calls, "the other phone to ring")[-1]
    screen.row(
        [f"☎ dials {alice.proxy}"],
        ["told to dial Bob from Bob's own proxy number"],
        [f"☎ rings: {ringing['from']}"],
    )
    screen.pause()
    theatre.bob.answer(ringing["id"])
    screen.row(["talks"], ["both legs in progress"], ["answers, talks"])
    time.sleep(_TALK)
    theatre.alice.hang_up(dialled)
    interaction = _settled(theatre)
    callbacks = _callbacks(theatre, interaction.sid)
    mine, theirs = theatre.alice.calls()[-1], theatre.bob.calls()[-1]
    legs = [
        _leg("in ", theatre.client.calls(interaction.inbound_resource_sid).fetch()),
        _leg("out", theatre.client.calls(interaction.outbound_resource_sid).fetch()),
    ]
    duration = msgspec.json.decode(interaction.data)["duration"]
    screen.row(
        [f"hangs up: {mine['duration']} s with {mine['peer']}"],
        [f"{interaction.sid} voice, {duration} s", *legs, _told(callbacks)],
        [f"over: {theirs['duration']} s with {theirs['peer']}"],
    )
    screen.pause()


def _stranger(theatre: Theatre) -> None:
    """Somebody who is in no session texts Alice's proxy number."""
    proxy = theatre.setting.alice.proxy
    before = len(theatre.session.interactions.list())
    theatre.stranger.text(proxy, "Who is this? Call me!")
    kept = _until(lambda: theatre.client.messages.list(from_=STRANGER.number), "the text")[0]
    after = len(theatre.session.interactions.list())
    theatre.screen.row(
        ["nothing"],
        [
            _leg("in ", kept),
            "its sender is in no session: passed on to nobody",
            f"interactions of the session: {before}, then {after}",
        ],
        ["nothing"],
    )
    theatre.screen.pause()


def verdicts(theatre: Theatre) -> Iterator[tuple[bool, str]]:
    """What the play promised, looked up on the phones and at the receiver of callbacks."""
    setting = theatre.setting
    pairs = (
        (theatre.alice, setting.alice, setting.bob.person),
        (theatre.bob, setting.bob, setting.alice.person),
    )
    for handset, masked, other in pairs:
        yield _hidden(handset, masked, other)
    phones = theatre.alice.everything() + theatre.bob.everything()
    reached = any(spelling in phones for spelling in STRANGER.spellings)
    answered = theatre.stranger.received() or theatre.stranger.calls()
    yield (
        not reached and not answered,
        "the stranger's text reached nobody, and nobody answered it"
        if not reached and not answered
        else "the stranger got through",
    )
    callbacks = theatre.receiver.arrived()
    signed = sum(one.signed for one in callbacks)
    yield (
        signed == len(callbacks) > 0,
        f"{len(callbacks)} callbacks arrived at the program, {signed} with a valid signature",
    )


def _hidden(handset: Handset, masked: Masked, other: Person) -> tuple[bool, str]:
    """Whether a phone saw the other one often enough, and never its real number."""
    name, everything = masked.person.name, handset.everything()
    texts = [one for one in handset.received() if one["from"] == masked.proxy]
    calls = [one for one in handset.calls() if one["peer"] == masked.proxy]
    counts = f"{_count(len(texts), 'text')} and {_count(len(calls), 'call')}"
    seen = f"{name}'s phone got {counts} with {masked.proxy}"
    if any(spelling in everything for spelling in other.spellings):
        return False, f"{seen}, and {other.name}'s real number is on it"
    wanted = 2 if masked.person is BOB else 1
    if len(texts) != wanted or len(calls) != 1:
        return False, f"{seen}; it should have been {wanted} and 1"
    return True, f"{seen}; {other.name}'s real number is nowhere on it"


def _settled(theatre: Theatre) -> Any:
    """The session's latest interaction, when nothing more will happen to it."""

    def look() -> Any:
        found = theatre.session.interactions.list(limit=1)
        return found[0] if found and found[0].outbound_resource_status in _DONE else None

    return _until(look, "the operator's record")


def _callbacks(theatre: Theatre, interaction: str) -> list[Callback]:
    """An interaction's callbacks, up to the one that tells how it ended."""

    def look() -> list[Callback]:
        arrived = theatre.receiver.arrived(interaction)
        return arrived if arrived and arrived[-1].status in _DONE else []

    found: list[Callback] = _until(look, "the last callback")
    return found


def _leg(name: str, leg: Any) -> str:
    # The SDK names a call's caller differently from a message's sender.
    sender = getattr(leg, "from_", None) or leg._from
    return f"{name} {leg.sid[:2]}…{leg.sid[-4:]} {sender} → {leg.to} {leg.status}"


def _told(callbacks: list[Callback]) -> str:
    signed = "signed" if all(one.signed for one in callbacks) else "NOT SIGNED"
    return f"{signed} callbacks: {' → '.join(one.status for one in callbacks)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _pictures(media: Sequence[str]) -> list[str]:
    return ["[a picture]"] * len(media)


def _until(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds, as soon as it finds something. Raises Refusal when it takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Refusal(f"the demo waited {_PATIENCE:.0f} s in vain for {what}")
        time.sleep(_LOOK_AGAIN)
    return found
