"""Users and the audit log, for admins."""

from __future__ import annotations

from collections.abc import Mapping

from maskline.access import users
from maskline.access.sign_in import new_link
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.users import (
    AuditEntry,
    AuditPage,
    NewUser,
    UserChange,
    UserLink,
    Users,
    UserView,
)
from maskline.model.console import Role, User
from maskline.store.contract import Transaction

#: Where a link begins; the token follows, in the fragment, which no server is sent.
LINK = "/console/sign-in#token="


class UsersResource(StoreResource):
    """`/users` and `/audit`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /users": self.list,
            "POST /users": self.create,
            "POST /users/{sid}": self.change,
            "POST /users/{sid}/reset": self.reset,
            "GET /audit": self.audit,
        }

    async def list(self, ask: Ask) -> Users:
        """All whom the admin may see."""
        found = await self._store.read(lambda tx: users.all_of(tx, ask.actor))
        return Users([shown(one) for one in found])

    async def create(self, ask: Ask) -> UserLink:
        """A new user, with a link to hand over."""
        env, given = self._env, ask.body
        assert isinstance(given, NewUser)

        async def create(tx: Transaction) -> UserLink:
            user = await users.create(env, tx, ask.actor, given.name, given.role, given.account_sid)
            return self._link(user, *await new_link(env, tx, user))

        return await self._store.transact(create)

    async def change(self, ask: Ask) -> UserView:
        """Another role, or an end to signing in."""
        env, given, sid = self._env, ask.body, ask.params["sid"]
        assert isinstance(given, UserChange)
        changed = await self._store.transact(
            lambda tx: users.change(env, tx, ask.actor, sid, given.role, given.disabled)
        )
        return shown(changed)

    async def reset(self, ask: Ask) -> UserLink:
        """No password any more, and a link to hand over."""
        env, sid = self._env, ask.params["sid"]
        user, token, expires_at = await self._store.transact(
            lambda tx: users.reset(env, tx, ask.actor, sid)
        )
        return self._link(user, token, expires_at)

    async def audit(self, ask: Ask) -> AuditPage:
        """What was done, newest first."""
        account, request = ask.seat.user.account_sid or "", ask.page()
        page = await self._store.read(lambda tx: tx.console_users.audit(account, request))
        entries = [
            AuditEntry(
                sid=one.sid,
                at=one.date_created,
                user_sid=one.user_sid,
                user_name=one.user_name,
                what=one.what,
                subject=one.subject,
                detail=one.detail,
                address=one.address,
                account_sid=one.account_sid,
            )
            for one in page.records
        ]
        return AuditPage(entries, page.following)

    def _link(self, user: User, token: str, expires_at: int) -> UserLink:
        return UserLink(shown(user), f"{self._env.settings.base_url}{LINK}{token}", expires_at)


def shown(user: User) -> UserView:
    """A user without secrets."""
    return UserView(
        sid=user.sid,
        name=user.name,
        role=Role(user.role),
        account_sid=user.account_sid,
        disabled=bool(user.disabled),
        has_password=user.password_hash is not None,
        oidc=user.oidc_subject is not None,
        last_sign_in=user.last_sign_in,
        date_created=user.date_created,
    )
