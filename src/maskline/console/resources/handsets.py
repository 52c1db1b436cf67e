"""The simulated handsets: what their owners see and do, for whoever is signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator import Simulator
from maskline.carriers.simulator.errors import NotPossible, TooMany, UnknownCall, UnknownNumber
from maskline.console import handset_events
from maskline.console.context import Context
from maskline.console.gate import Ask, Handler, read_body
from maskline.console.shapes.handsets import (
    Handset,
    HandsetCalls,
    HandsetCallView,
    HandsetMessages,
    HandsetMessageView,
    Handsets,
    Person,
    Picture,
    Scene,
)
from maskline.console.show import PICTURES
from maskline.gateway import simulator as door
from maskline.model import console
from maskline.model import sid as sids
from maskline.model.errors import Fault
from maskline.store.contract import Transaction

T = TypeVar("T")

_PHONES: Final = 100
_SCENES: Final = 20
#: Numbers that no session is likely to have, for a stranger: of those kept for films.
_STRANGERS: Final = tuple(f"+1310555{line:04}" for line in range(177, 200))


class HandsetsResource:
    """`/handsets` and all below it. `simulator` is the one of this process: its calls are in no
    other."""

    def __init__(self, context: Context, simulator: Simulator) -> None:
        self._context = context
        self._store = context.store
        self._simulator = simulator
        self._base_url = context.env.settings.base_url

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        phone = "/handsets/{number}"
        return {
            "GET /handsets": self.all,
            f"GET {phone}/messages": self.messages,
            f"POST {phone}/messages": self.text,
            f"POST {phone}/pictures": self.picture,
            f"GET {phone}/calls": self.calls,
            f"POST {phone}/calls": self.dial,
            f"POST {phone}/calls/{{call}}/answer": self.answer,
            f"POST {phone}/calls/{{call}}/reject": self.reject,
            f"POST {phone}/calls/{{call}}/hangup": self.hang_up,
            f"POST {phone}/calls/{{call}}/digits": self.digits,
        }

    async def all(self, ask: Ask) -> Handsets:
        """The handsets, and the sessions between them."""

        async def scenes(tx: Transaction) -> list[Scene]:
            account = await ask.account(tx)
            return await self._scenes(tx, account)

        found = await self._store.read(scenes)
        seen = self._simulator.phones(_PHONES)
        taken = {one.number for scene in found for one in scene.people}
        free = (number for number in _STRANGERS if number not in taken)
        return Handsets(
            handsets=[Handset(number, at) for number, at in seen],
            scenes=found,
            stranger=next(free, _STRANGERS[0]),
        )

    async def messages(self, ask: Ask) -> HandsetMessages:
        """What the handset sent and received."""
        number, after = _number(ask), ask.query("after", 64)
        found = await self._simulator.messages(number, after, door.limit_of(ask.req))
        return HandsetMessages([handset_events.message(one, self._base_url) for one in found])

    async def text(self, ask: Ask) -> HandsetMessageView:
        """The handset sends a message."""
        given = ask.body
        door.check_text(self._simulator.limits, given.to, given.body, given.media)
        sent = await _asked(self._simulator.text(_number(ask), given.to, given.body, given.media))
        return handset_events.message(sent, self._base_url)

    async def picture(self, ask: Ask) -> Picture:
        """A picture, for the next message."""
        _number(ask)
        kind = (ask.req.content_type or "").partition(";")[0].strip().lower()
        if kind not in door.PICTURE_TYPES:
            raise Fault(20001, "send a PNG, JPEG, GIF, WebP or SVG picture", status=415)
        content = await read_body(ask.req, self._context.env.settings.limits.max_body_bytes)
        if not content:
            raise Fault(20001, "the picture is empty")
        sid = self._context.env.sids.new(sids.PICTURE)
        picture = console.Picture(sid, kind, content)
        await self._store.transact(lambda tx: tx.handsets.add_picture(picture))
        return Picture(f"{self._base_url}{PICTURES}{sid}", f"{PICTURES}{sid}")

    async def calls(self, ask: Ask) -> HandsetCalls:
        """The handset's calls."""
        calls = self._simulator.calls(_number(ask))
        return HandsetCalls([handset_events.call(one) for one in calls])

    async def dial(self, ask: Ask) -> HandsetCallView:
        """The handset dials."""
        door.check_dial(ask.body.to)
        return handset_events.call(await _asked(self._simulator.dial(_number(ask), ask.body.to)))

    async def answer(self, ask: Ask) -> HandsetCallView:
        """Takes a call that rings."""
        work = self._simulator.answer(_number(ask), ask.params["call"])
        return handset_events.call(await _asked(work))

    async def reject(self, ask: Ask) -> HandsetCallView:
        """Turns a call away that rings."""
        work = self._simulator.reject(_number(ask), ask.params["call"])
        return handset_events.call(await _asked(work))

    async def hang_up(self, ask: Ask) -> HandsetCallView:
        """Ends a call, or gives up dialling."""
        work = self._simulator.hang_up(_number(ask), ask.params["call"])
        return handset_events.call(await _asked(work))

    async def digits(self, ask: Ask) -> HandsetCallView:
        """Types keys."""
        door.check_digits(ask.body.digits)
        work = self._simulator.key_in(_number(ask), ask.params["call"], ask.body.digits)
        return handset_events.call(await _asked(work))

    async def _scenes(self, tx: Transaction, account: str) -> list[Scene]:
        scenes = []
        for session in await tx.support.active(account, _SCENES):
            people = await tx.participants.of_session(session.sid)
            here = [one for one in people if one.date_deleted is None]
            numbers = [await tx.numbers.by_number(one.proxy_identifier) for one in here]
            if not here or any(one is None or one.carrier != "simulator" for one in numbers):
                # Real phones stay masked, whatever else this server is for.
                continue
            service = await tx.services.get(session.service_sid, account)
            scenes.append(
                Scene(
                    session_sid=session.sid,
                    unique_name=session.unique_name,
                    service_sid=session.service_sid,
                    service_name="" if service is None else service.unique_name,
                    people=[
                        Person(one.sid, one.friendly_name, one.identifier, one.proxy_identifier)
                        for one in here
                    ],
                )
            )
        return scenes


def _number(ask: Ask) -> str:
    number = ask.params["number"]
    door.check_number(number)
    return number


async def _asked(work: Awaitable[T]) -> T:
    """What a handset did, its refusals as the console answers them."""
    try:
        return await work
    except UnknownNumber:
        raise Fault(20404, "no account owns the number: nothing was sent or dialled") from None
    except UnknownCall:
        raise Fault(20404, "the handset has no such call") from None
    except NotPossible as error:
        raise Fault(20001, str(error), status=409) from None
    except TooMany as error:
        raise Fault(20429, str(error)) from None
    except HostUnavailable:
        raise Fault(20503) from None
