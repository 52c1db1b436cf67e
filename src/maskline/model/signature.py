"""X-Twilio-Signature: making it and checking it.

The signature is the base64 of HMAC-SHA1 (key: the account's primary auth token) over the URL as it
was configured, query and userinfo included and fragment removed, followed by the form's parameters:
names in code-point order, each distinct value in order, name and value joined without separators.
A body that is no form is not appended; its SHA-256 stands in the query as `bodySHA256`.
"""

from __future__ import annotations

import hmac
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

HEADER: Final = "X-Twilio-Signature"
BODY_HASH: Final = "bodySHA256"

Params: TypeAlias = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]]

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def sign(token: str, url: str, params: Params = ()) -> str:
    """The signature of a form sent to `url`, or of a request without a body.

    `params` maps each name to its value or values, or lists the pairs as they are sent.
    """
    return _digest(token, _without_fragment(url) + _joined(params))


def sign_url_only(token: str, url: str) -> str:
    """The signature of a request whose body is no form: `url` has come from `with_body_hash`."""
    return _digest(token, _without_fragment(url))


def with_body_hash(url: str, body: bytes) -> str:
    """`url` with the hash of `body` in its query, without the fragment.

    A hash that is there already is replaced; nothing else of the URL changes.
    """
    address, _, query = _without_fragment(url).partition("?")
    kept = [field for field in query.split("&") if not _body_hashes(field)] if query else []
    return f"{address}?{'&'.join([*kept, f'{BODY_HASH}={sha256(body).hexdigest()}'])}"


def verify(
    token: str,
    url: str,
    params_or_body: Params | bytes,
    signature: str,
    *,
    raw: bytes | None = None,
) -> bool:
    """Whether `signature` was made with `token` for this request, compared in constant time.

    `params_or_body` is the form (a mapping or pairs), or the bytes of any other body. The URL may
    have been signed with or without its port, and with the default port where it shows none.

    Whenever the query has `bodySHA256`, the body's hash must equal it; for a form, give the bytes
    it was read from as `raw`, without which such a request is refused. A body that is no form
    and has no hash in the query is not covered by any signature and is refused too, unless empty.
    """
    if not token or not signature:
        return False
    url = _without_fragment(url)
    if isinstance(params_or_body, bytes):
        body: bytes | None = params_or_body
        tail = ""
    else:
        body = raw
        tail = _joined(params_or_body)
    hashes = _body_hashes(url.partition("?")[2]) if "?" in url else []
    if hashes:
        if body is None or not _same(sha256(body).hexdigest(), hashes[0].lower()):
            return False
    elif isinstance(params_or_body, bytes) and params_or_body:
        return False
    if _same(_digest(token, url + tail), signature):
        return True
    return any(_same(_digest(token, other + tail), signature) for other in _port_variants(url))


def _without_fragment(url: str) -> str:
    return url.partition("#")[0] if "#" in url else url


def _digest(token: str, text: str) -> str:
    # What came over the wire may hold lone surrogates: they are hashed, never an exception.
    digest = hmac.digest(token.encode(), text.encode("utf-8", "surrogatepass"), "sha1")
    return b2a_base64(digest, newline=False).decode()


def _same(ours: str, theirs: str) -> bool:
    # compare_digest() refuses to look at any other text.
    return theirs.isascii() and hmac.compare_digest(ours, theirs)


def _joined(params: Params) -> str:
    """The signed form of the parameters."""
    # A look at the type spares the common case the slower test of an abstract class.
    if type(params) is not dict and not isinstance(params, Mapping):
        single = dict(params)
        if len(single) < len(params):
            grouped: dict[str, set[str]] = {}
            for name, value in params:
                grouped.setdefault(name, set()).add(value)
            return _joined_values(grouped.items())
        params = single
    try:
        # An item of type list makes + fail, and is rare.
        return "".join([name + params[name] for name in sorted(params)])  # type: ignore[operator]
    except TypeError:
        return _joined_values(
            (name, {value} if isinstance(value, str) else set(value))
            for name, value in params.items()
        )


def _joined_values(grouped: Iterable[tuple[str, set[str]]]) -> str:
    return "".join(
        f"{name}{value}" for name, values in sorted(grouped, key=_name) for value in sorted(values)
    )


def _name(item: tuple[str, set[str]]) -> str:
    return item[0]


def _body_hashes(query: str) -> list[str]:
    """The values of `bodySHA256` in a query."""
    # A name may be percent-encoded, so only a query with neither is surely without.
    if BODY_HASH not in query and "%" not in query:
        return []
    fields = parse_qsl(query, keep_blank_values=True)
    return [value for name, value in fields if name == BODY_HASH]


def _port_variants(url: str) -> tuple[str, ...]:
    """The spelling of `url` with the default port if it shows none, else the one without."""
    scheme, separator, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    userinfo, at_sign, host = authority.rpartition("@")
    name, colon, port = host.rpartition(":")
    if not separator or not host:
        return ()
    # A colon inside the brackets of an IPv6 address starts no port.
    if colon and "]" not in port:
        return (f"{scheme}://{userinfo}{at_sign}{name}{path}",)
    default = _DEFAULT_PORTS.get(scheme.lower())
    return (f"{scheme}://{authority}:{default}{path}",) if default else ()
