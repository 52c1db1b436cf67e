"""Calls of which their carriers have said nothing for long: they are asked.

A report may get lost, and some calls are none's to report: one that a document answered, at a
number that names no address for the end of calls. Its record would ring for ever.
"""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.call import Call
from maskline.model.clock import HOUR, MINUTE, SECOND
from maskline.model.job import CallDeed
from maskline.store.contract import Transaction
from maskline.voice.placing import order

#: How long (ms) a phone rings without a word, or people talk, before the carrier is asked.
RINGING: Final = 90 * SECOND
TALKING: Final = 10 * MINUTE
#: The longest talk that there may be takes a day: what is older is asked about no more.
OLDEST: Final = 25 * HOUR
#: The carrier inside the process reports by itself, or is gone with its calls.
_OURS: Final = "simulator"


async def silent(env: Env, tx: Transaction, limit: int) -> list[Call]:
    """Such calls."""
    now = env.clock()
    since = now - RINGING, now - TALKING, now - OLDEST
    return await tx.calls.silent(_OURS, *since, limit)


async def ask(env: Env, tx: Transaction, limit: int) -> int:
    """Has their carriers asked, each again after as long; how many."""
    found = await silent(env, tx, limit)
    for call in found:
        await tx.calls.update(msgspec.structs.replace(call, date_updated=env.clock()))
    await tx.outbox.add_many([order(env, call, CallDeed.LOOK) for call in found])
    return len(found)
