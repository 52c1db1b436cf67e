"""The console put together: which resource answers where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.access.passwords import Passwords
from maskline.api.request_log import RequestLog
from maskline.carriers.simulator import Simulator
from maskline.console.changes import Changes
from maskline.console.context import Context, Post, Resource
from maskline.console.contract import API, ENDPOINTS, Endpoint
from maskline.console.gate import Gate, Handler
from maskline.console.oidc import Provider
from maskline.console.pages import Pages
from maskline.console.resources.a2p import A2pResource
from maskline.console.resources.accounts import AccountsResource
from maskline.console.resources.brands import BrandsResource
from maskline.console.resources.campaigns import CampaignsResource
from maskline.console.resources.debugger import DebuggerResource
from maskline.console.resources.events import Events
from maskline.console.resources.handsets import HandsetsResource
from maskline.console.resources.jobs import JobsResource
from maskline.console.resources.messages import MessagesResource
from maskline.console.resources.messaging_services import MessagingServicesResource
from maskline.console.resources.oidc import OidcSignIn
from maskline.console.resources.opt_out_lists import OptOutListsResource
from maskline.console.resources.opt_outs import OptOutsResource
from maskline.console.resources.overview import OverviewResource
from maskline.console.resources.pools import PoolsResource
from maskline.console.resources.programs import ProgramsResource
from maskline.console.resources.requests import RequestsResource
from maskline.console.resources.search import SearchResource
from maskline.console.resources.sessions import SessionsResource
from maskline.console.resources.sign_in import SignIns
from maskline.console.resources.toll_free import TollFreeResource
from maskline.console.resources.traffic import TrafficResource
from maskline.console.resources.users import UsersResource
from maskline.console.resources.webhooks import WebhooksResource
from maskline.console.roll_up import RollUp
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.model.http import HttpClient
from maskline.settings import Settings
from maskline.store.contract import Store

App = falcon.asgi.App[Request, Response]


class Console:
    """The console of one process."""

    def __init__(
        self,
        env: Env,
        store: Store,
        simulator: Simulator | None,
        process: str,
        requests: RequestLog,
        post: Post,
    ) -> None:
        # The provider is the operator's own choice, wherever it stands.
        self._http = PooledClient(UrlGuard(allow_private=True))
        self._provider = provider_of(env.settings, self._http)
        gate = Gate(env, store)
        self.context = Context(env, store, gate, Passwords(), simulator, requests, post)
        self._changes = Changes(env, store, process, simulator)
        self._roll_up = RollUp(env, store)

    def start(self) -> None:
        """Begins to follow what changes."""
        self._changes.start()
        settings = self.context.env.settings.console
        if settings.enabled and settings.figures:
            self._roll_up.start()

    async def stop(self) -> None:
        """Ends it."""
        await self._changes.stop()
        await self._roll_up.stop()
        await self._http.close()

    def end_listening(self) -> None:
        """Ends all event streams."""
        self._changes.feed.close()

    def add_routes(self, app: App) -> None:
        """Adds the pages and every endpoint of the contract."""
        pages = Pages()
        app.add_route("/console", pages)
        app.add_route("/console/{path:path}", pages)
        handlers: dict[str, Handler] = {}
        for resource in self._resources():
            handlers |= resource.handlers()
        by_path: dict[str, dict[str, tuple[Endpoint, Handler]]] = {}
        for one in ENDPOINTS:
            if one.simulator and self.context.simulator is None:
                continue
            name = f"{one.method} {one.path}"
            by_path.setdefault(one.path, {})[one.method] = (one, handlers.pop(name))
        assert not handlers, f"not in the contract: {sorted(handlers)}"
        for path, methods in by_path.items():
            app.add_route(f"{API}{path}", _route(self.context.gate, methods))

    def _resources(self) -> Sequence[Resource]:
        context = self.context
        sign_ins = SignIns(context)
        resources: list[Resource] = [
            sign_ins,
            OidcSignIn(context, sign_ins, self._provider),
            UsersResource(context),
            Events(context, self._changes.feed),
            OverviewResource(context),
            SearchResource(context),
            SessionsResource(context),
            WebhooksResource(context),
            PoolsResource(context),
            TrafficResource(context),
            JobsResource(context),
            OptOutsResource(context),
            MessagesResource(context),
            MessagingServicesResource(context),
            OptOutListsResource(context),
            A2pResource(context),
            BrandsResource(context),
            CampaignsResource(context),
            TollFreeResource(context),
            DebuggerResource(context),
            RequestsResource(context),
            ProgramsResource(context),
            AccountsResource(context),
        ]
        if context.simulator is not None:
            resources.append(HandsetsResource(context, context.simulator))
        return resources


def provider_of(settings: Settings, http: HttpClient) -> Provider | None:
    """The provider that the settings name. Raises NotInstalled."""
    if settings.oidc.issuer is None:
        return None
    return Provider(settings.oidc, http, f"{settings.base_url}{API}/oidc/callback")


def _route(gate: Gate, methods: dict[str, tuple[Endpoint, Handler]]) -> object:
    """A resource of the framework's for one path."""

    def responder(method: str) -> Any:
        endpoint, handler = methods[method]

        async def answer(_: object, req: Request, resp: Response, **params: str) -> None:
            await gate.pass_on(endpoint, handler, req, resp, params)

        return answer

    named = {f"on_{method.lower()}": responder(method) for method in methods}
    return type("Route", (), named)()
