"""The handsets' door: the simulator over HTTP.

A handset is named in the path by its E.164 number, `+` written as `%2B`. Bodies are JSON whatever
their Content-Type says. An error is `{"code", "message", "more_info", "status"}`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, TypeVar

import falcon.asgi
import msgspec
from falcon.asgi import Request, Response, SSEvent

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator import Behaviour, Limits, Simulator
from maskline.carriers.simulator.errors import NotPossible, TooMany, UnknownCall, UnknownNumber
from maskline.carriers.simulator.views import Event, event_json
from maskline.model.clock import iso_ms
from maskline.model.console import Picture
from maskline.model.errors import MORE_INFO, Fault
from maskline.model.form import MAX_URL, is_url
from maskline.model.sid import PICTURE, is_sid
from maskline.numbers.e164 import is_e164
from maskline.store.contract import StoreUnavailable

T = TypeVar("T")
Responder: TypeAlias = Callable[..., Awaitable[None]]
App: TypeAlias = falcon.asgi.App[Request, Response]
Find: TypeAlias = Callable[[str], Awaitable[Picture | None]]

PREFIX: Final = "/simulator"
#: What handsets show.
PICTURE_TYPES: Final = frozenset(
    {"image/gif", "image/jpeg", "image/png", "image/svg+xml", "image/webp"}
)
_PICTURE_HEADERS: Final = MappingProxyType(
    {
        "Cache-Control": "private, max-age=86400, immutable",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
)
#: Seconds of silence after which a listener is sent a comment.
HEARTBEAT: Final = 15.0
MAX_PAGE: Final = 1000

#: Twilio's code for a call in the wrong state, which the API has no use for.
_WRONG_STATE: Final = 21220

_SHORT_CODE: Final = re.compile(r"[0-9]{3,8}", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9A-D*#]{1,100}", re.ASCII)
_ID: Final = re.compile(r"[0-9A-Za-z]{0,64}", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
# A text of several lines may hold tab, line feed and carriage return.
_CONTROL_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_QUOTED: Final = re.compile(r" '.*'", re.DOTALL)


class _Text(msgspec.Struct):
    to: str
    body: str = ""
    media: list[str] = []


class _Dial(msgspec.Struct):
    to: str


class _Reject(msgspec.Struct):
    reason: Literal["rejected", "busy"] = "rejected"


class _Digits(msgspec.Struct):
    digits: str


def guarded(responder: Responder) -> Responder:
    """Turns what a responder raises into an error body."""

    @wraps(responder)
    async def answer(self: Door, req: Request, resp: Response, **params: str) -> None:
        try:
            if "number" in params:
                check_number(params["number"])
            await responder(self, req, resp, **params)
        except Fault as fault:
            _refuse(resp, fault.status, fault.code, fault.message)
            if fault.status == 413:
                # What was not read would be taken for the next request of the connection.
                resp.set_header("Connection", "close")
        except UnknownNumber:
            _refuse(resp, 404, 20404, "No account owns the number: nothing was sent or dialled")
        except UnknownCall:
            _refuse(resp, 404, 20404, "The handset has no such call")
        except NotPossible as error:
            _refuse(resp, 409, _WRONG_STATE, f"Not possible: {error}")
        except TooMany as error:
            _refuse(resp, 429, 20429, f"Too much at once: {error}")
            resp.set_header("Retry-After", "1")
        except (HostUnavailable, StoreUnavailable):
            _refuse(resp, 503, 20503, "The server can't store anything now: try again")
            resp.set_header("Retry-After", "1")

    return answer


class Door:
    """What all resources of the simulator share."""

    def __init__(self, simulator: Simulator, max_body_bytes: int) -> None:
        self.simulator = simulator
        self._max_body = max_body_bytes

    async def read(self, req: Request, kind: type[T]) -> T:
        """The body. Raises 20001 for what does not fit, 20413 for too much of it."""
        length = req.content_length
        if length is not None and length > self._max_body:
            raise Fault(20413)
        body = await req.stream.read(self._max_body + 1)
        if len(body) > self._max_body:
            raise Fault(20413)
        try:
            return msgspec.json.decode(body or b"{}", type=kind)
        except msgspec.ValidationError as error:
            # What was sent is not repeated: it may be private.
            raise Fault(20001, _QUOTED.sub("", str(error))) from None
        except (ValueError, RecursionError):
            raise Fault(20001, "the body is not JSON") from None


class Phones(Door):
    """`/simulator/phones`: the handsets that something happened on in this process."""

    @guarded
    async def on_get(self, req: Request, resp: Response) -> None:
        """The latest first, at most `limit`."""
        seen = self.simulator.phones(limit_of(req))
        phones = [{"number": number, "last_seen": iso_ms(at)} for number, at in seen]
        _answer(resp, 200, {"phones": phones})


class Messages(Door):
    """`/simulator/phones/{number}/messages`."""

    @guarded
    async def on_get(self, req: Request, resp: Response, number: str) -> None:
        """What the handset sent and received, in order: at most `limit` after the id `after`."""
        after = req.get_param("after") or ""
        if not _ID.fullmatch(after):
            raise Fault(20001, "`after` must be the id of a message")
        page = await self.simulator.messages(number, after, limit_of(req))
        _answer(resp, 200, {"messages": page})

    @guarded
    async def on_post(self, req: Request, resp: Response, number: str) -> None:
        """The handset sends a message: 201 when the server has taken it."""
        text = await self.read(req, _Text)
        check_text(self.simulator.limits, text.to, text.body, text.media)
        sent = await self.simulator.text(number, text.to, text.body, text.media)
        _answer(resp, 201, sent)


class Calls(Door):
    """`/simulator/phones/{number}/calls`, one of them, and what its owner does with it."""

    @guarded
    async def on_get(self, req: Request, resp: Response, number: str) -> None:
        """The handset's calls that go on and the last that ended, in order."""
        _answer(resp, 200, {"calls": self.simulator.calls(number)})

    @guarded
    async def on_post(self, req: Request, resp: Response, number: str) -> None:
        """The handset dials: 201 when the server has taken the call."""
        dial = await self.read(req, _Dial)
        check_dial(dial.to)
        _answer(resp, 201, await self.simulator.dial(number, dial.to))

    @guarded
    async def on_get_one(self, req: Request, resp: Response, number: str, call: str) -> None:
        """One call."""
        _answer(resp, 200, self.simulator.call(number, call))

    @guarded
    async def on_post_answer(self, req: Request, resp: Response, number: str, call: str) -> None:
        """Takes a call that rings here."""
        _answer(resp, 200, await self.simulator.answer(number, call))

    @guarded
    async def on_post_reject(self, req: Request, resp: Response, number: str, call: str) -> None:
        """Turns a call away that rings here; both reasons are a busy tone to the caller."""
        await self.read(req, _Reject)
        _answer(resp, 200, await self.simulator.reject(number, call))

    @guarded
    async def on_post_hangup(self, req: Request, resp: Response, number: str, call: str) -> None:
        """Ends a call, or gives up dialling."""
        _answer(resp, 200, await self.simulator.hang_up(number, call))

    @guarded
    async def on_post_digits(self, req: Request, resp: Response, number: str, call: str) -> None:
        """Types keys."""
        typed = await self.read(req, _Digits)
        check_digits(typed.digits)
        _answer(resp, 200, await self.simulator.key_in(number, call, typed.digits))


class Behaviours(Door):
    """`/simulator/phones/{number}/behaviour`, and `/simulator/behaviour` for all others."""

    @guarded
    async def on_get(self, req: Request, resp: Response, number: str) -> None:
        """What holds for the handset, its own or the default."""
        _answer(resp, 200, self.simulator.behaviours.of(number))

    @guarded
    async def on_put(self, req: Request, resp: Response, number: str) -> None:
        """Gives the handset its own; what is not named is built-in."""
        behaviour = await self.read(req, Behaviour)
        self.simulator.behaviours.put(number, behaviour)
        _answer(resp, 200, behaviour)

    @guarded
    async def on_delete(self, req: Request, resp: Response, number: str) -> None:
        """The default holds for the handset again."""
        self.simulator.behaviours.drop(number)
        resp.status = 204

    @guarded
    async def on_get_default(self, req: Request, resp: Response) -> None:
        """The default."""
        _answer(resp, 200, self.simulator.behaviours.default)

    @guarded
    async def on_put_default(self, req: Request, resp: Response) -> None:
        """Sets the default; what is not named is built-in."""
        behaviour = await self.read(req, Behaviour)
        self.simulator.behaviours.default = behaviour
        _answer(resp, 200, behaviour)

    @guarded
    async def on_delete_default(self, req: Request, resp: Response) -> None:
        """The default is the built-in behaviour again."""
        self.simulator.behaviours.reset()
        resp.status = 204


class Pictures:
    """`/simulator/pictures/{sid}`: pictures that the console put into messages. Whoever has the
    address may see one, as carriers and phones do."""

    def __init__(self, find: Find) -> None:
        self._find = find

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """The picture. What a drawing may hold beside lines is not carried out."""
        picture = await self._find(sid) if is_sid(sid, PICTURE) else None
        if picture is None or picture.content_type not in PICTURE_TYPES:
            _refuse(resp, 404, 20404, "There is no such picture")
            return
        resp.content_type = picture.content_type
        resp.data = picture.content
        resp.set_headers(_PICTURE_HEADERS)


class Events(Door):
    """`/simulator/events`: server-sent events."""

    @guarded
    async def on_get(self, req: Request, resp: Response) -> None:
        """Events of the handset `number`, or of all, from now on or after `Last-Event-ID`."""
        number = req.get_param("number")
        if number is not None:
            # A plus sign that was not escaped arrives as a space.
            number = re.sub(r"^ ", "+", number)
            check_number(number)
        last = req.get_header("Last-Event-ID")
        after = int(last) if last is not None and _WHOLE.fullmatch(last) else None
        events = self.simulator.subscribe(number, after, HEARTBEAT)
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("X-Accel-Buffering", "no")
        resp.sse = _stream(events)


def add_routes(
    app: App, simulator: Simulator, max_body_bytes: int = 1_048_576, find: Find | None = None
) -> None:
    """Adds every endpoint of the simulator; `find` gets pictures by their SIDs, where there are
    any."""
    if find is not None:
        app.add_route(f"{PREFIX}/pictures/{{sid}}", Pictures(find))
    phone = f"{PREFIX}/phones/{{number}}"
    calls = Calls(simulator, max_body_bytes)
    behaviours = Behaviours(simulator, max_body_bytes)
    app.add_route(f"{PREFIX}/phones", Phones(simulator, max_body_bytes))
    app.add_route(f"{PREFIX}/events", Events(simulator, max_body_bytes))
    app.add_route(f"{PREFIX}/behaviour", behaviours, suffix="default")
    app.add_route(f"{phone}/behaviour", behaviours)
    app.add_route(f"{phone}/messages", Messages(simulator, max_body_bytes))
    app.add_route(f"{phone}/calls", calls)
    app.add_route(f"{phone}/calls/{{call}}", calls, suffix="one")
    for action in ("answer", "reject", "hangup", "digits"):
        app.add_route(f"{phone}/calls/{{call}}/{action}", calls, suffix=action)


async def _stream(events: AsyncGenerator[Event | None, None]) -> AsyncGenerator[SSEvent, None]:
    try:
        # Says at once that somebody is there, and how soon to come back (ms).
        yield SSEvent(comment="simulator", retry=1000)
        async for event in events:
            if event is None:
                yield SSEvent(comment="still here")
            else:
                yield SSEvent(event_id=str(event.id), text=event_json(event))
    finally:
        await events.aclose()


def _answer(resp: Response, status: int, body: object) -> None:
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = msgspec.json.encode(body)


def _refuse(resp: Response, status: int, code: int, message: str) -> None:
    more = f"{MORE_INFO}{code}"
    _answer(resp, status, {"code": code, "message": message, "more_info": more, "status": status})


def check_text(limits: Limits, to: str, body: str, media: Sequence[str]) -> None:
    """Raises what is wrong with a message that a handset is to send."""
    if not is_e164(to) and not _SHORT_CODE.fullmatch(to):
        raise Fault(21421, "`to` must be E.164 or a short code")
    if not body and not media:
        raise Fault(21602)
    if len(body) > limits.body_characters:
        raise Fault(21617)
    if _CONTROL_IN_TEXT.search(body):
        raise Fault(20001, "`body` holds control characters")
    if len(media) > limits.media:
        raise Fault(21623)
    if not all(map(_is_media_url, media)):
        raise Fault(21620)


def check_dial(to: str) -> None:
    """Raises 21421 for what no handset can dial."""
    if not is_e164(to):
        raise Fault(21421, "`to` must be E.164")


def check_digits(digits: str) -> None:
    """Raises 20001 for what a handset has no keys for."""
    if not _DIGITS.fullmatch(digits):
        raise Fault(20001, "`digits` must be 1 to 100 of 0-9, A-D, * and #")


def check_number(number: str) -> None:
    """Raises 21421 for what names no handset."""
    if not is_e164(number):
        raise Fault(21421, "a handset is named in E.164, with %2B for the plus sign")


def _is_media_url(url: str) -> bool:
    return len(url) <= MAX_URL and not _CONTROL.search(url) and is_url(url)


def limit_of(req: Request) -> int:
    """How many messages the query asks for. Raises 20001."""
    text = req.get_param("limit") or "100"
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= MAX_PAGE:
        raise Fault(20001, f"`limit` must be a whole number from 1 to {MAX_PAGE}")
    return int(text)
