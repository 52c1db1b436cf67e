"""Orders for calls: a carrier places one, ends it, steers it, or says how it stands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from maskline.carriers.calling import Calling, Limits
from maskline.carriers.contract import ApiMissing, ApiRefused
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.env import Env
from maskline.model.call import FINAL, Call, CallStatus
from maskline.model.job import CallDeed, CallOrder, Job
from maskline.model.problem import Problem
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.proxy import problems
from maskline.store.contract import Store
from maskline.voice import events, placing

log = logging.getLogger(__name__)

_DECODER: Final = msgspec.json.Decoder(CallOrder)
_LEFT_ALONE: Final = Finished()
#: Seconds after which a carrier that said no time is asked again.
_A_WHILE: Final = 1.0
#: Seconds beyond the longest talk that a call may take to ring.
_MARGIN: Final = 600
_UNREACHABLE: Final = 20503
_NO_ORDERS: Final = 21220

#: A carrier's calls by its name; null where it has none, or is gone.
LinesOf = Callable[[str], Calling | None]


class Lines:
    """Carriers that place calls, looked up among all that there are at that moment."""

    def __init__(self, *where: Mapping[str, object]) -> None:
        self._where = where

    def __call__(self, name: str) -> Calling | None:
        """The carrier of that name."""
        for carriers in self._where:
            if isinstance(found := carriers.get(name), Calling):
                return found
        return None

    def options(self, name: str) -> frozenset[str] | None:
        """What the carrier of that name carries out of what may be asked of a call; null where no
        calls can be placed by it."""
        line = self(name)
        return None if line is None else line.call_options


class CallHandler:
    """Runs call orders.

    A call is marked as handed over before the carrier is asked, so that a process which finds it so
    marked knows that it may be on the line, and leaves it: the carrier's own reports tell what
    became of it, or, where none come, the housekeeper's look.
    """

    def __init__(self, env: Env, store: Store, lines: LinesOf) -> None:
        self._env = env
        self._store = store
        self._lines = lines

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry: a call that comes much later is no use to anybody."""
        return (1.0, 2.0, 5.0)

    def decode(self, payload: bytes) -> CallOrder:
        """The order."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: CallOrder) -> str:
        """One per account and carrier."""
        return f"call:{job.account_sid}:{payload.carrier}"

    async def run(self, job: Job, payload: CallOrder) -> Result:
        """One attempt."""
        line = self._lines(payload.carrier)
        if payload.deed is CallDeed.PLACE:
            return await self._place(payload, line)
        call = await self._store.read(lambda tx: tx.calls.by_sid(payload.call_sid))
        if call is None or call.status in FINAL:
            return _LEFT_ALONE
        if payload.deed is CallDeed.LOOK and await self._is_heard_of_later(call):
            return _LEFT_ALONE
        if line is None:
            # Nobody can be asked: it is let go once it can't be on the line any more.
            if payload.deed is CallDeed.LOOK and not self._is_past(call):
                return _LEFT_ALONE
            return await self._not_there(call, payload.deed)
        if payload.deed is CallDeed.LIMIT:
            return await self._limit(call, line)
        try:
            if await self._do(call, payload.deed, line):
                return _LEFT_ALONE
        except ApiRefused as refused:
            if payload.deed is not CallDeed.LOOK:
                return Retry(str(refused))
            if not self._is_past(call):
                return _LEFT_ALONE
        return await self._not_there(call, payload.deed)

    async def exhausted(self, job: Job, payload: CallOrder, error: str) -> Result:
        """A call that was not placed has failed; an order that could not be given is kept."""
        if payload.deed is not CallDeed.PLACE:
            return GiveUp(error)
        await self._fail(payload, _UNREACHABLE, error)
        return _LEFT_ALONE

    async def _place(self, payload: CallOrder, line: Calling | None) -> Result:
        env, sid = self._env, payload.call_sid
        if line is None:
            await self._fail(payload, 21212, "its carrier is gone, or begins no calls")
            return _LEFT_ALONE
        call = await self._store.transact(lambda tx: placing.begin(env, tx, sid))
        if call is None:
            return _LEFT_ALONE
        result = await self._hand_over(line, payload, call)
        match result:
            case Accepted():
                provider_id = result.provider_id
                await self._store.transact(lambda tx: placing.accepted(tx, sid, provider_id))
            case Throttled():
                await self._store.transact(lambda tx: placing.put_back(env, tx, sid))
                seconds = _A_WHILE if result.retry_after is None else result.retry_after
                return Retry("the carrier takes no more calls just now", seconds)
            case Refused(retry=True):
                await self._store.transact(lambda tx: placing.put_back(env, tx, sid))
                return Retry(f"the carrier refused with {result.code}", result.retry_after)
            case Refused():
                await self._fail(payload, result.code, "the carrier refused the call")
            case Unclear():
                log.warning("nobody knows whether %s placed call %s", payload.carrier, sid)
        return _LEFT_ALONE

    async def _hand_over(self, line: Calling, payload: CallOrder, call: OutboundCall) -> SendResult:
        try:
            return await line.place(call)
        except Exception as error:
            # A bug in a carrier says nothing of how far the call came. The text of the error may
            # hold personal data.
            name = type(error).__name__
            log.error("%s failed at call %s: %s", payload.carrier, payload.call_sid, name)
            return Unclear()

    async def _do(self, call: Call, deed: CallDeed, line: Calling) -> bool:
        """Whether the carrier had the call on the line. Raises ApiRefused."""
        match deed:
            case CallDeed.STEER:
                return await line.steer(call.sid, call.provider_id)
            case CallDeed.LOOK:
                return await self._look(call, line)
        return await line.end(call.sid, call.provider_id, answered=deed is CallDeed.END)

    async def _is_heard_of_later(self, call: Call) -> bool:
        """Whether a leg goes by no name of its carrier's yet, which some give when it is answered:
        so long as the call that dialled it is on the line it may ring."""
        if call.provider_id is not None or (parent_sid := call.parent_call_sid) is None:
            return False
        parent = await self._store.read(lambda tx: tx.calls.by_sid(parent_sid))
        return parent is not None and parent.status not in FINAL

    async def _limit(self, call: Call, line: Calling) -> Result:
        """Ends a call that has lasted as long as it may. Until then the carrier is told how long
        that is, if it can be, and the order waits: the limit may be changed again."""
        placed = await self._store.read(lambda tx: tx.placed_calls.get(call.sid))
        if placed is None:
            return _LEFT_ALONE
        now = self._env.clock()
        begun = now if call.start_time is None else call.start_time
        left = begun + placed.time_limit * 1000 - now
        try:
            if left <= 0:
                ended = await line.end(call.sid, call.provider_id, answered=True)
                return _LEFT_ALONE if ended else await self._not_there(call, CallDeed.LIMIT)
            if isinstance(line, Limits):
                await line.limit(call.sid, call.provider_id, placed.time_limit)
        except ApiRefused as refused:
            return Retry(str(refused))
        return Retry("the call goes on", left / 1000, counts=False)

    async def _look(self, call: Call, line: Calling) -> bool:
        try:
            found = await line.look(call.sid, call.provider_id)
        except ApiMissing:
            return False
        if found is None:
            return not self._is_past(call)
        await self._store.transact(lambda tx: events.progress(self._env, tx, [found]))
        return True

    async def _not_there(self, call: Call, deed: CallDeed) -> Result:
        """The carrier has no such call: one that it should have had, and that is not over, has come
        to nothing. Another process may have it, where the carrier lives in a process."""
        env = self._env
        if deed is CallDeed.LOOK:
            lost = CallEvent(call.sid, CallStatus.FAILED.value)
            await self._store.transact(lambda tx: events.progress(env, tx, [lost], cut_off=True))
            return _LEFT_ALONE
        found = Problem(_NO_ORDERS, f"the carrier could not {deed.value} it")
        sid = call.sid
        await self._store.transact(
            lambda tx: problems.tell(env, tx, [found], call.account_sid, None, sid)
        )
        return _LEFT_ALONE

    async def _fail(self, payload: CallOrder, code: int, text: str) -> None:
        env, sid = self._env, payload.call_sid
        await self._store.transact(lambda tx: placing.fail(env, tx, sid, code, text))

    def _is_past(self, call: Call) -> bool:
        """Whether a call can't be on the line any more."""
        longest = (self._env.settings.voice.time_limit + _MARGIN) * 1000
        return self._env.clock() - call.date_created > longest
