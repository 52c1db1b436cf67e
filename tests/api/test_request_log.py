"""The log of requests: bounded, rid of what is private, and off where it is not wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from falcon.util import Context

from maskline.api.auth import Caller
from maskline.api.request_log import AT_ONCE, RequestLog
from maskline.model.api_request import ApiRequest
from maskline.model.form import Form
from maskline.settings import Settings
from maskline.store.contract import StoreUnavailable
from tests.support.memory import World


class Store:
    """Keeps what is written; `away` says that nothing can be."""

    def __init__(self) -> None:
        self.rows: list[ApiRequest] = []
        self.away = False
        self.commits = 0

    async def transact(self, use_case: Callable[[Any], Awaitable[Any]]) -> Any:
        if self.away:
            raise StoreUnavailable("away")
        self.commits += 1
        return await use_case(SimpleNamespace(api_requests=self))

    async def add_many(self, rows: list[ApiRequest]) -> None:
        self.rows += rows


def log_of(record: str = "all", *, enabled: bool = True) -> tuple[RequestLog, Store, World]:
    settings = Settings()
    console = msgspec.structs.replace(settings.console, record_requests=record, enabled=enabled)
    world = World(msgspec.structs.replace(settings, console=console))
    store = Store()
    return RequestLog(world.env, store), store, world  # type: ignore[arg-type]


def context_of(**fields: Any) -> Context:
    """A request's context, as the framework has it."""
    context = Context()
    context.update(fields)
    return context


def ask(
    log: RequestLog,
    number: int = 0,
    status: int = 200,
    path: str = "/proxy/v1/Services",
    **more: Any,
) -> None:
    context = context_of(
        id=f"RQ{number:032x}", caller=Caller("AC1", more.pop("key", "")), **more.pop("context", {})
    )
    req = SimpleNamespace(
        context=context, method="POST", path=path, query_string=more.pop("query", "")
    )
    log.note(req, status, 0.0125)  # type: ignore[arg-type]


async def test_a_request_is_written_once() -> None:
    log, store, world = log_of()
    form = Form({"Identifier": ["+14155550100"], "FriendlyName": ["Ann"], "Ttl": ["5"]}, 1)
    ask(
        log,
        1,
        400,
        key="SK1",
        context={"form": form, "code": 80103},
        query="Token=x&To=%2B14155550100",
    )
    await log.write()
    await log.write()
    assert store.commits == 1
    (row,) = store.rows
    assert row == ApiRequest(
        sid=f"RQ{1:032x}",
        account_sid="AC1",
        caller="SK1",
        method="POST",
        path=row.path,
        params="Identifier=%2B1415555XXXX&FriendlyName=%5Bredacted%5D&Ttl=5",
        status=400,
        code=80103,
        micros=12_500,
    )
    assert "5550100" not in row.path
    assert "Token=x" not in row.path
    world.close()


async def test_who_was_not_let_in_is_not_noted() -> None:
    log, store, world = log_of()
    req = SimpleNamespace(context=context_of(id="RQ1"), method="GET", path="/", query_string="")
    log.note(req, 401, 0.1)  # type: ignore[arg-type]
    await log.write()
    assert store.rows == []
    world.close()


async def test_of_many_the_latest_are_kept_and_refusals_apart() -> None:
    log, store, world = log_of()
    for number in range(10 * AT_ONCE):
        ask(log, number, 404 if number < 3 else 200)
    await log.write()
    kept = {int(row.sid[2:], 16) for row in store.rows}
    assert kept == {0, 1, 2, *range(9 * AT_ONCE, 10 * AT_ONCE)}
    world.close()


@pytest.mark.parametrize(
    ("record", "enabled", "statuses"),
    [
        ("all", True, {200, 404}),
        ("failures", True, {404}),
        ("none", True, set()),
        ("all", False, set()),
    ],
)
async def test_what_is_not_wanted_is_not_kept(
    record: str, enabled: bool, statuses: set[int]
) -> None:
    log, store, world = log_of(record, enabled=enabled)
    ask(log, 1, 200)
    ask(log, 2, 404)
    await log.write()
    assert {row.status for row in store.rows} == statuses
    log.start()
    assert (log._task is None) == (not statuses)
    await log.stop()
    world.close()


async def test_a_deed_is_the_request_that_does_the_same() -> None:
    log, store, world = log_of()
    log.note_deed("AC1", "ann", "POST", "/proxy/v1/Services/KS1", [("UniqueName", "a")])
    log.start()
    await log.stop()
    (row,) = store.rows
    assert (row.caller, row.method, row.path) == ("console:ann", "POST", "/proxy/v1/Services/KS1")
    assert (row.params, row.status, row.code, row.micros) == ("UniqueName=a", 200, None, 0)
    assert row.sid.startswith("RQ")
    world.close()


async def test_while_the_store_is_away_memory_stays_bounded() -> None:
    log, store, world = log_of()
    store.away = True
    ask(log)
    with pytest.raises(StoreUnavailable):
        await log.write()
    ask(log, 2)
    await log.stop()
    store.away = False
    await log.write()
    assert store.rows == []
    world.close()
