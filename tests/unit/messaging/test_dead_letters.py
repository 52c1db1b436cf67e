"""What may become of dead letters: a table of cases for each kind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.jobs import new_job
from maskline.messaging import dead_letters, outbound
from maskline.messaging.dead_letters import Refused, Subject, subject
from maskline.model.errors import Fault
from maskline.model.interaction import Interaction
from maskline.model.job import (
    Callback,
    Inbound,
    Job,
    JobKind,
    Notice,
    OutOfSession,
    Status,
    read_relay,
)
from maskline.model.message import MessageStatus
from maskline.model.page import PageRequest
from maskline.model.registrar import Registration
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage, LegReport
from maskline.proxy import participants, sessions
from tests.support.memory import ALICE, BOB, World, form

NUMBER = "+14158670001"
URL = "https://user:secret@a.example:8443/cb?token=x"
TEXT = InboundMessage("simulator", "id-1", ALICE, NUMBER, "private words")


class Letter:
    """A message from the application whose job was given up before it was sent."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service = world.add_service()
        world.add_number(NUMBER, service=self.service)
        self.session: Session = world.add_session(self.service, ALICE, BOB)
        person = world.person(self.session, ALICE)
        self.interaction: Interaction = world.do(
            outbound.send(
                world.env, world.tx, self.service, self.session, person, form({"Body": "hi"})
            )
        )
        self.bury()

    @property
    def job(self) -> Job:
        """The job as it is now."""
        (job,) = [one for one in self.world.jobs() if one.kind == "relay"]
        return job

    @property
    def sid(self) -> str:
        """The message's SID."""
        return self.interaction.outbound_resource_sid or ""

    def bury(self) -> None:
        """Gives the job up."""
        self.world.do(self.world.tx.outbox.bury(self.job.sid, 6, "internal error (KeyError)"))

    def ask_first(self) -> None:
        """Makes it a message that a program is still to be asked about."""
        relay = read_relay(self.job.payload)
        asked = msgspec.structs.replace(
            relay, message_sid="SM" + "0" * 32, intercept=Callback(URL, self.interaction)
        )
        payload = msgspec.json.encode(asked)
        self.world.do(self.world.tx.outbox.set_payload(self.job.sid, payload))

    def report(self, status: MessageStatus) -> None:
        """Has the carrier say what became of the message."""
        one = LegReport(carrier="simulator", status=status.value, message_sid=self.sid)
        self.world.do(outbound.report(self.world.env, self.world.tx, [one]))

    def replay(self) -> Job:
        """Replays it."""
        world = self.world
        return world.do(dead_letters.replay(world.env, world.tx, self.job))

    def discard(self) -> None:
        """Discards it."""
        world = self.world
        world.do(dead_letters.discard(world.env, world.tx, self.job))


@pytest.fixture
def letter(world: World) -> Letter:
    """A message that was given up."""
    return Letter(world)


def dead(world: World, kind: str, payload: Any) -> Job:
    """A dead letter of the account."""
    job = new_job(world.env, kind, payload, world.account.sid, "", world.clock())
    job = msgspec.structs.replace(job, state="dead", attempts=7, last_error="no connection")
    world.do(world.tx.outbox.add_many([job]))
    return job


def payloads(letter: Letter) -> dict[str, tuple[Any, Subject]]:
    """One of each kind, and what is shown of it."""
    alert = letter.world.records.alert("AC1")
    told = letter.interaction
    return {
        JobKind.CALLBACK: (
            Callback(URL, told),
            Subject(told.sid, told.service_sid, "a.example:8443"),
        ),
        JobKind.DEBUGGER: (
            Notice(URL, alert),
            Subject(alert.sid, alert.service_sid, "a.example:8443"),
        ),
        JobKind.OUT_OF_SESSION: (
            OutOfSession(URL, "AC1", "KS1", "SM1", TEXT),
            Subject("SM1", "KS1", "a.example:8443"),
        ),
        JobKind.INBOUND: (
            Inbound(URL, "POST", None, "POST", "AC1", "MG1", "SM1", TEXT),
            Subject("SM1", "MG1", "a.example:8443"),
        ),
        JobKind.STATUS: (
            Status(URL, "POST", "AC1", "KS1", "SM1", (("To", ALICE),)),
            Subject("SM1", "KS1", "a.example:8443"),
        ),
        JobKind.REGISTRATION: (
            Registration("twilio-main", "campaign", "QE1", service_sid="MG1"),
            Subject("QE1", "MG1", "twilio-main"),
        ),
    }


@pytest.mark.parametrize("kind", [kind for kind in JobKind if kind is not JobKind.RELAY])
def test_each_kind_is_shown_replayed_and_discarded(
    world: World, letter: Letter, kind: JobKind
) -> None:
    payload, expected = payloads(letter)[kind]
    job = dead(world, kind, payload)
    assert subject(job) == expected
    world.clock.now += 5
    back = world.do(dead_letters.replay(world.env, world.tx, job))
    assert back == world.do(world.tx.outbox.get(job.sid))
    assert (back.state, back.attempts, back.due_at) == ("pending", 0, world.clock())
    assert (back.sid, back.payload, back.last_error) == (job.sid, job.payload, "no connection")
    with pytest.raises(Refused, match="not a dead letter"):
        world.do(dead_letters.replay(world.env, world.tx, back))
    with pytest.raises(Refused, match="not a dead letter"):
        world.do(dead_letters.discard(world.env, world.tx, back))
    world.do(dead_letters.discard(world.env, world.tx, job))
    assert world.do(world.tx.outbox.get(job.sid)) is None


@pytest.mark.parametrize(
    ("kind", "payload"),
    [("relay", b"{}"), ("callback", b"[1]"), ("status", b"no"), ("relay", b"["), ("new", b"{}")],
)
def test_a_payload_that_is_not_understood_is_shown_as_unknown(
    world: World, kind: str, payload: bytes
) -> None:
    job = world.records.job("AC1", kind=kind, payload=payload)
    assert subject(job) == Subject()


def test_a_message_that_was_not_sent_yet_is_sent(letter: Letter) -> None:
    assert subject(letter.job) == Subject(letter.sid, None, "simulator")
    assert letter.replay().state == "pending"


def test_a_message_that_a_program_is_still_asked_about(letter: Letter) -> None:
    letter.ask_first()
    assert subject(letter.job) == Subject("SM" + "0" * 32, letter.service.sid, "a.example:8443")
    assert letter.replay().state == "pending"


def test_a_message_outside_any_session_is_sent(world: World, letter: Letter) -> None:
    relay = read_relay(letter.job.payload)
    alone = msgspec.structs.replace(relay, interaction_sid=None, participant_sid=None)
    world.do(world.tx.outbox.set_payload(letter.job.sid, msgspec.json.encode(alone)))
    assert letter.replay().state == "pending"


@pytest.mark.parametrize(
    "status",
    [MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED],
)
def test_a_message_whose_fate_is_told_is_never_sent_again(
    letter: Letter, status: MessageStatus
) -> None:
    letter.report(status)
    with pytest.raises(Refused, match=f"the message is {status.value} already"):
        letter.replay()
    assert letter.job.state == "dead"


def test_a_message_is_not_sent_into_a_session_that_ended(world: World, letter: Letter) -> None:
    world.do(
        sessions.update(
            world.env, world.tx, letter.service, letter.session.sid, form({"Status": "closed"})
        )
    )
    with pytest.raises(Refused, match="the session has ended"):
        letter.replay()


def test_nor_into_one_whose_time_is_over(world: World, letter: Letter) -> None:
    ends = form({"Ttl": "60"})
    session = letter.session.sid
    world.do(sessions.update(world.env, world.tx, letter.service, session, ends))
    world.clock.now += 61_000
    with pytest.raises(Refused, match="the session has ended"):
        letter.replay()


def test_nor_to_somebody_who_was_removed(world: World, letter: Letter) -> None:
    person = world.person(letter.session, ALICE)
    world.do(participants.remove(world.env, world.tx, letter.session, person.sid))
    with pytest.raises(Refused, match="the participant was removed"):
        letter.replay()


@pytest.mark.parametrize(
    ("table", "reason"),
    [("messages", "the message was deleted"), ("interactions", "the interaction was deleted")],
)
def test_nor_one_that_was_deleted(world: World, letter: Letter, table: str, reason: str) -> None:
    world.rows(f"DELETE FROM {table}")
    with pytest.raises(Refused, match=reason):
        letter.replay()


def test_a_message_that_is_discarded_has_failed(world: World, letter: Letter) -> None:
    letter.discard()
    message = world.do(world.tx.messages.by_sid(letter.sid))
    assert message is not None
    assert (message.status, message.error_code) == ("failed", 30008)
    assert world.codes() == [80502]
    assert [job for job in world.jobs() if job.kind == "relay"] == []


def test_one_that_a_program_is_still_asked_about_is_only_removed(
    world: World, letter: Letter
) -> None:
    letter.ask_first()
    letter.discard()
    assert [job for job in world.jobs() if job.kind == "relay"] == []
    assert world.codes() == []


def test_discarding_changes_nothing_of_a_message_that_was_sent(
    world: World, letter: Letter
) -> None:
    letter.report(MessageStatus.DELIVERED)
    letter.discard()
    message = world.do(world.tx.messages.by_sid(letter.sid))
    assert message is not None
    assert message.status == "delivered"


@pytest.mark.parametrize(
    ("action", "text"),
    [("", "Action is required"), ("explode", "Action must be one of replay, discard")],
)
def test_an_action_that_is_none(world: World, letter: Letter, action: str, text: str) -> None:
    with pytest.raises(Fault, match=text):
        world.do(
            dead_letters.act(
                world.env, world.tx, world.account.sid, letter.job.sid, form({"Action": action})
            )
        )


def test_actions(world: World, letter: Letter) -> None:
    def act(sid: str, action: str, account: str = world.account.sid) -> Job | None:
        chosen = form({"Action": action})
        return world.do(dead_letters.act(world.env, world.tx, account, sid, chosen))

    job = dead(world, "status", payloads(letter)["status"][0])
    for account, sid in ((world.add_account().sid, job.sid), (world.account.sid, "JB1")):
        with pytest.raises(Fault) as caught:
            act(sid, "replay", account)
        assert caught.value.code == 20404
    replayed = act(job.sid, "replay")
    assert replayed is not None
    assert replayed.state == "pending"
    with pytest.raises(Fault, match="Action is not possible: the job is not a dead letter"):
        act(job.sid, "discard")
    assert act(letter.job.sid, "discard") is None


def test_the_list_of_an_account(world: World, letter: Letter) -> None:
    told = dead(world, "status", payloads(letter)["status"][0])

    def listed(**query: str) -> list[str]:
        asked = dead_letters.page(world.tx, world.account.sid, form({**query}), PageRequest())
        return [job.sid for job in world.do(asked).records]

    assert listed() == listed(State="dead") == [told.sid, letter.job.sid]
    assert listed(Kind="relay") == [letter.job.sid]
    assert listed(State="pending") == []
