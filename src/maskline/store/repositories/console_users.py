"""The console's users, their sign-ins, and the audit log."""

from __future__ import annotations

import msgspec

from maskline.model import sid as sids
from maskline.model.console import AuditEntry, SignedIn, User
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row

_SIGNED_IN = len(SignedIn.__struct_fields__)


class Link(msgspec.Struct, frozen=True):
    """A one-time link's user, and until when it holds (ms)."""

    user_sid: str
    expires_at: int


class ConsoleUsers(Repository):
    """Who may use the console, and who does."""

    __slots__ = ()

    async def add(self, user: User) -> bool:
        """Adds a user; false when the name or the subject is taken."""
        return await self._x.run("console_user_add", *row(user), user.name.casefold()) > 0

    async def get(self, sid: str) -> User | None:
        """The user with that SID."""
        return await self._one(User, "console_user_get", sid)

    async def by_name(self, name: str) -> User | None:
        """The user of that name, in whatever case."""
        return await self._one(User, "console_user_by_name", name.casefold())

    async def by_subject(self, subject: str) -> User | None:
        """The user that another system knows by that name."""
        return await self._one(User, "console_user_by_subject", subject)

    async def all(self) -> list[User]:
        """Every user, by name."""
        return await self._all(User, "console_user_all")

    async def admins(self) -> int:
        """How many can administer all of the console."""
        found = await self._x.one("console_admins")
        return int(found[0]) if found else 0

    async def update(self, user: User) -> None:
        """Writes role, account, password, whether it is disabled, and the last sign-in."""
        await self._x.run(
            "console_user_update",
            user.sid,
            user.role,
            user.account_sid,
            user.password_hash,
            user.disabled,
            user.last_sign_in,
            user.date_updated,
        )

    async def begin(self, signed_in: SignedIn) -> None:
        """A user is signed in from now on."""
        await self._x.run("console_session_add", *row(signed_in))

    async def session(self, token_hash: str) -> tuple[SignedIn, User] | None:
        """A sign-in, be it over or not, and its user."""
        found = await self._x.one("console_session_get", token_hash)
        if found is None:
            return None
        return SignedIn(*found[:_SIGNED_IN]), User(*found[_SIGNED_IN:])

    async def seen(self, token_hash: str, now: int) -> None:
        """Notes when the user last did something."""
        await self._x.run("console_session_seen", token_hash, now)

    async def end(self, token_hash: str) -> None:
        """The browser is signed out."""
        await self._x.run("console_session_end", token_hash)

    async def end_all(self, user_sid: str, except_hash: str = "") -> None:
        """All of a user's browsers are, but for one."""
        await self._x.run("console_session_end_all", user_sid, except_hash)

    async def expire(self, before: int) -> None:
        """Forgets sign-ins from before then (ms)."""
        await self._x.run("console_session_expire", before)

    async def add_link(self, token_hash: str, user_sid: str, expires_at: int) -> None:
        """Adds a one-time link."""
        await self._x.run("console_link_add", token_hash, user_sid, expires_at)

    async def take_link(self, token_hash: str) -> Link | None:
        """The link, which leads nowhere from now on."""
        found = await self._one(Link, "console_link_get", token_hash)
        if found is None or await self._x.run("console_link_take", token_hash) == 0:
            return None
        return found

    async def drop_links(self, user_sid: str, now: int) -> None:
        """Drops a user's links, and those of all that are over."""
        await self._x.run("console_link_drop", user_sid, now)

    async def count_attempt(self, sid: str, counted: str) -> None:
        """Notes an attempt to sign in."""
        await self._x.run("console_attempt_add", sid, counted)

    async def attempts(self, counted: str, since: int) -> tuple[int, int]:
        """How many there were since then, and when the first of them was (ms)."""
        edge = sids.edge(sids.SIGN_IN_ATTEMPT, since)
        found = await self._x.one("console_attempt_count", counted, edge)
        assert found is not None
        count, first = found
        return int(count), sids.made_at(first) if first else 0

    async def forget_attempts(self, counted: str) -> None:
        """They came to a good end."""
        await self._x.run("console_attempt_forget", counted)

    async def expire_attempts(self, before: int) -> None:
        """Forgets those from before then (ms)."""
        await self._x.run("console_attempt_expire", sids.edge(sids.SIGN_IN_ATTEMPT, before))

    async def log(self, entry: AuditEntry) -> None:
        """Adds to the audit log."""
        await self._x.run("console_audit_add", *row(entry))

    async def audit(self, account_sid: str, request: PageRequest) -> Page[AuditEntry]:
        """The audit log, of one account or ("") whole."""
        return await self._page(AuditEntry, "console_audit_page", request, account_sid)

    async def remove_audit(self, before: int, limit: int) -> int:
        """Removes entries made before then; how many."""
        edge = sids.edge(sids.AUDIT_ENTRY, before)
        return await self._x.run("aged_audit_remove", edge, limit)
