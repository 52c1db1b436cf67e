"""Plivo's signatures, of its third and second version: HMAC-SHA256 in base64."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from maskline.carriers.request import Malformed, Params, Request

V3: Final = "x-plivo-signature-v3"
MAIN_V3: Final = "x-plivo-signature-ma-v3"
V3_NONCE: Final = "x-plivo-signature-v3-nonce"
V2: Final = "x-plivo-signature-v2"
MAIN_V2: Final = "x-plivo-signature-ma-v2"
V2_NONCE: Final = "x-plivo-signature-v2-nonce"
HEADERS: Final = frozenset({V3, MAIN_V3, V3_NONCE, V2, MAIN_V2, V2_NONCE})


def sign_v3(token: str, method: str, url: str, params: Params, nonce: str) -> str:
    """The third version: over the address, its query and the parameters of a form, sorted."""
    return _digest(token, f"{_signed(method, url, params, decoded=True)}.{nonce}")


def sign_v2(token: str, url: str, nonce: str) -> str:
    """The second version: over the address without its query. It covers nothing else."""
    return _digest(token, url.partition("?")[0] + nonce)


def verify(tokens: Iterable[str], request: Request, *, accept_v2: bool) -> bool:
    """Whether the owner of one of the tokens signed the request. Where there is a signature of the
    third version, it alone counts: the second would let what is in a request be changed."""
    headers = request.headers
    tokens = [token for token in tokens if token]
    if headers.get(V3) or headers.get(MAIN_V3):
        nonce = headers.get(V3_NONCE, "")
        given = _listed(headers, V3, MAIN_V3)
        try:
            form: Params = request.form if request.method == "POST" else {}
        except Malformed:
            return False
        bases = {
            _signed(request.method, url, form, decoded=decoded)
            for url in request.urls
            for decoded in (True, False)
        }
        ours = [_digest(token, f"{base}.{nonce}") for token in tokens for base in bases]
    elif accept_v2:
        nonce = headers.get(V2_NONCE, "")
        given = _listed(headers, V2, MAIN_V2)
        ours = [sign_v2(token, url, nonce) for token in tokens for url in request.urls]
    else:
        return False
    if not nonce:
        return False
    # Every pair is compared, so that the time tells nothing.
    matches = [hmac.compare_digest(one, other) for one in given for other in ours]
    return any(matches)


def _listed(headers: Mapping[str, str], *names: str) -> list[str]:
    """The signatures of some headers: each may hold several, one for each token that is valid."""
    found = ",".join(headers.get(name, "") for name in names).split(",")
    return [one.strip() for one in found if one.strip() and one.isascii()]


def _signed(method: str, url: str, params: Params, *, decoded: bool) -> str:
    address, _, query = url.partition("#")[0].partition("?")
    pairs = parse_qsl(query, keep_blank_values=True) if decoded else _raw(query)
    if method == "GET":
        in_query = sorted([*pairs, *_pairs(params)])
        return f"{address}?{_query(in_query)}" if in_query else address
    tail = "".join(f"{name}{value}" for name, value in sorted(_pairs(params)))
    if pairs and tail:
        return f"{address}?{_query(sorted(pairs))}.{tail}"
    if pairs:
        return f"{address}?{_query(sorted(pairs))}"
    return f"{address}?{tail}" if tail else address


def _raw(query: str) -> list[tuple[str, str]]:
    """The pairs of a query as they are written."""
    pairs = (field.partition("=") for field in query.split("&") if field)
    return [(name, value) for name, _, value in pairs]


def _pairs(params: Params) -> list[tuple[str, str]]:
    return [
        (name, one)
        for name, value in params.items()
        for one in ([value] if isinstance(value, str) else value)
    ]


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def _digest(token: str, text: str) -> str:
    # What came over the wire may hold lone surrogates: they are hashed, never an exception.
    digest = hmac.digest(token.encode(), text.encode("utf-8", "surrogatepass"), "sha256")
    return b64encode(digest).decode()
