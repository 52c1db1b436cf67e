"""What is believed of an ID token. The provider is played: a real one makes no false tokens."""

from __future__ import annotations

import base64
import hmac
import time
from typing import Any

import msgspec
import pytest
from joserfc import jwk, jwt

from maskline.console.oidc import Provider, Trip, Unavailable, Untrue
from maskline.model.http import ConnectFailed, HttpRequest, HttpResponse
from maskline.settings.tree import OidcSettings

ISSUER = "https://login.example"
TRIP = Trip("state", "the-nonce", "verifier", "/console/")
KEY = jwk.RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": "maskline",
        "sub": "42",
        "exp": now + 60,
        "iat": now,
        "nonce": TRIP.nonce,
        "preferred_username": "ann",
        "groups": ["ops"],
    }
    return {key: value for key, value in {**good, **more}.items() if value is not None}


def signed(told: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "1", **header}, told, key)


class Played:
    """Answers as a provider. `keys` are published, `token` is given for a code."""

    def __init__(self) -> None:
        self.token = signed(claims())
        self.keys: list[Any] = [KEY]
        self.userinfo: Any = {"sub": "42", "groups": ["told later"]}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[HttpRequest] = []
        self.about: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
        }

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Answers."""
        self.asked.append(request)
        path = request.url.removeprefix(ISSUER)
        body: Any = {
            "/.well-known/openid-configuration": self.about,
            "/token": {"id_token": self.token, "access_token": "access"},
            "/keys": {"keys": [key.as_dict(private=False) for key in self.keys]},
            "/me": self.userinfo,
        }[path]
        status, raw = self.answers.get(path, (200, msgspec.json.encode(body)))
        if status == 0:
            raise ConnectFailed("refused", "connect")  # type: ignore[arg-type]  # a word
        return HttpResponse(status, {}, raw, False)

    def paths(self) -> list[str]:
        """What was asked for."""
        return [one.url.removeprefix(ISSUER) for one in self.asked]


@pytest.fixture
def played() -> Played:
    """A provider."""
    return Played()


@pytest.fixture
def provider(played: Played) -> Provider:
    """Our side of it."""
    settings = OidcSettings(issuer=ISSUER + "/", client_id="maskline")
    return Provider(settings, played, "https://c.example/cb")  # type: ignore[arg-type]


async def test_a_true_token_is_believed(played: Played, provider: Provider) -> None:
    told = await provider.claims("code", TRIP)
    assert (told["sub"], told["groups"]) == ("42", ["ops"])
    assert "/me" not in played.paths()
    await provider.claims("code", TRIP)
    assert played.paths().count("/keys") == 1
    assert played.paths().count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"sub": None},
        {"sub": 42},
        {"exp": 1},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"azp": "another"},
    ],
    ids=str,
)
async def test_a_token_for_another_purpose_is_not(
    played: Played, provider: Provider, wrong: dict[str, Any]
) -> None:
    played.token = signed(claims(**wrong))
    with pytest.raises(Untrue):
        await provider.claims("code", TRIP)


def _packed(told: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(told)).rstrip(b"=").decode()


def _unsigned() -> str:
    return f"{_packed({'alg': 'none'})}.{_packed(claims())}."


def _signed_with_what_is_public() -> str:
    """The old trick: our public key taken for a shared secret."""
    text = f"{_packed({'alg': 'HS256', 'kid': '1'})}.{_packed(claims())}"
    mac = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "forge",
    [
        lambda: signed(claims(), OTHER),
        lambda: signed(claims(), jwk.RSAKey.generate_key(2048, {"kid": "2"}), kid="2"),
        _unsigned,
        _signed_with_what_is_public,
        lambda: signed(claims())[:-4] + "AAAA",
        lambda: "x.y.z",
        lambda: "",
    ],
    ids=["other key", "unknown key", "unsigned", "signed with what is public", "cut", "words", ""],
)
async def test_a_forged_token_is_not(played: Played, provider: Provider, forge: Any) -> None:
    played.token = forge()
    with pytest.raises(Untrue):
        await provider.claims("code", TRIP)


async def test_new_keys_are_asked_for(
    played: Played, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider.claims("code", TRIP)
    monkeypatch.setattr("maskline.console.oidc._AGAIN", 0.0)
    fresh = jwk.RSAKey.generate_key(2048, {"kid": "2", "use": "sig", "alg": "RS256"})
    played.keys, played.token = [fresh], signed(claims(), fresh, kid="2")
    assert (await provider.claims("code", TRIP))["sub"] == "42"


async def test_what_the_token_does_not_say_is_asked(played: Played, provider: Provider) -> None:
    played.token = signed(claims(groups=None))
    assert (await provider.claims("code", TRIP))["groups"] == ["told later"]
    assert played.asked[-1].headers["Authorization"] == "Bearer access"
    played.userinfo = {"sub": "another", "groups": ["ops"]}
    assert "groups" not in await provider.claims("code", TRIP)


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("/.well-known/openid-configuration", (500, b""), Unavailable),
        ("/.well-known/openid-configuration", (200, b"<html>"), Unavailable),
        ("/.well-known/openid-configuration", (0, b""), Unavailable),
        ("/token", (400, b'{"error":"invalid_grant"}'), Untrue),
        ("/token", (200, b"{}"), Unavailable),
        ("/keys", (200, b'{"keys": [{}]}'), Unavailable),
        ("/keys", (200, b'{"keys": 1}'), Unavailable),
        ("/keys", (200, b"{}"), Unavailable),
    ],
)
async def test_a_provider_in_trouble_lets_nobody_in(
    played: Played,
    provider: Provider,
    path: str,
    answer: tuple[int, bytes],
    error: type[Exception],
) -> None:
    played.answers[path] = answer
    with pytest.raises(error):
        await provider.claims("code", TRIP)


async def test_a_provider_is_who_it_was_set_up_as(played: Played, provider: Provider) -> None:
    played.about["issuer"] = "https://other.example"
    with pytest.raises(Unavailable):
        await provider.begin("/console/")


async def test_the_way_there_carries_a_challenge(provider: Provider) -> None:
    where, trip = await provider.begin("/console/")
    assert where.startswith(f"{ISSUER}/auth?tenant=1&response_type=code&client_id=maskline&")
    assert "code_challenge_method=S256" in where
    assert trip.verifier not in where
    assert trip.nonce in where
    again, other = await provider.begin("/console/")
    assert {trip.state, trip.nonce, trip.verifier}.isdisjoint(
        {other.state, other.nonce, other.verifier}
    )
    assert again != where
