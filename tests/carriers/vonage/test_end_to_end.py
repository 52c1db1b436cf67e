"""Vonage end to end: a server behind its Voice API, which is played over real HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.caller import EVENTS
from tests.support.liars.vonage import Vonage
from tests.support.receiver import Receiver, document
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, POOL, STRANGER, eventually

VOICE = Vonage()


class Network(Vendor):
    """Vonage: takes calls and orders for them, and asks and tells at the addresses that it was
    given."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.ids = (f"u-{i}" for i in itertools.count(1))
        self.calls: dict[str, dict[str, Any]] = {}
        self.orders: list[tuple[str, dict[str, Any]]] = []
        self.loses = 0
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        _, _, uuid = asked.path.partition("/v1/calls/")
        if uuid in self.calls and asked.method == "PUT":
            self.orders.append((uuid, asked.body))
            return Told(204)
        if asked.path != "/v1/calls" or asked.method != "POST":
            return Told(404, {})
        uuid = next(self.ids)
        self.calls[uuid] = asked.body
        if self.loses:
            self.loses -= 1
            return Told(503, {})
        return Told(201, {"uuid": uuid, "status": "started", "direction": "outbound"})

    def takes(self, count: int) -> tuple[str, dict[str, Any]]:
        """The call that it was asked for last, once there are so many."""
        eventually(lambda: len(self.calls) >= count)
        return list(self.calls.items())[count - 1]

    def ordered(self, count: int) -> tuple[str, dict[str, Any]]:
        """The order that it was given last, once there are so many."""
        eventually(lambda: len(self.orders) >= count)
        return self.orders[count - 1]

    def posts(self, address: str, document: dict[str, Any]) -> Any:
        """A signed hook to an address that it was given, and what that answers."""
        parts = urlsplit(address)
        made = VOICE._hook("", document)
        path = f"{parts.path}?{parts.query}".partition(f"/carriers/{self.mask.name}/")[2]
        answer = self.mask.post(path, made.body, made.headers(address))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tells(self, uuid: str, status: str, **more: str) -> None:
        """What has become of a call that it placed."""
        event = {"uuid": uuid, "status": status, "direction": "outbound", **more}
        self.posts(self.calls[uuid]["event_url"][0], event)

    def asks(self, uuid: str) -> Any:
        """Somebody answered: what the call does."""
        who = self.calls[uuid]
        asked = {"uuid": uuid, "to": who["to"][0]["number"], "from": who["from"]["number"]}
        return self.posts(who["answer_url"][0], asked)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network() as found:
        folder = tmp_path_factory.mktemp("vonage")
        with behind(folder, "vonage", VOICE.settings(found.url), VOICE.secrets) as mask:
            found.mask = mask
            yield found


@pytest.fixture
def program() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.mark.covers("carrier:vonage.place-end-to-end")
def test_a_program_places_a_call(network: Network, program: Receiver) -> None:
    client = network.mask.server.client
    program.pages["/voice"] = document("<Gather numDigits='1' action='keys'/>")
    program.pages["/keys"] = document(f"<Dial>{STRANGER}</Dial><Say>Goodbye</Say>")
    made = client.calls.create(
        to=BOB,
        from_=POOL[0],
        url=f"{program.url}/voice",
        status_callback=f"{program.url}/status",
        status_callback_event=EVENTS,
        timeout=20,
    )
    uuid, asked = network.takes(1)
    assert (asked["to"][0]["number"], asked["from"]["number"]) == (BOB[1:], POOL[0][1:])
    assert asked["ringing_timer"] == 20
    # Late, twice, and in no order.
    for status in ("ringing", "started", "ringing"):
        network.tells(uuid, status)
    network.mask.stands(made.sid, "ringing")
    (keys,) = network.asks(uuid)
    network.tells(uuid, "answered")
    assert keys["action"] == "input"
    network.mask.stands(made.sid, "in-progress")
    typed = {"uuid": uuid, "dtmf": {"digits": "7"}}
    connect, after = network.posts(keys["eventUrl"][0], typed)
    assert (connect["endpoint"][0]["number"], connect["from"]) == (STRANGER[1:], POOL[0][1:])
    leg = {"uuid": "u-leg", "direction": "outbound", "to": STRANGER[1:], "from": POOL[0][1:]}
    for status in ("ringing", "answered", "completed"):
        network.posts(connect["eventUrl"][0], leg | {"status": status, "duration": "3"})
    (child,) = client.calls.list(parent_call_sid=made.sid)
    assert (child.to, child.status, child.duration) == (STRANGER, "completed", "3")
    # The document goes on: the end of the leg is not the call's.
    assert client.calls(made.sid).fetch().status == "in-progress"
    assert after["action"] == "talk"
    client.calls(made.sid).update(status="completed")
    assert network.ordered(1) == (uuid, {"action": "hangup"})
    network.tells(uuid, "completed", duration="9")
    network.tells(uuid, "answered")
    assert network.mask.stands(made.sid, "completed").duration == "9"
    eventually(lambda: len(program.at("/status")) == 4)
    told = [one.form for one in program.at("/status")]
    states = [one["CallStatus"] for one in told]
    assert states == ["initiated", "ringing", "in-progress", "completed"]
    assert told[-1]["CallDuration"] == "9"
    keyed = program.at("/keys")[0].form
    assert (keyed["Digits"], keyed["CallSid"]) == ("7", made.sid)
    for one in program.posted:
        assert (one.form["From"], one.form["To"]) == (POOL[0], BOB)
        assert uuid not in str(one.form)


def test_a_live_call_goes_on_elsewhere(network: Network) -> None:
    client, before = network.mask.server.client, len(network.calls)
    orders = len(network.orders)
    say = "<Response><Say>First</Say><Pause length='60'/></Response>"
    made = client.calls.create(to=BOB, from_=POOL[0], twiml=say)
    uuid, _ = network.takes(before + 1)
    assert network.asks(uuid)[0]["text"] == "First"
    network.mask.stands(made.sid, "in-progress")
    client.calls(made.sid).update(twiml="<Response><Say>Second</Say></Response>")
    steered, order = network.ordered(orders + 1)
    assert (steered, order["action"]) == (uuid, "transfer")
    (ask,) = order["destination"]["ncco"]
    told = {"payload": ask["payload"], "conversation_uuid": "CON-1"}
    assert [one["text"] for one in network.posts(ask["eventUrl"][0], told)] == ["Second"]
    network.tells(uuid, "completed")
    network.mask.stands(made.sid, "completed")
    # What comes late finds it over.
    assert network.asks(uuid) == []


def test_a_call_that_came_in_goes_on_elsewhere(network: Network) -> None:
    """Its partner's leg ends with that, and it does not."""
    client, orders, mask = network.mask.server.client, len(network.orders), network.mask
    uuid = next(network.ids)
    network.calls[uuid] = {}
    came = {"uuid": uuid, "from": ALICE[1:], "to": mask.near[1:]}
    (connect,) = network.posts(f"{mask.door}/Call", came)
    leg = {"uuid": "u-partner", "direction": "outbound"}
    network.posts(connect["eventUrl"][0], leg | {"status": "answered"})
    (call,) = client.calls.list(to=mask.near, status="in-progress")
    client.calls(call.sid).update(twiml="<Response><Say>Elsewhere</Say></Response>")
    steered, order = network.ordered(orders + 1)
    assert steered == uuid
    network.posts(connect["eventUrl"][0], leg | {"status": "completed"})
    (ask,) = order["destination"]["ncco"]
    assert network.posts(ask["eventUrl"][0], {"payload": {}})[0]["text"] == "Elsewhere"
    assert client.calls(call.sid).fetch().status == "in-progress"
    over = {"uuid": uuid, "status": "completed", "direction": "inbound"}
    network.posts(f"{mask.door}/Call/Status", over)
    network.mask.stands(call.sid, "completed")


def test_who_answers_is_found_out(network: Network, program: Receiver) -> None:
    client, before, orders = network.mask.server.client, len(network.calls), len(network.orders)
    program.pages["/voice"] = document("<Say>Hello</Say>")
    made = client.calls.create(
        to=BOB, from_=POOL[0], url=f"{program.url}/voice", machine_detection="Enable"
    )
    uuid, _ = network.takes(before + 1)
    wait, late = network.asks(uuid)
    assert (wait["action"], program.posted) == ("wait", [])
    who = {"call_uuid": uuid, "status": "machine"}
    network.posts(network.calls[uuid]["event_url"][0], who)
    _, order = network.ordered(orders + 1)
    assert order["destination"]["ncco"] == [{"action": "talk", "text": "Hello"}]
    assert client.calls(made.sid).fetch().answered_by == "machine_start"
    # The document was given: nobody is asked again.
    (held,) = network.posts(late["eventUrl"][0], {"payload": {}})
    assert held["action"] == "wait"
    network.posts(network.calls[uuid]["event_url"][0], who | {"status": "human"})
    (asked,) = program.at("/voice")
    assert asked.form["AnsweredBy"] == "machine_start"
    assert len(network.orders) == orders + 1
    network.tells(uuid, "completed", duration="2")
    assert network.mask.stands(made.sid, "completed").answered_by == "machine_start"


def test_who_answers_is_told_while_they_talk(network: Network, program: Receiver) -> None:
    client, before = network.mask.server.client, len(network.calls)
    made = client.calls.create(
        to=BOB,
        from_=POOL[0],
        twiml="<Response><Say>Hello</Say></Response>",
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{program.url}/amd",
    )
    uuid, _ = network.takes(before + 1)
    assert network.asks(uuid) == [{"action": "talk", "text": "Hello"}]
    network.posts(network.calls[uuid]["event_url"][0], {"call_uuid": uuid, "status": "human"})
    (told,) = eventually(lambda: program.at("/amd"))
    assert (told.form["CallSid"], told.form["AnsweredBy"]) == (made.sid, "human")
    network.tells(uuid, "completed")


def test_a_call_that_may_have_been_placed_is_not_placed_again(network: Network) -> None:
    client, before = network.mask.server.client, len(network.calls)
    network.loses = 1
    made = client.calls.create(to=BOB, from_=POOL[0], twiml="<Response/>")
    uuid, _ = network.takes(before + 1)
    network.mask.server.settle()
    assert client.calls(made.sid).fetch().status == "queued"
    # It rings all the same, and is known by our name.
    network.tells(uuid, "unanswered")
    network.mask.stands(made.sid, "no-answer")
    assert len(network.calls) == before + 1


def test_what_is_not_signed_is_refused(network: Network) -> None:
    for path in ("Call/Placed", "Call/Placed/Status"):
        answer = network.mask.post(f"{path}?Call=CA1", b"{}", {"Content-Type": "application/json"})
        assert answer.status_code == 403
        assert answer.json()["code"] == 80625


def test_no_number_is_logged(network: Network) -> None:
    """Nor is one in the addresses that Vonage is given."""
    for asked in network.calls.values():
        addresses = json.dumps([asked.get("answer_url"), asked.get("event_url")])
        assert BOB[1:] not in addresses
