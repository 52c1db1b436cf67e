"""Plivo's signatures: every vector that its own SDK gives, and what must not pass."""

from __future__ import annotations

import base64
import hmac

import pytest

from maskline.carriers.plivo.signature import sign_v2, sign_v3, verify
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Request
from tests.carriers.plivo.desk import TOKEN, adapter, signed
from tests.support.carrier_desk import posted

AUTH, NONCE = "my_auth_token", "12345"
CALL = {"CallUUID": "97ceeb52-58b6-11e1-86da-77300b68f8bb", "Duration": "300"}
BOTH = {"To": "15555550100", "From": "15555550199"}
V3_POST = "lGsA7wORSRimdxCEqlJfbyxIYTxOsbYjbXU05rrpSpE="
V3_QUERY = "Elbls13pZq69wvEI4pQuiKJwmdcqo0lvlBKPHNYN2Ks="
V3_GET = "vXpxjIqCogFWpG2Cx4l6pfE9JIuAqhNkS/FbIzZ+Vp0="
V2 = "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="


@pytest.mark.covers("carrier:plivo.signature")
@pytest.mark.parametrize(
    ("method", "url", "params", "signature"),
    [
        ("POST", "https://answer.url", CALL, V3_POST),
        ("POST", "https://answer.url/cb?a=b&c=d", BOTH, V3_QUERY),
        ("GET", "https://answer.url/cb?a=b", {"To": "15555550100"}, V3_GET),
    ],
)
def test_vectors_of_the_third_version(
    method: str, url: str, params: dict[str, str], signature: str
) -> None:
    assert sign_v3(AUTH, method, url, params, NONCE) == signature
    if method == "GET":
        # What the SDK is handed apart stands in the address of a request.
        url, params = f"{url}&To=15555550100", {}
    headers = {"x_plivo_signature_v3": signature, "x_plivo_signature_v3_nonce": NONCE}

    def request(fields: dict[str, str], urls: tuple[str, ...], **changes: str) -> Request:
        query = urls[0].partition("?")[2]
        return posted("x", fields, urls=urls, query=query, method=method, **headers | changes)

    behind = (url, "http://10.0.0.7:8080/x")
    for urls in (behind, behind[::-1]):
        assert verify([AUTH], request(params, urls), accept_v2=False)
    assert verify(["other", AUTH], request(params, behind), accept_v2=False)
    several = request(params, behind, x_plivo_signature_v3=f"AAAA, {signature},BBBB")
    assert verify([AUTH], several, accept_v2=False)
    main = {"x_plivo_signature_v3": "AAAA", "x_plivo_signature_ma_v3": signature}
    assert verify([AUTH], request(params, behind, **main), accept_v2=False)
    for wrong in ("", "AAAA", "é", signature[:-2] + "A="):
        bad = request(params, behind, x_plivo_signature_v3=wrong)
        assert not verify([AUTH], bad, accept_v2=True)
    assert not verify(["other", ""], request(params, behind), accept_v2=True)
    for nonce in ("", "12346"):
        bad = request(params, behind, x_plivo_signature_v3_nonce=nonce)
        assert not verify([AUTH], bad, accept_v2=True)
    if method == "POST":
        changed = request(params | {"Duration": "301"}, behind)
        assert not verify([AUTH], changed, accept_v2=False)


def test_the_vector_of_the_second_version() -> None:
    assert sign_v2(AUTH, "https://answer.url", NONCE) == V2
    assert sign_v2(AUTH, "https://answer.url?a=b", NONCE) == V2
    headers = {"x_plivo_signature_v2": V2, "x_plivo_signature_v2_nonce": NONCE}
    urls = ("https://answer.url?a=b",)
    request = posted("x", CALL, urls=urls, **headers)
    assert verify([AUTH], request, accept_v2=True)
    # It does not cover what is in the request, so that somebody must want it.
    assert not verify([AUTH], request, accept_v2=False)
    # Where there is a newer one, that one counts.
    both = posted("x", CALL, urls=urls, x_plivo_signature_v3="AAAA", **headers)
    assert not verify([AUTH], both, accept_v2=True)
    no_nonce = posted("x", CALL, urls=urls, x_plivo_signature_v2=sign_v2(AUTH, urls[0], ""))
    assert not verify([AUTH], no_nonce, accept_v2=True)


def test_values_that_are_encoded_or_repeated_are_signed_as_they_are() -> None:
    """The SDK reads a query before it signs it; what is written may be signed as well."""
    url = "https://answer.url/cb?b=%2B1%20x&a=2&a=1&empty="
    read = "https://answer.url/cb?a=1&a=2&b=+1 x&empty="
    written = "https://answer.url/cb?a=1&a=2&b=%2B1%20x&empty="
    form = [("Text", "2"), ("Text", "1")]
    headers = {"x_plivo_signature_v3_nonce": NONCE}
    for base in (read, written):
        text = f"{base}.Text1Text2.{NONCE}".encode()
        signature = base64.b64encode(hmac.digest(AUTH.encode(), text, "sha256")).decode()
        request = posted("x", form, urls=(url,), x_plivo_signature_v3=signature, **headers)
        assert verify([AUTH], request, accept_v2=False)
    for base, urls in ((read, (url,)), ("https://answer.url/cb", ("https://answer.url/cb",))):
        text = f"{base}.{NONCE}".encode()
        alone = base64.b64encode(hmac.digest(AUTH.encode(), text, "sha256")).decode()
        empty = posted("x", {}, urls=urls, x_plivo_signature_v3=alone, **headers)
        assert verify([AUTH], empty, accept_v2=False)
    other = posted("x", form, urls=(f"{url}1",), x_plivo_signature_v3=signature, **headers)
    assert not verify([AUTH], other, accept_v2=False)


def test_bodies_that_are_no_forms_are_not_signed_so() -> None:
    one, _ = adapter()
    request = signed("Message", {})
    assert one.verify(request)
    body = posted("Message", b"{}", content_type="application/json")
    body.headers.update(  # type: ignore[attr-defined]
        {name: value for name, value in request.headers.items() if name != "content-type"}
    )
    assert not one.verify(body)
    assert not one.verify(posted("Message", {}))


def test_the_main_account_signs_for_its_subaccounts() -> None:
    request = signed("Message", {"From": "1"}, token="the-main-account-s")
    assert not adapter()[0].verify(request)
    assert adapter(main_auth_token="the-main-account-s")[0].verify(request)


@pytest.mark.covers("carrier:plivo.redaction")
def test_what_is_kept_of_a_request_has_no_signature() -> None:
    request = signed("Message", {"Text": "hello"}, x_plivo_signature_ma_v3="bWFpbg==")
    kept = repr(redacted(request, adapter()[0].secrets, 10_000))
    for name in ("x-plivo-signature-v3", "x-plivo-signature-ma-v3"):
        assert request.headers[name] not in kept
    assert "'nonce'" not in kept
    assert "hello" in kept
    assert TOKEN not in kept
