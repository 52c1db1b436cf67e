"""The store's contract: what an engine does, and the transaction that use-cases run over.

An engine implements `Executor` (run a named statement) and `Store` (run a use-case in one durable
transaction). The repositories are written once over `Executor`, so the rules know no engine, and
`tests/store` holds every engine to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from maskline.model.job import Job
from maskline.store.executor import Executor
from maskline.store.repositories import (
    Accounts,
    Affinities,
    Alerts,
    ApiRequests,
    Applications,
    Brands,
    Calls,
    Campaigns,
    CarrierRequests,
    Carriers,
    ConsoleUsers,
    Handsets,
    Interactions,
    MessageParts,
    Messages,
    MessagingServices,
    Numbers,
    OptOutLists,
    OptOuts,
    Outbox,
    Paces,
    Participants,
    PlacedCalls,
    Rates,
    Registrations,
    Retention,
    Routing,
    Scripts,
    Sending,
    Series,
    Services,
    Sessions,
    SmppSent,
    Support,
    TollfreeVerifications,
    WebhookAttempts,
)

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The database can't be reached or is full: nothing was stored, the caller may try again."""


class Conflict(StoreUnavailable):
    """Another transaction was in the way of this one. A store whose transactions run side by side
    runs the use-case again, and raises this only when that did not help."""


class Transaction:
    """The repositories of one transaction: all that it writes is committed, or none of it."""

    __slots__ = (
        "accounts",
        "affinities",
        "alerts",
        "api_requests",
        "applications",
        "brands",
        "calls",
        "campaigns",
        "carrier_requests",
        "carriers",
        "console_users",
        "handsets",
        "interactions",
        "message_parts",
        "messages",
        "messaging_services",
        "numbers",
        "opt_out_lists",
        "opt_outs",
        "outbox",
        "paces",
        "participants",
        "placed_calls",
        "rates",
        "registrations",
        "retention",
        "routing",
        "scripts",
        "sending",
        "series",
        "services",
        "sessions",
        "smpp_sent",
        "support",
        "tollfree_verifications",
        "webhook_attempts",
    )

    def __init__(self, executor: Executor) -> None:
        self.accounts = Accounts(executor)
        self.affinities = Affinities(executor)
        self.alerts = Alerts(executor)
        self.applications = Applications(executor)
        self.api_requests = ApiRequests(executor)
        self.brands = Brands(executor)
        self.calls = Calls(executor)
        self.campaigns = Campaigns(executor)
        self.carrier_requests = CarrierRequests(executor)
        self.carriers = Carriers(executor)
        self.console_users = ConsoleUsers(executor)
        self.handsets = Handsets(executor)
        self.interactions = Interactions(executor)
        self.message_parts = MessageParts(executor)
        self.messages = Messages(executor)
        self.messaging_services = MessagingServices(executor)
        self.numbers = Numbers(executor)
        self.opt_out_lists = OptOutLists(executor)
        self.opt_outs = OptOuts(executor)
        self.outbox = Outbox(executor)
        self.paces = Paces(executor)
        self.participants = Participants(executor)
        self.placed_calls = PlacedCalls(executor)
        self.rates = Rates(executor)
        self.registrations = Registrations(executor)
        self.retention = Retention(executor)
        self.routing = Routing(executor)
        self.scripts = Scripts(executor)
        self.sending = Sending(executor)
        self.series = Series(executor)
        self.services = Services(executor)
        self.sessions = Sessions(executor)
        self.smpp_sent = SmppSent(executor)
        self.support = Support(executor)
        self.tollfree_verifications = TollfreeVerifications(executor)
        self.webhook_attempts = WebhookAttempts(executor)

    def changed(self) -> list[str]:
        """The SIDs of what this transaction made or changed, of those kinds that the console
        follows, for the engine to announce. One may stand there twice."""
        return [
            *self.sessions.changed,
            *self.interactions.changed,
            *self.messages.changed,
            *self.calls.changed,
            *self.alerts.changed,
            *self.webhook_attempts.changed,
        ]

    def registers(self) -> bool:
        """Whether this transaction changed what is registered of senders, for the engine to
        announce."""
        return (
            self.brands.registers
            or self.campaigns.registers
            or self.messaging_services.registers
            or self.numbers.registers
        )


UseCase = Callable[[Transaction], Awaitable[T]]


class Store(Protocol):
    """One database."""

    @property
    def shared(self) -> bool:
        """Whether other processes may be at work on it at the same time."""

    async def transact(self, use_case: UseCase[T], *, long: bool = False) -> T:
        """Runs `use_case` in a transaction and returns after the commit is durable. `long` says
        that it may touch very many rows, so that an engine can set it apart.

        A record that the use-case fetches by its SID or name stays as it is until the end, whatever
        others do; a list may have changed by then. The use-case is run again after a Conflict, and
        may be when it shares a commit with one that fails: it must have no effect but on its
        transaction.

        What the use-case raises undoes all that it wrote and is raised here. The jobs that it added
        go to the listener of `on_jobs` after the commit. Raises StoreUnavailable.
        """

    async def read(self, use_case: UseCase[T]) -> T:
        """Runs a use-case that only reads, over what is committed. Raises StoreUnavailable."""

    def on_jobs(self, listener: Callable[[list[Job]], None]) -> None:
        """Names who is told, on the event loop, of jobs that were committed."""

    def on_waiting(self, listener: Callable[[], None]) -> None:
        """Names who is told, on the event loop, that some process left jobs for whoever polls. It
        is told soon, if at all: polling has to find them too."""

    def on_changes(self, listener: Callable[[list[str]], None]) -> None:
        """Names who is told, on the event loop, of the SIDs of what a commit of this process made
        or changed (`Transaction.changed`)."""

    def on_registrations(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Names who looks, on the event loop, at what is registered of senders after it was
        changed (`Transaction.registers`): by a commit of this process before `transact` returns; by
        one of another process soon, if at all, so that looking now and then has to find it too."""

    def on_broadcast(self, listener: Callable[[str], None]) -> None:
        """Names who is told, on the event loop, what some process of this database broadcast, this
        one among them. What is said while the connection is away is lost."""

    async def broadcast(self, text: str) -> None:
        """Tells all processes of this database up to 7,900 bytes, or nobody when the database is
        away."""

    @property
    def leads(self) -> bool:
        """Whether this process is the one of all that do what one alone should do. When it ends,
        another is within seconds."""

    async def open(self) -> None:
        """Connects and brings the schema up to date. Raises StoreUnavailable, SchemaTooNew."""

    async def close(self) -> None:
        """Finishes what it accepted, then disconnects."""


class SchemaTooNew(Exception):
    """The database was written by a newer version of the program."""
