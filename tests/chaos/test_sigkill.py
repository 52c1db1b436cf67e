"""A server that is killed while it waits for a program's answer."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.support.process import ServerProcess
from tests.support.receiver import Receiver, Reply
from tests.support.world import POOL, World

#: What a dead process held is taken up when its lease ends, which outlasts every webhook.
QUICKLY = {
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "0.5",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "1",
    "MASKLINE_DELIVERY_POLL_SECONDS": "0.2",
}


@pytest.mark.both_engines
@pytest.mark.parametrize("whose", ["Proxy Service", "Messaging Service"])
def test_sigkill_while_a_program_is_asked_neither_loses_nor_repeats_its_answer(
    tmp_path: Path, database: dict[str, str], whose: str
) -> None:
    asked = threading.Event()

    def answer(form: dict[str, str]) -> Reply:
        first = not asked.is_set()
        asked.set()
        if first:
            time.sleep(1)
        return Reply("<Response><Message>answer</Message></Response>")

    with Receiver() as receiver, ServerProcess(tmp_path, **database, **QUICKLY) as server:
        receiver.answer = answer
        url = f"{receiver.url}/asked"
        if whose == "Proxy Service":
            world = World(server, out_of_session_callback_url=url)
        else:
            world = World(server)
            texts = server.client.messaging.v1.services.create("Texts", inbound_request_url=url)
            for number in world.here.phone_numbers.list():
                texts.phone_numbers.create(number.sid)
        world.stranger.text(POOL[0], "anybody there?")
        assert asked.wait(10)
        server.kill()
        server.start()
        assert [one["body"] for one in world.stranger.receives()] == ["answer"]
        tokens = {one.headers["I-Twilio-Idempotency-Token"] for one in receiver.posted}
        assert len(receiver.posted) == 2
        assert len(tokens) == 1
        server.kill()
        server.start()
        world.alice.text(POOL[0], "me too")
        world.alice.receives()
        assert len(world.stranger.inbox()) == 1
        assert len(receiver.posted) == 3
