"""What a test says it covers, held against the requests that it really made.

`@pytest.mark.covers("POST /proxy/v1/Services", "param:UniqueName", "code:80602")` names an
operation, then what of it the test covers:

- `param:X`: X was sent, in the body or the query; `param:*`: all that the operation takes;
- `field:X`: X stood in an answer of 2xx or 3xx, `X.Y` inside an object of it, `meta.X` in a list;
- `field:*`: the test compares the whole answer, and one of 2xx or 3xx had all the operation's
  fields;
- `code:N`: the operation answered with that error code;
- `not:N`: it refused something, and never with that error code;
- `status:N`: the operation answered with that HTTP status;
- `says:ID`: what a source document says (scripts/source_rows.toml), which no exchange can prove.

What an operation takes and shows stands in scripts/coverage_rows.toml. Without further words, the
operation answered with 2xx; without an operation, any request of the test is proof. A mark that the
test's requests don't bear out fails the test, so that the coverage list is true.
"""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import falcon.testing
import pytest
import requests

ROWS = Path(__file__).parents[2] / "scripts" / "coverage_rows.toml"


class Exchange(NamedTuple):
    """One request and its answer."""

    method: str
    path: str
    parameters: frozenset[str]
    status: int
    body: Any

    def fits(self, operation: str) -> bool:
        """Whether it is of the operation `METHOD /path/{With}/{Names}`."""
        method, _, path = operation.partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+?", re.escape(path))
        return self.method == method and re.fullmatch(pattern, self.path) is not None

    def records(self) -> Iterator[dict[str, Any]]:
        """The objects that the answer shows."""
        if isinstance(self.body, dict) and self.status < 400:
            yield self.body
            for value in self.body.values():
                if isinstance(value, list):
                    yield from (one for one in value if isinstance(one, dict))

    @property
    def code(self) -> int | None:
        """The error code of a refusal."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    def bears_out(self, claim: str) -> bool:
        """Whether it is proof of a claim that one answer can prove."""
        kind, _, what = claim.partition(":")
        match kind:
            case "param":
                return what in self.parameters
            case "field":
                return self.shows([what])
            case "code":
                # A refusal, or a record of what failed later.
                return self.code == int(what) or any(
                    one.get("error_code") == int(what) for one in self.records()
                )
            case "status":
                return self.status == int(what)
        raise ValueError(f"no such claim: {claim}")

    def shows(self, fields: Iterable[str]) -> bool:
        """Whether one object of the answer has all these fields."""
        paths = [field.split(".") for field in fields]
        return any(all(_has(record, path) for path in paths) for record in self.records())


@cache
def rows() -> Mapping[str, Mapping[str, list[str]]]:
    """The `parameters` and `fields` of each operation."""
    products = tomllib.loads(ROWS.read_text("utf-8")).values()
    return {one["operation"]: one for operations in products for one in operations}


def _has(record: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(record, dict) or name not in record:
            return False
        record = record[name]
    return True


@contextlib.contextmanager
def recording() -> Iterator[list[Exchange]]:
    """Notes what goes through `requests`, which the official SDK sends with too, and through the
    framework's own client."""
    exchanges: list[Exchange] = []
    send = requests.Session.send
    simulate = falcon.testing.TestClient.simulate_request

    def recorded(
        self: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        response = send(self, request, **kwargs)
        exchanges.append(_exchange(request, response))
        return response

    def simulated(self: falcon.testing.TestClient, *args: Any, **kwargs: Any) -> Any:
        result = simulate(self, *args, **kwargs)
        method, path = args
        body = result.json if result.content else None
        exchanges.append(Exchange(method, path, frozenset(), result.status_code, body))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", recorded)
        patch.setattr(falcon.testing.TestClient, "simulate_request", simulated)
        yield exchanges


def _exchange(request: requests.PreparedRequest, response: requests.Response) -> Exchange:
    url = urlsplit(request.url or "")
    names = set(parse_qs(url.query, keep_blank_values=True))
    body = request.body
    if isinstance(body, bytes | str):
        text = body if isinstance(body, str) else body.decode("latin-1")
        with contextlib.suppress(ValueError):
            names |= set(parse_qs(text, keep_blank_values=True))
    answer: Any = None
    with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
        answer = json.loads(response.content)
    return Exchange(request.method or "", url.path, frozenset(names), response.status_code, answer)


def unproven(marks: Iterable[pytest.Mark], exchanges: list[Exchange]) -> list[str]:
    """The claims of the marks that no exchange bears out."""
    found = []
    for mark in marks:
        operation, claims = "", [one for one in mark.args if not one.startswith("says:")]
        if not claims:
            continue
        if " /" in claims[0]:
            operation = claims.pop(0)
        own = [one for one in exchanges if not operation or one.fits(operation)]
        if not own or not (claims or any(one.status < 400 for one in own)):
            found.append(operation or str(mark.args))
        found += [f"{operation} {claim}" for claim in claims if not _true(claim, operation, own)]
    return found


def _true(claim: str, operation: str, own: list[Exchange]) -> bool:
    kind, _, what = claim.partition(":")
    if kind == "not":
        codes = {one.code for one in own if one.status >= 400}
        return bool(codes) and int(what) not in codes
    if claim == "param:*":
        sent = {name for one in own for name in one.parameters}
        return sent.issuperset(rows()[operation]["parameters"])
    if claim == "field:*":
        return any(one.shows(rows()[operation]["fields"]) for one in own)
    return any(one.bears_out(claim) for one in own)
