"""A server that is killed in the middle of its work loses nothing that it accepted."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.support.process import ServerProcess
from tests.support.world import World, eventually

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
