"""People who have two numbers, masked from end to end: whichever their phone shows, the session is
found, and neither shows on the other side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from maskline.model.account import Switch
from maskline.model.sid import SERVICE
from maskline.numbers.national import MEXICO_CHANGED
from maskline.store.contract import Transaction
from tests.support.server import RunningServer
from tests.support.world import ALICE, POOL, Handset, World, eventually

MEXICAN = ("+525512345678", "+5215512345678")
ARGENTINE = ("+542231234567", "+5492231234567")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, MASKLINE_VOICE_DIAL_TIMEOUT="5") as server:
        yield server


@pytest.fixture
def old(server: RunningServer) -> str:
    """A Service from when Mexican networks wanted the 1, of an account that calls Argentina."""
    world = World(server)

    async def add(tx: Transaction) -> str:
        account = await tx.accounts.get(server.account_sid)
        service = await tx.services.get(world.service.sid, server.account_sid)
        assert account is not None
        assert service is not None
        await tx.accounts.update(
            msgspec.structs.replace(account, switches=int(Switch.ARGENTINA_NINE))
        )
        sid = server.server.env.sids.new(SERVICE)
        created = MEXICO_CHANGED - 1
        assert await tx.services.add(
            msgspec.structs.replace(service, sid=sid, unique_name="old", date_created=created)
        )
        return sid

    sid = server.transact(add)
    world.service.delete()
    for number in server.client.incoming_phone_numbers.list():
        server.client.proxy.v1.services(sid).phone_numbers.create(sid=number.sid)
    return sid


@pytest.mark.parametrize("phone", [MEXICAN, ARGENTINE], ids=["mexican", "argentine"])
@pytest.mark.parametrize("given", [0, 1])
@pytest.mark.parametrize("shown", [0, 1])
def test_a_conversation_and_a_call(
    server: RunningServer, old: str, phone: tuple[str, str], given: int, shown: int
) -> None:
    sessions = server.client.proxy.v1.services(old).sessions
    session = sessions(sessions.create().sid)
    alice, other = Handset(server, ALICE), Handset(server, phone[shown])
    near = session.participants.create(identifier=ALICE, proxy_identifier=POOL[0])
    far = session.participants.create(identifier=phone[given], proxy_identifier=POOL[1])
    assert far.identifier == phone[0]
    assert alice.text(near.proxy_identifier, "to you").status_code == 201
    assert eventually(lambda: [one["body"] for one in other.messages()]) == ["to you"]
    assert other.text(far.proxy_identifier, "to Alice").status_code == 201
    assert eventually(lambda: [one["body"] for one in alice.messages()][1:]) == ["to Alice"]
    for caller, to, callee in (
        (alice, near.proxy_identifier, other),
        (other, far.proxy_identifier, alice),
    ):
        call = caller.call(to)
        rings = callee.rings()
        assert callee.act(rings["id"], "answer").status_code == 200
        assert callee.act(rings["id"], "hangup").status_code == 200
        assert caller.ends(call["id"])["status"] == "completed"
    assert not any(form[1:] in alice.everything() for form in phone)
    assert ALICE[1:] not in other.everything()
    assert {one.type for one in session.interactions.list()} == {"message", "voice"}
    ends = [(one.from_, one.to) for one in server.client.messages.list()]
    ends += [(one._from, one.to) for one in server.client.calls.list()]
    assert {*sum(ends, ())} == {ALICE, phone[0], POOL[0], POOL[1]}


def test_a_withheld_caller_hears_why(server: RunningServer, old: str) -> None:
    # The simulator's handsets have numbers, so that this one is of the keys that spell ANONYMOUS.
    nobody = Handset(server, "+266696687")
    call = nobody.call(POOL[0])
    assert nobody.ends(call["id"])["heard"][0]["text"] == server.settings.voice.say_withheld
    monitor = server.client.monitor
    monitor.base_url = f"{server.url}/monitor"
    assert [one.error_code for one in monitor.v1.alerts.list()] == ["80902"]
