"""`/m/{token}`: where the short links lead that stand in texts instead of media.

The file is fetched from the program that sent it when somebody opens the link, within bounds of
size and time, and handed on as harmless: whoever opens it learns nothing of where it came from.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final
from urllib.parse import urljoin

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.carriers.contract import Medium
from maskline.env import Env
from maskline.gateway.media import HEADERS, harmless
from maskline.gateway.ranges import ranged
from maskline.messaging.media_links import PATH, is_token
from maskline.model.form import is_url
from maskline.model.http import HttpClient, HttpFailure, HttpRequest
from maskline.store.contract import Store

#: Files that are fetched at once: each is held in memory.
AT_ONCE: Final = 8
#: Redirects that are followed, each guarded like the first address.
_HOPS: Final = 3
_SECONDS: Final = 20.0
_ANY: Final = "application/octet-stream"
#: A content type as a header may hold it.
_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}(;[ \w.+=\"-]{0,100})?", re.ASCII)

_ENDED: Final = "This link has ended, or there never was one."
_AWAY: Final = "The file can't be had at the moment. Please try again later."
_TOO_LARGE: Final = "The file is too large to be shown here."


class _NotHad(Exception):
    """The file was not to be had: status, and what the person reads."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class MediaLinks:
    """Files by link. Whoever has the link may see the file: nobody is asked for credentials."""

    def __init__(self, env: Env, store: Store, http: HttpClient) -> None:
        self._env = env
        self._store = store
        self._http = http
        self._places = asyncio.Semaphore(AT_ONCE)

    async def on_get(self, req: Request, resp: Response, token: str) -> None:
        """The file, or the part of it that a player asks for."""
        for name, value in HEADERS:
            resp.set_header(name, value)
        resp.set_header("X-Robots-Tag", "noindex, nofollow")
        try:
            answer = harmless(await self._medium(token))
        except _NotHad as error:
            resp.status = error.status
            resp.content_type = "text/plain; charset=utf-8"
            resp.text = error.text
            if error.status == 503:
                resp.set_header("Retry-After", "5")
            return
        wanted = req.get_header("Range") if req.method == "GET" else None
        answer = ranged(answer, wanted, req.get_header("If-Range"))
        for name, value in answer.headers:
            resp.set_header(name, value)
        resp.status = answer.status
        resp.content_type = answer.content_type
        resp.data = answer.body

    on_head = on_get

    async def _medium(self, token: str) -> Medium:
        now = self._env.clock()
        url = None
        if is_token(token):
            url = await self._store.read(lambda tx: tx.messages.linked(token, now))
        if url is None:
            raise _NotHad(404, _ENDED)
        if self._places.locked():
            raise _NotHad(503, _AWAY)
        async with self._places:
            return await self._fetched(url)

    async def _fetched(self, url: str) -> Medium:
        most = self._env.settings.media_links.max_bytes
        for _ in range(1 + _HOPS):
            request = HttpRequest("GET", url, max_body=most, total_timeout=_SECONDS)
            try:
                response = await self._http.send(request)
            except HttpFailure:
                break
            location = response.headers.get("location")
            if response.status in (301, 302, 303, 307, 308) and location is not None:
                url = urljoin(url, location)
                if is_url(url):
                    continue
            if response.status != 200:
                break
            if response.truncated:
                raise _NotHad(413, _TOO_LARGE)
            kind = response.headers.get("content-type", "")
            return Medium(response.body, kind if _TYPE.fullmatch(kind) else _ANY)
        raise _NotHad(502, _AWAY)


def add_routes(
    app: falcon.asgi.App[Request, Response], env: Env, store: Store, http: HttpClient
) -> None:
    """Adds the path."""
    app.add_route(f"{PATH}{{token}}", MediaLinks(env, store, http))
