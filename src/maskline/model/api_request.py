"""Requests to the API, as the console shows them."""

from __future__ import annotations

import msgspec


class ApiRequest(msgspec.Struct, frozen=True):
    """A request that was answered. `sid` is its `Twilio-Request-Id`; `caller` the API key, "" for
    the account's own token, or `console:` and a user. `path` may have a query; `params` is the
    form. Both are freed of personal data, and hold no secret. `code` is that of a refusal."""

    sid: str
    account_sid: str
    caller: str
    method: str
    path: str
    params: str
    status: int
    code: int | None
    micros: int
