"""Opt-outs: who wants no more messages, as support keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.access.audit import record
from maskline.console import show
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.common import Done
from maskline.console.shapes.opt_outs import AddedOptOut, NewOptOut, OptOutPage, OptOutView
from maskline.messaging import opt_outs
from maskline.model.console import Deed
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.opt_out import OptOut, OptOutSource
from maskline.model.page import Page
from maskline.numbers.national import canonical
from maskline.store.contract import Transaction
from maskline.store.repositories.opt_outs import OptOutFilter

#: Opt-outs of one person: from each number that wrote to them, at the most.
_OF_PERSON: Final = 100


class OptOutsResource(StoreResource):
    """`/opt-outs`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /opt-outs": self.page,
            "POST /opt-outs": self.add,
            "POST /opt-outs/{sid}/remove": self.remove,
        }

    async def page(self, ask: Ask) -> OptOutPage:
        """An account's opt-outs: all, those of a person, or those from a sender."""
        request = ask.page()
        person, sender = canonical(number(ask.query("person"))), number(ask.query("sender"))
        source = ask.query("source")
        if source and source not in {one.value for one in OptOutSource}:
            raise Fault(20001, "`source` is none")
        narrow = OptOutFilter(sender=sender, source=source)

        async def read(tx: Transaction) -> OptOutPage:
            account = await ask.account(tx)
            if person:
                found = await tx.opt_outs.of_person(account, person, _OF_PERSON)
                page = Page([one for one in found if sender in ("", one.sender)], False, False)
            elif sender or source:
                page = await tx.opt_outs.narrowed(account, narrow, request)
            else:
                page = await tx.opt_outs.page(account, narrow, request)
            return OptOutPage(
                [shown(one) for one in page.records],
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def add(self, ask: Ask) -> AddedOptOut:
        """An opt-out that a person told support."""
        given: NewOptOut = ask.body
        env = self._env
        form = Form(
            {"ContactId": [number(given.person)], "SenderId": [number(given.sender)]}, 20001
        )

        async def add(tx: Transaction) -> tuple[OptOut, bool]:
            account = await ask.account(tx)
            opt_out, is_new = await opt_outs.create(env, tx, account, form, OptOutSource.CONSOLE)
            if is_new:
                await record(env, tx, ask.actor, Deed.OPT_OUT_ADDED, opt_out.sid, "", account)
            return opt_out, is_new

        opt_out, is_new = await self._store.transact(add)
        self._context.did(ask, opt_out.account_sid, "POST", "/messaging/v1/OptOuts", form.pairs())
        return AddedOptOut(shown(opt_out), is_new)

    async def remove(self, ask: Ask) -> Done:
        """Takes one off the list: the person asked for messages again."""
        env = self._env

        async def remove(tx: Transaction) -> OptOut:
            opt_out = ask.seen(await tx.support.opt_out(ask.params["sid"]), "OptOut")
            account = opt_out.account_sid
            await opt_outs.remove(tx, account, opt_out.sid)
            await record(
                env, tx, ask.actor, Deed.OPT_OUT_REMOVED, opt_out.sid, opt_out.source, account
            )
            return opt_out

        gone = await self._store.transact(remove)
        self._context.did(ask, gone.account_sid, "DELETE", f"/messaging/v1/OptOuts/{gone.sid}", [])
        return Done()


def number(text: str) -> str:
    """A number without what people put between its digits."""
    plain = text.translate({ord(mark): None for mark in " ()-.\u00a0\u202f"})
    return f"+{plain[2:]}" if plain.startswith("00") else plain


def shown(one: OptOut) -> OptOutView:
    """An opt-out, the person's number masked."""
    return OptOutView(
        sid=one.sid,
        person=show.person(one.identifier, one.sid, "identifier"),
        sender=one.sender,
        service_sid=one.service_sid,
        messaging_service_sid=one.messaging_service_sid,
        source=one.source,
        detail=one.detail,
        date_of_consent=one.date_of_consent,
        date_created=one.date_created,
    )
