"""`maskline carriers test`: one text and one call by an account at a carrier, step by step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Final

from cyclopts import Parameter, validators

from maskline.carriers.calling import Calling
from maskline.carriers.contract import ApiRefused, CallsOut, Carrier, Connects, Inventory, Step
from maskline.carriers.kinds import KINDS
from maskline.cli import terminal
from maskline.cli.carrier_accounts import at_work, fetch, with_adapter
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.stock import written
from maskline.cli.where import Where
from maskline.env import Env
from maskline.model.call import FINAL, CallStatus
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.model.message import Direction, Message, MessageStatus
from maskline.model.sid import SMS, SidFactory
from maskline.model.traffic import (
    Accepted,
    LegReport,
    OutboundMessage,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.numbers.e164 import is_e164
from maskline.settings import Settings
from maskline.store.contract import Store, Transaction
from maskline.voice.instructions import Hangup, Response, Say

#: Seconds between looks for a report.
_PAUSE: Final = 0.1
_DELIVERED: Final = MessageStatus.DELIVERED.value
_LAST: Final = frozenset({_DELIVERED, MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})
_TEXT: Final = "Maskline can send texts by this number."
#: How often, and after how many seconds each, the carrier is asked how the call stands: for as long
#: as a phone rings.
_LOOKS: Final = 60
_BETWEEN: Final = 1.0
_ANSWERED: Final = (CallStatus.IN_PROGRESS.value, CallStatus.COMPLETED.value)
_SPOKEN: Final = "Maskline can call you by this number. Goodbye."


def trial(
    name: str,
    *,
    to: str,
    from_: str | None = None,
    no_text: Flag = False,
    no_call: Flag = False,
    wait: Annotated[float, Parameter(validator=validators.Number(gt=0, lte=600))] = 30.0,
    json: Flag = False,
    where: Where | None = None,
) -> int:
    """Send one text and begin one call by an account at a carrier, and report each step.

    An account that keeps connections, as SMPP does, makes others beside those of the server, and
    waits for the carrier's report on the text. What else comes in by them meanwhile is taken in.

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
    wait
        For how many seconds to wait for a connection, and for the report.
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

    kind = KINDS.get(at.kind)
    if kind is not None and (others := kind.lacks_of_documents()):
        said(Step("documents", True, f"your program's go without {', '.join(others)}"))
    numbers = [written(from_)] if from_ else place.transact(first)
    if numbers:
        said(Step("number", True, numbers[0]))
    else:
        said(Step("number", False, f"none is reached by {name}: maskline numbers sync"))
    sender = numbers[0] if numbers else None
    if with_adapter(place, at, _connects):
        text_to = None if no_text else to
        asyncio.run(_try_connection(place.settings(), at, sender, text_to, said, wait))
    else:
        with_adapter(
            place, at, lambda carrier: _try(carrier, sender, to, said, not no_text, not no_call)
        )
    if json:
        terminal.document(steps)
    return int(not all(one.ok for one in steps))


async def _connects(carrier: Carrier) -> bool:
    return isinstance(carrier, Connects)


async def _try_connection(
    settings: Settings,
    at: CarrierAccount,
    sender: str | None,
    to: str | None,
    said: Callable[[Step], None],
    wait: float,
) -> None:
    async with at_work(settings, at) as (carrier, host, store):
        await carrier.start(host)
        assert isinstance(carrier, Connects)
        steps = await carrier.connected(wait)
        for step in steps:
            said(step)
        if not all(one.ok for one in steps) or sender is None or to is None:
            return
        message = OutboundMessage(SidFactory(system_clock).new(SMS), sender, to, _TEXT)
        # The report may come to another link, of the server: it is told to whom it belongs.
        is_ours = await store.transact(lambda tx: _begin(tx, at.name, message))
        result = await carrier.send(message)
        said(_sent("submit", result))
        await host.receipts([_report(at.name, message.reference, result)])
        if not isinstance(result, Accepted):
            return
        if not carrier.reports:
            said(Step("receipt", True, "not asked for"))
        elif not is_ours:
            said(Step("receipt", False, f"not waited for: {sender} is not reached by {at.name}"))
        else:
            said(await _receipt(store, message.reference, wait))


async def _begin(tx: Transaction, carrier: str, message: OutboundMessage) -> bool:
    """Notes a message that is about to be sent, for the account whose number it goes from; false
    where it is no number that the carrier reaches."""
    number = await tx.numbers.by_number(message.sender)
    if number is None or number.carrier != carrier:
        return False
    now = system_clock()
    row = Message(
        sid=message.reference,
        account_sid=number.account_sid,
        direction=Direction.OUTBOUND_API.value,
        sender=message.sender,
        recipient=message.recipient,
        body=message.body,
        status=MessageStatus.SENDING.value,
        error_code=None,
        num_media=0,
        num_segments=1,
        carrier=carrier,
        provider_id=None,
        interaction_sid=None,
        date_created=now,
        date_sent=None,
        date_updated=now,
    )
    await tx.messages.add_many([row])
    return True


def _report(carrier: str, reference: str, result: SendResult) -> LegReport:
    if isinstance(result, Accepted):
        return LegReport(carrier, MessageStatus.SENT.value, reference, result.provider_id)
    return LegReport(carrier, MessageStatus.FAILED.value, reference, error_code=result.code)


async def _receipt(store: Store, reference: str, wait: float) -> Step:
    """What became of the message at last, or so far."""
    until = time.monotonic() + wait
    while True:
        found = await store.read(lambda tx: tx.messages.by_sid(reference))
        if found is not None and found.status in _LAST:
            code = f" ({found.error_code})" if found.error_code else ""
            return Step("receipt", found.status == _DELIVERED, f"{found.status}{code}")
        if time.monotonic() > until:
            return Step("receipt", False, f"none that is final within {wait:g} s")
        await asyncio.sleep(_PAUSE)


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
    return _sent("text", await carrier.send(OutboundMessage(reference, sender, to, _TEXT)))


def _sent(step: str, result: SendResult) -> Step:
    if isinstance(result, Accepted):
        return Step(step, True, f"accepted as {result.provider_id}")
    if isinstance(result, Unclear):
        return Step(step, False, "no answer came: nobody knows whether it was taken")
    passes = isinstance(result, Throttled) or result.retry
    later = ", which may pass" if passes else ""
    return Step(step, False, f"refused with {result.code}{later}")
