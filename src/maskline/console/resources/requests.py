"""Requests to the API, and the lines of code that send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler, text_of
from maskline.console.sdk_lines import Call, snippets
from maskline.console.shapes.requests import RequestDetail, RequestPage, RequestRow, Snippet
from maskline.console.shapes.timeline import Pair
from maskline.debugger.redaction import HIDDEN
from maskline.model.api_request import ApiRequest
from maskline.model.errors import Fault
from maskline.model.sid import made_at
from maskline.store.contract import Transaction

_METHODS: Final = frozenset({"", "GET", "POST", "DELETE"})
_OUTCOMES: Final = frozenset({"", "ok", "refused"})
_BY: Final = frozenset({"", "program", "console"})
_CONSOLE: Final = "console:"


class RequestsResource(StoreResource):
    """`/requests`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /requests": self.page, "GET /requests/{sid}": self.one}

    async def page(self, ask: Ask) -> RequestPage:
        """An account's latest requests."""
        request = ask.page()
        method, outcome, by = (ask.query(name) for name in ("method", "outcome", "by"))
        for name, value, words in (
            ("method", method, _METHODS),
            ("outcome", outcome, _OUTCOMES),
            ("by", by, _BY),
        ):
            if value not in words:
                raise Fault(20001, f"`{name}` must be one of {', '.join(sorted(words - {''}))}")

        def fits(one: ApiRequest) -> bool:
            return (
                method in ("", one.method)
                and outcome in ("", "ok" if one.status < 400 else "refused")
                and by in ("", "console" if one.caller.startswith(_CONSOLE) else "program")
            )

        narrow = fits if method or outcome or by else None

        async def read(tx: Transaction) -> RequestPage:
            page = await tx.api_requests.page(await ask.account(tx), request, narrow)
            return RequestPage(
                [_row(one) for one in page.records],
                self._env.settings.console.record_requests,
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def one(self, ask: Ask) -> RequestDetail:
        """One, with the lines that send it."""
        sid = ask.params["sid"]
        found = ask.seen(await self._store.read(lambda tx: tx.api_requests.get(sid)), "Request")
        path, _, query = found.path.partition("?")
        params = parse_qsl(query if found.method == "GET" else found.params, keep_blank_values=True)
        lines = snippets(
            Call(found.method, path, tuple(params), found.account_sid),
            self._env.settings.base_url,
        )
        return RequestDetail(
            request=_row(found),
            params=[Pair(name, value) for name, value in params],
            snippets=[Snippet(language, code) for language, code in lines],
            redacted=any(value == HIDDEN or "XXX" in value for _, value in params),
        )


def _row(one: ApiRequest) -> RequestRow:
    return RequestRow(
        sid=one.sid,
        at=made_at(one.sid),
        caller=one.caller,
        method=one.method,
        path=one.path,
        status=one.status,
        code=one.code,
        code_text=text_of(one.code),
        ms=one.micros / 1000,
    )
