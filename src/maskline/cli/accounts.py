"""`maskline accounts`: the tenants of a server."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec
from cyclopts import App

from maskline.cli import keys, terminal, users
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where, account_of
from maskline.delivery.standard import secret_of
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import SWITCHES, Account, AccountStatus, Switch
from maskline.model.clock import iso
from maskline.model.form import MAX_URL, is_url
from maskline.model.overrides import BadOverride, check_overrides
from maskline.proxy.own_address import is_own
from maskline.store.contract import Transaction

app = App(name="accounts", help="The accounts (tenants) of a server, and their API keys.")


@app.command
def add(
    name: str, *, sid: str | None = None, json: Flag = False, where: Where | None = None
) -> None:
    """Add an account and show its token, this once.

    Parameters
    ----------
    name
        What people call it.
    sid
        Its SID, AC and 32 hexadecimal digits, to keep the one that programs have [default: a new
        one].
    json
        Print JSON.
    """
    if sid is not None and not sids.is_sid(sid, sids.ACCOUNT):
        raise Refusal("--sid must be AC and 32 hexadecimal digits", code=2)

    async def work(env: Env, tx: Transaction) -> Account:
        now = env.clock()
        account = Account(
            sid=sid or env.sids.new(sids.ACCOUNT),
            friendly_name=_name(name),
            auth_token=_token(),
            status=AccountStatus.ACTIVE.value,
            date_created=now,
            date_updated=now,
        )
        if not await tx.accounts.add(account):
            raise Refusal("there is an account with that SID", "See: maskline accounts list")
        return account

    _with_token((where or Where()).transact(work, create=True), json=json)


@app.command(name="list")
def list_(*, json: Flag = False, where: Where | None = None) -> None:
    """List the accounts, oldest first. Without --account, commands mean the first.

    Parameters
    ----------
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> list[Account]:
        return await tx.accounts.all()

    accounts = (where or Where()).transact(work)
    if json:
        terminal.document([shown(one) for one in accounts])
        return
    terminal.table(
        ("SID", "name", "status", "created"),
        ((one.sid, one.friendly_name, one.status, iso(one.date_created) or "") for one in accounts),
    )


@app.command
def show(account: str | None = None, *, json: Flag = False, where: Where | None = None) -> None:
    """Show an account. Its token is never shown again: rotate it when it is lost.

    Parameters
    ----------
    account
        Its SID or name [default: the only or oldest].
    json
        Print JSON.
    """

    async def work(_: Env, tx: Transaction) -> Account:
        return await account_of(tx, account)

    found = (where or Where()).transact(work)
    if json:
        terminal.document(shown(found))
        return
    terminal.facts(
        (name, "none" if value is None else str(value))
        for name, value in shown(found).items()
        if name != "switches"
    )
    terminal.table(
        ("switch", "state", "what it does while it is on"),
        (
            (switch.label, "on" if found.switches & switch else "off", meaning)
            for switch, meaning in SWITCHES.items()
        ),
    )


@app.command(name="set")
def set_(
    account: str | None = None,
    *,
    name: str | None = None,
    status: AccountStatus | None = None,
    switch: list[str] | None = None,
    debugger_url: str | None = None,
    rotate_token: Flag = False,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Change an account: its name, status, switches, debugger webhook or token.

    A running server follows within five seconds. An account that is not active can't use the API.

    Parameters
    ----------
    account
        Its SID or name [default: the only or oldest].
    name
        Its new name.
    status
        Its new status.
    switch
        A switch to turn, as in --switch legal-hold=on; may be given several times. `accounts show`
        lists them with what each does.
    debugger_url
        Where your program is told every alert of the debugger, in a signed POST; empty to tell it
        none.
    rotate_token
        Make a new token and show it, this once. The old one opens nothing from then on, and
        webhooks are signed with the new one.
    json
        Print JSON.
    """
    given = (name, status, switch, debugger_url)
    if all(one is None for one in given) and not rotate_token:
        raise Refusal(
            "nothing to set",
            "Give --name, --status, --switch, --debugger-url or --rotate-token.",
            code=2,
        )
    if debugger_url and not (is_url(debugger_url) and len(debugger_url) <= MAX_URL):
        raise Refusal("--debugger-url must be an absolute http or https URL", code=2)
    try:
        check_overrides(debugger_url or "")
    except BadOverride as bad:
        raise Refusal(f"--debugger-url has a wrong override: {bad}", code=2) from bad
    turned = _turned(switch or ())

    async def work(env: Env, tx: Transaction) -> Account:
        if debugger_url and is_own(debugger_url, env.settings):
            raise Refusal("--debugger-url must not be an address of this server", code=2)
        found = await account_of(tx, account)
        if rotate_token:
            await _check_rotation(env, tx, found)
        changed = msgspec.structs.replace(
            found,
            friendly_name=found.friendly_name if name is None else _name(name),
            status=found.status if status is None else status.value,
            auth_token=_token() if rotate_token else found.auth_token,
            date_updated=env.clock(),
            switches=_switches(found.switches, turned),
            debugger_url=found.debugger_url if debugger_url is None else debugger_url or None,
        )
        await tx.accounts.update(changed)
        return changed

    changed = (where or Where()).transact(work)
    if rotate_token:
        _with_token(changed, json=json)
    elif json:
        terminal.document(shown(changed))
    else:
        terminal.say(f"{changed.sid} {changed.friendly_name}: {changed.status}")


@app.command
def webhook_secret(account: str | None = None, *, where: Where | None = None) -> None:
    """Print the secret with which the Standard Webhooks headers of an account's webhooks are
    checked. It changes with the account's token.

    Parameters
    ----------
    account
        Its SID or name [default: the only or oldest].
    """

    async def work(_: Env, tx: Transaction) -> Account:
        return await account_of(tx, account)

    terminal.say(secret_of((where or Where()).transact(work).auth_token))


app.command(keys.app)
users.add_commands(app)


def shown(account: Account) -> dict[str, object]:
    """An account without its secret."""
    return {
        "sid": account.sid,
        "friendly_name": account.friendly_name,
        "status": account.status,
        "date_created": iso(account.date_created),
        "date_updated": iso(account.date_updated),
        "debugger_url": account.debugger_url,
        "switches": {switch.label: bool(account.switches & switch) for switch in SWITCHES},
    }


def _turned(words: Iterable[str]) -> dict[Switch, bool]:
    """`legal-hold=on` and the like as what is to be turned."""
    known = {switch.label: switch for switch in SWITCHES}
    states = {"on": True, "off": False}
    turned = {}
    for word in words:
        label, _, state = word.partition("=")
        if label not in known or state not in states:
            raise Refusal(
                f"--switch {word} is not a switch with =on or =off",
                f"The switches: {', '.join(known)}.",
                code=2,
            )
        turned[known[label]] = states[state]
    return turned


def _switches(before: int, turned: dict[Switch, bool]) -> int:
    for switch, on in turned.items():
        before = before | switch if on else before & ~switch
    return int(before)


async def _check_rotation(env: Env, tx: Transaction, account: Account) -> None:
    settings = env.settings
    if settings.auth_token is None:
        return
    first = settings.account_sid or (await tx.accounts.all())[0].sid
    if account.sid == first:
        raise Refusal(
            "the settings name this account's token, and the next start would set it back",
            "Change auth_token there (MASKLINE_AUTH_TOKEN, or the file) and restart the server.",
        )


def _with_token(account: Account, *, json: bool) -> None:
    if json:
        terminal.document(shown(account) | {"auth_token": account.auth_token})
        return
    terminal.facts(
        (
            ("Account SID", account.sid),
            ("Auth token", account.auth_token),
        )
    )
    terminal.say(terminal.ONCE, "yellow")


def _token() -> str:
    return secrets.token_hex(16)


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise Refusal("a name has 1 to 64 characters, all printable", code=2)
    return name
