"""The store's contract: what an engine does, and the transaction that use-cases run over.

An engine implements `Executor` (run a named statement) and `Store` (run a use-case in one durable
transaction). The repositories are written once over `Executor`, so the rules know no engine, and
`tests/store` holds every engine to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

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
    Recordings,
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
from maskline.store.repositories.base import Followed, Repository

T = TypeVar("T")
R = TypeVar("R", bound=Repository)


class StoreUnavailable(Exception):
    """The database can't be reached or is full: nothing was stored, the caller may try again."""


class Conflict(StoreUnavailable):
    """Another transaction was in the way of this one. A store whose transactions run side by side
    runs the use-case again, and raises this only when that did not help."""


class _Made(Generic[R]):
    """A repository of a transaction, made when it is first asked for: a use-case needs a few of
    them."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, transaction: Transaction, _: object = None) -> R:
        # From then on it is found there, without this.
        made = vars(transaction)[self._name] = self._kind(transaction.executor)
        return made


class Transaction:
    """The repositories of one transaction: all that it writes is committed, or none of it."""

    accounts = _Made(Accounts)
    affinities = _Made(Affinities)
    alerts = _Made(Alerts)
    api_requests = _Made(ApiRequests)
    applications = _Made(Applications)
    brands = _Made(Brands)
    calls = _Made(Calls)
    campaigns = _Made(Campaigns)
    carrier_requests = _Made(CarrierRequests)
    carriers = _Made(Carriers)
    console_users = _Made(ConsoleUsers)
    handsets = _Made(Handsets)
    interactions = _Made(Interactions)
    message_parts = _Made(MessageParts)
    messages = _Made(Messages)
    messaging_services = _Made(MessagingServices)
    numbers = _Made(Numbers)
    opt_out_lists = _Made(OptOutLists)
    opt_outs = _Made(OptOuts)
    outbox = _Made(Outbox)
    paces = _Made(Paces)
    participants = _Made(Participants)
    placed_calls = _Made(PlacedCalls)
    rates = _Made(Rates)
    recordings = _Made(Recordings)
    registrations = _Made(Registrations)
    retention = _Made(Retention)
    routing = _Made(Routing)
    scripts = _Made(Scripts)
    sending = _Made(Sending)
    series = _Made(Series)
    services = _Made(Services)
    sessions = _Made(Sessions)
    smpp_sent = _Made(SmppSent)
    support = _Made(Support)
    tollfree_verifications = _Made(TollfreeVerifications)
    webhook_attempts = _Made(WebhookAttempts)

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def changed(self) -> list[str]:
        """The SIDs of what this transaction made or changed, of those kinds that the console
        follows, for the engine to announce. One may stand there twice."""
        followed = (one for one in vars(self).values() if isinstance(one, Followed))
        return [sid for one in followed for sid in one.changed]

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
