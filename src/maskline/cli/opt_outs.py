"""`maskline optouts`: who wants no more messages from which number."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
from cyclopts import App

from maskline.cli import importing, opt_out_lists, opt_out_sheet, stock, terminal
from maskline.cli.importing import Bad
from maskline.cli.opt_out_sheet import Wanted
from maskline.cli.options import Flag, Limit
from maskline.cli.refusal import Refusal
from maskline.cli.stock import BadEntry
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.messaging import opt_outs
from maskline.messaging.opt_outs import Sender, new_opt_out
from maskline.model import sid as sids
from maskline.model.account import Account
from maskline.model.clock import iso
from maskline.model.opt_out import OptOut, OptOutSource
from maskline.model.page import Page, PageRequest
from maskline.numbers.e164 import mask
from maskline.numbers.national import canonical
from maskline.store.contract import Transaction
from maskline.store.repositories.opt_outs import OptOutFilter

app = App(name="optouts", help="Who wants no more messages from which number.")
app.command(opt_out_lists.app)

_PAGE: Final = 1000


class Imported(msgspec.Struct, frozen=True):
    """What became of a file."""

    imported: int
    known: int
    bad: list[Bad]


class _Spoilt(Exception):
    """Some row is bad, so that nothing is to be stored."""

    def __init__(self, bad: list[Bad]) -> None:
        super().__init__()
        self.bad = bad


@app.command(name="list")
def list_(
    *,
    person: str | None = None,
    sender: str | None = None,
    source: OptOutSource | None = None,
    show_numbers: Flag = False,
    limit: Limit = 50,
    after: str | None = None,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """List an account's opt-outs, newest first. People's numbers are masked unless asked for.

    Parameters
    ----------
    person
        Only this person's: the number that they write from.
    sender
        Only those from this number of yours, or from this service by its SID.
    source
        Only those that we know of in this way.
    show_numbers
        Show people's numbers in full.
    limit
        How many to list.
    after
        Go on after this SID: the last one of the page before.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON: `opt_outs`, and in `next` what to give as --after for more, or null.
    """
    request = PageRequest(size=limit, after=after)
    narrow = OptOutFilter(
        sender=_written(sender or ""),
        identifier=canonical(stock.written(person or "")),
        source="" if source is None else source.value,
    )
    page = (where or Where()).transact(lambda _, tx: _page(tx, account, narrow, request))
    following = page.following
    if json:
        rows = [shown(one, show_numbers=show_numbers) for one in page.records]
        terminal.document({"opt_outs": rows, "next": following})
        return
    terminal.table(
        ("person", "from", "since", "source", "detail", "SID"),
        (
            (
                one.identifier if show_numbers else mask(one.identifier),
                one.sender,
                iso(one.date_of_consent) or "",
                one.source,
                one.detail,
                one.sid,
            )
            for one in page.records
        ),
    )
    if following:
        terminal.err().print(f"more: add --after {following}", markup=False)


@app.command
def add(
    *people: str,
    sender: str,
    date: str | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Note that people want no more messages from a number, or from all numbers of a service.

    Parameters
    ----------
    people
        The numbers that they write from, such as +14155550100.
    sender
        The number of yours, or the SID of a Proxy Service (KS) or Messaging Service (MG).
    date
        Since when, as 2030-07-30 or 2030-07-30T20:00:00Z [default: now].
    account
        The account's SID or name [default: the only or oldest].
    """
    if not people:
        raise Refusal("no person was given", "Name one or more: +14155550100", code=2)
    cells = {"sender": sender, "date_of_consent": date or ""}
    try:
        entries = [opt_out_sheet.wanted(0, {"person": text, **cells}) for text in people]
    except BadEntry as bad:
        raise Refusal(str(bad), "Nothing was added.", code=2) from bad

    async def work(env: Env, tx: Transaction) -> list[bool]:
        found = await _sender(tx, await account_of(tx, account), sender)
        return [await _add(env, tx, found, one) for one in entries]

    for one, is_new in zip(entries, (where or Where()).transact(work), strict=True):
        terminal.say(f"{mask(one.person)}: {'opted out' if is_new else 'had opted out already'}")


@app.command
def remove(
    *what: str, sender: str | None = None, account: str | None = None, where: Where | None = None
) -> None:
    """Take opt-outs off the list, so that people get messages again: all of them, or none.

    Parameters
    ----------
    what
        The opt-outs' SIDs; with --sender, the people's numbers.
    sender
        The number of yours, or the SID of the service, that they are to get messages from.
    account
        The account's SID or name [default: the only or oldest].
    """
    if not what:
        raise Refusal("no opt-out was given", "Name one or more: maskline optouts list", code=2)
    if sender is None and not all(sids.is_sid(text, sids.OPT_OUT) for text in what):
        raise Refusal(
            "an opt-out is named by its SID, or by a person's number and --sender", code=2
        )

    async def work(env: Env, tx: Transaction) -> int:
        owner = await account_of(tx, account)
        if sender is None:
            ended = [await tx.opt_outs.delete(sid, owner.sid) for sid in what]
        else:
            found = await _sender(tx, owner, sender)
            people = [canonical(stock.written(text)) for text in what]
            ended = [await opt_outs.end(env, tx, found, person) for person in people]
        if not all(ended):
            missing = ended.count(False)
            raise Refusal(f"{missing} of {len(what)} are not on the list", "None was removed.")
        return len(ended)

    terminal.say(f"removed {(where or Where()).transact(work)}")


@app.command
def export(
    file: Path | None = None,
    *,
    sender: str | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Write an account's opt-outs as CSV, people's numbers in full.

    Parameters
    ----------
    file
        The file, which only you may read then [default: standard output].
    sender
        Only those from this number of yours, or from this service by its SID.
    account
        The account's SID or name [default: the only or oldest].
    """
    narrow = OptOutFilter(sender=_written(sender or ""))
    rows = (where or Where()).transact(lambda _, tx: _all(tx, account, narrow))
    if file is None:
        opt_out_sheet.write(sys.stdout, rows)
        return
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        os.fchmod(handle, 0o600)
        opt_out_sheet.write(out, rows)
    terminal.say(f"wrote {len(rows)} opt-outs to {file}")


@app.command(name="import")
def import_(
    file: Path,
    *,
    sender: str | None = None,
    skip_bad: Flag = False,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> int:
    """Add the opt-outs of a CSV file: all of them, or none, unless --skip-bad.

    The first line names the columns: person, and where wanted sender and date_of_consent, as
    `export` writes them. Who has opted out already stays as they are.

    Parameters
    ----------
    file
        The file. Commas, semicolons, tabs or bars may separate its columns.
    sender
        The number of yours, or the SID of the service, for rows that name none.
    skip_bad
        Import the good rows, and report the others.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON.
    """
    rows = opt_out_sheet.read(file.read_bytes(), sender or "")
    bad = [row for row in rows if isinstance(row, Bad)]

    async def work(env: Env, tx: Transaction) -> Imported:
        owner = await account_of(tx, account)
        senders: dict[str, Sender] = {}
        wrong, new, known = list(bad), 0, 0
        for row in rows:
            if isinstance(row, Bad):
                continue
            try:
                if row.sender not in senders:
                    senders[row.sender] = await _sender(tx, owner, row.sender)
            except Refusal as refusal:
                wrong.append(Bad(row.line, refusal.what))
                continue
            is_new = await _add(env, tx, senders[row.sender], row)
            new, known = new + is_new, known + (not is_new)
        wrong.sort(key=lambda one: one.line)
        if wrong and not skip_bad:
            raise _Spoilt(wrong)
        return Imported(new, known, wrong)

    try:
        done = (where or Where()).transact(work)
    except _Spoilt as spoilt:
        done = Imported(0, 0, spoilt.bad)
    if json:
        terminal.document(done)
    else:
        _report(done, skip_bad=skip_bad)
    return 0 if skip_bad or not done.bad else 1


def shown(one: OptOut, *, show_numbers: bool) -> dict[str, Any]:
    """An opt-out for a program."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "person": one.identifier if show_numbers else mask(one.identifier),
        "sender": one.sender,
        "service_sid": one.service_sid,
        "messaging_service_sid": one.messaging_service_sid,
        "source": one.source,
        "detail": one.detail,
        "date_of_consent": iso(one.date_of_consent),
        "date_replied": iso(one.date_replied),
        "date_created": iso(one.date_created),
    }


async def _page(
    tx: Transaction, account: str | None, narrow: OptOutFilter, request: PageRequest
) -> Page[OptOut]:
    owner = await account_of(tx, account)
    return await tx.opt_outs.page(owner.sid, narrow, request)


async def _all(tx: Transaction, account: str | None, narrow: OptOutFilter) -> list[OptOut]:
    found: list[OptOut] = []
    after: str | None = None
    while True:
        page = await _page(tx, account, narrow, PageRequest(size=_PAGE, after=after))
        found += page.records
        if not page.has_next:
            return found
        after = page.last


async def _add(env: Env, tx: Transaction, sender: Sender, wanted: Wanted) -> bool:
    opt_out = new_opt_out(
        env,
        sender,
        wanted.person,
        OptOutSource.CLI,
        wanted.detail,
        date_of_consent=wanted.date,
    )
    return await tx.opt_outs.add(opt_out)


async def _sender(tx: Transaction, owner: Account, text: str) -> Sender:
    found = await opt_outs.sender_of(tx, owner.sid, _written(text))
    if found is None:
        raise Refusal(
            f"the account {owner.sid} has no number or service {text}",
            "Name a number of its inventory, or the SID of a Proxy or Messaging Service.",
        )
    return found


def _written(sender: str) -> str:
    """A sender as it is kept: a SID as it is, a number without its separators."""
    return sender if sender[:2] in (sids.SERVICE, sids.MESSAGING_SERVICE) else stock.written(sender)


def _report(done: Imported, *, skip_bad: bool) -> None:
    if importing.complain(done.bad, skip_bad=skip_bad):
        return
    rest = f", {len(done.bad)} bad rows left out" if done.bad else ""
    known = f", {done.known} had opted out already" if done.known else ""
    terminal.say(f"imported {done.imported} opt-outs{known}{rest}")
