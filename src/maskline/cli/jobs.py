"""`maskline jobs`: what waits to be done, and what was given up."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from cyclopts import App

from maskline.cli import terminal
from maskline.cli.options import Flag, Limit
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where, Work, account_of
from maskline.env import Env
from maskline.messaging import dead_letters
from maskline.messaging.dead_letters import Action, Refused
from maskline.model.clock import iso
from maskline.model.job import Job, JobKind, JobState
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Transaction

app = App(name="jobs", help="What waits to be done, and what was given up.")

#: Jobs that --all takes in one transaction.
_AT_ONCE: Final = 1000


@app.command(name="list")
def list_(
    *,
    state: JobState = JobState.DEAD,
    kind: JobKind | None = None,
    limit: Limit = 50,
    after: str | None = None,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """List an account's jobs, newest first, without what they carry.

    Parameters
    ----------
    state
        Those that were given up, or those that wait.
    kind
        Only those of this kind.
    limit
        How many to list.
    after
        Go on after this SID: the last one of the page before.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON: `jobs`, and in `next` what to give as --after for more, or null.
    """
    request = PageRequest(size=limit, after=after)
    page = (where or Where()).transact(lambda _, tx: _page(tx, account, state, kind, request))
    following = page.following
    if json:
        terminal.document({"jobs": [shown(job) for job in page.records], "next": following})
        return
    terminal.table(
        ("kind", "about", "to", "tried", "last error", "made", "SID"),
        (
            (
                job.kind,
                about.resource_sid or "",
                about.destination or "",
                str(job.attempts),
                job.last_error,
                iso(job.date_created) or "",
                job.sid,
            )
            for job in page.records
            for about in (dead_letters.subject(job),)
        ),
    )
    if following:
        terminal.err().print(f"more: add --after {following}", markup=False)


@app.command
def show(
    sid: str,
    /,
    *,
    reveal: Flag = False,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Show a job.

    Parameters
    ----------
    sid
        The job's SID.
    reveal
        Show what it carries too: people's numbers and texts, as they are.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> Job:
        return await _find(tx, account, sid)

    job = (where or Where()).transact(work)
    facts = shown(job)
    if reveal:
        facts["payload"] = msgspec.json.decode(job.payload)
    if json:
        terminal.document(facts)
        return
    if reveal:
        facts["payload"] = job.payload.decode()
    terminal.facts((name, "" if value is None else str(value)) for name, value in facts.items())


@app.command
def replay(
    *jobs: str,
    all_: Flag = False,
    kind: JobKind | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Have dead letters tried again, from the beginning and at once: all of those named, or none.

    They keep their SIDs, so that a receiver which knows them by their idempotency token still does.
    A message is sent only if it was not yet, and if its session still goes on.

    Parameters
    ----------
    jobs
        Their SIDs.
    all_
        All of the account's dead letters that can be, in place of SIDs.
    kind
        With --all, only those of this kind.
    account
        The account's SID or name [default: the only or oldest].
    """
    _do(Action.REPLAY, jobs, all_, kind, account, where)


@app.command
def discard(
    *jobs: str,
    all_: Flag = False,
    kind: JobKind | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Remove dead letters for good: all of those named, or none. Messages among them have failed.

    Parameters
    ----------
    jobs
        Their SIDs.
    all_
        All of the account's dead letters, in place of SIDs.
    kind
        With --all, only those of this kind.
    account
        The account's SID or name [default: the only or oldest].
    """
    _do(Action.DISCARD, jobs, all_, kind, account, where)


def shown(job: Job) -> dict[str, Any]:
    """A job for a program, without what it carries."""
    return {
        "sid": job.sid,
        "account_sid": job.account_sid,
        "kind": job.kind,
        "state": job.state,
        "attempts": job.attempts,
        "last_error": job.last_error,
        **msgspec.structs.asdict(dead_letters.subject(job)),
        "ordering": bool(job.ordering_key),
        "date_due": iso(job.due_at) if job.state == JobState.PENDING else None,
        "date_created": iso(job.date_created),
    }


async def _page(
    tx: Transaction,
    account: str | None,
    state: JobState,
    kind: JobKind | None,
    request: PageRequest,
) -> Page[Job]:
    owner = await account_of(tx, account)
    return await tx.outbox.page(owner.sid, state, kind or "", request)


async def _find(tx: Transaction, account: str | None, sid: str) -> Job:
    owner = await account_of(tx, account)
    job = await tx.outbox.of_account(sid, owner.sid)
    if job is None:
        raise Refusal(f"the account {owner.sid} has no job {sid}", "See: maskline jobs list")
    return job


def _do(
    action: Action,
    sids: tuple[str, ...],
    all_: bool,
    kind: JobKind | None,
    account: str | None,
    where: Where | None,
) -> None:
    if bool(sids) == all_:
        raise Refusal("name the jobs by their SIDs, or give --all", "maskline jobs list", code=2)
    if kind is not None and not all_:
        raise Refusal("--kind goes with --all", code=2)
    here, said = where or Where(), f"{action.value}ed"
    if not all_:
        here.transact(lambda env, tx: _named(env, tx, action, sids, account))
        terminal.say(f"{said} {len(sids)}")
        return
    done = left = 0
    request: PageRequest | None = PageRequest(size=_AT_ONCE)
    while request is not None:
        some, refused, after = here.transact(_batch(action, kind, account, request))
        done, left = done + some, left + refused
        request = None if after is None else PageRequest(size=_AT_ONCE, after=after)
    rest = f", {left} can't be and are left" if left else ""
    terminal.say(f"{said} {done}{rest}")


def _batch(
    action: Action, kind: JobKind | None, account: str | None, request: PageRequest
) -> Work[tuple[int, int, str | None]]:
    return lambda env, tx: _some(env, tx, action, kind, account, request)


async def _named(
    env: Env, tx: Transaction, action: Action, sids: tuple[str, ...], account: str | None
) -> None:
    for sid in dict.fromkeys(sids):
        try:
            await _one(env, tx, action, await _find(tx, account, sid))
        except Refused as refused:
            raise Refusal(f"{sid}: {refused}", "Nothing was changed.") from None


async def _some(
    env: Env,
    tx: Transaction,
    action: Action,
    kind: JobKind | None,
    account: str | None,
    request: PageRequest,
) -> tuple[int, int, str | None]:
    """How many it was done to, to how many it can't be, and where to go on."""
    page = await _page(tx, account, JobState.DEAD, kind, request)
    refused = 0
    for job in page.records:
        # Read once more, to be kept as it is: a list may be out of date by now.
        current = await tx.outbox.of_account(job.sid, job.account_sid)
        try:
            if current is None:
                raise Refused("the job is gone")
            await _one(env, tx, action, current)
        except Refused:
            refused += 1
    return len(page.records) - refused, refused, page.following


async def _one(env: Env, tx: Transaction, action: Action, job: Job) -> None:
    if action is Action.REPLAY:
        await dead_letters.replay(env, tx, job)
    else:
        await dead_letters.discard(env, tx, job)
