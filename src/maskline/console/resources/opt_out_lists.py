"""Advanced Opt-Out: a Messaging Service's own words and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.access.audit import record
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.messaging_services import find
from maskline.console.shapes.common import Done
from maskline.console.shapes.opt_out_lists import (
    NewOptOutList,
    OptOutListChange,
    OptOutLists,
    OptOutListView,
    OptOutSwitch,
)
from maskline.messaging import opt_out_lists
from maskline.model.console import Deed
from maskline.model.form import Form
from maskline.model.messaging_service import MessagingService
from maskline.model.opt_out_list import Language, OptOutList
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction

#: Lists that are shown: as many as there are languages, and many countries' own.
_MOST: Final = 500


class OptOutListsResource(StoreResource):
    """`/messaging-services/{sid}/opt-outs` and `/opt-out-lists`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        one = "/messaging-services/{sid}"
        return {
            f"POST {one}/opt-outs": self.switch,
            f"GET {one}/opt-out-lists": self.lists,
            f"POST {one}/opt-out-lists": self.create,
            f"POST {one}/opt-out-lists/{{list}}": self.change,
            f"POST {one}/opt-out-lists/{{list}}/remove": self.remove,
        }

    async def switch(self, ask: Ask) -> OptOutLists:
        """Turns it on or off."""
        given: OptOutSwitch = ask.body
        env = self._env
        form = Form({"Enabled": [str(given.enabled).lower()]}, 20001)

        async def switch(tx: Transaction) -> tuple[MessagingService, OptOutLists]:
            held = await find(tx, ask)
            service = await opt_out_lists.switch(env, tx, held.account_sid, held.sid, form)
            deed = Deed.MESSAGING_SERVICE_CHANGED
            detail = f"Advanced Opt-Out {'on' if given.enabled else 'off'}"
            await record(env, tx, ask.actor, deed, held.sid, detail, held.account_sid)
            return service, await _lists(tx, service)

        service, found = await self._store.transact(switch)
        self._context.did(ask, service.account_sid, "POST", _path(service), form.pairs())
        return found

    async def lists(self, ask: Ask) -> OptOutLists:
        """All lists of a service."""

        async def read(tx: Transaction) -> OptOutLists:
            return await _lists(tx, await find(tx, ask))

        return await self._store.read(read)

    async def create(self, ask: Ask) -> OptOutListView:
        """A list that begins with what the server knows of the language."""
        given: NewOptOutList = ask.body
        env = self._env
        values = {"Language": [given.language]}
        if given.country:
            values["IsoCountryCode"] = [given.country]
        form = Form(values, 20001)

        async def create(tx: Transaction) -> tuple[MessagingService, OptOutList]:
            service = await find(tx, ask)
            made = await opt_out_lists.create(env, tx, service.account_sid, service.sid, form)
            deed = Deed.OPT_OUT_LIST_CREATED
            await record(env, tx, ask.actor, deed, made.sid, _name(made), service.account_sid)
            return service, made

        service, made = await self._store.transact(create)
        path = f"{_path(service)}/Lists"
        self._context.did(ask, service.account_sid, "POST", path, form.pairs())
        return _shown(made)

    async def change(self, ask: Ask) -> OptOutListView:
        """Writes a list anew."""
        given: OptOutListChange = ask.body
        env = self._env
        # An empty parameter removes the words of its kind.
        form = Form(
            {
                "OptOutKeywords": given.opt_out_keywords or [""],
                "OptInKeywords": given.opt_in_keywords or [""],
                "HelpKeywords": given.help_keywords or [""],
                "OptOutMessage": [given.opt_out_message],
                "OptInMessage": [given.opt_in_message],
                "HelpMessage": [given.help_message],
            },
            20001,
        )

        async def change(tx: Transaction) -> tuple[MessagingService, OptOutList]:
            service = await find(tx, ask)
            account, sid = service.account_sid, ask.params["list"]
            done = await opt_out_lists.update(env, tx, account, service.sid, sid, form)
            deed = Deed.OPT_OUT_LIST_CHANGED
            await record(env, tx, ask.actor, deed, done.sid, _name(done), account)
            return service, done

        service, done = await self._store.transact(change)
        path = f"{_path(service)}/Lists/{done.sid}"
        self._context.did(ask, service.account_sid, "POST", path, form.pairs())
        return _shown(done)

    async def remove(self, ask: Ask) -> Done:
        """Deletes a list."""
        env, sid = self._env, ask.params["list"]

        async def remove(tx: Transaction) -> MessagingService:
            service = await find(tx, ask)
            account = service.account_sid
            held = await opt_out_lists.find(tx, account, service.sid, sid)
            await opt_out_lists.remove(tx, account, service.sid, sid)
            deed = Deed.OPT_OUT_LIST_REMOVED
            await record(env, tx, ask.actor, deed, sid, _name(held), account)
            return service

        service = await self._store.transact(remove)
        path = f"{_path(service)}/Lists/{sid}"
        self._context.did(ask, service.account_sid, "DELETE", path, [])
        return Done()


def _path(service: MessagingService) -> str:
    return f"/messaging/v1/Services/{service.sid}/AdvancedOptOut"


def _name(one: OptOutList) -> str:
    return f"{one.language} {one.iso_country}".strip()


async def _lists(tx: Transaction, service: MessagingService) -> OptOutLists:
    page = await tx.opt_out_lists.page(service.sid, None, PageRequest(size=_MOST))
    found = sorted(page.records, key=lambda one: (one.iso_country, one.language))
    return OptOutLists(
        bool(service.advanced_opt_out),
        [_shown(one) for one in found],
        [one.value for one in Language],
    )


def _shown(one: OptOutList) -> OptOutListView:
    return OptOutListView(
        sid=one.sid,
        country=one.iso_country,
        language=one.language,
        opt_out_keywords=one.opt_out_keywords.split(),
        opt_in_keywords=one.opt_in_keywords.split(),
        help_keywords=one.help_keywords.split(),
        opt_out_message=one.opt_out_message,
        opt_in_message=one.opt_in_message,
        help_message=one.help_message,
        fixed=opt_out_lists.is_first(one),
        date_updated=one.date_updated,
    )
