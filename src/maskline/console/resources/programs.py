"""Where programs are told and asked: trying an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Final

from maskline.access.audit import record
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.debugger import pairs
from maskline.console.shapes.programs import (
    Hook,
    HookKind,
    HookPage,
    HookTest,
    HookTested,
)
from maskline.console.shapes.timeline import Pair
from maskline.debugger import redaction
from maskline.model import sid as sids
from maskline.model.alert import LogLevel
from maskline.model.clock import iso
from maskline.model.console import Deed
from maskline.model.errors import not_found
from maskline.model.exchange import Exchange
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.service import Service
from maskline.proxy.callbacks import parameters
from maskline.store.contract import Transaction

#: Seconds that a person waits for a program.
_WITHIN: Final = 10.0
#: Of a sample, every SID is all zeros: a program that keeps what it is told can leave it out.
_ZERO: Final = "0" * 32
#: Numbers that belong to nobody.
_PERSON, _NUMBER = "+12025550100", "+12025550199"


class ProgramsResource(StoreResource):
    """`/hooks`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /hooks": self.hooks,
            "POST /hooks/test": self.test,
        }

    async def hooks(self, ask: Ask) -> HookPage:
        """The addresses that an account's programs have set."""
        request = ask.page()

        async def read(tx: Transaction) -> HookPage:
            account = await ask.account(tx)
            page = await tx.services.page(account, request)
            hooks = []
            owner = await tx.accounts.get(account)
            if owner is not None and owner.debugger_url and request.after is None:
                hooks.append(Hook("debugger", account, owner.friendly_name, owner.debugger_url))
            for one in page.records:
                hooks += [
                    Hook(kind, one.sid, one.unique_name, url)
                    for kind, url in _urls(one).items()
                    if url
                ]
            return HookPage(
                [_plain(one) for one in hooks],
                len(page.records),
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def test(self, ask: Ask) -> HookTested:
        """Sends a sample there, and shows what came back."""
        given: HookTest = ask.body
        env = self._env

        async def begin(tx: Transaction) -> tuple[str, str]:
            account, url = await _address(tx, ask, given)
            await record(
                env, tx, ask.actor, Deed.WEBHOOK_TESTED, given.owner_sid, given.kind, account
            )
            return account, url

        account, url = await self._store.transact(begin)
        form = self._sample(given.kind, account, given.owner_sid)
        token = env.sids.new(sids.JOB)
        began = perf_counter()
        answer = await self._context.post(url, form, account, token, kind="test", within=_WITHIN)
        return _tested(answer, form, perf_counter() - began, given.kind)

    def _sample(self, kind: HookKind, account: str, owner: str) -> list[tuple[str, str]]:
        now, base_url = self._env.clock(), self._env.settings.base_url
        if kind == "debugger":
            return [
                ("Sid", f"{sids.ALERT}{_ZERO}"),
                ("AccountSid", account),
                ("ParentAccountSid", ""),
                ("Timestamp", iso(now) or ""),
                ("Level", LogLevel.NOTICE.value.upper()),
                ("PayloadType", "application/json"),
                ("Payload", '{"error_code":"0","resource_sid":"","service_sid":""}'),
            ]
        if kind == "out-of-session":
            return [
                ("MessageSid", f"{sids.SMS}{_ZERO}"),
                ("AccountSid", account),
                ("From", _PERSON),
                ("To", _NUMBER),
                ("Body", "A sample from Maskline"),
                ("NumMedia", "0"),
                ("ProxyServiceSid", owner),
            ]
        leg = None if kind == "intercept" else f"{sids.SMS}{'0' * 31}1"
        sample = Interaction(
            sid=f"{sids.INTERACTION}{_ZERO}",
            account_sid=account,
            service_sid=owner,
            session_sid=f"{sids.SESSION}{_ZERO}",
            type=InteractionType.MESSAGE.value,
            data='{"body":"A sample from Maskline"}',
            num_media=0,
            inbound_participant_sid=f"{sids.PARTICIPANT}{_ZERO}",
            inbound_resource_sid=f"{sids.SMS}{_ZERO}",
            inbound_resource_status="received",
            outbound_participant_sid=f"{sids.PARTICIPANT}{'0' * 31}1",
            outbound_resource_sid=leg,
            outbound_resource_status=None if leg is None else "sent",
            date_created=now,
            date_updated=now,
        )
        return parameters(sample, (), base_url)


def _urls(service: Service) -> dict[HookKind, str | None]:
    return {
        "callback": service.callback_url,
        "intercept": service.intercept_callback_url,
        "out-of-session": service.out_of_session_callback_url,
    }


def _plain(hook: Hook) -> Hook:
    """Its address without secrets: many stand in an address."""
    return Hook(hook.kind, hook.owner_sid, hook.owner_name, redaction.url(hook.url))


async def _address(tx: Transaction, ask: Ask, given: HookTest) -> tuple[str, str]:
    """Whose address it is, and the address. Raises 20404 where none is set."""
    url = None
    account = ""
    if given.kind == "debugger":
        found = await tx.accounts.get(given.owner_sid)
        if found is not None:
            account, url = found.sid, found.debugger_url
    else:
        service = await tx.support.service(given.owner_sid)
        if service is not None:
            account, url = service.account_sid, _urls(service)[given.kind]
    if not url or not ask.sees(account):
        raise not_found("Address")
    return account, url


def _tested(
    answer: Exchange, form: Sequence[tuple[str, str]], seconds: float, kind: HookKind
) -> HookTested:
    kept = redaction.kept(answer)
    return HookTested(
        url=kept.request_url,
        # The sample is nobody's: it is shown as it was sent.
        params=[Pair(name, value) for name, value in form],
        request_headers=pairs(kept.request_headers),
        status=answer.status,
        error=answer.error or None,
        response_headers=pairs(kept.response_headers),
        response_body=kept.response_body,
        latency_ms=int(seconds * 1000),
        ok=answer.succeeded,
        advice=_advice(answer, kind),
    )


def _advice(answer: Exchange, kind: HookKind) -> str | None:
    """What to do where it did not go well."""
    status = answer.status
    if answer.succeeded:
        return None
    if status is None:
        return (
            "No answer came. See that your program runs and can be reached from this server; "
            "addresses of private networks are only called with allow_private_webhooks."
        )
    if kind == "intercept" and status == 403:
        return "A 403 has every message and call blocked. Answer 200 to let them pass."
    if status in (301, 302, 303, 307, 308):
        return "Redirects are not followed: set the address that it leads to."
    if status in (401, 403):
        return "Check the signature with this account's token, and the address as it was called."
    if status == 410:
        return "A 410 asks to be left alone for a while. Answer 200 to be told again."
    if status >= 500:
        return (
            "Your program failed: see its own log. It would be told again by webhooks.retry_delays."
        )
    return "Answer with any 2xx."
