"""The log of requests to the API, for the console's developers' pages.

A request costs no more than a note in memory. So many a second are then freed of what is private
and written, all at once and beside all else: of a busy server the latest of each half second,
refusals apart from what went well, so that traffic never hides a mistake.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

from falcon.asgi import Request

from maskline.debugger import redaction
from maskline.env import Env
from maskline.model.api_request import ApiRequest
from maskline.model.exchange import Exchange
from maskline.model.form import Form
from maskline.store.contract import Store, StoreUnavailable

#: Seconds between two times that it is written.
PAUSE: Final = 0.5
#: How many of each sort are written then.
AT_ONCE: Final = 25
_ID: Final = "RQ"

#: A request, what it was answered with, and the seconds that it took.
_Note: TypeAlias = tuple[Request, int, float]


class RequestLog:
    """Takes note of requests, and writes some from `start` to `stop`."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        what = env.settings.console.record_requests
        on = env.settings.console.enabled
        self._well: deque[_Note] = deque(maxlen=AT_ONCE if on and what == "all" else 0)
        self._refused: deque[_Note] = deque(maxlen=AT_ONCE if on and what != "none" else 0)
        self._deeds: deque[ApiRequest] = deque(maxlen=AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    def note(self, req: Request, status: int, seconds: float) -> None:
        """Takes note of an answered request of somebody who was let in."""
        # The request itself is kept until then: whatever is taken out of it here costs all of them.
        if getattr(req.context, "caller", None) is not None:
            (self._well if status < 400 else self._refused).append((req, status, seconds))

    def note_deed(
        self, account_sid: str, user: str, method: str, path: str, pairs: Sequence[tuple[str, str]]
    ) -> None:
        """Takes note of what somebody did in the console, as the request that does the same."""
        if self._well.maxlen:
            sid = self._env.sids.new(_ID)
            caller = f"console:{user}"
            self._deeds.append(_row(sid, account_sid, caller, method, path, pairs, 200, None, 0.0))

    def start(self) -> None:
        """Begins to write."""
        if self._refused.maxlen:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Writes what waits, and ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(StoreUnavailable):
            await self.write()

    async def write(self) -> None:
        """Writes what waits. Raises StoreUnavailable; what waited is lost then."""
        found = [*self._deeds, *map(_kept, self._well), *map(_kept, self._refused)]
        for notes in (self._deeds, self._well, self._refused):
            notes.clear()
        if found:
            await self._store.transact(lambda tx: tx.api_requests.add_many(found))

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            with contextlib.suppress(StoreUnavailable):
                await self.write()


def _kept(note: _Note) -> ApiRequest:
    req, status, seconds = note
    context = req.context
    form: Form | None = context.get("form")
    query = f"?{req.query_string}" if req.query_string else ""
    return _row(
        context.id,
        context.caller.account_sid,
        context.caller.key_sid,
        req.method,
        req.path + query,
        () if form is None else form.pairs(),
        status,
        context.get("code"),
        seconds,
    )


def _row(
    sid: str,
    account_sid: str,
    caller: str,
    method: str,
    path: str,
    pairs: Sequence[tuple[str, str]],
    status: int,
    code: int | None,
    seconds: float,
) -> ApiRequest:
    """A request without what is private in it."""
    kept = redaction.kept(Exchange(method, path, {}, pairs))
    return ApiRequest(
        sid=sid,
        account_sid=account_sid,
        caller=caller,
        method=method,
        path=kept.request_url,
        params=kept.request_variables,
        status=status,
        code=code,
        micros=int(seconds * 1_000_000),
    )
