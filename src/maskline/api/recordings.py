"""`/Accounts/{AC}/Recordings` and `/Accounts/{AC}/Calls/{CA}/Recordings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, gone
from maskline.api.spans import span
from maskline.carriers.request import Answer
from maskline.env import Env
from maskline.model.clock import rfc2822
from maskline.model.errors import not_found
from maskline.model.recording import Recording, RecordingStatus
from maskline.proxy.switches import check_hold
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.recordings import RecordingFilter
from maskline.voice import recordings

_JSON: Final = ".json"
_FORMS: Final = ("", ".wav", ".mp3")
_DELETED: Final = RecordingStatus.DELETED.value
_BOUNDS: Final = ("DateCreated", "DateCreated<", "DateCreated>")


class Shelf(Protocol):
    """Where the files are."""

    async def medium(self, one: Recording, wanted: str | None, condition: str | None) -> Answer:
        """The file, or the part of it that is `wanted`. Raises 20404."""

    async def forget(self, one: Recording) -> None:
        """Has the file deleted. Raises Fault."""


class _Recorded(CoreResource):
    """What both resources do. Without a `shelf` nothing is known of files."""

    def __init__(self, env: Env, store: Store, shelf: Shelf | None = None) -> None:
        super().__init__(env, store)
        self._shelf = shelf

    async def _one(self, account_sid: str, sid: str, call_sid: str = "") -> Recording:
        one = await self.store.read(lambda tx: tx.recordings.get(sid, account_sid))
        if one is None or call_sid not in ("", one.call_sid):
            raise not_found("Recording")
        return one

    async def _medium(self, req: Request, resp: Response, one: Recording) -> None:
        if self._shelf is None or one.status != RecordingStatus.COMPLETED:
            raise not_found("Recording's file")
        wanted = req.get_header("Range") if req.method == "GET" else None
        found = await self._shelf.medium(one, wanted, req.get_header("If-Range"))
        for name, value in found.headers:
            resp.set_header(name, value)
        resp.status = found.status
        resp.content_type = found.content_type
        resp.data = found.body

    async def _delete(self, resp: Response, account_sid: str, one: Recording) -> None:
        if one.status == _DELETED:
            raise not_found("Recording")
        await self.store.read(lambda tx: check_hold(tx, account_sid))
        if self._shelf is not None:
            await self._shelf.forget(one)

        async def delete(tx: Transaction) -> None:
            await check_hold(tx, account_sid)
            await recordings.delete(self.env, tx, one)

        await self.store.transact(delete)
        gone(resp)


class Recordings(_Recorded):
    """The recordings of the account's calls."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        query, request = self.query(req), self.page_request(req)
        created = span(query, "DateCreated")
        call_sid = query.text("CallSid", 255) or ""
        deleted = query.boolean("IncludeSoftDeleted")
        # There are none of conferences.
        conference = query.text("ConferenceSid", 255)
        narrow = RecordingFilter(conference or call_sid, *created, int(bool(deleted)))
        page = await self.store.read(lambda tx: tx.recordings.page(account_sid, narrow, request))
        uri = f"{account_uri(account_sid)}/Recordings.json"
        filters = kept(query, *_BOUNDS, "CallSid", "ConferenceSid", "IncludeSoftDeleted")
        answer(resp, enveloped(page, request, uri, "recordings", self._in(req), filters))

    async def on_get(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Fetches one; without `.json`, the file itself."""
        deleted = self.query(req).boolean("IncludeSoftDeleted")
        bare, form = _parts(sid)
        one = await self._one(account_sid, bare)
        if one.status == _DELETED and not (deleted and form == _JSON):
            raise not_found("Recording")
        if form == _JSON:
            answer(resp, self._in(req)(one))
        else:
            await self._medium(req, resp, one)

    async def on_delete(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Deletes one: its file at the carrier, and then here."""
        one = await self._one(account_sid, sid.removesuffix(_JSON))
        await self._delete(resp, account_sid, one)

    def _in(self, req: Request) -> Callable[[Recording], dict[str, Any]]:
        """The resource, as whoever asks may reach its file."""
        base = self.base(req)

        def resource(one: Recording) -> dict[str, Any]:
            uri = f"{account_uri(one.account_sid)}/Recordings/{one.sid}"
            return shown(one) | {
                "uri": f"{uri}.json",
                "subresource_uris": {},
                "media_url": None if one.status == _DELETED else f"{base}{uri}",
            }

        return resource


class CallRecordings(_Recorded):
    """The recordings of one of the account's calls."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Lists them."""
        query, request = self.query(req), self.page_request(req)
        narrow = RecordingFilter(sid, *span(query, "DateCreated"))
        await self.store.read(lambda tx: _known_call(tx, sid, account_sid))
        page = await self.store.read(lambda tx: tx.recordings.page(account_sid, narrow, request))
        uri = f"{account_uri(account_sid)}/Calls/{sid}/Recordings.json"
        found = enveloped(page, request, uri, "recordings", shown_in_call, kept(query, *_BOUNDS))
        answer(resp, found)

    async def on_get(
        self, req: Request, resp: Response, account_sid: str, sid: str, recording_sid: str
    ) -> None:
        """Fetches one."""
        one = await self._one(account_sid, recording_sid.removesuffix(_JSON), sid)
        if one.status == _DELETED:
            raise not_found("Recording")
        answer(resp, shown_in_call(one))

    async def on_delete(
        self, req: Request, resp: Response, account_sid: str, sid: str, recording_sid: str
    ) -> None:
        """Deletes one."""
        one = await self._one(account_sid, recording_sid.removesuffix(_JSON), sid)
        await self._delete(resp, account_sid, one)


async def _known_call(tx: Transaction, sid: str, account_sid: str) -> None:
    """Raises 20404 for a call that is none of the account's."""
    if await tx.calls.get(sid, account_sid) is None:
        raise not_found("Call")


def shown(one: Recording) -> dict[str, Any]:
    """What both forms of the resource have."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "call_sid": one.call_sid,
        "conference_sid": None,
        "api_version": "2010-04-01",
        "status": one.status,
        "channels": one.channels,
        "source": one.source,
        "duration": None if one.duration is None else str(one.duration),
        "error_code": one.error_code,
        "price": None,
        "price_unit": None,
        "encryption_details": None,
        "start_time": rfc2822(one.start_time or one.date_created),
        "date_created": rfc2822(one.date_created),
        "date_updated": rfc2822(one.date_updated),
    }


def shown_in_call(one: Recording) -> dict[str, Any]:
    """The resource below its call."""
    call = f"{account_uri(one.account_sid)}/Calls/{one.call_sid}"
    return shown(one) | {"uri": f"{call}/Recordings/{one.sid}.json", "track": one.track}


def _parts(name: str) -> tuple[str, str]:
    """A SID, and the form in which it is asked for. Raises 20404 for a form that there is not."""
    bare, dot, form = name.partition(".")
    if f"{dot}{form}" not in (*_FORMS, _JSON):
        raise not_found("Recording")
    return bare, f"{dot}{form}"
