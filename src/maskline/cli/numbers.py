"""`maskline numbers`: the proxy numbers that accounts own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from cyclopts import App
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from maskline.cli import importing, stock, synced, terminal
from maskline.cli.importing import Bad, Row
from maskline.cli.options import Flag, Limit
from maskline.cli.refusal import Refusal
from maskline.cli.stock import CARRIERS, BadEntry, Entry, Shelf
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.account import Account
from maskline.model.clock import iso, system_clock
from maskline.model.number import Number, NumberKind
from maskline.model.page import Page, PageRequest
from maskline.model.sid import SidFactory
from maskline.store.contract import Transaction

app = App(name="numbers", help="The proxy numbers that an account owns.")
app.command(synced.sync)
app.command(synced.release)


class Imported(msgspec.Struct, frozen=True):
    """What became of a file."""

    imported: int
    bad: list[Bad]


class _Spoilt(Exception):
    """Some row is bad, so that nothing is to be stored."""

    def __init__(self, bad: list[Bad]) -> None:
        super().__init__()
        self.bad = bad


@app.command
def add(
    *numbers: str,
    account: str | None = None,
    carrier: str = CARRIERS[0],
    capabilities: str = "voice,sms,mms",
    friendly_name: str | None = None,
    short_code: Flag = False,
    country: str | None = None,
    service: str | None = None,
    reserved: Flag = False,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Add numbers to an account's inventory: all of them, or none.

    Parameters
    ----------
    numbers
        E.164 numbers such as +14155550100, or the digits of short codes.
    account
        The account's SID or name [default: the only or oldest].
    carrier
        The carrier that they are reached by.
    capabilities
        What they can do, of voice, sms, mms and fax.
    friendly_name
        What people call them [default: the number as it is written in its country].
    short_code
        They are short codes, of the country that --country names.
    country
        The short codes' country, such as US.
    service
        The Proxy Service, by SID or unique name, whose pool they join at once.
    reserved
        In the pool, keep them from the allocator: only who names such a number gets it.
    json
        Print JSON.
    """
    if not numbers:
        raise Refusal("no number was given", "Name one or more: +14155550100", code=2)
    if short_code != bool(country):
        raise Refusal("--short-code and --country go together", code=2)
    if reserved and not service:
        raise Refusal("--reserved needs --service: only in a pool are numbers reserved", code=2)
    place = where or Where()
    env = _env(place)
    prepared = []
    for text in numbers:
        try:
            entry = Entry(
                number=stock.written(text),
                friendly_name=friendly_name or "",
                carrier=carrier,
                capabilities=stock.capabilities(capabilities),
                service=service or "",
                reserved=reserved,
                country=country or "",
            )
            prepared.append((stock.prepare(env, entry), entry))
        except BadEntry as bad:
            raise Refusal(f"{text}: {bad}", "Nothing was added.") from bad

    async def work(env: Env, tx: Transaction) -> list[Number]:
        shelf = Shelf(env, tx, await account_of(tx, account))
        try:
            return [await shelf.put(number, entry) for number, entry in prepared]
        except BadEntry as bad:
            raise Refusal(str(bad), "Nothing was added.") from bad

    added = place.transact(work)
    if json:
        terminal.document([shown(one) for one in added])
        return
    pool = f" to the pool of {service}" if service else ""
    for one in added:
        terminal.say(f"added {one.number} ({one.sid}){pool}")


@app.command(name="import")
def import_(
    file: Path,
    *,
    account: str | None = None,
    carrier: str = CARRIERS[0],
    capabilities: str = "voice,sms,mms",
    service: str | None = None,
    reserved: Flag = False,
    skip_bad: Flag = False,
    json: Flag = False,
    where: Where | None = None,
) -> int:
    """Add the numbers of a CSV file: all of them, or none, unless --skip-bad.

    The first line names the columns: number, and where wanted friendly_name, carrier,
    capabilities, service and reserved. An empty cell means what the option of that name says.

    Parameters
    ----------
    file
        The file. Commas, semicolons, tabs or bars may separate its columns.
    account
        The account's SID or name [default: the only or oldest].
    carrier
        The carrier that they are reached by.
    capabilities
        What they can do, of voice, sms, mms and fax.
    service
        The Proxy Service, by SID or unique name, whose pool they join at once.
    reserved
        In the pool, keep them from the allocator: only who names such a number gets it.
    skip_bad
        Import the good rows, and report the others.
    json
        Print JSON.
    """
    place = where or Where()
    try:
        defaults = Entry("", "", carrier, stock.capabilities(capabilities), service or "", reserved)
    except BadEntry as bad:
        raise Refusal(str(bad), code=2) from bad
    sheet = importing.read(file, defaults)
    if sheet.ignored:
        terminal.err().print(f"not known and ignored: {', '.join(sheet.ignored)}")
    with _progress() as progress:
        done = _import(place, sheet.rows, account, progress, skip_bad=skip_bad)
    if json:
        terminal.document(done)
    else:
        _report(done, skip_bad=skip_bad)
    return 0 if skip_bad or not done.bad else 1


def _import(
    place: Where,
    rows: list[Row | Bad],
    account: str | None,
    progress: Progress,
    *,
    skip_bad: bool,
) -> Imported:
    env = _env(place)
    bad = [row for row in rows if isinstance(row, Bad)]
    prepared: list[tuple[Row, Number]] = []
    # Checking takes longest, and is done before the transaction, for which a server must wait.
    for row in progress.track(rows, description="checking"):
        if isinstance(row, Row):
            try:
                prepared.append((row, stock.prepare(env, row.entry)))
            except BadEntry as reason:
                bad.append(Bad(row.line, str(reason)))

    async def work(env: Env, tx: Transaction) -> Imported:
        shelf = Shelf(env, tx, await account_of(tx, account))
        wrong = list(bad)
        for row, number in progress.track(prepared, description="storing"):
            try:
                await shelf.put(number, row.entry)
            except BadEntry as reason:
                wrong.append(Bad(row.line, str(reason)))
        wrong.sort(key=lambda one: one.line)
        if wrong and not skip_bad:
            raise _Spoilt(wrong)
        return Imported(len(rows) - len(wrong), wrong)

    try:
        return place.transact(work)
    except _Spoilt as spoilt:
        return Imported(0, spoilt.bad)


def _report(done: Imported, *, skip_bad: bool) -> None:
    if importing.complain(done.bad, skip_bad=skip_bad):
        return
    rest = f", {len(done.bad)} bad rows left out" if done.bad else ""
    terminal.say(f"imported {done.imported} numbers{rest}")


def _progress() -> Progress:
    console = terminal.err()
    return Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@app.command(name="set")
def set_(
    *numbers: str,
    sms_stop_filter: Literal["on", "off", "default"],
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Change how numbers or short codes handle messages: all of them, or none.

    Parameters
    ----------
    numbers
        The numbers, or their SIDs.
    sms_stop_filter
        Whether opt-out words stop messages and are answered. By default they do on all numbers but
        short codes. The account's switch stop-filter-off goes before it.
    account
        The account's SID or name [default: the only or oldest].
    """
    if not numbers:
        raise Refusal("no number was given", "Name one or more: +14155550100", code=2)
    flag = {"on": True, "off": False, "default": None}[sms_stop_filter]

    async def work(_: Env, tx: Transaction) -> list[Number]:
        owner = await account_of(tx, account)
        found = [await stock.number_of(tx, owner, text) for text in numbers]
        for number in found:
            hooks = await tx.numbers.hooks(number.sid)
            hooks = msgspec.structs.replace(hooks, sms_stop_filter=flag)
            await tx.numbers.set_hooks(number.sid, hooks)
        return found

    for number in (where or Where()).transact(work):
        terminal.say(f"{number.number}: STOP filter {sms_stop_filter}")


@app.command(name="list")
def list_(
    *,
    account: str | None = None,
    service: str | None = None,
    short_codes: Flag = False,
    limit: Limit = 50,
    after: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """List an account's numbers, newest first.

    Parameters
    ----------
    account
        The account's SID or name [default: the only or oldest].
    service
        Only those in the pool of this Proxy Service, by SID or unique name.
    short_codes
        List short codes in place of phone numbers.
    limit
        How many to list.
    after
        Go on after this SID: the last one of the page before.
    json
        Print JSON: `numbers`, and in `next` what to give as --after for more, or null.
    """
    kind = NumberKind.SHORT_CODE if short_codes else NumberKind.PHONE
    request = PageRequest(size=limit, after=after)

    async def work(_: Env, tx: Transaction) -> tuple[Page[Number], dict[str, str]]:
        owner = await account_of(tx, account)
        if service:
            pool = await stock.service_of(tx, owner, service)
            page = await tx.numbers.pool(pool.sid, kind, request)
        else:
            page = await tx.numbers.page(owner.sid, kind, "%", "", request)
        return page, await _names(tx, owner, page.records)

    page, names = (where or Where()).transact(work)
    following = page.following
    if json:
        terminal.document({"numbers": [shown(one) for one in page.records], "next": following})
        return
    table(page.records, names)
    if following:
        terminal.err().print(f"more: add --after {following}", markup=False)


def table(numbers: list[Number], names: dict[str, str]) -> None:
    """Numbers for a person. `names` are Services' names by SID."""
    terminal.table(
        ("number", "name", "can", "carrier", "service", "reserved", "in use", "SID"),
        (
            (
                one.number,
                one.friendly_name,
                stock.capability_names(one.capabilities),
                one.carrier,
                names.get(one.service_sid or "", ""),
                "yes" if one.is_reserved else "",
                str(one.in_use) if one.service_sid else "",
                one.sid,
            )
            for one in numbers
        ),
    )


def shown(number: Number) -> dict[str, Any]:
    """A number for a program."""
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "kind": number.kind,
        "number": number.number,
        "friendly_name": number.friendly_name,
        "carrier": number.carrier,
        "iso_country": number.iso_country,
        "capabilities": stock.capability_names(number.capabilities).split(","),
        "service_sid": number.service_sid,
        "reserved": bool(number.is_reserved),
        "in_use": number.in_use,
        "messaging_service_sid": number.messaging_service_sid,
        "date_created": iso(number.date_created),
    }


async def _names(tx: Transaction, account: Account, numbers: list[Number]) -> dict[str, str]:
    found = {}
    for sid in {one.service_sid for one in numbers if one.service_sid}:
        service = await tx.services.get(sid, account.sid)
        if service is not None:
            found[sid] = service.unique_name
    return found


def _env(place: Where) -> Env:
    return Env(system_clock, SidFactory(system_clock), place.settings())
