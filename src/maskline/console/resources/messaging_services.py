"""Messaging Services: their settings and their senders."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from maskline.access.audit import record
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.opt_outs import number
from maskline.console.shapes.common import Done
from maskline.console.shapes.messaging_services import (
    FreeSender,
    FreeSenders,
    MessagingServiceChange,
    MessagingServiceDetail,
    MessagingServicePage,
    MessagingServiceView,
    NewMessagingService,
    NewSenders,
    Senders,
    SenderView,
)
from maskline.debugger import redaction
from maskline.messaging import alpha_senders, senders, services
from maskline.messaging.opt_out_lists import country_named
from maskline.model import sid as sids
from maskline.model.alpha_sender import AlphaSender
from maskline.model.console import Deed, Role
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability, Number, NumberKind
from maskline.store.contract import Transaction

#: Numbers that may join at once, and free ones that are shown.
_AT_ONCE: Final = 400
_FREE: Final = 100
#: The parameters of the API that fields of a change are.
_PARAMETERS: Final = MappingProxyType(
    {
        "name": "FriendlyName",
        "inbound_request_url": "InboundRequestUrl",
        "fallback_url": "FallbackUrl",
        "status_callback": "StatusCallback",
        "use_inbound_webhook_on_number": "UseInboundWebhookOnNumber",
        "sticky_sender": "StickySender",
        "mms_converter": "MmsConverter",
        "smart_encoding": "SmartEncoding",
        "area_code_geomatch": "AreaCodeGeomatch",
        "validity_period": "ValidityPeriod",
        "usecase": "Usecase",
    }
)


class MessagingServicesResource(StoreResource):
    """`/messaging-services` and the senders below."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        one = "/messaging-services/{sid}"
        return {
            "GET /messaging-services": self.page,
            "POST /messaging-services": self.create,
            f"GET {one}": self.detail,
            f"POST {one}": self.change,
            f"POST {one}/delete": self.delete,
            f"GET {one}/senders": self.senders,
            f"POST {one}/senders": self.add_senders,
            f"POST {one}/senders/{{sender}}/remove": self.remove_sender,
            "GET /free-senders": self.free,
        }

    async def page(self, ask: Ask) -> MessagingServicePage:
        """An account's Messaging Services, and whether they take what Proxy should mask."""
        request = ask.page()

        async def read(tx: Transaction) -> MessagingServicePage:
            page = await tx.messaging_services.page(await ask.account(tx), request)
            return MessagingServicePage(
                [await _view(tx, one) for one in page.records],
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def create(self, ask: Ask) -> MessagingServiceDetail:
        """A new one, which defers: what people write to masked numbers goes on being masked."""
        given: NewMessagingService = ask.body
        env = self._env
        form = Form({"FriendlyName": [given.name], "UseInboundWebhookOnNumber": ["true"]}, 20001)

        async def create(tx: Transaction) -> MessagingServiceDetail:
            account = await ask.account(tx)
            service = await services.create(env, tx, account, form)
            deed = Deed.MESSAGING_SERVICE_CREATED
            await record(env, tx, ask.actor, deed, service.sid, "", account)
            return await self._shown(tx, ask, service)

        made = await self._store.transact(create)
        self._context.did(ask, made.account_sid, "POST", _path(), form.pairs())
        return made

    async def detail(self, ask: Ask) -> MessagingServiceDetail:
        """One of them."""

        async def read(tx: Transaction) -> MessagingServiceDetail:
            return await self._shown(tx, ask, await find(tx, ask))

        return await self._store.read(read)

    async def change(self, ask: Ask) -> MessagingServiceDetail:
        """Changes what was sent, as the API would."""
        form = _form(ask.body)
        env = self._env

        async def change(tx: Transaction) -> MessagingServiceDetail:
            held = await find(tx, ask)
            service = await services.update(env, tx, held.account_sid, held.sid, form)
            # The names of what was changed, never what to: an address may hold secrets.
            names = ", ".join(name for name, _ in form.pairs())
            deed = Deed.MESSAGING_SERVICE_CHANGED
            await record(env, tx, ask.actor, deed, held.sid, names, held.account_sid)
            return await self._shown(tx, ask, service)

        done = await self._store.transact(change)
        path = _path(done.service.sid)
        self._context.did(ask, done.account_sid, "POST", path, form.pairs())
        return done

    async def delete(self, ask: Ask) -> Done:
        """Deletes one; its numbers stay the account's."""
        env = self._env

        async def delete(tx: Transaction) -> MessagingService:
            held = await find(tx, ask)
            await services.delete(env, tx, held.account_sid, held.sid)
            deed = Deed.MESSAGING_SERVICE_DELETED
            await record(env, tx, ask.actor, deed, held.sid, "", held.account_sid)
            return held

        gone = await self._store.transact(delete)
        self._context.did(ask, gone.account_sid, "DELETE", _path(gone.sid), [])
        return Done()

    async def senders(self, ask: Ask) -> Senders:
        """The whole pool."""

        async def read(tx: Transaction) -> Senders:
            return await _senders(tx, await find(tx, ask))

        return await self._store.read(read)

    async def add_senders(self, ask: Ask) -> Senders:
        """Numbers join the pool, or a name does: all or none."""
        given: NewSenders = ask.body
        if bool(given.name) == bool(given.numbers):
            raise Fault(20001, "name numbers, or one name")
        if len(given.numbers) > _AT_ONCE:
            raise Fault(20001, f"at most {_AT_ONCE} numbers join at once")
        env = self._env
        did: list[tuple[str, Form]] = []

        async def add(tx: Transaction) -> tuple[MessagingService, Senders]:
            did.clear()
            service = await find(tx, ask)
            account = service.account_sid
            if given.name:
                values = {"AlphaSender": [given.name]}
                if given.country:
                    values["IsoCountryCode"] = [given.country]
                form = Form(values, 20001)
                country = country_named(form) or ""
                await alpha_senders.add(env, tx, account, service.sid, country, form)
                did.append((_NAMES[bool(country)], form))
            for one in dict.fromkeys(given.numbers):
                found = await _owned(tx, account, one)
                kind = NumberKind(found.kind)
                name, parameter = _LISTS[kind]
                form = Form({parameter: [found.sid]}, 20001)
                await senders.add(env, tx, account, service.sid, kind, form)
                did.append((name, form))
            detail = str(len(did))
            await record(env, tx, ask.actor, Deed.SENDERS_ADDED, service.sid, detail, account)
            return service, await _senders(tx, service)

        service, pool = await self._store.transact(add)
        if len(did) == 1:
            ((name, form),) = did
            path = f"{_path(service.sid)}/{name}"
            self._context.did(ask, service.account_sid, "POST", path, form.pairs())
        return pool

    async def remove_sender(self, ask: Ask) -> Done:
        """A sender leaves the pool; a number stays the account's."""
        env, sid = self._env, ask.params["sender"]

        async def remove(tx: Transaction) -> tuple[MessagingService, str]:
            service = await find(tx, ask)
            account = service.account_sid
            if sid.startswith(sids.ALPHA_SENDER):
                name = await tx.messaging_services.name(sid, service.sid)
                if name is None:
                    raise not_found("Sender")
                default = not name.iso_country
                await alpha_senders.remove(tx, account, service.sid, sid, default=default)
                where = _NAMES[not default]
            else:
                kind = (
                    NumberKind.SHORT_CODE if sid.startswith(sids.SHORT_CODE) else NumberKind.PHONE
                )
                await senders.remove(env, tx, account, service.sid, kind, sid)
                where = _LISTS[kind][0]
            await record(env, tx, ask.actor, Deed.SENDER_REMOVED, service.sid, sid, account)
            return service, where

        service, where = await self._store.transact(remove)
        path = f"{_path(service.sid)}/{where}/{sid}"
        self._context.did(ask, service.account_sid, "DELETE", path, [])
        return Done()

    async def free(self, ask: Ask) -> FreeSenders:
        """Numbers that could join."""

        async def read(tx: Transaction) -> FreeSenders:
            found = await tx.support.free_senders(await ask.account(tx), _FREE + 1)
            return FreeSenders(
                [
                    FreeSender(one.sid, one.number, one.iso_country, one.service_sid is not None)
                    for one in found[:_FREE]
                ],
                len(found) > _FREE,
            )

        return await self._store.read(read)

    async def _shown(
        self, tx: Transaction, ask: Ask, service: MessagingService
    ) -> MessagingServiceDetail:
        return MessagingServiceDetail(
            service=await _view(tx, service),
            account_sid=service.account_sid,
            inbound_method=service.inbound_method,
            fallback_url=_address(service.fallback_url),
            fallback_method=service.fallback_method,
            status_callback=_address(service.status_callback),
            mms_converter=bool(service.mms_converter),
            smart_encoding=bool(service.smart_encoding),
            area_code_geomatch=bool(service.area_code_geomatch),
            validity_period=service.validity_period,
            usecase=service.usecase,
            senders=await tx.messaging_services.count(service.sid),
            most_senders=self._env.settings.limits.messaging_service_numbers,
            may_change=ask.role.may(Role.ADMIN),
        )


#: The API's list of a kind of number, and the parameter that names one.
_LISTS: Final[Mapping[NumberKind, tuple[str, str]]] = MappingProxyType(
    {
        NumberKind.PHONE: ("PhoneNumbers", "PhoneNumberSid"),
        NumberKind.SHORT_CODE: ("ShortCodes", "ShortCodeSid"),
    }
)


#: The API's lists of names: those for all countries, and those for one.
_NAMES: Final = ("AlphaSenders", "DestinationAlphaSenders")


async def find(tx: Transaction, ask: Ask) -> MessagingService:
    """The service that the path names, if whoever asks may see its account. Raises 20404."""
    return ask.seen(await tx.messaging_services.peek(ask.params["sid"]), "Messaging Service")


def _path(sid: str = "") -> str:
    return f"/messaging/v1/Services/{sid}".rstrip("/")


def _form(change: MessagingServiceChange) -> Form:
    """A change as the API takes it. Raises 20001 for one of nothing."""
    values: dict[str, list[str]] = {}
    for field, parameter in _PARAMETERS.items():
        value = getattr(change, field)
        if value is not None:
            values[parameter] = [str(value).lower() if isinstance(value, bool) else str(value)]
    if not values:
        raise Fault(20001, "there is nothing to change")
    return Form(values, 20001)


def _address(url: str | None) -> str | None:
    """An address without the secrets that may stand in it."""
    return None if url is None else redaction.url(url)


async def _view(tx: Transaction, one: MessagingService) -> MessagingServiceView:
    numbers, diverted = await tx.messaging_services.pooled(one.sid)
    return MessagingServiceView(
        sid=one.sid,
        name=one.friendly_name,
        inbound_request_url=_address(one.inbound_request_url),
        use_inbound_webhook_on_number=bool(one.use_inbound_webhook_on_number),
        sticky_sender=bool(one.sticky_sender),
        advanced_opt_out=bool(one.advanced_opt_out),
        numbers=numbers,
        diverted=diverted,
        date_created=one.date_created,
    )


async def _owned(tx: Transaction, account_sid: str, named: str) -> Number:
    """A number of the account by itself or by its SID. Raises 20404."""
    if named.startswith((sids.PHONE_NUMBER, sids.SHORT_CODE)):
        found = await tx.numbers.get(named, account_sid)
    else:
        found = await tx.numbers.by_number(number(named))
    if found is None or found.account_sid != account_sid:
        raise Fault(20404, "the account has no such number")
    return found


async def _senders(tx: Transaction, service: MessagingService) -> Senders:
    numbers = [_number(one, used) for one, used in await tx.sending.pool(service.sid)]
    names = [_name(one, used) for one, used in await tx.sending.names(service.sid)]
    found = [*names, *numbers]
    return Senders(sorted(found, key=lambda one: (-(one.used_at or 0), one.sender)))


def _number(one: Number, used_at: int) -> SenderView:
    return SenderView(
        sid=one.sid,
        kind="short-code" if one.kind == NumberKind.SHORT_CODE else "phone",
        sender=one.number,
        country=one.iso_country,
        capabilities=one.capabilities,
        carrier=one.carrier,
        proxy_service_sid=one.service_sid,
        diverted=one.service_sid is not None and bool(one.diverted),
        used_at=used_at or None,
    )


def _name(one: AlphaSender, used_at: int) -> SenderView:
    return SenderView(
        sid=one.sid,
        kind="name",
        sender=one.alpha_sender,
        country=one.iso_country,
        capabilities=int(Capability.SMS),
        carrier=one.carrier,
        proxy_service_sid=None,
        diverted=False,
        used_at=used_at or None,
    )
