"""Calls that programs place, through the death of the process that places them: no phone rings
twice. A second server plays the carrier, and counts."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.support.carriers import masked
from tests.support.world import POOL, eventually

PEOPLE = [f"+1206555{place:04d}" for place in range(1300, 1324)]
OVER = ("busy", "failed", "canceled", "completed", "no-answer")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_killed_server_places_no_call_twice(tmp_path: Path, pause: float) -> None:
    with masked(tmp_path, "twilio", "twilio-one") as both:
        both.furnish()
        busy = {"on_call": "busy", "on_call_ms": 0}
        answer = requests.put(f"{both.network.url}/simulator/behaviour", json=busy, timeout=5)
        assert answer.status_code == 200
        hello = "<Response><Say>Hi</Say></Response>"
        made = {
            both.mask.client.calls.create(to=one, from_=POOL[0], twiml=hello).sid: one
            for one in PEOPLE
        }
        time.sleep(pause)
        both.mask.kill()
        both.mask.start()

        def stands() -> dict[str, str]:
            client = both.mask.client
            return {one.sid: one.status for one in client.calls.list(limit=100)}

        def over() -> int:
            return len([one for one in stands().values() if one in OVER])

        # What still waited is placed now; of what was handed over, the carrier tells. What it was
        # just being handed may be lost: it is shown as queued until its carrier is asked.
        eventually(over, within=30)
        before = -1
        while before != (before := over()):
            time.sleep(2)
        rang = Counter(one.to for one in both.network.client.calls.list(limit=200))
        assert set(rang.values()) <= {1}
        done = {made[sid] for sid, status in stands().items() if status == "busy"}
        assert done <= set(rang)
        assert set(rang) <= set(PEOPLE)
        assert len(done) > len(PEOPLE) // 2
