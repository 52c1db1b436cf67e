"""Repositories: one per resource, written once over `Executor`."""

from __future__ import annotations

from maskline.store.repositories.accounts import Accounts
from maskline.store.repositories.affinities import Affinities
from maskline.store.repositories.alerts import Alerts
from maskline.store.repositories.api_requests import ApiRequests
from maskline.store.repositories.applications import Applications
from maskline.store.repositories.brands import Brands
from maskline.store.repositories.calls import Calls
from maskline.store.repositories.campaigns import Campaigns
from maskline.store.repositories.carrier_requests import CarrierRequests
from maskline.store.repositories.carriers import Carriers
from maskline.store.repositories.console_users import ConsoleUsers
from maskline.store.repositories.handsets import Handsets
from maskline.store.repositories.interactions import Interactions
from maskline.store.repositories.messages import Messages
from maskline.store.repositories.messaging_services import MessagingServices
from maskline.store.repositories.numbers import Numbers
from maskline.store.repositories.opt_out_lists import OptOutLists
from maskline.store.repositories.opt_outs import OptOuts
from maskline.store.repositories.outbox import Outbox
from maskline.store.repositories.paces import Paces
from maskline.store.repositories.participants import Participants
from maskline.store.repositories.parts import MessageParts
from maskline.store.repositories.placed_calls import PlacedCalls
from maskline.store.repositories.rates import Rates
from maskline.store.repositories.recordings import Recordings
from maskline.store.repositories.registrations import Registrations
from maskline.store.repositories.retention import Retention
from maskline.store.repositories.routing import Routing
from maskline.store.repositories.scripts import Scripts
from maskline.store.repositories.sending import Sending
from maskline.store.repositories.series import Series
from maskline.store.repositories.services import Services
from maskline.store.repositories.sessions import Sessions
from maskline.store.repositories.smpp import SmppSent
from maskline.store.repositories.support import Support
from maskline.store.repositories.tollfree import TollfreeVerifications
from maskline.store.repositories.webhook_attempts import WebhookAttempts

__all__ = [
    "Accounts",
    "Affinities",
    "Alerts",
    "ApiRequests",
    "Applications",
    "Brands",
    "Calls",
    "Campaigns",
    "CarrierRequests",
    "Carriers",
    "ConsoleUsers",
    "Handsets",
    "Interactions",
    "MessageParts",
    "Messages",
    "MessagingServices",
    "Numbers",
    "OptOutLists",
    "OptOuts",
    "Outbox",
    "Paces",
    "Participants",
    "PlacedCalls",
    "Rates",
    "Recordings",
    "Registrations",
    "Retention",
    "Routing",
    "Scripts",
    "Sending",
    "Series",
    "Services",
    "Sessions",
    "SmppSent",
    "Support",
    "TollfreeVerifications",
    "WebhookAttempts",
]
