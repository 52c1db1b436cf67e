"""Any history of words and messages, in whatever batches it arrives, against an oracle."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from maskline.messaging import inbound
from maskline.model.opt_out import OptOutScope
from maskline.model.traffic import InboundMessage
from tests.support.memory import ALICE, BOB, CAROL, DAVE, World

#: A and B are in one Proxy Service, B and C in one Messaging Service.
A, B, C = "+14158670001", "+14158670002", "+14158670003"
TOGETHER = {
    "number": ({A}, {B}, {C}),
    "service": ({A, B}, {C}),
    "messaging_service": ({A}, {B, C}),
}
#: Who dials what, and who is on the other side, at which number of theirs.
WAYS = {
    (ALICE, A): (BOB, B),
    (BOB, B): (ALICE, A),
    (ALICE, B): (CAROL, A),
    (CAROL, A): (ALICE, B),
    (BOB, C): (DAVE, C),
    (DAVE, C): (BOB, C),
}
WORDS = ("STOP", "quit ", "START", "Yes", "UNSTOP", "HELP", "ARRET", "hello", "stop it")

events = st.lists(st.tuples(st.sampled_from(sorted(WAYS)), st.sampled_from(WORDS)), max_size=40)
cuts = st.lists(st.booleans(), min_size=40, max_size=40)


class Oracle:
    """What the rules come to, told in sets."""

    def __init__(self, scope: OptOutScope) -> None:
        self.groups = TOGETHER[scope]
        self.gone: set[tuple[str, str]] = set()
        self.reached: list[tuple[str, str, str]] = []
        self.failed = 0

    def near(self, number: str) -> set[str]:
        return next(group for group in self.groups if number in group)

    def says(self, person: str, number: str, body: str) -> None:
        word = body.strip().lower()
        if word in ("stop", "quit"):
            self.gone.add((number, person))
        elif word in ("start", "yes", "unstop"):
            self.gone -= {(one, person) for one in self.near(number)}
        if word in ("stop", "quit", "unstop", "arret"):
            return
        partner, sender = WAYS[person, number]
        if any((one, partner) in self.gone for one in self.near(sender)):
            self.failed += 1
        else:
            self.reached.append((sender, partner, body))


def furnish(world: World) -> None:
    """The numbers and the people."""
    first, second = world.add_service(), world.add_service()
    for number, service in ((A, first), (B, first), (C, second)):
        world.add_number(number, service=service, carrier="c")
    world.connection.execute(
        "UPDATE numbers SET messaging_service_sid = 'MG1' WHERE number IN (?, ?)", (B, C)
    )
    met = set()
    for (one, near), (other, far) in WAYS.items():
        if (other, far) in met:
            continue
        met.add((one, near))
        service = second if near == C else first
        session = world.add_session(service)
        world.add_participant(service, session, one, ProxyIdentifier=near)
        world.add_participant(service, session, other, ProxyIdentifier=far)


def batches(messages: list[InboundMessage], ends: list[bool]) -> Iterator[list[InboundMessage]]:
    """The messages, cut where the ends say."""
    batch: list[InboundMessage] = []
    for message, ends_here in zip(messages, ends, strict=False):
        batch.append(message)
        if ends_here:
            yield batch
            batch = []
    if batch:
        yield batch


@settings(max_examples=200)
@given(events, cuts, st.sampled_from(["number", "service", "messaging_service"]))
def test_nobody_who_opted_out_is_reached_and_everybody_else_is(
    history: list[tuple[tuple[str, str], str]], ends: list[bool], scope: OptOutScope
) -> None:
    world, oracle, names = World(), Oracle(scope), count()
    try:
        world.change("optout", scope=scope)
        furnish(world)
        messages = []
        for (person, number), body in history:
            oracle.says(person, number, body)
            messages.append(InboundMessage("c", str(next(names)), person, number, body))
        for batch in batches(messages, ends):
            world.do(inbound.receive(world.env, world.tx, batch))
        relays = [one for one in world.relays() if one.interaction_sid is not None]
        assert [(one.sender, one.recipient, one.body) for one in relays] == oracle.reached
        held = world.rows("SELECT sender, identifier FROM opt_outs")
        assert set(held) == oracle.gone
        failed = world.rows("SELECT COUNT(*) FROM messages WHERE error_code = 21610")
        assert failed == [(oracle.failed,)]
    finally:
        world.close()
