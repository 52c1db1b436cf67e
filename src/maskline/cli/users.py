"""`maskline accounts create-user` and its like: who may use the console."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from maskline.access import users
from maskline.access.audit import COMMAND_LINE
from maskline.access.sign_in import new_link
from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.clock import iso
from maskline.model.console import Role, User
from maskline.model.errors import Fault
from maskline.store.contract import Transaction

#: Where a one-time link leads; its token follows, in the fragment, which no server is sent.
LINK = "/console/sign-in#token="


def create_user(
    name: str,
    *,
    role: Role = Role.VIEWER,
    account: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Add a user of the console, and show the link by which they sign in the first time.

    The link works once, for as long as `console.link_minutes` says. There they choose a password.

    Parameters
    ----------
    name
        What they sign in as.
    role
        viewer: sees all but people's numbers and messages; support: reveals numbers, reads
        messages, closes sessions, replays webhooks; admin: makes users and reads the audit log too.
    account
        The one account that they see, by its SID or name [default: all].
    json
        Print JSON.
    """

    async def work(env: Env, tx: Transaction) -> tuple[User, str, int]:
        only = None if account is None else (await account_of(tx, account)).sid
        try:
            user = await users.create(env, tx, COMMAND_LINE, name, role, only)
        except Fault as fault:
            raise Refusal(fault.detail) from None
        return user, *await new_link(env, tx, user)

    place = where or Where()
    _with_link(place, place.transact(work), json=json)


def list_users(*, json: Flag = False, where: Where | None = None) -> None:
    """List the console's users.

    Parameters
    ----------
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> list[User]:
        return await tx.console_users.all()

    found = (where or Where()).transact(work)
    if json:
        terminal.document([shown(one) for one in found])
        return
    terminal.table(
        ("name", "role", "account", "state", "last sign-in"),
        (
            (
                one.name,
                one.role,
                one.account_sid or "all",
                "disabled" if one.disabled else "active",
                iso(one.last_sign_in) or "never",
            )
            for one in found
        ),
    )


def set_role(name: str, role: Role, *, where: Where | None = None) -> None:
    """Give a user of the console another role. It holds from their next click on.

    Parameters
    ----------
    name
        What they sign in as.
    role
        viewer, support or admin.
    """
    _change(where, name, role, None)


def disable_user(
    name: str,
    *,
    enable: Annotated[bool, Parameter(name="--undo", negative=())] = False,
    where: Where | None = None,
) -> None:
    """Sign a user of the console out everywhere, and let them in no more.

    Parameters
    ----------
    name
        What they sign in as.
    enable
        Let them in again instead.
    """
    _change(where, name, None, not enable)


def reset_user(name: str, *, json: Flag = False, where: Where | None = None) -> None:
    """Take a user's password away, sign them out everywhere, and show a one-time link by which they
    come back and choose another.

    Parameters
    ----------
    name
        What they sign in as.
    json
        Print JSON.
    """

    async def work(env: Env, tx: Transaction) -> tuple[User, str, int]:
        return await users.reset(env, tx, COMMAND_LINE, (await _named(tx, name)).sid)

    place = where or Where()
    _with_link(place, place.transact(work), json=json)


def add_commands(app: App) -> None:
    """Adds them to `maskline accounts`."""
    for command in (create_user, list_users, set_role, disable_user, reset_user):
        app.command(command)


def shown(user: User) -> dict[str, object]:
    """A user without secrets."""
    return {
        "sid": user.sid,
        "name": user.name,
        "role": user.role,
        "account_sid": user.account_sid,
        "disabled": bool(user.disabled),
        "last_sign_in": iso(user.last_sign_in),
        "date_created": iso(user.date_created),
    }


def _change(where: Where | None, name: str, role: Role | None, disabled: bool | None) -> None:
    async def work(env: Env, tx: Transaction) -> User:
        found = await _named(tx, name)
        try:
            return await users.change(env, tx, COMMAND_LINE, found.sid, role, disabled)
        except Fault as fault:
            raise Refusal(fault.detail) from None

    changed = (where or Where()).transact(work)
    state = "disabled" if changed.disabled else changed.role
    terminal.say(f"{changed.name}: {state}")


async def _named(tx: Transaction, name: str) -> User:
    user = await tx.console_users.by_name(name)
    if user is None:
        raise Refusal("there is no such user", "See: maskline accounts list-users")
    return user


def _with_link(where: Where, made: tuple[User, str, int], *, json: bool) -> None:
    user, token, expires_at = made
    link = f"{where.settings().base_url}{LINK}{token}"
    if json:
        terminal.document(shown(user) | {"link": link, "link_expires": iso(expires_at)})
        return
    terminal.facts((("User", user.name), ("Role", user.role), ("Link", link)))
    terminal.say(f"The link works once, until {iso(expires_at)}.", "yellow")
