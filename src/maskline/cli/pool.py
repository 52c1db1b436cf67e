"""`maskline pool`: the numbers that a Proxy Service draws from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cyclopts import App

from maskline.cli import numbers as inventory
from maskline.cli import stock, terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.number import Number, NumberKind
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.proxy import pool as rules
from maskline.store.contract import Transaction

app = App(name="pool", help="The numbers that a Proxy Service draws from.")

#: One call of a rule for a number.
Step = Callable[[Env, Transaction, Service, Number], Awaitable[object]]

_MOST = 10_000


@app.command(name="list")
def list_(
    service: str, *, account: str | None = None, json: Flag = False, where: Where | None = None
) -> None:
    """List a Service's numbers and short codes, newest first.

    Parameters
    ----------
    service
        The Proxy Service, by SID or unique name.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> tuple[Service, list[Number]]:
        found = await stock.service_of(tx, await account_of(tx, account), service)
        request = PageRequest(size=_MOST)
        pages = [await tx.numbers.pool(found.sid, kind, request) for kind in NumberKind]
        return found, [number for page in pages for number in page.records]

    found, held = (where or Where()).transact(work)
    if json:
        terminal.document([inventory.shown(one) for one in held])
    else:
        inventory.table(held, {found.sid: found.unique_name})


@app.command
def add(
    service: str,
    *numbers: str,
    reserved: Flag = False,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Put numbers of the account into a Service's pool: all of them, or none.

    Parameters
    ----------
    service
        The Proxy Service, by SID or unique name.
    numbers
        The numbers, or their SIDs.
    reserved
        Keep them from the allocator: only who names such a number gets it.
    account
        The account's SID or name [default: the only or oldest].
    """

    async def step(env: Env, tx: Transaction, pool: Service, number: Number) -> object:
        return await stock.join(env, tx, pool, number, reserved=reserved)

    _each(where, account, service, numbers, step, "added")


@app.command
def remove(
    service: str, *numbers: str, account: str | None = None, where: Where | None = None
) -> None:
    """Take numbers out of a Service's pool: all of them, or none.

    A number that active sessions use can't be taken out: reserve it first, so that no new session
    draws it, and take it out when the last one is closed.

    Parameters
    ----------
    service
        The Proxy Service, by SID or unique name.
    numbers
        The numbers, or their SIDs.
    account
        The account's SID or name [default: the only or oldest].
    """

    async def step(_: Env, tx: Transaction, pool: Service, number: Number) -> object:
        await rules.remove(tx, pool, NumberKind(number.kind), number.sid)
        return None

    _each(where, account, service, numbers, step, "removed")


@app.command
def reserve(
    service: str,
    *numbers: str,
    release: Flag = False,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Keep numbers of a pool from the allocator. Sessions that use them keep them.

    Parameters
    ----------
    service
        The Proxy Service, by SID or unique name.
    numbers
        The numbers, or their SIDs.
    release
        The other way round: let the allocator have them again.
    account
        The account's SID or name [default: the only or oldest].
    """

    async def step(env: Env, tx: Transaction, pool: Service, number: Number) -> object:
        form = Form({"IsReserved": [str(not release)]})
        return await rules.update(env, tx, pool, NumberKind(number.kind), number.sid, form)

    _each(where, account, service, numbers, step, "released" if release else "reserved")


def _each(
    where: Where | None,
    account: str | None,
    service: str,
    wanted: tuple[str, ...],
    step: Step,
    done: str,
) -> None:
    if not wanted:
        raise Refusal("no number was given", "Name one or more: +14155550100", code=2)

    async def work(env: Env, tx: Transaction) -> list[Number]:
        owner = await account_of(tx, account)
        pool = await stock.service_of(tx, owner, service)
        found = [await stock.number_of(tx, owner, text) for text in wanted]
        for number in found:
            try:
                await step(env, tx, pool, number)
            except Fault as fault:
                raise Refusal(
                    f"{number.number}: {stock.reason(fault)}", f"None was {done}."
                ) from fault
        return found

    for number in (where or Where()).transact(work):
        terminal.say(f"{done} {number.number} ({number.sid})")
