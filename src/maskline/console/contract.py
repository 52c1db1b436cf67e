"""The console's API: every endpoint, who may call it, what it takes and what it answers.

The routes, the check of roles, the TypeScript types and the tests of roles are all made from this
list: an endpoint that is not in it does not exist.
"""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.console.shapes import (
    a2p,
    accounts,
    common,
    debugger,
    events,
    handsets,
    jobs,
    messages,
    messaging_services,
    opt_out_lists,
    opt_outs,
    overview,
    pools,
    programs,
    requests,
    search,
    sessions,
    sign_in,
    timeline,
    toll_free,
    traffic,
    users,
)
from maskline.model.console import Role

API: Final = "/console/api"


class Endpoint(msgspec.Struct, frozen=True):
    """One endpoint. `path` follows `/console/api`. `role` is the least that is needed; null: nobody
    has to be signed in. `query` names what its query may hold. `body` null: none is read; `raw`: it
    is the bytes of a picture. `answer` null: it answers without a body (or is no JSON)."""

    method: str
    path: str
    role: Role | None
    answer: type | None = None
    body: type | None = None
    query: tuple[str, ...] = ()
    raw: bool = False
    simulator: bool = False


_V, _S, _A = Role.VIEWER, Role.SUPPORT, Role.ADMIN
_PAGE: Final = ("account", "after", "before", "size")
_MS: Final = "/messaging-services"
_LISTS: Final = f"{_MS}/{{sid}}/opt-out-lists"

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    # Signing in
    Endpoint("GET", "/sign-in", None, sign_in.SignInOptions),
    Endpoint("POST", "/sign-in", None, sign_in.Me, sign_in.SignIn),
    Endpoint("POST", "/sign-in/link", None, sign_in.Me, sign_in.LinkSignIn),
    Endpoint("GET", "/oidc/start", None, query=("next",)),
    Endpoint("GET", "/oidc/callback", None, query=("code", "state", "error")),
    Endpoint("GET", "/me", _V, sign_in.Me),
    Endpoint("POST", "/sign-out", _V, common.Done),
    Endpoint("POST", "/password", _V, common.Done, sign_in.ChangePassword),
    # Users
    Endpoint("GET", "/users", _A, users.Users),
    Endpoint("POST", "/users", _A, users.UserLink, users.NewUser),
    Endpoint("POST", "/users/{sid}", _A, users.UserView, users.UserChange),
    Endpoint("POST", "/users/{sid}/reset", _A, users.UserLink),
    Endpoint("GET", "/audit", _A, users.AuditPage, query=("after", "size")),
    # The first page
    Endpoint("GET", "/overview", _V, overview.Overview, query=("account",)),
    Endpoint("GET", "/services", _V, overview.Services, query=("account",)),
    # Support
    Endpoint("GET", "/search", _V, search.SearchResults, query=("account", "q")),
    Endpoint("GET", "/sessions", _V, sessions.SessionPage, query=(*_PAGE, "service", "status")),
    Endpoint("GET", "/sessions/{sid}", _V, sessions.SessionDetail),
    Endpoint("POST", "/sessions/{sid}", _S, sessions.SessionDetail, sessions.SessionAction),
    Endpoint("GET", "/sessions/{sid}/timeline", _V, timeline.TimelinePage, query=("after", "size")),
    Endpoint("POST", "/sessions/{sid}/messages", _S, sessions.Sent, sessions.SendMessage),
    Endpoint("GET", "/legs/{sid}", _V, timeline.TimelinePage),
    Endpoint("POST", "/reveal", _S, sessions.Revealed, sessions.Reveal),
    Endpoint("GET", "/webhooks/{sid}", _V, timeline.WebhookDetail),
    Endpoint("POST", "/webhooks/{sid}/replay", _S, timeline.Replayed),
    # Operations
    Endpoint("GET", "/pools", _V, pools.PoolPage, query=_PAGE),
    Endpoint("GET", "/pools/{sid}/cells", _V, pools.Cells, query=("after", "size")),
    Endpoint("GET", "/traffic", _V, traffic.Traffic, query=("range",)),
    Endpoint("GET", "/errors", _V, traffic.Errors, query=("account", "days")),
    Endpoint("GET", "/jobs", _V, jobs.JobPage, query=(*_PAGE, "state", "kind")),
    Endpoint("POST", "/jobs/{sid}/replay", _S, jobs.JobView),
    Endpoint("POST", "/jobs/{sid}/discard", _S, common.Done),
    Endpoint(
        "GET", "/opt-outs", _V, opt_outs.OptOutPage, query=(*_PAGE, "person", "sender", "source")
    ),
    Endpoint("POST", "/opt-outs", _S, opt_outs.AddedOptOut, opt_outs.NewOptOut, query=("account",)),
    Endpoint("POST", "/opt-outs/{sid}/remove", _S, common.Done),
    # Messaging
    Endpoint("GET", "/messages", _V, messages.MessagePage, query=(*_PAGE, "status", "service")),
    Endpoint("POST", "/messages", _S, messages.MessageRow, messages.SendText, query=("account",)),
    Endpoint("POST", "/messages/{sid}/cancel", _S, messages.MessageRow),
    Endpoint("GET", _MS, _V, messaging_services.MessagingServicePage, query=_PAGE),
    Endpoint(
        "POST",
        _MS,
        _A,
        messaging_services.MessagingServiceDetail,
        messaging_services.NewMessagingService,
        query=("account",),
    ),
    Endpoint("GET", f"{_MS}/{{sid}}", _V, messaging_services.MessagingServiceDetail),
    Endpoint(
        "POST",
        f"{_MS}/{{sid}}",
        _A,
        messaging_services.MessagingServiceDetail,
        messaging_services.MessagingServiceChange,
    ),
    Endpoint("POST", f"{_MS}/{{sid}}/delete", _A, common.Done),
    Endpoint("GET", f"{_MS}/{{sid}}/senders", _V, messaging_services.Senders),
    Endpoint(
        "POST",
        f"{_MS}/{{sid}}/senders",
        _A,
        messaging_services.Senders,
        messaging_services.NewSenders,
    ),
    Endpoint("POST", f"{_MS}/{{sid}}/senders/{{sender}}/remove", _A, common.Done),
    Endpoint("GET", "/free-senders", _V, messaging_services.FreeSenders, query=("account",)),
    Endpoint(
        "POST",
        f"{_MS}/{{sid}}/opt-outs",
        _A,
        opt_out_lists.OptOutLists,
        opt_out_lists.OptOutSwitch,
    ),
    Endpoint("GET", _LISTS, _V, opt_out_lists.OptOutLists),
    Endpoint("POST", _LISTS, _A, opt_out_lists.OptOutListView, opt_out_lists.NewOptOutList),
    Endpoint(
        "POST",
        f"{_LISTS}/{{list}}",
        _A,
        opt_out_lists.OptOutListView,
        opt_out_lists.OptOutListChange,
    ),
    Endpoint("POST", f"{_LISTS}/{{list}}/remove", _A, common.Done),
    Endpoint("GET", "/a2p", _V, a2p.A2p, query=("account",)),
    Endpoint("POST", "/a2p/brands", _A, a2p.BrandView, a2p.NewBrand, query=("account",)),
    Endpoint("GET", "/a2p/brands/{sid}", _V, a2p.BrandDetail),
    Endpoint("POST", "/a2p/brands/{sid}/resubmit", _A, a2p.BrandView),
    Endpoint("POST", "/a2p/brands/{sid}/report", _A, a2p.BrandView, a2p.BrandReport),
    Endpoint("POST", "/a2p/brands/{sid}/passcode", _A, a2p.BrandDetail),
    Endpoint("POST", "/a2p/brands/{sid}/vettings", _A, a2p.BrandDetail, a2p.NewVetting),
    Endpoint(
        "POST",
        "/a2p/brands/{sid}/vettings/{vetting}/report",
        _A,
        a2p.BrandDetail,
        a2p.VettingReport,
    ),
    Endpoint("GET", "/a2p/answers/{sid}", _V, a2p.ServiceAnswers),
    Endpoint("POST", "/a2p/campaigns", _A, a2p.CampaignView, a2p.NewCampaign, query=("account",)),
    Endpoint(
        "POST",
        "/a2p/campaigns/external",
        _A,
        a2p.CampaignView,
        a2p.ExternalCampaign,
        query=("account",),
    ),
    Endpoint("GET", "/a2p/campaigns/{sid}", _V, a2p.CampaignDetail),
    Endpoint("POST", "/a2p/campaigns/{sid}/correct", _A, a2p.CampaignView, a2p.CampaignTexts),
    Endpoint("POST", "/a2p/campaigns/{sid}/report", _A, a2p.CampaignView, a2p.CampaignReport),
    Endpoint("POST", "/a2p/campaigns/{sid}/delete", _A, common.Done),
    Endpoint("GET", "/toll-free", _V, toll_free.TollFreePage, query=(*_PAGE, "status")),
    Endpoint(
        "POST",
        "/toll-free",
        _A,
        toll_free.VerificationDetail,
        toll_free.NewVerification,
        query=("account",),
    ),
    Endpoint("GET", "/toll-free/{sid}", _V, toll_free.VerificationDetail),
    Endpoint(
        "POST",
        "/toll-free/{sid}/correct",
        _A,
        toll_free.VerificationDetail,
        toll_free.CorrectedVerification,
    ),
    Endpoint(
        "POST",
        "/toll-free/{sid}/report",
        _A,
        toll_free.VerificationDetail,
        toll_free.VerificationReport,
    ),
    Endpoint("POST", "/toll-free/{sid}/delete", _A, common.Done),
    # Developers
    Endpoint("GET", "/alerts", _V, debugger.AlertPage, query=(*_PAGE, "level", "code", "service")),
    Endpoint("GET", "/alerts/{sid}", _V, debugger.AlertDetail),
    Endpoint(
        "GET", "/requests", _V, requests.RequestPage, query=(*_PAGE, "method", "outcome", "by")
    ),
    Endpoint("GET", "/requests/{sid}", _V, requests.RequestDetail),
    Endpoint("GET", "/hooks", _V, programs.HookPage, query=_PAGE),
    Endpoint("POST", "/hooks/test", _S, programs.HookTested, programs.HookTest),
    Endpoint("GET", "/accounts", _A, accounts.AccountList),
    Endpoint("POST", "/accounts", _A, accounts.CreatedAccount, accounts.NewAccount),
    Endpoint("POST", "/accounts/{sid}", _A, accounts.AccountView, accounts.AccountChange),
    Endpoint("GET", "/keys", _A, accounts.KeyPage, query=_PAGE),
    Endpoint("POST", "/keys", _A, accounts.CreatedKey, accounts.NewApiKey, query=("account",)),
    Endpoint("POST", "/keys/{sid}/revoke", _A, common.Done),
    # Live
    Endpoint("GET", "/events", _V, query=("account", "topics", "session", "handset")),
    # Handsets
    Endpoint("GET", "/handsets", _V, handsets.Handsets, query=("account",), simulator=True),
    Endpoint(
        "GET",
        "/handsets/{number}/messages",
        _V,
        handsets.HandsetMessages,
        query=("after", "limit"),
        simulator=True,
    ),
    Endpoint(
        "POST",
        "/handsets/{number}/messages",
        _S,
        handsets.HandsetMessageView,
        handsets.HandsetText,
        simulator=True,
    ),
    Endpoint("POST", "/handsets/{number}/pictures", _S, handsets.Picture, raw=True, simulator=True),
    Endpoint("GET", "/handsets/{number}/calls", _V, handsets.HandsetCalls, simulator=True),
    Endpoint(
        "POST",
        "/handsets/{number}/calls",
        _S,
        handsets.HandsetCallView,
        handsets.HandsetDial,
        simulator=True,
    ),
    Endpoint(
        "POST",
        "/handsets/{number}/calls/{call}/answer",
        _S,
        handsets.HandsetCallView,
        simulator=True,
    ),
    Endpoint(
        "POST",
        "/handsets/{number}/calls/{call}/reject",
        _S,
        handsets.HandsetCallView,
        handsets.HandsetReject,
        simulator=True,
    ),
    Endpoint(
        "POST",
        "/handsets/{number}/calls/{call}/hangup",
        _S,
        handsets.HandsetCallView,
        simulator=True,
    ),
    Endpoint(
        "POST",
        "/handsets/{number}/calls/{call}/digits",
        _S,
        handsets.HandsetCallView,
        handsets.HandsetDigits,
        simulator=True,
    ),
)

#: Types that no endpoint answers with by itself, for whoever reads the event stream.
ALSO: Final[tuple[object, ...]] = (events.Event, events.Topic, common.Problem)
