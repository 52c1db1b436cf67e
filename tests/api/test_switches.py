"""What an operator's switches do to the API, through the official SDK."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.model.account import Switch
from maskline.model.call import Call
from maskline.model.message import Message
from tests.api.conftest import Refused
from tests.api.wire import Wire, error, unique
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

THREADS = 32
#: The HTTP statuses of refusals other than 400.
STATUS = {80623: 409}

Turn = Callable[[Switch], None]


@pytest.fixture
def turn(server: RunningServer) -> Iterator[Turn]:
    """Turns switches of the first account on, and all others off; in the end all are off."""

    def set_to(switches: Switch) -> None:
        async def change(tx: Any) -> None:
            account = await tx.accounts.get(server.account_sid)
            await tx.accounts.update(msgspec.structs.replace(account, switches=int(switches)))

        server.transact(change)

    yield set_to
    set_to(Switch(0))


@pytest.mark.covers("DELETE /proxy/v1/Services/{Sid}", "code:80615")
@pytest.mark.covers("DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:80615")
@pytest.mark.covers(
    "DELETE /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions/{Sid}", "code:80615"
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "code:80615"
)
@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}.json",
    "code:80615",
)
@pytest.mark.covers("DELETE /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", "code:80615")
def test_a_legal_hold_keeps_every_record(
    client: Client,
    turn: Turn,
    stocked: ServiceInstance,
    person: Callable[[], str],
    message: Message,
    call: Call,
    refused: Refused,
) -> None:
    session = stocked.sessions.create()
    someone = session.participants.create(identifier=person())
    sent = someone.message_interactions.create(body="Hello")
    record = client.messages(message.sid)
    kept = [
        stocked,
        session,
        session.interactions(sent.sid),
        record,
        record.media(record.media.list()[0].sid),
        client.calls(call.sid),
    ]
    turn(Switch.LEGAL_HOLD)
    for one in kept:
        assert refused(one.delete, http=403) == 80615
    for one in kept:
        one.fetch()
    # Who is removed from a session stays on record, so that removing is no deletion.
    someone.delete()
    assert session.participants(someone.sid).fetch().date_deleted is not None
    turn(Switch(0))
    for one in reversed(kept):
        assert one.delete() is True


@pytest.mark.covers("POST /proxy/v1/Services", "code:80506")
def test_services_are_restricted(
    client: Client, turn: Turn, service: ServiceInstance, refused: Refused
) -> None:
    turn(Switch.RESTRICT_SERVICES)
    assert refused(client.proxy.v1.services.create, unique_name=unique(), http=403) == 80506
    assert service.update(default_ttl=5).default_ttl == 5
    service.sessions.create()
    turn(Switch(0))
    client.proxy.v1.services.create(unique_name=unique())


def pairs(service: ServiceInstance) -> Counter[tuple[str, str]]:
    """How many active participants each pair of the Service has, asked of the API."""
    return Counter(
        (person.proxy_identifier, person.identifier)
        for session in service.sessions.list()
        if session.status in ("open", "in-progress")
        for person in session.participants.list()
        if person.date_deleted is None
    )


def holders(server: RunningServer, service: ServiceInstance, pair: tuple[str, str]) -> bool:
    """Whether exactly one participant holds the pair, which the index keeps to one at most."""
    found = server.transact(lambda tx: tx.participants.holder(*pair))
    return found is not None and found.service_sid == service.sid


def race(attempts: int, attempt: Callable[[int], Any]) -> Counter[int]:
    """Many attempts at once: how many succeed (0) and are refused with which code."""

    def one(place: int) -> int:
        try:
            attempt(place)
        except TwilioRestException as refusal:
            return int(refusal.code) if refusal.status == STATUS.get(refusal.code, 400) else -1
        return 0

    with ThreadPoolExecutor(attempts) as threads:
        return Counter(threads.map(one, range(attempts)))


def again(server: RunningServer, service: ServiceInstance) -> ServiceInstance:
    """The Service through a client of its own, for another thread."""
    found: ServiceInstance = server.client.proxy.v1.services(service.sid)
    return found


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:Participants", "code:80604"
)
def test_a_race_for_one_pair_has_one_winner(
    server: RunningServer, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    number, someone = stocked.phone_numbers.list()[0], person()
    others = [person() for _ in range(THREADS)]

    def attempt(place: int) -> None:
        again(server, stocked).sessions.create(
            participants=[
                {"Identifier": someone, "ProxyIdentifierSid": number.sid},
                {"Identifier": others[place]},
            ]
        )

    outcome = race(THREADS, attempt)
    assert outcome[0] == 1
    assert set(outcome) <= {0, 80604, 80623}
    assert len(stocked.sessions.list()) == 1
    assert pairs(stocked)[(number.phone_number, someone)] == 1


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "param:Identifier"
)
def test_a_race_for_numbers_ends_when_there_are_none(
    server: RunningServer, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    """One person is added to many sessions at once, by a pool of two numbers."""
    someone = person()
    rooms = [stocked.sessions.create().sid for _ in range(THREADS)]

    def attempt(place: int) -> None:
        again(server, stocked).sessions(rooms[place]).participants.create(identifier=someone)

    outcome = race(THREADS, attempt)
    assert outcome[0] == 2
    assert set(outcome) <= {0, 80208, 80623}
    assert sorted(pairs(stocked).values()) == [1, 1]
    assert [one.in_use for one in stocked.phone_numbers.list()] == [1, 1]


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants")
def test_a_race_into_one_session_seats_nobody_twice(
    server: RunningServer, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    session, two = stocked.sessions.create(), [person(), person()]

    def attempt(place: int) -> None:
        room = again(server, stocked).sessions(session.sid)
        room.participants.create(identifier=two[place % 2])

    outcome = race(THREADS, attempt)
    assert outcome[0] == 2
    assert set(outcome) <= {0, 80103, 80609, 80623}
    assert sorted(one.identifier for one in session.participants.list()) == sorted(two)


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "param:Status", "code:80604"
)
def test_a_race_to_reopen_has_one_winner(
    server: RunningServer, stocked: ServiceInstance, person: Callable[[], str]
) -> None:
    number, someone = stocked.phone_numbers.list()[0], person()
    closed = []
    for _ in range(THREADS):
        session = stocked.sessions.create(
            participants=[{"Identifier": someone, "ProxyIdentifierSid": number.sid}]
        )
        session.update(status="closed")
        closed.append(session.sid)

    def attempt(place: int) -> None:
        again(server, stocked).sessions(closed[place]).update(status="in-progress")

    outcome = race(THREADS, attempt)
    assert outcome[0] == 1
    assert set(outcome) <= {0, 80604}
    assert pairs(stocked)[(number.phone_number, someone)] == 1
    assert stocked.phone_numbers(number.sid).fetch().in_use == 1


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions", "param:FailOnParticipantConflict", "code:80604"
)
def test_a_race_that_is_allowed_lets_all_in_and_one_hold(
    server: RunningServer,
    turn: Turn,
    wire: Wire,
    stocked: ServiceInstance,
    person: Callable[[], str],
) -> None:
    number, someone = stocked.phone_numbers.list()[0], person()
    people = [{"Identifier": someone, "ProxyIdentifierSid": number.sid}]
    turn(Switch.ALLOW_PARTICIPANT_CONFLICT)

    def attempt(place: int) -> None:
        again(server, stocked).sessions.create(participants=people)

    assert race(THREADS, attempt) == {0: THREADS}
    pair = (number.phone_number, someone)
    assert pairs(stocked)[pair] == THREADS
    assert holders(server, stocked, pair)
    assert stocked.phone_numbers(number.sid).fetch().in_use == THREADS
    form = {
        "Participants": f'{{"Identifier":"{someone}","ProxyIdentifierSid":"{number.sid}"}}',
        "FailOnParticipantConflict": "true",
    }
    path = f"/proxy/v1/Services/{stocked.sid}/Sessions"
    assert error(wire.post(path, form)) == (400, 80604)
    for session in stocked.sessions.list():
        assert holders(server, stocked, pair)
        session.update(status="closed")
    assert not holders(server, stocked, pair)
    assert stocked.phone_numbers(number.sid).fetch().in_use == 0
