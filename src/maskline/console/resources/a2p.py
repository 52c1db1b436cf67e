"""A2P 10DLC as a whole: brands and campaigns, what is used of their budgets, and what has to be put
right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.a2p import pooling, usecases
from maskline.a2p.hand_in import registrar_of
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.brands import brand_view
from maskline.console.resources.campaigns import campaign_view
from maskline.console.shapes.a2p import A2p, FindingView
from maskline.messaging import readiness
from maskline.model.console import Role
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction

#: Brands and campaigns that are shown, each: an account has a few.
_MOST: Final = 100


class A2pResource(StoreResource):
    """`/a2p`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /a2p": self.overview}

    async def overview(self, ask: Ask) -> A2p:
        """All of an account."""
        env = self._env

        async def read(tx: Transaction) -> A2p:
            account = await ask.account(tx)
            request = PageRequest(size=_MOST)
            known = (await tx.brands.page(account, request)).records
            by_sid = {one.sid: one for one in known}
            found = (await tx.campaigns.page(account, request)).records
            return A2p(
                registrar=registrar_of(env),
                findings=[
                    FindingView(one.check, one.state.value, one.says, one.advice, list(one.details))
                    for one in await readiness.check(env, tx, account)
                ],
                brands=[await brand_view(env, tx, one, found) for one in known],
                campaigns=[
                    await campaign_view(env, tx, one, by_sid.get(one.brand_registration_sid))
                    for one in found
                ],
                most_numbers=env.settings.a2p.warn_numbers,
                advice=pooling.ADVICE,
                usecases=[one.code for one in usecases.CAMPAIGNS],
                may_change=ask.role.may(Role.ADMIN),
            )

        return await self._store.read(read)
