"""Vonage's signatures: hashes of the SMS API, with every vector of its own SDK, and tokens."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest

from maskline.carriers import vonage
from maskline.carriers.redaction import redacted
from maskline.carriers.vonage.signature import sign, verify
from maskline.model.traffic import OutboundMessage
from tests.carriers.vonage.desk import (
    API_SECRET,
    APPLICATION,
    SECRET,
    adapter,
    hook,
    pem,
    private_key,
    signed,
    token,
)
from tests.support.carrier_desk import NOW, posted, reply

PARAMS = {"param1": "value1", "param2": "value2", "timestamp": "1234567890"}
ODD = {"param1": "value&1", "param2": "value=2", "timestamp": "1234567890"}
SHA256 = "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"


@pytest.mark.covers("carrier:vonage.signature")
@pytest.mark.parametrize(
    ("params", "method", "signature"),
    [
        (PARAMS, "sha256", SHA256),
        (PARAMS, "md5", "724c2bf6ca423c36e20631b11d1c5753"),
        (ODD, "md5", "2bbf0abafb2c55e5af6231513896a2ac"),
    ],
)
def test_vectors(params: dict[str, str], method: str, signature: str) -> None:
    secret, at = "signature_secret", 1_234_567_890_000
    assert sign(secret, params, method) == signature
    for given in (signature, signature.upper()):
        assert verify(secret, params | {"sig": given}, method, at)
    for wrong in ("", "00", "é", signature[:-1] + "x"):
        assert not verify(secret, params | {"sig": wrong}, method, at)
    assert not verify("other", params | {"sig": signature}, method, at)
    assert not verify(secret, params | {"sig": signature, "param3": "x"}, method, at)
    hour = 3_600_000
    for later, sound in ((24 * hour, True), (26 * hour, False), (-4 * 60_000, True)):
        assert verify(secret, params | {"sig": signature}, method, at + later) is sound
    assert not verify(secret, params | {"sig": signature}, method, at - hour)


def test_the_oldest_method_hashes_the_secret_too() -> None:
    text = b"&param1=value_1&param2=value_2&timestamp=1234567890signature_secret"
    expected = hashlib.md5(text).hexdigest()
    assert sign("signature_secret", ODD, "md5hash") == expected


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("how", ["form", "query", "json"])
def test_hooks_are_signed_among_their_parameters(method: str, how: str) -> None:
    one, _ = adapter(signature_method=method)
    request = signed("Message", {"text": "a&b=c é", "msisdn": "1"}, how, method)
    assert one.verify(request)
    assert not adapter(signature_method="sha256" if method != "sha256" else "md5")[0].verify(
        request
    )
    kept = redacted(request, one.secrets, 10_000)
    signature = sign(SECRET, dict(_of(request)), method)
    assert signature not in repr(kept)
    # Calls are not signed so.
    assert not one.verify(signed("Call", {"uuid": "1"}, how, method))


def _of(request: Any) -> dict[str, str]:
    if request.method == "GET":
        return dict(request.query)
    return json.loads(request.body) if "json" in request.content_type else dict(request.form)


@pytest.mark.parametrize("stamp", ["", "x", "9" * 40, "-1", "²"])
def test_times_that_are_none(stamp: str) -> None:
    params = {"timestamp": stamp}
    assert not verify(SECRET, params | {"sig": sign(SECRET, params, "sha256")}, "sha256", NOW)


def test_bodies_that_are_not_parameters_are_not_signed() -> None:
    one, _ = adapter()
    for body in (b"[]", b"{", b"\xff"):
        assert not one.verify(posted("Message", body, content_type="application/json"))
    assert not one.verify(posted("Message", b"x", content_type="text/plain"))


# Tokens in

BODY = {"uuid": "u", "status": "completed"}


@pytest.mark.covers("carrier:vonage.token")
def test_tokens() -> None:
    one, _ = adapter()
    assert one.verify(hook("Status", BODY))
    assert one.verify(hook("Call/Status", BODY))
    body = json.dumps(BODY).encode()

    def sound(made: str, data: bytes = body, scheme: str = "Bearer") -> bool:
        header = f"{scheme} {made}"
        return one.verify(
            posted("Status", data, content_type="application/json", authorization=header)
        )

    now = NOW // 1000
    assert sound(token(body), scheme="bearer")
    assert sound(token(body, api_key=None, application_id=None, exp=now + 60))
    assert sound(token(body, iat=now - 24 * 3600))
    for made in (
        token(body, secret="another-secret-of-sixteen"),
        token(body, algorithm="none"),
        token(body, algorithm="HS512"),
        token(body, api_key="other"),
        token(body, application_id="other"),
        token(body, iat=None),
        token(body, iat="now"),
        token(body, iat=now - 26 * 3600),
        token(body, iat=now + 3600),
        token(body, exp=now - 3600),
        token(body, exp="x"),
        token(body, payload_hash="00"),
        token(body, payload_hash=7),
        token(body, payload_hash="é"),
        # The vendor's own SDK would take one that says nothing of the body.
        token(body, payload_hash=None),
        "",
        "x",
        "a.b.c",
        base64.b64encode(b"{}").decode(),
    ):
        assert not sound(made), made
    assert not sound(token(body), body + b" ")
    assert not sound(token(body), scheme="Basic")
    assert not one.verify(posted("Call/Status", body, content_type="application/json"))


def test_a_token_signed_with_our_own_public_key_is_none() -> None:
    """A token must not choose how it is checked."""
    body = json.dumps(BODY).encode()
    made = jwt.encode({"iat": NOW // 1000}, private_key(), "RS256")
    one, _ = adapter()
    assert not one.verify(posted("Status", body, authorization=f"Bearer {made}"))


def test_an_address_is_not_signed_so_that_its_token_must_be_new() -> None:
    one, _ = adapter()
    now = NOW // 1000
    for at, sound in ((now, True), (now - 200, True), (now - 400, False), (now - 3600, False)):
        made = token(b"", iat=at)
        request = posted(
            "Call", b"", query="uuid=u&to=1", method="GET", authorization=f"Bearer {made}"
        )
        assert one.verify(request) is sound


@pytest.mark.covers("carrier:vonage.redaction")
def test_what_is_kept_of_a_request_has_no_token() -> None:
    one, _ = adapter()
    request = hook("Status", BODY)
    kept = repr(redacted(request, one.secrets, 10_000))
    assert request.headers["authorization"] not in kept
    assert "completed" in kept


# Tokens out


async def test_our_own_token_is_an_application_s() -> None:
    now = NOW
    replies = [reply(202, {"message_uuid": "m"})] * 3
    one, client = adapter(*replies, clock=lambda: now)
    text = OutboundMessage("SM1", "+14158670001", "+14155550100", "hi")
    for later in (0, 500_000, 700_000):
        now = NOW + later
        await one.send(text)
    first, second, third = (one.headers["Authorization"] for one in client.requests)
    assert first == second != third
    made = first.removeprefix("Bearer ")
    assert jwt.get_unverified_header(made)["alg"] == "RS256"
    claims = jwt.decode(made, private_key().public_key(), ["RS256"], options={"verify_exp": False})
    assert claims["application_id"] == APPLICATION
    assert (claims["iat"], claims["exp"]) == (NOW // 1000, NOW // 1000 + 900)
    assert claims["jti"]


def test_keys_are_looked_at_when_they_are_given() -> None:
    assert adapter(key=pem().replace("\n", "\\n"))
    for wrong in ("x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"):
        with pytest.raises(ValueError, match="no RSA private key") as found:
            adapter(key=wrong)
        assert "AAAA" not in str(found.value)
    with pytest.raises(ValueError, match="go together"):
        adapter(key="")
    with pytest.raises(ValueError, match="Messages API needs"):
        adapter(key="", application_id="")
    assert not adapter(key="", application_id="", api="sms")[0].capabilities.voice


def test_secrets_show_nowhere() -> None:
    credentials = vonage.Credentials(API_SECRET, SECRET, pem())
    assert repr(credentials) == "Credentials()"
