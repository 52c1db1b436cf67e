"""A server that is killed in the middle of its work loses nothing that it accepted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.support.process import ServerProcess
from tests.support.receiver import Receiver, Reply
from tests.support.world import POOL, World, eventually

MESSAGES = 1000
SENDERS = 8


#: What a dead process held is taken up when its lease ends, which outlasts every webhook.
QUICKLY = {
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "2",
}


@pytest.mark.both_engines
@pytest.mark.timeout(120)
def test_sigkill_in_the_middle_of_a_thousand_messages_loses_none(
    tmp_path: Path, database: dict[str, str]
) -> None:
    with ServerProcess(tmp_path, **database, **QUICKLY) as server:
        world = World(server)
        session = world.session()
        accepted: list[str] = []
        uncertain: list[str] = []
        lock = threading.Lock()
        back = threading.Event()
        back.set()
        numbers = iter(range(MESSAGES))

        def send() -> None:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                body = f"message {number}"
                try:
                    taken = world.alice.text(session.a.proxy_identifier, body).status_code == 201
                except requests.RequestException:
                    taken = False
                with lock:
                    (accepted if taken else uncertain).append(body)
                if not taken:
                    back.wait()

        senders = [threading.Thread(target=send) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for share in (0.2, 0.5):
            eventually(lambda share=share: len(accepted) > MESSAGES * share, within=60)
            back.clear()
            server.kill()
            server.start()
            back.set()
        for sender in senders:
            sender.join()

        eventually(lambda: {one["body"] for one in world.bob.inbox()} >= set(accepted), within=60)
        arrived = Counter(one["body"] for one in world.bob.inbox())
        # What was under way at a kill may have been taken in without its sender knowing: it arrives
        # too, and nothing arrives twice.
        assert set(arrived) <= set(accepted) | set(uncertain)
        assert set(arrived.values()) == {1}
        assert len(accepted) > MESSAGES * 0.9
        eventually(
            lambda: (
                {one.outbound_resource_status for one in session.here.interactions.stream()}
                == {"delivered"}
            ),
            within=30,
        )


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
            time.sleep(3)
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
