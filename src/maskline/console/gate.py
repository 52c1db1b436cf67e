"""The gate: who asks, whether they may, and how they are answered.

Every endpoint of the contract passes through it, so that no resource can forget a check: the
cookie, the role, the CSRF token, the origin, the body's type. Answers carry the headers that keep a
browser from doing anything with them that the console does not do itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import SimpleCookie
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
from falcon.asgi import Request, Response

from maskline.access import sign_in
from maskline.access.audit import Actor, actor
from maskline.access.sign_in import Locked, Seat, csrf_of
from maskline.console.contract import Endpoint
from maskline.console.shapes.common import FieldProblem, Problem
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.console import Role
from maskline.model.errors import CATALOGUE, MORE_INFO, Fault, not_found
from maskline.model.page import PageRequest
from maskline.store.contract import Store, StoreUnavailable, Transaction

COOKIE: Final = "maskline_console"
CSRF_HEADER: Final = "X-CSRF-Token"
_JSON: Final = "application/json"
#: Codes whose text in the dictionary says less than the detail.
_PLAIN: Final = frozenset({20001, 20003, 20006, 20429})
_MAX_QUERY: Final = 255
_MAX_PAGE: Final = 100

#: Nothing but the console's own files, and nobody may frame it. Pictures may be made by the page.
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)


class Owned(Protocol):
    """A record of an account's."""

    @property
    def account_sid(self) -> str:
        """Whose it is."""


R = TypeVar("R", bound=Owned)


class WrongFields(Fault):
    """A refusal of a form that says of each field what is wrong with it: by the field, the code and
    the words."""

    def __init__(self, wrong: Mapping[str, tuple[int, str]]) -> None:
        count = len(wrong)
        super().__init__(20001, f"{count} field{'' if count == 1 else 's'} to be put right")
        self.wrong = wrong


class Ask:
    """One request that was let in."""

    def __init__(
        self,
        req: Request,
        resp: Response,
        params: Mapping[str, str],
        token: str,
        seat: Seat | None,
        body: Any,
    ) -> None:
        self.req = req
        self.resp = resp
        self.params = params
        self.token = token
        self.body = body
        self._seat = seat

    @property
    def seat(self) -> Seat:
        """Who is signed in, where somebody has to be."""
        assert self._seat is not None
        return self._seat

    @property
    def role(self) -> Role:
        """Their role."""
        return Role(self.seat.user.role)

    @property
    def address(self) -> str:
        """Where the request came from."""
        return str(self.req.remote_addr)

    @property
    def actor(self) -> Actor:
        """Who is signed in, for the audit log."""
        return actor(self.seat.user, self.address)

    def query(self, name: str, longest: int = _MAX_QUERY) -> str:
        """A parameter of the query, "" when it is absent. Raises 20001."""
        value = self.req.get_param(name) or ""
        if len(value) > longest or "\0" in value:
            raise Fault(20001, f"`{name}` is too long or holds what no text does")
        return value

    def page(self, default: int = 50) -> PageRequest:
        """The page that is asked for. Raises 20001."""
        size = self.query("size") or str(default)
        if not size.isascii() or not size.isdigit() or not 1 <= int(size[:9]) <= _MAX_PAGE:
            raise Fault(20001, f"`size` must be a whole number from 1 to {_MAX_PAGE}")
        after, before = self._edge("after"), self._edge("before")
        return PageRequest(size=int(size), after=after, before=before)

    def _edge(self, name: str) -> str | None:
        value = self.query(name)
        if value and not sids.is_sid(value, value[:2]):
            raise Fault(20001, f"`{name}` must be what a page named")
        return value or None

    def sees(self, account_sid: str) -> bool:
        """Whether they may see an account."""
        return self.seat.user.account_sid in (None, account_sid)

    def seen(self, found: R | None, kind: str) -> R:
        """What was found, if there is such a record, of an account that they may see. Raises
        20404."""
        if found is None or not self.sees(found.account_sid):
            raise not_found(kind)
        return found

    async def account(self, tx: Transaction) -> str:
        """The account that the query names, or the first that they may see. Raises 20404."""
        wanted, own = self.query("account"), self.seat.user.account_sid
        if wanted:
            if not self.sees(wanted) or await tx.accounts.get(wanted) is None:
                raise not_found("Account")
            return wanted
        if own is not None:
            return own
        accounts = await tx.accounts.all()
        if not accounts:
            raise not_found("Account")
        return accounts[0].sid


Handler = Callable[[Ask], Awaitable[msgspec.Struct | None]]


class Gate:
    """Lets requests in to handlers."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._decoders: dict[type, msgspec.json.Decoder[Any]] = {}
        self._encode = msgspec.json.Encoder().encode

    async def pass_on(
        self,
        endpoint: Endpoint,
        handler: Handler,
        req: Request,
        resp: Response,
        params: Mapping[str, str],
    ) -> None:
        """Answers a request, whatever comes of it."""
        resp.set_headers(HEADERS)
        resp.set_header("Cache-Control", "no-store")
        try:
            answer = await handler(await self._let_in(endpoint, req, resp, params))
            if answer is not None:
                resp.content_type = _JSON
                resp.data = self._encode(answer)
        except Locked as locked:
            resp.set_header("Retry-After", str(locked.retry_after))
            self.refuse(resp, locked)
        except Fault as fault:
            if fault.status == 413:
                # What was not read would be taken for the next request of the connection.
                resp.set_header("Connection", "close")
            self.refuse(resp, fault)
        except StoreUnavailable:
            resp.set_header("Retry-After", "1")
            self.refuse(resp, Fault(20503))

    def refuse(self, resp: Response, fault: Fault) -> None:
        """Answers with an error body. Of what the dictionary says for programs, people are told
        the part that is about them."""
        told = fault.detail[:1].upper() + fault.detail[1:] if fault.code in _PLAIN else ""
        wrong = fault.wrong if isinstance(fault, WrongFields) else {}
        resp.status = fault.status
        resp.content_type = _JSON
        resp.data = self._encode(
            Problem(
                code=fault.code,
                message=told or fault.message,
                more_info=f"{MORE_INFO}{fault.code}",
                status=fault.status,
                fields=[
                    FieldProblem(field, code, says[:1].upper() + says[1:])
                    for field, (code, says) in wrong.items()
                ],
            )
        )

    async def seat(self, token: str, *, alive: bool = True) -> Seat | None:
        """Who is signed in by a cookie. `alive` says that they do something just now."""
        if not token:
            return None
        env, store = self._env, self._store
        found = await store.read(lambda tx: sign_in.seat(env, tx, token))
        if found is None:
            return None
        seat, due = found
        if due and alive:
            now = env.clock()
            await store.transact(lambda tx: tx.console_users.seen(seat.token_hash, now))
        return seat

    async def _let_in(
        self, endpoint: Endpoint, req: Request, resp: Response, params: Mapping[str, str]
    ) -> Ask:
        if any("\0" in value for value in params.values()):
            raise Fault(20404)
        writes = endpoint.method != "GET"
        if writes:
            self._check_origin(req)
        token = cookie(req, COOKIE)
        seat = None
        if endpoint.role is not None:
            seat = await self.seat(token, alive=endpoint.path != "/events")
            if seat is None:
                raise Fault(20003, "sign in")
            if not Role(seat.user.role).may(endpoint.role):
                raise Fault(20006, f"this needs the role {endpoint.role}")
            given = req.get_header(CSRF_HEADER) or ""
            if writes and not hmac.compare_digest(given.encode(), csrf_of(token).encode()):
                raise Fault(20006, f"the header {CSRF_HEADER} is missing or wrong")
        body = None
        if endpoint.body is not None:
            body = await self._body(req, endpoint.body)
        return Ask(req, resp, params, token, seat, body)

    def _check_origin(self, req: Request) -> None:
        """Raises 20006 for a request that another site's page has a browser send."""
        origin = req.get_header("Origin")
        own = {req.prefix.lower(), _origin(self._env.settings.base_url)}
        foreign = origin is not None and origin.lower() not in own
        if foreign or req.get_header("Sec-Fetch-Site") in ("cross-site", "same-site"):
            raise Fault(20006, "the request comes from another site")

    async def _body(self, req: Request, kind: type) -> Any:
        if (req.content_type or "").partition(";")[0].strip().lower() != _JSON:
            raise Fault(20001, f"send the body as {_JSON}", status=415)
        raw = await read_body(req, self._env.settings.limits.max_body_bytes)
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = self._decoders[kind] = msgspec.json.Decoder(kind)
        try:
            body = decoder.decode(raw)
            # No engine's text may hold one: better refused here than by one of them.
            if b"\\u0000" in raw and _has_zero(msgspec.to_builtins(body)):
                raise Fault(20001, "a text holds a zero character")
            return body
        except msgspec.ValidationError as error:
            # What was sent is not repeated: it may be private.
            field = str(error).rpartition("at `$.")[2].rstrip("`") if "`$." in str(error) else ""
            raise Fault(20001, f"`{field}` is wrong" if field else "a field is missing") from None
        except (ValueError, RecursionError):
            raise Fault(20001, "the body is not JSON") from None


def _has_zero(value: Any) -> bool:
    """Whether a zero character stands in any text of it."""
    if isinstance(value, str):
        return "\0" in value
    parts = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and any(map(_has_zero, parts))


async def read_body(req: Request, most: int) -> bytes:
    """The body. Raises 20413 for one that is longer than `most` bytes."""
    length = req.content_length
    if length is not None and length > most:
        raise Fault(20413)
    body: bytes = await req.stream.read(most + 1)
    if len(body) > most:
        raise Fault(20413)
    return body


def cookie(req: Request, name: str) -> str:
    """A cookie that was sent once; "" when there is none, or several that disagree."""
    values = set(req.get_cookie_values(name) or ())
    return values.pop() if len(values) == 1 else ""


def set_cookie(
    resp: Response,
    name: str,
    value: str,
    *,
    secure: bool,
    same_site: str = "Strict",
    path: str = "/console",
    seconds: int | None = None,
) -> None:
    """Has the browser keep a cookie that no script can read; for 0 seconds, forget it."""
    jar: SimpleCookie = SimpleCookie()
    jar[name] = value
    jar[name]["path"] = path
    jar[name]["httponly"] = True
    jar[name]["samesite"] = same_site
    if secure:
        jar[name]["secure"] = True
    if seconds is not None:
        jar[name]["max-age"] = seconds
    resp.append_header("Set-Cookie", jar[name].OutputString())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def text_of(code: int | None) -> str | None:
    """The dictionary's text of an error code, where it has one."""
    entry = CATALOGUE.get(code) if code is not None else None
    return None if entry is None else entry.text
