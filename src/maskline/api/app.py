"""The API as one application: which resource answers where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import falcon.asgi
from falcon.asgi import Request, Response
from falcon.routing import BaseConverter

from maskline.api import registrations
from maskline.api.accounts import Accounts
from maskline.api.alerts import Alerts
from maskline.api.alpha_senders import AlphaSenders, ChannelSenders
from maskline.api.applications import Applications
from maskline.api.auth import Credentials, Doorkeeper
from maskline.api.available_phone_numbers import AvailablePhoneNumbers
from maskline.api.call_events import CallEvents
from maskline.api.call_notifications import CallNotifications
from maskline.api.calls import Calls
from maskline.api.carrier_requests import CarrierRequests, Replay
from maskline.api.deactivations import Deactivations, DeactivationsFile
from maskline.api.errors import add_handlers
from maskline.api.feedback import MessageFeedback
from maskline.api.incoming_phone_numbers import IncomingPhoneNumbers
from maskline.api.interactions import Interactions
from maskline.api.jobs import Jobs
from maskline.api.keys import Keys
from maskline.api.measure import Measure
from maskline.api.media import MessageMedia
from maskline.api.message_interactions import MessageInteractions
from maskline.api.messages import Messages
from maskline.api.messaging_services import MessagingServices
from maskline.api.opt_out_lists import AdvancedOptOut, OptOutLists
from maskline.api.opt_outs import BulkConsents, OptOuts
from maskline.api.participants import Participants
from maskline.api.pool import Pool
from maskline.api.recordings import CallRecordings, Recordings, Shelf
from maskline.api.refusals import Refusals
from maskline.api.request_log import RequestLog
from maskline.api.resource import Resource
from maskline.api.senders import Senders
from maskline.api.services import Services
from maskline.api.sessions import Sessions
from maskline.api.throttle import Throttle, limiter_of
from maskline.env import Env
from maskline.limiter import RateLimiter
from maskline.model.number import NumberKind
from maskline.model.request_id import REQUEST
from maskline.numbers.e164 import NumberType
from maskline.proxy.number_source import MadeUpNumbers, NumberSource
from maskline.store.contract import Store
from maskline.voice.placing import CallOptions

_KINDS: Final = (
    ("Local", "local", NumberType.local),
    ("Mobile", "mobile", NumberType.mobile),
    ("TollFree", "toll_free", NumberType.toll_free),
)


class Api(falcon.asgi.App[Request, Response]):
    """The application, which notes when a request ends before its body does."""

    async def __call__(  # type: ignore[override]  # the base of its base is no ASGI application
        self, scope: dict[str, Any], receive: Any, send: Any
    ) -> None:
        """Answers one request."""

        async def watched() -> Any:
            event = await receive()
            if event["type"] == "http.disconnect":
                # The framework takes it for the end of the body.
                scope["maskline.cut"] = True
            return event

        # Whoever streams an answer has to know when nobody reads it any more.
        scope["maskline.receive"] = receive
        try:
            await super().__call__(scope, watched, send)
        finally:
            # The server's `receive` belongs to what holds the scope: left there, each request would
            # be a ring of objects that only the garbage collector can free, tens of milliseconds
            # at a time.
            del scope["maskline.receive"]


class WithoutSuffix(BaseConverter):
    """A path's last part without `.json`, which the 2010 API's clients add and nothing needs."""

    def convert(self, value: str) -> str:
        """The bare SID."""
        return value.removesuffix(".json")


def create_api(
    env: Env,
    store: Store,
    sources: Sequence[NumberSource] | None = None,
    credentials: Credentials | None = None,
    limiter: RateLimiter | None = None,
    requests: RequestLog | None = None,
    replay: Replay | None = None,
    call_options: CallOptions = lambda carrier: None,
    shelf: Shelf | None = None,
) -> falcon.asgi.App[Request, Response]:
    """The application with every route of the API; other doors may add theirs.

    `sources` are asked for numbers in their order; by default, the simulator's made-up ones while
    it is enabled. `limiter` is by default one for this process alone; `requests` is told of each.
    `replay` takes a carrier's request in once more; `call_options` says what a carrier
    does for calls that programs place; `shelf` has the files of recordings.
    """
    if sources is None:
        sources = [MadeUpNumbers()] if env.settings.simulator.enabled else []
    if credentials is None:
        credentials = Credentials(store)
    doorkeeper = Doorkeeper(credentials, Resource, lambda: env.sids.new(REQUEST))
    if limiter is None:
        limiter = limiter_of(env.settings.limits)
    app = Api(middleware=[Measure(env.meter, requests), doorkeeper, Throttle(limiter)])
    app.router_options.converters["bare"] = WithoutSuffix
    add_handlers(app, Refusals(env, store))
    _add_proxy(app, env, store)
    _add_messaging(app, env, store)
    _add_core(app, env, store, sources, credentials, call_options)
    _add_calls(app, env, store, shelf)
    _add_both(app, "/monitor/v1/Alerts/{sid}", Alerts(env, store))
    _add_both(app, "/monitor/v1/Jobs/{sid}", Jobs(env, store))
    kept_requests = CarrierRequests(env, store, replay)
    _add_both(app, "/monitor/v1/CarrierRequests/{sid}", kept_requests)
    return app


def _add_proxy(app: falcon.asgi.App[Request, Response], env: Env, store: Store) -> None:
    service = "/proxy/v1/Services/{service_sid}"
    session = f"{service}/Sessions/{{session_sid}}"
    participant = f"{session}/Participants/{{participant_sid}}"
    for path, resource in (
        (service, Services(env, store)),
        (session, Sessions(env, store)),
        (f"{service}/PhoneNumbers/{{sid}}", Pool(env, store, NumberKind.PHONE)),
        (f"{service}/ShortCodes/{{sid}}", Pool(env, store, NumberKind.SHORT_CODE)),
        (participant, Participants(env, store)),
        (f"{session}/Interactions/{{sid}}", Interactions(env, store)),
        (f"{participant}/MessageInteractions/{{sid}}", MessageInteractions(env, store)),
    ):
        _add_both(app, path, resource)


def _add_messaging(app: falcon.asgi.App[Request, Response], env: Env, store: Store) -> None:
    opt_outs = OptOuts(env, store)
    app.add_route("/messaging/v1/OptOuts", opt_outs, suffix="list")
    app.add_route("/messaging/v1/OptOuts/{sid}", opt_outs)
    app.add_route("/accounts/v1/Consents/Bulk", BulkConsents(env, store))
    service = "/messaging/v1/Services/{service_sid}"
    for path, resource in (
        (service, MessagingServices(env, store)),
        (f"{service}/PhoneNumbers/{{sid}}", Senders(env, store, NumberKind.PHONE)),
        (f"{service}/ShortCodes/{{sid}}", Senders(env, store, NumberKind.SHORT_CODE)),
        (f"{service}/AlphaSenders/{{sid}}", AlphaSenders(env, store, destinations=False)),
        (f"{service}/DestinationAlphaSenders/{{sid}}", AlphaSenders(env, store, destinations=True)),
        (f"{service}/ChannelSenders/{{sid}}", ChannelSenders(env, store)),
        (f"{service}/AdvancedOptOut/Lists/{{sid}}", OptOutLists(env, store)),
    ):
        _add_both(app, path, resource)
    app.add_route(f"{service}/AdvancedOptOut", AdvancedOptOut(env, store))
    app.add_route("/messaging/v1/Deactivations", Deactivations(env, store))
    app.add_route("/messaging/v1/Deactivations/{day}", DeactivationsFile(env, store))
    registrations.add_routes(app, env, store)


def _add_both(app: falcon.asgi.App[Request, Response], path: str, resource: Resource) -> None:
    """A record and, above it, the list."""
    app.add_route(path, resource)
    app.add_route(path.rpartition("/")[0], resource, suffix="list")


def _add_core(
    app: falcon.asgi.App[Request, Response],
    env: Env,
    store: Store,
    sources: Sequence[NumberSource],
    credentials: Credentials,
    call_options: CallOptions,
) -> None:
    account = "/api/2010-04-01/Accounts/{account_sid:bare}"
    app.add_route(account, Accounts(env, store))
    numbers = IncomingPhoneNumbers(env, store, sources)
    for path, resource in (
        ("Keys/{sid:bare}", Keys(env, store, credentials)),
        ("IncomingPhoneNumbers/{sid:bare}", numbers),
        ("Applications/{sid:bare}", Applications(env, store)),
        ("Messages/{message_sid:bare}", Messages(env, store)),
        ("Messages/{message_sid:bare}/Media/{sid}", MessageMedia(env, store)),
        ("Calls/{sid:bare}", Calls(env, store, call_options)),
    ):
        app.add_route(f"{account}/{path}", resource)
        _add_list(app, f"{account}/{path}".rpartition("/")[0], resource)
    _add_list(app, f"{account}/Messages/{{message_sid:bare}}/Feedback", MessageFeedback(env, store))
    for path, suffix, kind in _KINDS:
        _add_list(app, f"{account}/IncomingPhoneNumbers/{path}", numbers, suffix)
        available = AvailablePhoneNumbers(env, store, sources, path, kind)
        _add_list(app, f"{account}/AvailablePhoneNumbers/{{country}}/{path}", available, None)


def _add_calls(
    app: falcon.asgi.App[Request, Response], env: Env, store: Store, shelf: Shelf | None
) -> None:
    account = "/api/2010-04-01/Accounts/{account_sid:bare}"
    call = f"{account}/Calls/{{sid:bare}}"
    for path, resource in (
        (f"{account}/Recordings/{{sid}}", Recordings(env, store, shelf)),
        (f"{call}/Recordings/{{recording_sid}}", CallRecordings(env, store, shelf)),
        (f"{call}/Notifications/{{alert_sid:bare}}", CallNotifications(env, store)),
    ):
        app.add_route(path, resource)
        _add_list(app, path.rpartition("/")[0], resource)
    _add_list(app, f"{call}/Events", CallEvents(env, store))


def _add_list(
    app: falcon.asgi.App[Request, Response],
    path: str,
    resource: Resource,
    suffix: str | None = "list",
) -> None:
    for form in (path, f"{path}.json"):
        app.add_route(form, resource, suffix=suffix)
