"""Signing in and out."""

from __future__ import annotations

from collections.abc import Mapping

from maskline import __version__
from maskline.access import sign_in, users
from maskline.access.sign_in import Seat, csrf_of, new_token
from maskline.console.context import StoreResource
from maskline.console.gate import COOKIE, Ask, Handler, cookie, set_cookie
from maskline.console.shapes.common import AccountRef, Done
from maskline.console.shapes.sign_in import (
    ChangePassword,
    Features,
    LinkSignIn,
    Me,
    SignIn,
    SignInOptions,
)
from maskline.model.account import Account
from maskline.model.console import Role, User
from maskline.model.errors import Fault
from maskline.store.contract import Transaction


class SignIns(StoreResource):
    """`/sign-in`, `/sign-out`, `/password` and `/me`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /sign-in": self.options,
            "POST /sign-in": self.sign_in,
            "POST /sign-in/link": self.by_link,
            "GET /me": self.me,
            "POST /sign-out": self.sign_out,
            "POST /password": self.change_password,
        }

    async def options(self, ask: Ask) -> SignInOptions:
        """The ways to sign in."""
        oidc = self._env.settings.oidc
        users = await self._store.read(lambda tx: tx.console_users.all())
        return SignInOptions(
            password=True,
            oidc_label=oidc.label if oidc.issuer else None,
            has_users=bool(users),
        )

    async def sign_in(self, ask: Ask) -> Me:
        """By name and password. It takes as long for a name that nobody has."""
        given: SignIn = ask.body
        env, address = self._env, ask.address
        user = await self._store.transact(lambda tx: sign_in.attempt(env, tx, given.name, address))
        known = None if user is None or user.disabled else user.password_hash
        if not await self._context.passwords.fits(known, given.password):
            await self._store.transact(
                lambda tx: sign_in.failed(env, tx, user, address, "password")
            )
            raise Fault(20003, "name or password is wrong")
        assert user is not None
        return await self.begin(ask, user, "password")

    async def by_link(self, ask: Ask) -> Me:
        """By a one-time link, which is used up by that."""
        given: LinkSignIn = ask.body
        env = self._env

        user = await self._store.transact(lambda tx: sign_in.by_link(env, tx, given.token))
        if user is None or user.disabled:
            await self._store.transact(
                lambda tx: sign_in.failed(env, tx, user, ask.address, "link")
            )
            raise Fault(20003, "the link was used before, or its time is over")
        return await self.begin(ask, user, "link")

    async def begin(self, ask: Ask, user: User, how: str) -> Me:
        """The browser is signed in, by a cookie that it never had before."""
        env, token, before = self._env, new_token(), cookie(ask.req, COOKIE)
        seat = await self._store.transact(
            lambda tx: sign_in.begin(env, tx, user, token, before, ask.address, how)
        )
        set_cookie(ask.resp, COOKIE, token, secure=self._context.secure)
        return await self._me(seat, token)

    async def me(self, ask: Ask) -> Me:
        """Who is signed in."""
        return await self._me(ask.seat, ask.token)

    async def sign_out(self, ask: Ask) -> Done:
        """The browser is signed out."""
        env, seat = self._env, ask.seat
        await self._store.transact(lambda tx: sign_in.out(env, tx, seat, ask.address))
        set_cookie(ask.resp, COOKIE, "", secure=self._context.secure, seconds=0)
        return Done()

    async def change_password(self, ask: Ask) -> Done:
        """A new password. Guesses at the current one count as attempts to sign in."""
        given: ChangePassword = ask.body
        env, seat = self._env, ask.seat
        user = await self._store.transact(
            lambda tx: sign_in.attempt(env, tx, seat.user.name, ask.address)
        )
        passwords = self._context.passwords
        known = None if user is None else user.password_hash
        if known is not None and not await passwords.fits(known, given.current):
            raise Fault(20006, "the current password is wrong")
        made = await passwords.hash(given.new)
        await self._store.transact(
            lambda tx: users.set_password(env, tx, ask.actor, seat.user, made, seat.token_hash)
        )
        return Done()

    async def _me(self, seat: Seat, token: str) -> Me:
        user, settings = seat.user, self._env.settings

        async def accounts(tx: Transaction) -> list[Account]:
            if user.account_sid is None:
                return await tx.accounts.all()
            own = await tx.accounts.get(user.account_sid)
            return [] if own is None else [own]

        found = await self._store.read(accounts)
        return Me(
            sid=user.sid,
            name=user.name,
            role=Role(user.role),
            account_sid=user.account_sid,
            has_password=user.password_hash is not None,
            csrf_token=csrf_of(token),
            expires_at=seat.expires_at,
            accounts=[AccountRef(one.sid, one.friendly_name, one.status) for one in found],
            features=Features(
                simulator=self._context.simulator is not None,
                webhook_attempts=settings.webhooks.record != "none",
            ),
            version=__version__,
        )
