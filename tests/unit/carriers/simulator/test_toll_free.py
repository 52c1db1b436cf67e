"""What the network does by itself on toll-free numbers."""

from __future__ import annotations

import pytest

from maskline.carriers.simulator.toll_free import TollFree
from maskline.model.traffic import Accepted, Refused
from tests.unit.carriers.simulator.fakes import ALICE, BOB, PROXY_A, Rig, outbound

FREE = "+18885550100"


def bodies(rig: Rig, handset: str) -> list[str]:
    return rig.ledger.bodies(handset)


async def test_it_blocks_and_answers(rig: Rig) -> None:
    await rig.simulator.text(BOB, FREE, " Stop\n")
    sent, told = bodies(rig, BOB)
    assert sent == " Stop\n"
    assert told.startswith("NETWORK MSG")
    assert await rig.simulator.send(outbound(sender=FREE)) == Refused(21610, retry=False)
    # That pair alone.
    assert isinstance(await rig.simulator.send(outbound("SM2", sender=PROXY_A)), Accepted)
    other = outbound("SM3", sender=FREE, recipient=ALICE)
    assert isinstance(await rig.simulator.send(other), Accepted)
    await rig.simulator.text(BOB, FREE, "unstop")
    assert bodies(rig, BOB)[-1].startswith("NETWORK MSG")
    assert isinstance(await rig.simulator.send(outbound("SM4", sender=FREE)), Accepted)


@pytest.mark.parametrize(
    ("number", "body", "answers"),
    [
        (FREE, "stop", True),
        (FREE, "STOP please", False),
        (FREE, "quit", False),
        # Of somebody who is not blocked.
        (FREE, "start", False),
        (FREE, "unstop", False),
        (PROXY_A, "stop", False),
        ("12345", "stop", False),
    ],
)
def test_what_the_network_knows(number: str, body: str, answers: bool) -> None:
    network = TollFree(10)
    assert bool(network.hears(number, BOB, body)) is answers
    assert network.blocks(number, BOB) is answers


@pytest.mark.parametrize(
    ("body", "back"), [("start", True), ("UNSTOP", True), ("yes", False), ("hello", False)]
)
def test_what_leads_back(body: str, back: bool) -> None:
    network = TollFree(10)
    network.hears(FREE, BOB, "STOP")
    assert bool(network.hears(FREE, BOB, body)) is back
    assert network.blocks(FREE, BOB) is not back


def test_it_remembers_so_many() -> None:
    network = TollFree(1)
    for handset in (ALICE, BOB):
        network.hears(FREE, handset, "stop")
    assert not network.blocks(FREE, ALICE)
    assert network.blocks(FREE, BOB)
