"""An OpenID Connect provider, asked who somebody is: authorization code with PKCE.

Tokens are verified by joserfc, which is installed with `maskline[oidc]`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from maskline.model.http import HttpClient, HttpFailure, HttpRequest, form
from maskline.settings.console import OidcSettings

T = TypeVar("T")

#: How a provider may sign: never with the secret that it shares with us, and never not at all.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
#: Seconds for which what a provider says of itself and its keys is believed.
_KEPT: Final = 600.0
#: Seconds between two looks for a key that is not there.
_AGAIN: Final = 30.0
#: Seconds by which its clock may be wrong.
_LEEWAY: Final = 60
_MAX_BODY: Final = 262_144


class NotInstalled(Exception):
    """What is needed for it is not installed."""


class Unavailable(Exception):
    """The provider can't be reached, or does not answer as it should."""


class Untrue(Exception):
    """What came back was not made for this sign-in, or is not the provider's."""


class Trip(msgspec.Struct, frozen=True):
    """What a browser keeps while its user is at the provider."""

    state: str
    nonce: str
    verifier: str
    then: str


class _About(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str | None = None


class Provider:
    """One provider. Raises NotInstalled."""

    def __init__(self, settings: OidcSettings, http: HttpClient, redirect_uri: str) -> None:
        try:
            from joserfc import jwk, jwt
            from joserfc.errors import JoseError
        except ImportError:
            raise NotInstalled("oidc.issuer is set, and joserfc is not installed") from None

        assert settings.issuer is not None
        self._jwk, self._jwt, self._wrong = jwk, jwt, JoseError
        self._settings = settings
        self._issuer = settings.issuer.rstrip("/")
        self._http = http
        self._redirect_uri = redirect_uri
        self._about: tuple[float, _About] | None = None
        self._keys: tuple[float, Any] | None = None

    async def begin(self, then: str) -> tuple[str, Trip]:
        """Where to send the browser, and what it has to keep. Raises Unavailable."""
        about = await self._discover()
        trip = Trip(
            secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), then
        )
        digest = hashlib.sha256(trip.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": self._redirect_uri,
                "scope": " ".join(self._settings.scopes),
                "state": trip.state,
                "nonce": trip.nonce,
                "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            },
            quote_via=quote,
        )
        where = about.authorization_endpoint
        return f"{where}{'&' if '?' in where else '?'}{query}", trip

    async def claims(self, code: str, trip: Trip) -> Mapping[str, Any]:
        """What the provider says of whoever came back with a code. Raises Unavailable, Untrue."""
        about = await self._discover()
        tokens = await self._exchange(about, code, trip)
        claims = await self._verified(about, tokens.id_token, trip.nonce)
        wanted = {self._settings.role_claim, self._settings.name_claim}
        if about.userinfo_endpoint and tokens.access_token and not wanted <= set(claims):
            told = await self._ask(
                HttpRequest(
                    "GET",
                    about.userinfo_endpoint,
                    {"Authorization": f"Bearer {tokens.access_token}"},
                    max_body=_MAX_BODY,
                ),
                dict[str, Any],
            )
            if told.get("sub") == claims["sub"]:
                claims = {**told, **claims}
        return claims

    async def _exchange(self, about: _About, code: str, trip: Trip) -> _Tokens:
        settings = self._settings
        params = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self._redirect_uri),
            ("code_verifier", trip.verifier),
        ]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if settings.client_secret is None:
            params.append(("client_id", settings.client_id))
        else:
            pair = f"{quote(settings.client_id, '')}:{quote(settings.client_secret, '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        request = HttpRequest(
            "POST", about.token_endpoint, headers, form(params), max_body=_MAX_BODY
        )
        return await self._ask(request, _Tokens)

    async def _verified(self, about: _About, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            token = self._decode(id_token, await self._key_set(about))
        except (self._wrong, ValueError):
            # The provider may have changed its keys.
            token = self._decode_again(id_token, await self._key_set(about, fresh=True))
        claims: dict[str, Any] = dict(token.claims)
        registry = self._jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": about.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except self._wrong as error:
            raise Untrue(type(error).__name__) from None
        other = claims.get("azp", self._settings.client_id) != self._settings.client_id
        if other or not isinstance(claims["sub"], str):
            raise Untrue("azp")
        return claims

    def _decode(self, id_token: str, keys: Any) -> Any:
        return self._jwt.decode(id_token, keys, algorithms=list(_ALGORITHMS))

    def _decode_again(self, id_token: str, keys: Any) -> Any:
        try:
            return self._decode(id_token, keys)
        except (self._wrong, ValueError) as error:
            raise Untrue(type(error).__name__) from None

    async def _discover(self) -> _About:
        now = time.monotonic()
        if self._about is not None and now - self._about[0] < _KEPT:
            return self._about[1]
        url = f"{self._issuer}/.well-known/openid-configuration"
        about = await self._ask(HttpRequest("GET", url, max_body=_MAX_BODY), _About)
        if about.issuer.rstrip("/") != self._issuer:
            raise Unavailable("it names another issuer")
        self._about = (now, about)
        return about

    async def _key_set(self, about: _About, *, fresh: bool = False) -> Any:
        now = time.monotonic()
        age = _AGAIN if fresh else _KEPT
        if self._keys is not None and now - self._keys[0] < age:
            return self._keys[1]
        request = HttpRequest("GET", about.jwks_uri, max_body=_MAX_BODY)
        told = await self._ask(request, dict[str, Any])
        try:
            keys = self._jwk.KeySet.import_key_set(told)  # type: ignore[arg-type]  # as told
        except (self._wrong, ValueError, KeyError, TypeError):
            raise Unavailable("its keys are none") from None
        self._keys = (now, keys)
        return keys

    async def _ask(self, request: HttpRequest, kind: type[T]) -> T:
        try:
            answer = await self._http.send(request)
        except HttpFailure as failure:
            raise Unavailable(str(failure)) from None
        if answer.status == 400 and request.method == "POST":
            raise Untrue("the code was refused")
        if answer.status != 200:
            raise Unavailable(f"it answered with status {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, RecursionError):
            raise Unavailable("its answer is not understood") from None
