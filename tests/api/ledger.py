"""What a test says it covers, held against the requests that it really made.

`@pytest.mark.covers("POST /proxy/v1/Services", "param:UniqueName", "code:80602")` names an
operation, then what of it the test covers:

- `param:X`: X was sent, in the body or the query;
- `field:X`: X stood in an answer of 2xx, `X.Y` inside an object of it, `meta.X` in a list;
- `code:N`: the operation answered with that error code;
- `status:N`: the operation answered with that HTTP status.

Without further words, the operation answered with 2xx. A mark that the test's requests don't bear
out fails the test, so that the coverage list is true.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import requests


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
        if isinstance(self.body, dict) and self.status < 300:
            yield self.body
            for value in self.body.values():
                if isinstance(value, list):
                    yield from (one for one in value if isinstance(one, dict))

    def bears_out(self, claim: str) -> bool:
        """Whether it is proof of `param:X`, `field:X`, `code:N` or `status:N`."""
        kind, _, what = claim.partition(":")
        match kind:
            case "param":
                return what in self.parameters
            case "field":
                return any(_has(record, what.split(".")) for record in self.records())
            case "code":
                return isinstance(self.body, dict) and self.body.get("code") == int(what)
            case "status":
                return self.status == int(what)
        raise ValueError(f"no such claim: {claim}")


def _has(record: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(record, dict) or name not in record:
            return False
        record = record[name]
    return True


@contextlib.contextmanager
def recording() -> Iterator[list[Exchange]]:
    """Notes what goes through `requests`, which the official SDK sends with too."""
    exchanges: list[Exchange] = []
    send = requests.Session.send

    def recorded(
        self: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        response = send(self, request, **kwargs)
        exchanges.append(_exchange(request, response))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", recorded)
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
        operation, *claims = mark.args
        own = [one for one in exchanges if one.fits(operation)]
        if not own or not (claims or any(one.status < 400 for one in own)):
            found.append(operation)
        found += [
            f"{operation} {claim}"
            for claim in claims
            if not any(one.bears_out(claim) for one in own)
        ]
    return found
