"""Signing in by an OpenID Connect provider: away, and back again."""

from __future__ import annotations

import base64
import hmac
import logging
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from maskline.access import claims, sign_in
from maskline.access.audit import Actor, record
from maskline.console.context import Context
from maskline.console.gate import Ask, Handler, cookie, set_cookie
from maskline.console.oidc import Provider, Trip, Unavailable, Untrue
from maskline.console.resources.sign_in import SignIns
from maskline.model.console import Deed, User
from maskline.model.errors import Fault, not_found
from maskline.store.contract import Transaction

log = logging.getLogger(__name__)

_COOKIE: Final = "maskline_oidc"
_PATH: Final = "/console/api/oidc"
#: Seconds that somebody may take at the provider.
_MINUTES_THERE: Final = 600
#: Where the console may be entered: its own pages, and no other site's by any reading of the path.
_THEN: Final = re.compile(r"/console(/[A-Za-z0-9_\-./]*)?", re.ASCII)


class OidcSignIn:
    """`/oidc/start` and `/oidc/callback`."""

    def __init__(self, context: Context, sign_ins: SignIns, provider: Provider | None) -> None:
        self._context = context
        self._sign_ins = sign_ins
        self._provider = provider

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /oidc/start": self.start, "GET /oidc/callback": self.back}

    async def start(self, ask: Ask) -> None:
        """Sends the browser to the provider."""
        if self._provider is None:
            raise not_found("Single sign-on")
        then = ask.query("next")
        if not _THEN.fullmatch(then) or "//" in then or ".." in then:
            then = "/console/"
        try:
            where, trip = await self._provider.begin(then)
        except Unavailable as error:
            log.warning("the OpenID Connect provider is unavailable: %s", error)
            return _go(ask, "/console/sign-in?error=unavailable")
        packed = base64.urlsafe_b64encode(msgspec.json.encode(trip)).decode()
        # It must come along when the provider sends the browser back, which Strict would prevent.
        set_cookie(
            ask.resp,
            _COOKIE,
            packed,
            secure=self._context.secure,
            same_site="Lax",
            path=_PATH,
            seconds=_MINUTES_THERE,
        )
        return _go(ask, where)

    async def back(self, ask: Ask) -> None:
        """Signs in whoever comes back, and sends them where they wanted to go."""
        if self._provider is None:
            raise not_found("Single sign-on")
        trip = _trip(cookie(ask.req, _COOKIE))
        set_cookie(
            ask.resp,
            _COOKIE,
            "",
            secure=self._context.secure,
            same_site="Lax",
            path=_PATH,
            seconds=0,
        )
        state = ask.query("state")
        if trip is None or not hmac.compare_digest(state.encode(), trip.state.encode()):
            return await self._failed(ask, "expired")
        if ask.query("error"):
            return await self._failed(ask, "refused")
        try:
            told = await self._provider.claims(ask.query("code", 4096), trip)
        except Untrue as error:
            log.warning("a sign-in by OpenID Connect is not believed: %s", error)
            return await self._failed(ask, "refused")
        except Unavailable as error:
            log.warning("the OpenID Connect provider is unavailable: %s", error)
            return await self._failed(ask, "unavailable")
        env = self._context.env
        role = claims.role_of(env.settings.oidc, told)
        if role is None:
            return await self._failed(ask, "no-role")

        async def user(tx: Transaction) -> User:
            return await claims.user_of(env, tx, told, role, ask.address)

        found = await self._context.store.transact(user)
        try:
            await self._sign_ins.begin(ask, found, "oidc")
        except Fault:
            return await self._failed(ask, "refused", found)
        return _go(ask, trip.then)

    async def _failed(self, ask: Ask, word: str, user: User | None = None) -> None:
        env, store = self._context.env, self._context.store
        if user is None:
            who = Actor(None, "unknown", ask.address)
            await store.transact(lambda tx: record(env, tx, who, Deed.SIGN_IN_FAILED, None, "oidc"))
        else:
            await store.transact(lambda tx: sign_in.failed(env, tx, user, ask.address, "oidc"))
        _go(ask, f"/console/sign-in?error={word}")


def _trip(packed: str) -> Trip | None:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(packed), type=Trip)
    except (ValueError, msgspec.DecodeError):
        return None


def _go(ask: Ask, where: str) -> None:
    ask.resp.status = 302
    ask.resp.set_header("Location", where)
