"""What the simulator's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.carriers.simulator.fakes import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = await Rig().started()
    yield rig
    await rig.simulator.close()
    assert rig.timers.waiting == 0
