"""`maskline accounts keys`: API keys, which open the API in place of the account's token."""

from __future__ import annotations

from cyclopts import App

from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.account import ApiKey
from maskline.model.clock import iso
from maskline.model.form import Form
from maskline.model.page import PageRequest
from maskline.proxy import keys as rules
from maskline.store.contract import Transaction

app = App(name="keys", help="API keys, which open the API in place of an account's token.")

_MOST = 1000


@app.command
def add(
    name: str | None = None,
    *,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Add a key and show its secret, this once: only its SHA-256 is kept.

    Parameters
    ----------
    name
        What it is for.
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON.
    """

    async def work(env: Env, tx: Transaction) -> rules.NewKey:
        owner = await account_of(tx, account)
        return await rules.create(env, tx, owner.sid, Form({"FriendlyName": [name or ""]}))

    new = (where or Where()).transact(work)
    if json:
        terminal.document(shown(new.key) | {"secret": new.secret})
        return
    terminal.facts((("Key SID", new.key.sid), ("Secret", new.secret)))
    terminal.say(terminal.ONCE, "yellow")


@app.command(name="list")
def list_(*, account: str | None = None, json: Flag = False, where: Where | None = None) -> None:
    """List an account's keys, newest first.

    Parameters
    ----------
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> list[ApiKey]:
        owner = await account_of(tx, account)
        return (await tx.accounts.keys(owner.sid, PageRequest(size=_MOST))).records

    found = (where or Where()).transact(work)
    if json:
        terminal.document([shown(one) for one in found])
        return
    terminal.table(
        ("SID", "name", "created"),
        ((one.sid, one.friendly_name, iso(one.date_created) or "") for one in found),
    )


@app.command
def delete(sid: str, *, account: str | None = None, where: Where | None = None) -> None:
    """Delete a key. It opens nothing from then on.

    Parameters
    ----------
    sid
        The key's SID.
    account
        The account's SID or name [default: the only or oldest].
    """

    async def work(_: Env, tx: Transaction) -> None:
        await rules.delete(tx, (await account_of(tx, account)).sid, sid)

    (where or Where()).transact(work)
    terminal.say(f"deleted {sid}")


def shown(key: ApiKey) -> dict[str, str | None]:
    """A key without its secret."""
    return {
        "sid": key.sid,
        "account_sid": key.account_sid,
        "friendly_name": key.friendly_name,
        "date_created": iso(key.date_created),
    }
