"""Who calls: HTTP Basic with an account's SID and token, or an API key's SID and secret."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from falcon.asgi import Request, Response

from maskline.model import sid as sids
from maskline.model.account import Account, AccountStatus
from maskline.model.errors import Fault
from maskline.model.request_id import accepted
from maskline.store.contract import Store, Transaction

#: How long (s) a changed token, secret or status may still count as it was.
KEPT_SECONDS: Final = 5.0
#: How many credentials are kept in memory.
KEPT: Final = 10_000

_NOBODY: Final = bytes(32)

_CORS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", "Content-Type, Authorization"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "Twilio-Request-Id, Retry-After"),
)


class Caller(msgspec.Struct, frozen=True):
    """The account that a request acts for; `key_sid` is "" when it came with the account's own
    token."""

    account_sid: str
    key_sid: str


class _Known(msgspec.Struct, frozen=True):
    """What is kept of a user name: the digest that its password must have, and for whom it acts.
    A null `caller` is nobody who may come in."""

    digest: bytes
    caller: Caller | None


class Credentials:
    """Checks user names and passwords, asking the store once per user name and moment."""

    def __init__(
        self,
        store: Store,
        seconds: float = KEPT_SECONDS,
        size: int = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._seconds = min(seconds, KEPT_SECONDS)
        self._size = size
        self._clock = clock
        self._kept: dict[str, tuple[float, _Known]] = {}

    async def check(self, username: str, password: str) -> Caller | None:
        """The caller, or null. Takes as long for a SID that does not exist as for a wrong
        password."""
        known = await self._known(username)
        given = hashlib.sha256(password.encode()).digest()
        if hmac.compare_digest(given, known.digest):
            return known.caller
        return None

    def forget(self, username: str) -> None:
        """Has the next check ask the store."""
        self._kept.pop(username, None)

    async def _known(self, username: str) -> _Known:
        now = self._clock()
        kept = self._kept.get(username)
        if kept is not None and kept[0] > now:
            return kept[1]
        self._kept.pop(username, None)
        known = await self._store.read(lambda tx: _look_up(tx, username))
        while len(self._kept) >= self._size:
            # The oldest goes first: entries stand in the order in which they were asked for.
            self._kept.pop(next(iter(self._kept)))
        self._kept[username] = (now + self._seconds, known)
        return known


async def _look_up(tx: Transaction, username: str) -> _Known:
    if sids.is_sid(username, sids.ACCOUNT):
        account = await tx.accounts.get(username)
        if account is not None:
            digest = hashlib.sha256(account.auth_token.encode()).digest()
            return _Known(digest, _caller(account, ""))
    elif sids.is_sid(username, sids.API_KEY):
        key = await tx.accounts.key(username)
        if key is not None:
            account = await tx.accounts.get(key.account_sid)
            return _Known(bytes.fromhex(key.secret_hash), _caller(account, key.sid))
    return _Known(_NOBODY, None)


def _caller(account: Account | None, key_sid: str) -> Caller | None:
    if account is None or account.status != AccountStatus.ACTIVE:
        return None
    return Caller(account.sid, key_sid)


def basic(req: Request) -> tuple[str, str]:
    """The user name and password of the Authorization header. Raises 20003."""
    scheme, _, value = (req.get_header("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        raise Fault(20003)
    try:
        text = binascii.a2b_base64(value.strip(), strict_mode=True).decode()
    except ValueError:
        raise Fault(20003) from None
    username, colon, password = text.partition(":")
    if not colon:
        raise Fault(20003)
    return username, password


class Doorkeeper:
    """Middleware: lets nobody reach a resource of type `guarded` without valid credentials,
    whatever its handlers do or forget, and names every request."""

    def __init__(self, credentials: Credentials, guarded: type, new_id: Callable[[], str]) -> None:
        self._credentials = credentials
        self._guarded = guarded
        self._new_id = new_id

    async def process_request(self, req: Request, resp: Response) -> None:
        """Names the request, for its answer and for the log."""
        req.context.id = accepted(req.get_header("X-Request-Id", default="")) or self._new_id()
        resp.set_header("Twilio-Request-Id", req.context.id)

    async def process_resource(
        self, req: Request, resp: Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Raises 20003 for wrong credentials and for an account in the path that is another's,
        which says nothing about whether that account exists."""
        if not isinstance(resource, self._guarded):
            return
        resp.set_headers(_CORS)
        if req.method == "OPTIONS":
            return
        caller = await self._credentials.check(*basic(req))
        if caller is None or params.get("account_sid", caller.account_sid) != caller.account_sid:
            raise Fault(20003)
        if any("\0" in value for value in params.values()):
            raise Fault(20404)
        req.context.caller = caller
