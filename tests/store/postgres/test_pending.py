"""Writes that wait, and what of a transaction then goes over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from maskline.env import Env
from maskline.model.account import Account
from maskline.model.errors import Fault
from maskline.model.job import Job
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.sid import SidFactory
from maskline.proxy import sessions
from maskline.settings import PostgresSettings, Settings
from maskline.store.contract import Conflict, StoreUnavailable, Transaction
from maskline.store.postgres import PostgresStore
from maskline.store.postgres.executor import PostgresExecutor
from maskline.store.postgres.pending import (
    Form,
    ForRows,
    Pending,
    form_of,
    join,
    refusing,
    strict,
)
from tests.support.engines import PostgresEngine
from tests.support.memory import ALICE, BOB, form
from tests.support.records import Records

_A = Form("INSERT INTO a (b) SELECT * FROM unnest($1::text[])", "a", meets=True)
_C = Form("UPDATE c SET d = $2 WHERE sid = $1", "c")
_ALONE = Form("UPDATE e SET f = (SELECT MAX(b) FROM a) WHERE sid = $1", None)


def test_statements_are_joined_with_their_parameters_in_a_row() -> None:
    assert join([("DELETE FROM a WHERE b = $1 OR c = $2 OR d = $1", 2), (_C.statement, 2)]) == (
        "WITH part1 AS (DELETE FROM a WHERE b = $1 OR c = $2 OR d = $1)"
        " UPDATE c SET d = $4 WHERE sid = $3"
    )


def _taken(*writes: tuple[Form, Sequence[Any]]) -> list[tuple[str, list[Any], bool]]:
    pending = Pending({})
    for each, args in writes:
        pending.add(each, args)
    assert bool(pending) is bool(writes)
    taken = [(one.statement, list(one.args), one.meets) for one in pending.take()]
    assert not pending
    return taken


def test_what_waits_goes_together() -> None:
    assert _taken() == []
    assert _taken((_A, [["x"]])) == [(_A.statement, [["x"]], True)]
    assert _taken((_C, ["s", 1]), (_A, [["x"]])) == [
        (f"WITH part1 AS ({_C.statement}) {_A.statement.replace('$1', '$3')}",
         ["s", 1, ["x"]], True),
    ]  # fmt: skip


def test_a_table_stands_but_once_in_a_statement_and_what_reads_stands_alone() -> None:
    one, two, three = (_C, ["s", 1]), (_C, ["s", 2]), (_ALONE, ["s"])
    assert [args for _, args, _ in _taken(one, two)] == [["s", 1], ["s", 2]]
    assert [args for _, args, _ in _taken(one, three, two)] == [["s", 1], ["s"], ["s", 2]]


def test_the_one_that_is_told_something_goes_last() -> None:
    heard: list[Any] = []
    pending = Pending({})
    pending.add(_A, [["x"]], heard.append)
    pending.add(_C, ["s", 1])
    pending.add(Form("DELETE FROM g WHERE h = $1 RETURNING h", "g"), ["y"], heard.append)
    first, second = pending.take()
    assert list(first.args) == ["s", 1, ["x"]]
    assert first.told is not None
    assert list(second.args) == ["y"]


def test_those_that_may_refuse_go_together_and_each_is_told_its_own() -> None:
    heard: list[tuple[str, Any]] = []
    pending = Pending({})
    assert not pending.refuses
    for table, args in (("a", ["x"]), ("c", ["y", "z"])):
        form = refusing(f"INSERT INTO {table} (b) VALUES ($1)", table)
        pending.add(form, args, lambda rows, table=table: heard.append((table, rows)))
    pending.add(_A._replace(table="e"), [["w"]])
    assert pending.refuses
    (step,) = pending.take()
    assert step.statement == (
        f"WITH part1 AS ({_A.statement}),"
        " part2 AS (INSERT INTO a (b) VALUES ($2) RETURNING 1),"
        " part3 AS (INSERT INTO c (b) VALUES ($3) RETURNING 1)"
        " SELECT ARRAY(TABLE part3), ARRAY(TABLE part2)"
    )
    assert step.refuses
    assert step.told is not None
    step.told([([1, 2], [3])])
    assert heard == [("a", [(3,)]), ("c", [(1,), (2,)])]


def test_what_refuses_does_not_go_with_what_returns_more() -> None:
    pending = Pending({})
    pending.add(refusing("INSERT INTO a (b) VALUES ($1)", "a"), ["x"], print)
    pending.add(Form("DELETE FROM g WHERE h = $1 RETURNING h, i", "g"), ["y"], print)
    assert [step.refuses for step in pending.take()] == [True, False]


def test_a_few_rows_are_written_out() -> None:
    each = ForRows(_A, (_C, _ALONE))
    assert each.of([("x", 1)]) == (_C, ["x", 1])
    assert each.of([("x", 1), ("y", 2)]) == (_ALONE, ["x", 1, "y", 2])
    assert each.of([("x", 1), ("y", 2), ("z", 3)]) == (_A, [["x", "y", "z"], [1, 2, 3]])


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO a (b) VALUES ($1)", "a"),
        ("INSERT INTO a (b) SELECT * FROM unnest($1::text[])", "a"),
        ("UPDATE a SET b = $2 WHERE sid = $1", "a"),
        ("DELETE FROM a WHERE b = $1", "a"),
        ("UPDATE a SET b = (SELECT MAX(c) FROM d) WHERE sid = $1", None),
        ("DELETE FROM a WHERE sid IN (SELECT sid FROM a)", None),
    ],
)
def test_the_table_that_a_statement_writes_to(statement: str, table: str | None) -> None:
    form = form_of(statement)
    assert form is not None
    assert form.table == table


def test_what_does_not_write_has_no_form() -> None:
    assert form_of("SELECT b FROM a") is None
    assert form_of("LOCK TABLE a IN SHARE ROW EXCLUSIVE MODE") is None


def test_an_insert_that_leaves_nothing_out() -> None:
    plain = "INSERT INTO a (b) SELECT * FROM unnest($1::text[])"
    assert strict(f"{plain} ON CONFLICT DO NOTHING", "a") == Form(plain, "a", meets=True)
    assert strict(plain, "a") == Form(plain, "a", meets=False)


class Wire:
    """A connection that notes what goes over it: `BEGIN`, `COMMIT`, or a statement's tables."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("fetch", "fetchrow", "execute", "executemany"):
            return found

        async def noted(statement: str, *args: Any) -> Any:
            self.sent.append(statement)
            return await found(statement, *args)

        return noted

    def transaction(self) -> Any:
        """A transaction whose beginning and end are noted."""
        return _Noted(self, self._connection.transaction(isolation="read_committed"))


class _Noted:
    def __init__(self, wire: Wire, transaction: Any) -> None:
        self._wire = wire
        self._transaction = transaction

    def __getattr__(self, name: str) -> Callable[[], Any]:
        self._wire.sent.append(name)
        found: Callable[[], Any] = getattr(self._transaction, name)
        return found


@pytest_asyncio.fixture
async def wire(store: PostgresStore, engine: PostgresEngine) -> AsyncIterator[Wire]:
    """A connection of one's own."""
    connection = await asyncpg.connect(engine.url)
    yield Wire(connection)
    await connection.close()


@pytest.fixture
def run(store: PostgresStore, wire: Wire) -> Any:
    """Runs a use-case over the wire; says what was sent, and when it could not be undone."""

    async def one(use_case: Callable[[Transaction], Any]) -> list[str]:
        executor = PostgresExecutor(wire, store._writing, wire.transaction)
        wire.sent.clear()
        try:
            await use_case(Transaction(executor))
            await executor.finish(lambda: wire.sent.append("from here on"))
        except Exception:
            await executor.undo()
            raise
        return list(wire.sent)

    return one


async def test_a_message_with_all_that_belongs_to_it_takes_one_round_trip(
    run: Any, store: PostgresStore, service: Service, records: Records
) -> None:
    session = records.session(service)
    message = records.message(service.account_sid)
    interaction = records.interaction(session)
    job = records.job(service.account_sid, owner="me")

    async def write(tx: Transaction) -> None:
        await tx.messages.add_many([message])
        await tx.interactions.add_many([interaction])
        await tx.outbox.add_many([job])

    sent = await run(write)
    assert sent[0] == "from here on"
    assert len(sent) == 2
    assert await store.read(lambda tx: tx.messages.by_sid(message.sid)) == message
    assert await store.read(lambda tx: tx.interactions.by_sid(interaction.sid)) == interaction
    assert await store.read(lambda tx: tx.outbox.get(job.sid)) == job


async def test_what_was_written_is_seen_by_what_is_asked_after_it(
    run: Any, account: Account, records: Records
) -> None:
    message = records.message(account.sid)
    seen: list[Any] = []

    async def write(tx: Transaction) -> None:
        await tx.messages.add_many([message])
        seen.append(await tx.messages.by_sid(message.sid))

    sent = await run(write)
    assert seen == [message]
    assert [sent[0], *sent[-2:]] == ["start", "from here on", "commit"]


async def test_a_session_with_its_people_takes_five_round_trips(
    run: Any, store: PostgresStore, service: Service, records: Records
) -> None:
    number = records.number(service.account_sid)
    await store.transact(lambda tx: tx.numbers.add(number))
    await store.transact(lambda tx: tx.numbers.join(number.sid, service.sid, False, 1))
    env = Env(records.clock, SidFactory(records.clock), Settings())
    people = [f'{{"Identifier": "{who}"}}' for who in (ALICE, BOB)]
    made: list[Session] = []

    async def create(tx: Transaction) -> None:
        found = await tx.services.get(service.sid, service.account_sid)
        assert found is not None
        asked = form({"UniqueName": ["trip"], "Participants": people})
        made.append(await sessions.create(env, tx, found, asked))

    sent = await run(create)
    assert [sent[0], *sent[-2:]] == ["start", "from here on", "commit"]
    assert len(sent) - 1 == 5
    (session,) = made
    assert await store.read(lambda tx: tx.sessions.get(session.sid, service.sid)) == session
    held = await store.read(lambda tx: tx.participants.of_session(session.sid))
    assert [one.identifier for one in held] == [ALICE, BOB]
    found = await store.read(lambda tx: tx.numbers.by_number(number.number))
    assert found is not None
    assert found.in_use == 1
    # There is no number for them any more either.
    with pytest.raises(Fault, match="80603"):
        await store.transact(create)


async def test_a_refusal_of_what_waits_comes_before_later_faults(
    store: PostgresStore, service: Service, records: Records
) -> None:
    async def write(tx: Transaction) -> None:
        await tx.sessions.add(records.session(service, unique_name="trip"), Fault(80603))
        assert await tx.messages.by_sid("SM0") is None
        raise Fault(80205)

    with pytest.raises(Fault, match="80205"):
        await store.transact(write)
    await store.transact(
        lambda tx: tx.sessions.add(records.session(service, unique_name="trip"), Fault(80603))
    )
    with pytest.raises(Fault, match="80603"):
        await store.transact(write)


async def test_what_is_refused_alone_takes_nothing_with_it_that_is_kept(
    store: PostgresStore, service: Service, records: Records
) -> None:
    """A statement that commits by itself would keep the rest of what it writes."""
    first, again = (records.session(service, unique_name="trip") for _ in range(2))
    message = records.message(service.account_sid)

    async def write(tx: Transaction) -> None:
        await tx.messages.add_many([message])
        await tx.sessions.add(again, Fault(80603))

    await store.transact(lambda tx: tx.sessions.add(first))
    with pytest.raises(Fault, match="80603"):
        await store.transact(write)
    assert await store.read(lambda tx: tx.messages.by_sid(message.sid)) is None


async def test_what_is_asked_elsewhere_leaves_waiting_what_is_written(
    run: Any, service: Service, account: Account, records: Records
) -> None:
    session = records.session(service)

    async def write(tx: Transaction) -> None:
        await tx.sessions.add(session)
        await tx.messages.by_sid("SM0")
        await tx.accounts.get(account.sid)
        assert await tx.sessions.get(session.sid, service.sid) == session

    sent = await run(write)
    kinds = [one.split()[0] for one in sent]
    assert kinds == ["SELECT", "start", "SELECT", "INSERT", "SELECT", "from", "commit"]


async def test_a_look_needs_no_transaction_and_a_lock_does(
    run: Any, account: Account, records: Records
) -> None:
    sent = await run(lambda tx: tx.messages.by_sid("SM0"))
    assert len(sent) == 1
    sent = await run(lambda tx: tx.accounts.get(account.sid))
    assert [sent[0], *sent[-2:]] == ["start", "from here on", "commit"]


async def test_one_that_is_there_already_undoes_all_that_goes_with_it(
    run: Any, store: PostgresStore, account: Account, records: Records
) -> None:
    first = records.message(account.sid, provider_id="x")
    again = records.message(account.sid, provider_id="x")
    job = records.job(account.sid)

    async def write(tx: Transaction) -> None:
        await tx.messages.add_many([again])
        await tx.outbox.add_many([job])

    await run(lambda tx: tx.messages.add_many([first]))
    with pytest.raises(Conflict):
        await run(write)
    assert await store.read(lambda tx: tx.outbox.get(job.sid)) is None


async def test_a_commit_whose_answer_is_lost_is_not_made_again(
    engine: PostgresEngine, store: PostgresStore, account: Account, records: Records
) -> None:
    """Whether it took place, only the database knows."""
    jobs: list[Job] = []

    async def write(tx: Transaction) -> None:
        jobs.append(records.job(account.sid))
        await tx.outbox.add_many(jobs[-1:])
        # The trigger ends the connection as the statement that commits by itself runs.

    connection = await asyncpg.connect(engine.url)
    await connection.execute(
        "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"
        "CREATE TRIGGER hang_up BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION hang_up()"
    )
    try:
        with pytest.raises(StoreUnavailable):
            await store.transact(write)
    finally:
        await connection.execute("DROP TRIGGER hang_up ON outbox; DROP FUNCTION hang_up()")
        await connection.close()
    assert len(jobs) == 1


async def test_behind_a_pooler_every_statement_stands_in_a_transaction(
    engine: PostgresEngine, store: PostgresStore, account: Account, records: Records
) -> None:
    pooled = PostgresStore(engine.url, PostgresSettings(pooler_url=engine.url))
    await pooled.open()
    began: list[str] = []

    async def write(tx: Transaction) -> None:
        assert pooled._pool is not None
        found = await tx.messages._x.one("message_by_sid", "SM0")
        assert found is None
        executor: Any = tx.messages._x
        began.append(str(executor._transaction is not None))

    await pooled.transact(write)
    await pooled.close()
    assert began == ["True"]
