"""What no page sends: nothing of it is an error of the server's, on either engine."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from maskline.console.contract import ENDPOINTS, Endpoint
from maskline.model.console import Role
from tests.console.conftest import Sign
from tests.console.test_roles import BODIES, name_of
from tests.console.town import ALICE, Town

pytestmark = pytest.mark.both_engines

WORDS = (
    "\0",
    "a\0b",
    "\ufffe",
    "%",
    "_",
    "'; DROP TABLE console_users; --",
    "\u202e\u0000",
    "💥" * 60,
    "x" * 5000,
    "-1",
    "0",
    "99999999999999999999",
    "1e309",
    "²",
    "[]",
    "../..",
    "KC" + "g" * 32,
    "KC" + "0" * 32,
)
#: Bodies whole, and what takes the place of a value in a sound one.
VALUES: tuple[Any, ...] = (None, True, -1, 2**63, 1.5, [], {}, [[]], "\0", "\ud800", "x" * 5000)


def paths(endpoint: Endpoint, word: str) -> str:
    path = endpoint.path.replace("{number}", quote(word, safe="")).replace("{call}", "HC0")
    return path.replace("{sid}", quote(word, safe=""))


def sound(endpoint: Endpoint, town: Town) -> str:
    name = name_of(endpoint)
    sid = town.sids["webhook"] if "/webhooks/" in name else town.session.sid
    path = endpoint.path.replace("{number}", quote(ALICE, safe="")).replace("{call}", "HC0")
    return path.replace("{sid}", "US0" if "/users/" in name else sid)


ASKED = [one for one in ENDPOINTS if one.path not in {"/events", "/sign-out"}]


@pytest.mark.parametrize("endpoint", ASKED, ids=name_of)
def test_strange_paths_and_queries(town: Town, sign_in: Sign, endpoint: Endpoint) -> None:
    browser = sign_in(Role.ADMIN)
    headers = {"X-CSRF-Token": browser.me["csrf_token"]}
    body = BODIES.get(name_of(endpoint))
    more = {"json": body} if body is not None else {}
    for word in WORDS:
        if "{" in endpoint.path:
            answer = browser.raw(
                endpoint.method,
                paths(endpoint, word),
                headers=headers,
                allow_redirects=False,
                **more,
            )
            assert answer.status_code < 500, (word, answer.text)
        for name in endpoint.query:
            answer = browser.raw(
                endpoint.method,
                sound(endpoint, town),
                params={name: word},
                headers=headers,
                allow_redirects=False,
                **more,
            )
            assert answer.status_code < 500, (name, word, answer.text)


@pytest.mark.parametrize("endpoint", [one for one in ASKED if name_of(one) in BODIES], ids=name_of)
def test_strange_bodies(town: Town, sign_in: Sign, endpoint: Endpoint) -> None:
    browser = sign_in(Role.ADMIN)
    headers = {
        "X-CSRF-Token": browser.me["csrf_token"],
        "Content-Type": "application/json",
    }
    good = BODIES[name_of(endpoint)]
    assert endpoint.body is not None
    fields = dict.fromkeys(endpoint.body.__struct_fields__, "x") | good
    bodies = [json.dumps(value) for value in VALUES]
    bodies += [json.dumps({**fields, name: value}) for name in fields for value in VALUES]
    bodies += ["[" * 20_000, '{"' + "x" * 5000 + '": 1}', "\x00", '"\\ud800"']
    for body in bodies:
        answer = browser.raw(
            endpoint.method, sound(endpoint, town), data=body.encode(), headers=headers
        )
        assert answer.status_code < 500, (body[:200], answer.text)
    assert browser.get("/me").status_code == 200


def test_the_event_stream_refuses_what_it_does_not_know(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    for name in ("topics", "account"):
        for word in WORDS:
            assert 400 <= browser.get("/events", **{name: word}).status_code < 500
    for last in ("x" * 5000, "-" * 200, "٣-٣"):
        with browser.listen(last=quote(last), session="KC0", handset="\x07") as stream:
            assert stream.of("hello")[0]["resumed"] is False
