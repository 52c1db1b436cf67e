"""What a carrier may do besides for calls: place programs', and be led through documents."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from maskline.carriers.contract import CallAnswer
from maskline.carriers.request import Answer, Request
from maskline.model.traffic import CallEvent, OutboundCall, SendResult


@runtime_checkable
class Calling(Protocol):
    """A carrier that places calls for programs, and steers those that it carries.

    What a call is to do it asks the server for when somebody answers, by the call's reference, and
    it reports on the call by that. Without this protocol, `POST Calls` by its numbers is refused.
    """

    @property
    def call_options(self) -> frozenset[str] | None:
        """What it carries out of `maskline.model.placed_call.CALL_OPTIONS`; null where the account
        is configured for no calls that we begin."""

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. Never raises for what the carrier answers or fails to answer: `Unclear`
        is a call that may have been placed, and that nobody places again."""

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a leg, one that was `answered` too or only one that was not; false when the carrier
        has no such leg on the line. Raises ApiRefused."""

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has a call ask the server what to do next, now; false as above. Raises ApiRefused."""

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """What has become of a leg; null where the carrier does not say, so that it is let go once
        it can't be on the line any more. Raises ApiRefused, and ApiMissing when it has no such
        leg."""


@runtime_checkable
class Limits(Protocol):
    """A carrier that ends calls by itself after a time that may be changed while they go on. At the
    others the server ends them, no later than by what the carrier was told at their beginning."""

    async def limit(self, call_sid: str, provider_id: str | None, seconds: int) -> bool:
        """Has a call last so long from its answer on at most; false when the carrier has no such
        call on the line. Raises ApiRefused."""


@runtime_checkable
class Unaddressed(Protocol):
    """A carrier that signs what it says of a call, and not the address, which names the call: what
    it said of one could be sent on to the door as if it were about another."""

    def named(self, request: Request) -> tuple[str, str] | None:
        """Our name for a call, as the address has it, and the carrier's for the one that the
        request is about; null where the address names none, or the request is about a leg. Raises
        Malformed."""


@runtime_checkable
class Led(Protocol):
    """A carrier that asks at our door what a call does next: `read` gives a `DocumentWanted`."""

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """The answer to a request that wants a document, in the carrier's dialect."""
