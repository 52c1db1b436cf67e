"""Sessions: lists, one with its people and timeline, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from maskline.access.audit import record
from maskline.access.reveal import reveal
from maskline.console import show
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.sessions import (
    Reveal,
    Revealed,
    SendMessage,
    Sent,
    SessionAction,
    SessionDetail,
    SessionPage,
)
from maskline.console.shapes.timeline import TimelinePage
from maskline.console.timeline import of_leg, timeline
from maskline.messaging import outbound
from maskline.model.clock import iso_ms
from maskline.model.console import Deed, Role
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.page import Page, PageRequest
from maskline.model.service import Service
from maskline.model.session import Session, SessionStatus
from maskline.proxy import participants, services, sessions
from maskline.store.contract import Transaction

_STATUSES: Final = frozenset(
    {"", "active", *(one.value for one in (SessionStatus.OPEN, SessionStatus.IN_PROGRESS))}
    | {SessionStatus.CLOSED.value}
)
_DEEDS: Final = MappingProxyType(
    {
        "close": (Deed.SESSION_CLOSED, SessionStatus.CLOSED.value),
        "reopen": (Deed.SESSION_REOPENED, SessionStatus.IN_PROGRESS.value),
        "extend": (Deed.SESSION_EXTENDED, ""),
    }
)
#: Interactions on one page of a timeline, each with all that belongs to it.
_TIMELINE: Final = 25


class SessionsResource(StoreResource):
    """`/sessions`, `/legs` and `/reveal`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /sessions": self.page,
            "GET /sessions/{sid}": self.one,
            "POST /sessions/{sid}": self.act,
            "GET /sessions/{sid}/timeline": self.timeline,
            "POST /sessions/{sid}/messages": self.send,
            "GET /legs/{sid}": self.leg,
            "POST /reveal": self.reveal,
        }

    async def page(self, ask: Ask) -> SessionPage:
        """An account's sessions, all or those of a Service, all or those of a status."""
        request, status, service_sid = ask.page(), ask.query("status"), ask.query("service")
        if status not in _STATUSES:
            raise Fault(20001, f"`status` must be one of {', '.join(sorted(_STATUSES - {''}))}")

        async def read(tx: Transaction) -> SessionPage:
            account = await ask.account(tx)
            page = await _page(tx, account, service_sid, status, request)
            names: dict[str, str] = {}
            for one in page.records:
                if one.service_sid not in names:
                    found = await tx.services.get(one.service_sid, account)
                    names[one.service_sid] = "" if found is None else found.unique_name
            rows = [show.session_row(one, names[one.service_sid]) for one in page.records]
            return SessionPage(
                rows,
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def one(self, ask: Ask) -> SessionDetail:
        """A session with its people."""

        async def read(tx: Transaction) -> SessionDetail:
            service, session = await find(tx, ask)
            return await _detail(tx, ask, service, session)

        return await self._store.read(read)

    async def act(self, ask: Ask) -> SessionDetail:
        """Closes, re-opens or extends it, as the API would."""
        given: SessionAction = ask.body
        deed, status = _DEEDS[given.action]
        form = _form(
            Status=status or None,
            Ttl=None if given.ttl is None else str(given.ttl),
            DateExpiry=None if given.date_expiry is None else _moment(given.date_expiry),
        )
        if given.action == "extend" and given.ttl is None and given.date_expiry is None:
            raise Fault(20001, "say until when: by `ttl` or by `date_expiry`")
        env = self._env

        async def act(tx: Transaction) -> SessionDetail:
            service, before = await find(tx, ask)
            session = await sessions.update(env, tx, service, before.sid, form)
            await record(env, tx, ask.actor, deed, session.sid, "", session.account_sid)
            return await _detail(tx, ask, service, session)

        done = await self._store.transact(act)
        row = done.session
        path = f"/proxy/v1/Services/{row.service_sid}/Sessions/{row.sid}"
        self._context.did(ask, row.account_sid, "POST", path, form.pairs())
        return done

    async def timeline(self, ask: Ask) -> TimelinePage:
        """What happened in it."""
        request, base_url = ask.page(_TIMELINE), self._env.settings.base_url
        readable = ask.role.may(Role.SUPPORT)

        async def read(tx: Transaction) -> TimelinePage:
            _, session = await find(tx, ask)
            return await timeline(tx, session, request, base_url, readable=readable)

        return await self._store.read(read)

    async def send(self, ask: Ask) -> Sent:
        """A message from the application to one of its people."""
        given: SendMessage = ask.body
        form = Form({"Body": [given.body], "MediaUrl": given.media}, 20001)
        env = self._env

        async def send(tx: Transaction) -> tuple[Session, Sent]:
            service, session = await find(tx, ask)
            person = await participants.find(tx, session, given.participant_sid)
            sent = await outbound.send(env, tx, service, session, person, form)
            assert sent.outbound_resource_sid is not None
            await record(
                env, tx, ask.actor, Deed.MESSAGE_SENT, sent.sid, person.sid, session.account_sid
            )
            return session, Sent(sent.sid, sent.outbound_resource_sid)

        session, done = await self._store.transact(send)
        path = (
            f"/proxy/v1/Services/{session.service_sid}/Sessions/{session.sid}"
            f"/Participants/{given.participant_sid}/MessageInteractions"
        )
        self._context.did(ask, session.account_sid, "POST", path, form.pairs())
        return done

    async def leg(self, ask: Ask) -> TimelinePage:
        """One message or call, which may belong to no session."""
        sid, base_url = ask.params["sid"], self._env.settings.base_url
        page = await self._store.read(lambda tx: of_leg(tx, sid, ask.sees, base_url))
        if page is None:
            raise not_found("Message or call")
        return page

    async def reveal(self, ask: Ask) -> Revealed:
        """A person's number in full, which is written down."""
        given: Reveal = ask.body
        env = self._env
        number = await self._store.transact(lambda tx: reveal(env, tx, ask.actor, given.ref))
        return Revealed(number)


async def find(tx: Transaction, ask: Ask) -> tuple[Service, Session]:
    """The session that the path names, if whoever asks may see its account. Raises 20404."""
    session = ask.seen(await tx.support.session(ask.params["sid"]), "Session")
    return await services.find(tx, session.account_sid, session.service_sid), session


async def _page(
    tx: Transaction, account: str, service_sid: str, status: str, request: PageRequest
) -> Page[Session]:
    if not service_sid:
        return await tx.support.sessions(account, request, status)
    service = await services.find(tx, account, service_sid)
    if status == "active":
        return await tx.support.active_of(service.sid, request)
    return await tx.sessions.page(service.sid, request, status)


async def _detail(tx: Transaction, ask: Ask, service: Service, session: Session) -> SessionDetail:
    people = await tx.participants.of_session(session.sid)
    return SessionDetail(
        session=show.session_row(session, service.unique_name),
        ttl=session.ttl,
        date_expiry=session.date_expiry,
        participants=[show.participant(one) for one in people],
        may_act=ask.role.may(Role.SUPPORT),
    )


def _form(**values: str | None) -> Form:
    return Form({name: [value] for name, value in values.items() if value is not None}, 20001)


def _moment(at: int) -> str:
    if not 0 <= at <= 253_402_300_799_000:
        raise Fault(20001, "`date_expiry` is no time")
    return iso_ms(at)
