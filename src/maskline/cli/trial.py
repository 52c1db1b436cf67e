"""`maskline carriers test`: one text and one call by an account at a carrier, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from maskline.carriers.contract import ApiRefused, Calling, CallsOut, Carrier, Inventory
from maskline.cli import terminal
from maskline.cli.carrier_accounts import fetch, with_adapter
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.stock import written
from maskline.cli.where import Where
from maskline.env import Env
from maskline.model.call import FINAL, CallStatus
from maskline.model.clock import system_clock
from maskline.model.sid import SMS, SidFactory
from maskline.model.traffic import Accepted, OutboundMessage, Throttled, Unclear
from maskline.numbers.e164 import is_e164
from maskline.store.contract import Transaction
from maskline.voice.instructions import Hangup, Response, Say

_TEXT: Final = "Maskline can send texts by this number."
#: How often, and after how many seconds each, the carrier is asked how the call stands: for as long
#: as a phone rings.
_LOOKS: Final = 60
_BETWEEN: Final = 1.0
_ANSWERED: Final = (CallStatus.IN_PROGRESS.value, CallStatus.COMPLETED.value)
_SPOKEN: Final = "Maskline can call you by this number. Goodbye."


class Step(msgspec.Struct, frozen=True):
    """What was tried, whether it worked, and what came of it."""

    step: str
    ok: bool
    says: str


def trial(
    name: str,
    *,
    to: str,
    from_: str | None = None,
    no_text: Flag = False,
    no_call: Flag = False,
    json: Flag = False,
    where: Where | None = None,
) -> int:
    """Send one text and begin one call by an account at a carrier, and report each step.

    Parameters
    ----------
    name
        The account.
    to
        The number that is written to and called: yours.
    from_
        The number of the account that does it [default: its first].
    no_text
        Send no text.
    no_call
        Begin no call.
    json
        Print JSON.
    """
    to = written(to)
    if not is_e164(to):
        raise Refusal("--to is no number", "Write it as +14155550100.", code=2)
    place = where or Where()
    at = fetch(place, name)

    async def first(_: Env, tx: Transaction) -> list[str]:
        return await tx.carriers.numbers(name, 1)

    steps: list[Step] = []

    def said(step: Step) -> None:
        steps.append(step)
        if not json:
            mark, style = ("✓", "green") if step.ok else ("✗", "bold red")
            terminal.say(f"{mark} {step.step}: {step.says}", style)

    numbers = [written(from_)] if from_ else place.transact(first)
    if numbers:
        said(Step("number", True, numbers[0]))
    else:
        said(Step("number", False, f"none is reached by {name}: maskline numbers sync"))
    sender = numbers[0] if numbers else None
    with_adapter(
        place, at, lambda carrier: _try(carrier, sender, to, said, not no_text, not no_call)
    )
    if json:
        terminal.document(steps)
    return int(not all(one.ok for one in steps))


async def _try(
    carrier: Carrier,
    sender: str | None,
    to: str,
    said: Callable[[Step], None],
    text: bool,
    call: bool,
) -> None:
    if isinstance(carrier, CallsOut):
        try:
            said(Step("credentials", True, await carrier.check()))
        except ApiRefused as refused:
            said(Step("credentials", False, str(refused)))
            return
    if sender is None:
        return
    if isinstance(carrier, Inventory):
        said(await _pointed(carrier, sender))
    if text:
        said(await _text(carrier, sender, to))
    if call and isinstance(carrier, CallsOut):
        said(await _call(carrier, sender, to))
    elif call:
        said(Step("call", True, "not tried: calls can't be begun by this carrier"))


async def _pointed(carrier: Inventory, sender: str) -> Step:
    """Whether the number's traffic comes here."""
    try:
        owned = next((one for one in await carrier.numbers() if one.number == sender), None)
    except ApiRefused as refused:
        return Step("inbound", False, str(refused))
    if owned is None:
        return Step("inbound", False, "the account at the carrier does not have the number")
    away = [name for name, url in carrier.hooks().items() if url != owned.hooks.get(name, "")]
    if away:
        return Step("inbound", False, f"not set to come here: {', '.join(sorted(away))}")
    return Step("inbound", True, "the number's messages and calls are sent here")


async def _call(carrier: CallsOut, sender: str, to: str) -> Step:
    """A call, followed until somebody answers it, where the carrier says how it stands."""
    try:
        provider_id = await carrier.dial(sender, to, Response((Say(_SPOKEN), Hangup())))
    except ApiRefused as refused:
        return Step("call", False, str(refused))
    if not isinstance(carrier, Calling):
        return Step("call", True, f"begun as {provider_id}")
    stands = "nothing yet"
    for _ in range(_LOOKS):
        await asyncio.sleep(_BETWEEN)
        try:
            found = await carrier.look("", provider_id)
        except ApiRefused as refused:
            return Step("call", False, f"begun as {provider_id}; then {refused}")
        if found is None:
            continue
        stands = found.status
        if stands in _ANSWERED:
            return Step("call", True, f"answered; begun as {provider_id}")
        if stands in FINAL:
            break
    return Step("call", False, f"begun, and came to: {stands}")


async def _text(carrier: Carrier, sender: str, to: str) -> Step:
    reference = SidFactory(system_clock).new(SMS)
    result = await carrier.send(OutboundMessage(reference, sender, to, _TEXT))
    if isinstance(result, Accepted):
        return Step("text", True, f"accepted as {result.provider_id}")
    if isinstance(result, Unclear):
        return Step("text", False, "no answer came: nobody knows whether it was taken")
    passes = isinstance(result, Throttled) or result.retry
    later = ", which may pass" if passes else ""
    return Step("text", False, f"refused with {result.code}{later}")
