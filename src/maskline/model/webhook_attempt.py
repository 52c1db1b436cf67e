"""Webhook attempts: what a program was sent, and what came back."""

from __future__ import annotations

import msgspec


class WebhookAttempt(msgspec.Struct, frozen=True):
    """One request to a program. `job_sid` is its idempotency token; `resource_sid` the interaction
    or message that it tells of. `told` is JSON: what a callback said of its interaction
    (`inbound status`, `outbound status`, `date updated`), from which its form is made again;
    `params`, `response_headers` are URL-encoded forms. All of it is freed of personal data."""

    sid: str
    account_sid: str
    resource_sid: str | None
    session_sid: str | None
    job_sid: str
    kind: str
    method: str
    url: str
    status: int | None
    error: str | None
    latency_ms: int
    told: str | None = None
    params: str | None = None
    response_headers: str | None = None
    response_body: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300
