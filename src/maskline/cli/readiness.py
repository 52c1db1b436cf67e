"""`maskline a2p check`: whether masked numbers are ready to send to people in the United States."""

from __future__ import annotations

import msgspec

from maskline.a2p import limits as figures
from maskline.cli import terminal
from maskline.cli.doctor import show
from maskline.cli.options import Flag
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.messaging import readiness
from maskline.model.finding import Finding, State
from maskline.store.contract import Transaction


def check(*, account: str | None = None, json: Flag = False, where: Where | None = None) -> int:
    """List what a masking program must put right before it sends to people in the United States.

    Nothing is changed. The exit code is 1 when carriers would not take some messages.

    Parameters
    ----------
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON: `ok` and `checks`, each with what to do next.
    """

    async def work(env: Env, tx: Transaction) -> list[Finding]:
        return await readiness.check(env, tx, (await account_of(tx, account)).sid)

    findings = (where or Where()).transact(work)
    wrong = any(one.state is State.BAD for one in findings)
    if json:
        checks = [msgspec.structs.asdict(one) for one in findings]
        terminal.document({"ok": not wrong, "checks": checks})
    else:
        show(findings)
    return int(wrong)


def limits() -> None:
    """Print the carriers' figures that come with the program, to be changed.

    Name a file with what you change in a2p.limits_file.
    """
    print(figures.text(), end="")
