"""`maskline numbers sync` and `release`: numbers of an account at a carrier, pointed at us."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.carriers.contract import ApiRefused, Carrier, Inventory, OwnedNumber
from maskline.cli import stock, terminal
from maskline.cli.carrier_accounts import fetch, with_adapter
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.carrier import CarrierAccount, SyncedNumber
from maskline.model.clock import system_clock
from maskline.model.number import Capability, Number
from maskline.model.sid import SidFactory
from maskline.proxy import inventory
from maskline.proxy.inventory import Offer
from maskline.store.contract import Transaction

#: What a person wants to see of the hooks.
_SHOWN: Final = (
    "SmsUrl",
    "VoiceUrl",
    "StatusCallback",
    "url",
    "answer_url",
    "appId",
    "app_id",
    "connection_id",
    "messaging_profile_id",
    "moHttpUrl",
    "servicePlanId",
    "LocationId",
    "MessagingApplicationId",
    "VoiceApplicationId",
)


class Step(msgspec.Struct, frozen=True):
    """What is to be done with a number: `import` it, `point` it at us anew, `move` it here from
    another carrier of ours, `keep` it as it is, or `skip` it for a reason. `old` and `new` are the
    hooks that change."""

    number: str
    action: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    reason: str = ""


class _Planned(msgspec.Struct, frozen=True):
    step: Step
    owned: OwnedNumber


def sync(
    *,
    carrier: str,
    account: str | None = None,
    dry_run: Flag = False,
    yes: Flag = False,
    json: Flag = False,
    where: Where | None = None,
) -> int:
    """Import the numbers of an account at a carrier, and have their traffic sent here.

    What will change is shown first. What the carrier had before is remembered, and restored by
    `maskline numbers release` and `maskline carriers remove`.

    Parameters
    ----------
    carrier
        The account at the carrier: one of `maskline carriers list`.
    account
        The account of this server that is to own the numbers [default: the only or oldest].
    dry_run
        Show what would change, and change nothing.
    yes
        Do not ask.
    json
        Print JSON.
    """
    place = where or Where()
    at = fetch(place, carrier)
    owned, hooks = with_adapter(place, at, _look)
    planned = _plan(place, at, account, owned, hooks)
    due = [one for one in planned if one.step.action not in ("skip", "keep")]
    if json:
        terminal.document([one.step for one in planned])
    else:
        _show([one.step for one in planned])
    if dry_run or not due:
        return 0
    if not yes:
        _ask(len(due), carrier)
    for one in due:
        _store(place, at, account, one)
    failed = with_adapter(place, at, lambda adapter: _point(adapter, due))
    for number, why in failed:
        terminal.complain(f"{number}: {why}", "Run it again when that is put right.")
    if not json:
        terminal.say(f"{len(due) - len(failed)} numbers now come here")
    return 1 if failed else 0


def release(
    *numbers: str,
    account: str | None = None,
    keep_hooks: Flag = False,
    where: Where | None = None,
) -> None:
    """Take numbers out of the inventory, and restore what their carrier had set on them.

    Parameters
    ----------
    numbers
        The numbers, or their SIDs.
    account
        The account's SID or name [default: the only or oldest].
    keep_hooks
        Leave the carrier's settings as they are.
    """
    if not numbers:
        raise Refusal("no number was given", "Name one or more: +14155550100", code=2)
    place = where or Where()

    async def find(_: Env, tx: Transaction) -> list[tuple[Number, SyncedNumber | None]]:
        owner = await account_of(tx, account)
        found = [await stock.number_of(tx, owner, text) for text in numbers]
        return [(one, await tx.carriers.remembered(one.number)) for one in found]

    for number, remembered in place.transact(find):
        if number.in_use:
            raise Refusal(f"{number.number} is used by active sessions", "Close them first.")
        if remembered is not None and not keep_hooks:
            _restore_one(place, fetch(place, remembered.carrier), remembered)

        async def drop(_: Env, tx: Transaction, one: Number = number) -> None:
            await inventory.release(tx, one.account_sid, one.sid)
            await tx.carriers.forget(one.number)

        place.transact(drop)
        terminal.say(f"released {number.number}")


def restore(place: Where, at: CarrierAccount) -> None:
    """Restores what a carrier had set on all numbers that were synced from an account there."""

    async def find(_: Env, tx: Transaction) -> list[SyncedNumber]:
        return await tx.carriers.synced(at.name)

    for one in place.transact(find):
        _restore_one(place, at, one)
        terminal.say(f"restored {one.number}")


def _restore_one(place: Where, at: CarrierAccount, one: SyncedNumber) -> None:
    hooks = msgspec.json.decode(one.hooks, type=dict[str, str])

    async def work(adapter: Carrier) -> None:
        if isinstance(adapter, Inventory):
            await adapter.point(one.provider_id, settable(hooks))

    try:
        with_adapter(place, at, work)
    except ApiRefused as refused:
        raise Refusal(
            f"{one.number} was not restored: {refused}",
            "Put that right, or leave the carrier as it is with --keep-hooks.",
        ) from refused


def settable(hooks: Mapping[str, str]) -> dict[str, str]:
    """Hooks without methods that are not set: a carrier takes an empty URL, but no empty method."""
    return {
        name: value for name, value in hooks.items() if value or not name.lower().endswith("method")
    }


async def _look(adapter: Carrier) -> tuple[Sequence[OwnedNumber], Mapping[str, str]]:
    if not isinstance(adapter, Inventory):
        raise Refusal(f"the numbers of {adapter.name} can't be listed", "Add them by hand.")
    try:
        return await adapter.numbers(), adapter.hooks()
    except ApiRefused as refused:
        raise Refusal(str(refused), "Check the account with: maskline carriers test") from refused


async def _point(adapter: Carrier, due: Sequence[_Planned]) -> list[tuple[str, str]]:
    assert isinstance(adapter, Inventory)
    failed = []
    for one in due:
        try:
            await adapter.point(one.owned.provider_id, settable(adapter.hooks()))
        except ApiRefused as refused:
            failed.append((one.owned.number, str(refused)))
    return failed


def _plan(
    place: Where,
    at: CarrierAccount,
    account: str | None,
    owned: Sequence[OwnedNumber],
    hooks: Mapping[str, str],
) -> list[_Planned]:
    async def work(_: Env, tx: Transaction) -> list[_Planned]:
        owner = await account_of(tx, account)
        planned = []
        for one in owned:
            held = await tx.numbers.by_number(one.number)
            step = _step(one, hooks, held, owner.sid, at.name)
            planned.append(_Planned(step, one))
        return planned

    return place.transact(work)


def _step(
    owned: OwnedNumber, hooks: Mapping[str, str], held: Number | None, owner: str, name: str
) -> Step:
    changes = {key for key, value in hooks.items() if value != owned.hooks.get(key, "")}
    old = {key: owned.hooks.get(key, "") for key in sorted(changes)}
    new = {key: hooks[key] for key in sorted(changes)}
    if not (owned.sms or owned.mms or owned.voice):
        return Step(owned.number, "skip", {}, {}, "it takes neither messages nor calls")
    if held is None:
        return Step(owned.number, "import", old, new)
    if held.account_sid != owner:
        return Step(owned.number, "skip", {}, {}, "another account owns it here")
    if held.carrier != name:
        return Step(owned.number, "move", old, new, f"from {held.carrier}")
    return Step(owned.number, "point" if changes else "keep", old, new)


def _store(place: Where, at: CarrierAccount, account: str | None, one: _Planned) -> None:
    """Imports a number, and remembers what its carrier has set before that is changed."""
    env = Env(system_clock, SidFactory(system_clock), place.settings())
    owned = one.owned
    can = (
        (Capability.VOICE if owned.voice else 0)
        | (Capability.SMS if owned.sms else 0)
        | (Capability.MMS if owned.mms else 0)
    )

    async def work(_: Env, tx: Transaction) -> None:
        owner = await account_of(tx, account)
        held = await tx.numbers.by_number(owned.number)
        now = env.clock()
        if held is None:
            offer = Offer(owned.number, at.name, int(can))
            name = owned.friendly_name[: inventory.MAX_NAME] or None
            await tx.numbers.add(inventory.new_number(env, owner.sid, offer, name))
        elif held.carrier != at.name:
            await tx.carriers.move(held.sid, at.name, now)
        remembered = await tx.carriers.remembered(owned.number)
        # What is there now may be ours already, from a run that was cut off.
        if remembered is None or remembered.carrier != at.name:
            before = msgspec.json.encode(dict(owned.hooks)).decode()
            await tx.carriers.remember(
                SyncedNumber(owned.number, at.name, owned.provider_id, before, now)
            )

    place.transact(work)


def _show(steps: Sequence[Step]) -> None:
    terminal.table(
        ("number", "what", "setting", "now", "will be"),
        (row for step in steps for row in _rows(step)),
    )


def _rows(step: Step) -> list[tuple[str, str, str, str, str]]:
    what = f"{step.action} ({step.reason})" if step.reason else step.action
    shown = [name for name in step.new if name in _SHOWN or step.old.get(name)]
    if not shown:
        return [(step.number, what, "", "", "")]
    return [
        (
            step.number if place == 0 else "",
            what if place == 0 else "",
            name,
            step.old.get(name, ""),
            step.new[name],
        )
        for place, name in enumerate(shown)
    ]


def _ask(count: int, carrier: str) -> None:
    if not sys.stdin.isatty():
        raise Refusal(f"{count} numbers would change at {carrier}", "Add --yes to change them.")
    answer = input(f"Change {count} numbers at {carrier}? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise Refusal("nothing was changed")
