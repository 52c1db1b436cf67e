"""What all resources share: credentials, forms, pages, links and answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from falcon.asgi import Request, Response

from maskline.api.auth import Caller
from maskline.api.forms import read_form, read_query
from maskline.api.paging import page_request
from maskline.env import Env
from maskline.model.form import Form
from maskline.model.page import PageRequest
from maskline.store.contract import Store

_encode: Final = msgspec.json.Encoder().encode


class Resource:
    """A REST resource. The doorkeeper lets nobody in without credentials; HEAD answers as GET does.

    `code` is the code with which a product refuses parameters, `rate_code` the one for too many
    requests, `product` its prefix, `largest_page` how many records a page may hold where that is
    not the setting's.
    """

    code = 20001
    rate_code = 20429
    product = ""
    largest_page: int | None = None

    def __init__(self, env: Env, store: Store) -> None:
        self.env = env
        self.store = store

    def __init_subclass__(cls) -> None:
        for name, handler in list(vars(cls).items()):
            if name.startswith("on_get"):
                setattr(cls, f"on_head{name.removeprefix('on_get')}", handler)

    def caller(self, req: Request) -> Caller:
        """Who calls."""
        caller: Caller = req.context.caller
        return caller

    def account(self, req: Request) -> str:
        """The SID of the account that calls."""
        return self.caller(req).account_sid

    async def form(self, req: Request) -> Form:
        """The body's parameters."""
        form = await read_form(req, self.env.settings.limits.max_body_bytes, self.code)
        req.context.form = form
        return form

    def query(self, req: Request) -> Form:
        """The query's parameters."""
        return read_query(req, self.code)

    def page_request(self, req: Request) -> PageRequest:
        """The page that is asked for."""
        limits = self.env.settings.limits
        most = self.largest_page or limits.max_page_size
        return page_request(self.query(req), limits.default_page_size, most)

    def base(self, req: Request) -> str:
        """The address that the product's links begin with."""
        by_host: str | None = req.scope.get("maskline.base")
        return by_host or f"{self.root(req)}{self.product}"

    def root(self, req: Request) -> str:
        """The address of the server: the public one, or the one it was called by."""
        settings = self.env.settings
        if settings.public_url is None and "maskline.base" not in req.scope:
            return req.prefix
        return settings.base_url


def answer(resp: Response, body: Any) -> None:
    """200 with a body."""
    resp.data = _encode(body)


def created(resp: Response, body: Any) -> None:
    """201 with a body."""
    resp.status = 201
    resp.data = _encode(body)


def gone(resp: Response) -> None:
    """204, without a body."""
    resp.status = 204


class ServicesResource(Resource):
    """A resource of a product whose resources are, or belong to, Services."""

    def services_url(self, req: Request) -> str:
        """The address of the Services."""
        return f"{self.base(req)}/v1/Services"


class ProxyResource(ServicesResource):
    """A resource of Proxy v1."""

    code = 80701
    rate_code = 80621
    product = "/proxy"


class MessagingResource(ServicesResource):
    """A resource of Messaging v1."""

    product = "/messaging"
    largest_page = 1000


class CoreResource(Resource):
    """A resource of the 2010 API. Its links are relative to the API's base."""

    product = "/api"
    largest_page = 1000


def account_uri(account_sid: str) -> str:
    """An account's address in the 2010 API, relative to the API's base."""
    return f"/2010-04-01/Accounts/{account_sid}"
