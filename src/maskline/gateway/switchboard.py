"""The switchboard: the server as carriers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from maskline.batcher import Batcher
from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.env import Env
from maskline.messaging import inbound, outbound
from maskline.messaging.inbound import Receipt
from maskline.model.exchange import Exchange
from maskline.model.job import Callback
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, Intake, LegReport
from maskline.proxy.callbacks import blocks
from maskline.store.contract import Store, StoreUnavailable
from maskline.voice import calls, events
from maskline.voice.calls import CallPlan

#: Asks a program whether it blocks something; the text is the same at every attempt.
Ask = Callable[[Callback, str], Awaitable[Exchange]]


class Switchboard:
    """Takes traffic in. Messages, calls and reports that wait together are committed together."""

    def __init__(self, env: Env, store: Store, ask: Ask) -> None:
        self._env = env
        self._store = store
        self._ask = ask
        self._messages: Batcher[InboundMessage, Receipt] = Batcher(self._receive)
        self._calls: Batcher[InboundCall, CallPlan | None] = Batcher(self._ring)
        self.reports: Batcher[LegReport, None] = Batcher(self._report)

    async def message(self, message: InboundMessage) -> Intake:
        """Takes in a message."""
        try:
            return (await self._messages.submit(message)).intake
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        """Takes in what became of messages that were sent."""
        futures = [self.reports.submit(one) for one in reports]
        try:
            for future in futures:
                await future
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error

    async def call(self, call: InboundCall) -> CallAnswer | None:
        """Takes in a call and says what to do with it."""
        try:
            plan = await self._plan(call)
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error
        if plan is None:
            return None
        dialled = plan.dialled.call_sid if plan.dialled is not None else None
        return CallAnswer(plan.call_sid, plan.response, dialled)

    async def call_events(self, changes: Sequence[CallEvent]) -> None:
        """Takes in what became of legs."""
        try:
            await self._store.transact(lambda tx: events.progress(self._env, tx, changes))
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error

    async def drain(self) -> None:
        """Returns when nothing is being taken in any more."""
        await self._messages.drain()
        await self._calls.drain()
        await self.reports.drain()

    async def _plan(self, call: InboundCall) -> CallPlan | None:
        plan = await self._calls.submit(call)
        if plan is None or plan.intercept is None:
            return plan
        asked = plan
        answer = await self._ask(plan.intercept, plan.call_sid)
        go_on = calls.block if blocks(answer) else calls.admit
        return await self._store.transact(lambda tx: go_on(self._env, tx, asked, answer))

    async def _receive(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]:
        return await self._store.transact(lambda tx: inbound.receive(self._env, tx, messages))

    async def _ring(self, inbound: Sequence[InboundCall]) -> Sequence[CallPlan | None]:
        return await self._store.transact(lambda tx: calls.receive(self._env, tx, inbound))

    async def _report(self, reports: Sequence[LegReport]) -> Sequence[None]:
        await self._store.transact(lambda tx: outbound.report(self._env, tx, reports))
        return [None] * len(reports)
