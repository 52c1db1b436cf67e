"""The limits that Twilio's documents name: each is reached, and not passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import requests
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.wire import Wire, error, unique

SERVICES = "/proxy/v1/Services"


class Limit(NamedTuple):
    """A parameter and its longest, or highest, value. `at` names the resource that takes it, `code`
    is what the longest value is refused with for other reasons than its length, 0 for none."""

    at: str
    parameter: str
    longest: str
    code: int = 0

    @property
    def beyond(self) -> str:
        """One more."""
        return str(int(self.longest) + 1) if self.longest.isdigit() else self.longest + "x"


def _url(length: int) -> str:
    return "https://example.com/".ljust(length, "x")


LIMITS = (
    Limit("service", "UniqueName", unique().ljust(191, "x")),
    Limit("service", "DefaultTtl", "2147483646"),
    Limit("service", "CallbackUrl", _url(4000)),
    Limit("service", "InterceptCallbackUrl", _url(4000)),
    Limit("service", "OutOfSessionCallbackUrl", _url(4000)),
    Limit("session", "UniqueName", "é" * 191),
    Limit("session", "Ttl", "2147483646"),
    Limit("participant", "FriendlyName", "é" * 255),
    Limit("participant", "Identifier", "messenger:".ljust(191, "x")),
    Limit("participant", "ProxyIdentifier", "+1".ljust(255, "x"), 80606),
    Limit("participant", "ProxyIdentifierSid", "PN".ljust(255, "x"), 80606),
)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: f"{one.at} {one.parameter}")
def test_the_longest_is_taken_and_one_more_is_refused(
    wire: Wire, stocked: ServiceInstance, person: Callable[[], str], limit: Limit
) -> None:
    inside = f"{SERVICES}/{stocked.sid}/Sessions"

    def send(value: str) -> requests.Response:
        if limit.at == "service":
            return wire.post(SERVICES, {"UniqueName": unique(), limit.parameter: value})
        if limit.at == "session":
            return wire.post(inside, {limit.parameter: value})
        session = wire.post(inside, {"Mode": "message-only"}).json()["sid"]
        form = {"Identifier": person(), limit.parameter: value}
        if limit.parameter == "Identifier":
            form["ProxyIdentifier"] = stocked.phone_numbers.list()[0].phone_number
        return wire.post(f"{inside}/{session}/Participants", form)

    refused = send(limit.beyond)
    assert error(refused) == (400, 80701)
    assert limit.parameter in refused.json()["message"]
    answer = send(limit.longest)
    if limit.code:
        assert error(answer) == (400, limit.code)
        return
    assert answer.status_code == 201, answer.text
    assert limit.longest in {str(value) for value in answer.json().values()}


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions", "says:lists.hundred")
@pytest.mark.parametrize("size", ["100", "101", "1000"])
def test_no_page_has_more_than_a_hundred_records(
    wire: Wire, crowded: tuple[str, list[str]], size: str
) -> None:
    path, made = crowded
    first = wire.get(path, PageSize=size).json()
    assert [one["sid"] for one in first["sessions"]] == made[:100]
    assert first["meta"]["page_size"] == 100
    second = wire.get(first["meta"]["next_page_url"]).json()
    assert [one["sid"] for one in second["sessions"]] == made[100:]
    assert second["meta"]["next_page_url"] is None


def test_a_page_has_fifty_records_unless_more_are_asked_for(
    wire: Wire, crowded: tuple[str, list[str]]
) -> None:
    path, made = crowded
    assert [one["sid"] for one in wire.get(path).json()["sessions"]] == made[:50]


@pytest.fixture(scope="module")
def crowded(wire: Wire) -> tuple[str, list[str]]:
    """A list of 101 sessions, the newest first."""
    path = f"{wire.service()}/Sessions"
    return path, [wire.post(path).json()["sid"] for _ in range(101)][::-1]
