"""The simulator: a carrier whose phones are simulated handsets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from maskline.carriers.contract import Host
from maskline.carriers.simulator.behaviour import Behaviour, Behaviours
from maskline.carriers.simulator.exchange import Exchange
from maskline.carriers.simulator.ledger import Ledger
from maskline.carriers.simulator.limits import Limits, Pace
from maskline.carriers.simulator.messages import Messages
from maskline.carriers.simulator.network import NAME, Network, Sids
from maskline.carriers.simulator.script import Fetch
from maskline.carriers.simulator.timers import LoopTimers, Timers
from maskline.carriers.simulator.views import CallView, Event, MessageView, message_view
from maskline.model.clock import Clock
from maskline.model.placed_call import CALL_OPTIONS
from maskline.model.traffic import Accepted, CallEvent, OutboundCall, OutboundMessage, SendResult
from maskline.numbers.national import canonical


class Simulator:
    """A make-believe phone network. Numbers of handsets are E.164; the caller has checked them.

    A Mexican or Argentine handset is one phone under both its numbers, as on the real network; it
    calls and writes from the one that it is named by.

    Messages outlive the process, in the ledger. Calls, behaviours and events live in it. `fetch`
    gets the instructions at the URLs that call instructions name; without it they lead nowhere.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        sids: Sids,
        ledger: Ledger,
        limits: Limits | None = None,
        pace: Pace | None = None,
        behaviour: Behaviour | None = None,
        timers: Timers | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.behaviours = Behaviours(behaviour or Behaviour(), self.limits.handsets)
        self._network = Network(
            clock=clock,
            sids=sids,
            timers=timers or LoopTimers(),
            limits=self.limits,
            pace=pace or Pace(),
            behaviours=self.behaviours,
        )
        self._messages = Messages(self._network, ledger)
        self._exchange = Exchange(self._network, fetch)

    @property
    def name(self) -> str:
        """The name that numbers carry."""
        return NAME

    async def send(self, message: OutboundMessage) -> SendResult:
        """Shows a message on its handset, once however often it is handed over."""
        return await self._messages.send(message)

    @property
    def call_options(self) -> frozenset[str] | None:
        """All, as far as a handset has them: nobody is a machine there, and silence is recorded."""
        return CALL_OPTIONS

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls a handset for a program."""
        return Accepted(self._exchange.place(call))

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a call of this process."""
        return self._exchange.end(call_sid, answered=answered)

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has a call of this process do something else."""
        return self._exchange.steer(call_sid)

    async def limit(self, call_sid: str, provider_id: str | None, seconds: int) -> bool:
        """Bounds a call of this process."""
        return self._exchange.limit(call_sid, seconds)

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """It reports by itself."""
        return None

    async def start(self, host: Host) -> None:
        """Connects the handsets to the server."""
        self._network.open(host)

    async def close(self) -> None:
        """Ends all calls, hands over the receipts that wait, and lets the listeners go."""
        self.end_listening()
        self._network.shut()
        await self._exchange.close()
        await self._messages.close()

    def end_listening(self) -> None:
        """Ends the events feed alone, for a server that waits for its connections to end."""
        self._network.feed.close()

    async def text(
        self, handset: str, to: str, body: str, media: Sequence[str] = ()
    ) -> MessageView:
        """A handset sends a message. Raises UnknownNumber and HostUnavailable."""
        return message_view(await self._messages.text(handset, to, body, media))

    async def messages(self, handset: str, after: str, limit: int) -> list[MessageView]:
        """What a handset sent and received, in order, those that follow the id `after`."""
        page = await self._messages.page(canonical(handset), after, limit)
        return [message_view(message) for message in page]

    async def dial(self, handset: str, to: str) -> CallView:
        """A handset calls a number. Raises UnknownNumber, TooMany and HostUnavailable."""
        return (await self._exchange.dial(handset, to)).view()

    def calls(self, handset: str) -> list[CallView]:
        """A handset's calls that go on and the last that ended, in the order of their beginning."""
        return [leg.view() for leg in self._exchange.log.calls(canonical(handset))]

    def call(self, handset: str, call: str) -> CallView:
        """A handset's call. Raises UnknownCall."""
        return self._exchange.log.find(canonical(handset), call).view()

    async def answer(self, handset: str, call: str) -> CallView:
        """A handset's owner takes a call. Raises UnknownCall and NotPossible."""
        return (await self._exchange.answer(canonical(handset), call)).view()

    async def reject(self, handset: str, call: str) -> CallView:
        """A handset's owner turns a call away. Raises UnknownCall and NotPossible."""
        return (await self._exchange.reject(canonical(handset), call)).view()

    async def hang_up(self, handset: str, call: str) -> CallView:
        """A handset's owner ends a call. Raises UnknownCall and NotPossible."""
        return (await self._exchange.hang_up(canonical(handset), call)).view()

    async def key_in(self, handset: str, call: str, digits: str) -> CallView:
        """A handset's owner types keys. Raises UnknownCall and NotPossible."""
        return (await self._exchange.key_in(canonical(handset), call, digits)).view()

    def phones(self, limit: int) -> list[tuple[str, int]]:
        """The handsets that something happened on, and when (ms), the latest first."""
        return self._network.phones.latest(limit)

    def subscribe(
        self, number: str | None = None, after: int | None = None, silence: float | None = None
    ) -> AsyncGenerator[Event | None, None]:
        """Events of a handset, or of all, from now on or those that follow the id `after`; null
        after each `silence` seconds without one. Raises TooMany."""
        handset = None if number is None else canonical(number)
        return self._network.feed.subscribe(handset, after, silence)
