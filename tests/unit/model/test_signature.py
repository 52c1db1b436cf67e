from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from maskline.model.signature import Params, sign, sign_url_only, verify, with_body_hash

TOKEN = "12345"
ADDRESS = "mycompany.com/myapp.php?foo=1&bar=2"
CALL: dict[str, str] = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
REPEATED: dict[str, str | list[str]] = {
    "Sid": "CA123",
    "SidAccount": "AC123",
    "Digits": ["5678", "1234", "1234"],
}
JSON = b'{"property": "value", "boolean": true}'
JSON_URL = (
    f"https://{ADDRESS}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
)
JSON_SIGNATURE = "a9nBmqA0ju/hNViExpshrM61xv4="

VECTORS: list[tuple[str, Params, str]] = [
    (f"https://{ADDRESS}", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    (f"http://{ADDRESS}", CALL, "OyGYPqTF6ztdbRNCvuQO/oPvqQ4="),
    ("http://mycompany.com:80/myapp.php?foo=1&bar=2", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", CALL, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
    (f"https://{ADDRESS}", REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    (f"https://{ADDRESS}", {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    (JSON_URL, {}, JSON_SIGNATURE),
]


def pairs(params: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in params.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


@pytest.mark.parametrize(("url", "params", "signature"), VECTORS)
def test_vectors(url: str, params: Params, signature: str) -> None:
    assert sign(TOKEN, url, params) == signature
    if "bodySHA256" not in url:
        assert verify(TOKEN, url, params, signature)


@pytest.mark.parametrize(("url", "params", "signature"), VECTORS)
def test_vectors_against_the_official_validator(url: str, params: Params, signature: str) -> None:
    if params is REPEATED:
        validated = RequestValidator(TOKEN).validate(url, MultiDict(REPEATED), signature)
    else:
        validated = RequestValidator(TOKEN).validate(url, params, signature)
    assert validated


def test_json_vector() -> None:
    assert with_body_hash(f"https://{ADDRESS}", JSON) == JSON_URL
    assert sign_url_only(TOKEN, JSON_URL) == JSON_SIGNATURE
    assert verify(TOKEN, JSON_URL, JSON, JSON_SIGNATURE)
    assert not verify(TOKEN, JSON_URL, JSON + b" ", JSON_SIGNATURE)


def test_parameters_are_signed_alike_as_mapping_lists_or_pairs() -> None:
    expected = sign(TOKEN, f"https://{ADDRESS}", REPEATED)
    assert sign(TOKEN, f"https://{ADDRESS}", pairs(REPEATED)) == expected
    assert sign(TOKEN, f"https://{ADDRESS}", pairs(REPEATED)[::-1]) == expected
    tuples = {name: tuple(values) for name, values in {**REPEATED, "Sid": ["CA123"]}.items()}
    assert sign(TOKEN, f"https://{ADDRESS}", {**tuples, "SidAccount": "AC123"}) == expected


def test_names_are_sorted_by_code_point() -> None:
    signed = sign(TOKEN, "https://example.com/", {"b": "1", "B": "2", "a": "3", "É": "4"})
    assert signed == sign_url_only(TOKEN, "https://example.com/B2a3b1É4")


def test_the_fragment_is_not_signed() -> None:
    url = f"https://{ADDRESS}"
    assert sign(TOKEN, f"{url}#rc=2&rp=all", CALL) == sign(TOKEN, url, CALL)
    assert sign_url_only(TOKEN, f"{url}#rc=2") == sign_url_only(TOKEN, url)
    assert verify(TOKEN, f"{url}#rc=2", CALL, sign(TOKEN, url, CALL))
    assert with_body_hash(f"{url}#rc=2", JSON) == JSON_URL


def test_userinfo_is_signed() -> None:
    url = "https://user:pa:ss@mycompany.com/a"
    signature = sign(TOKEN, url, CALL)
    assert signature == sign_url_only(TOKEN, url + sorted_form(CALL))
    assert verify(TOKEN, url, CALL, signature)
    assert verify(TOKEN, "https://user:pa:ss@mycompany.com:443/a", CALL, signature)
    assert not verify(TOKEN, "https://mycompany.com/a", CALL, signature)


@pytest.mark.parametrize(
    ("seen", "signed"),
    [
        ("https://example.com/a", "https://example.com:443/a"),
        ("http://example.com/a", "http://example.com:80/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:1234/a", "https://example.com/a"),
        ("https://example.com", "https://example.com:443"),
        ("https://example.com?a=b:1/@c", "https://example.com:443?a=b:1/@c"),
        ("https://u:p@example.com/a", "https://u:p@example.com:443/a"),
        ("https://u:p@example.com:443/a", "https://u:p@example.com/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]:443/a"),
        ("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"),
        ("HTTPS://example.com/a", "HTTPS://example.com:443/a"),
    ],
)
def test_verify_takes_the_url_with_and_without_port(seen: str, signed: str) -> None:
    assert verify(TOKEN, seen, CALL, sign(TOKEN, signed, CALL))


@pytest.mark.parametrize(
    ("seen", "signed"),
    [
        ("https://example.com/a", "http://example.com/a"),
        ("https://example.com/a", "https://example.com:80/a"),
        ("https://example.com/a", "https://example.com:1234/a"),
        ("https://example.com:1234/a", "https://example.com:443/a"),
        ("https://example.com/a", "https://example.org/a"),
        ("ftp://example.com/a", "ftp://example.com:443/a"),
        ("https:///a", "https://:443/a"),
        ("/a", "https://example.com/a"),
        ("", "https://example.com/a"),
    ],
)
def test_verify_refuses_other_urls(seen: str, signed: str) -> None:
    assert not verify(TOKEN, seen, CALL, sign(TOKEN, signed, CALL))


def test_verify_refuses_what_was_changed() -> None:
    url = f"https://{ADDRESS}"
    signature = sign(TOKEN, url, CALL)
    assert not verify("54321", url, CALL, signature)
    assert not verify(TOKEN, url, {**CALL, "Digits": "1235"}, signature)
    assert not verify(TOKEN, url, {**CALL, "Extra": "x"}, signature)
    assert not verify(TOKEN, url, {}, signature)
    assert not verify(TOKEN, url, CALL, signature[:-2] + "9=")
    assert not verify(TOKEN, url, CALL, signature + "=")
    assert not verify(TOKEN, url, CALL, signature.lower())


def test_verify_fails_closed() -> None:
    url = f"https://{ADDRESS}"
    assert not verify(TOKEN, url, CALL, "")
    assert not verify(TOKEN, url, CALL, "é" * 28)
    assert not verify(TOKEN, url, CALL, "\ud800")
    # An account without a token has no signature, not the one of an empty key.
    assert not verify("", url, CALL, sign("", url, CALL))
    # Bytes that no hash in the URL covers are not signed at all.
    assert not verify(TOKEN, url, JSON, sign_url_only(TOKEN, url))
    assert verify(TOKEN, url, b"", sign_url_only(TOKEN, url))


def test_parameters_may_hold_any_text() -> None:
    params = {"Body": "\ud83d🚕\x00é"}
    assert verify(
        TOKEN, "https://example.com/", params, sign(TOKEN, "https://example.com/", params)
    )


@pytest.mark.parametrize("name", ["bodySHA256", "body%53HA256", "%62odySHA256"])
def test_the_body_is_checked_whenever_the_query_has_its_hash(name: str) -> None:
    raw = b"Digits=1"
    form = {"Digits": "1"}
    url = f"https://example.com/?a=%20&{name}={sha256(raw).hexdigest()}"
    signature = sign(TOKEN, url, form)
    assert verify(TOKEN, url, form, signature, raw=raw)
    assert not verify(TOKEN, url, form, signature, raw=b"Digits=2")
    assert not verify(TOKEN, url, form, signature)
    # The signature of a body that is no form says nothing of a form with the same URL.
    assert not verify(TOKEN, url, {}, sign_url_only(TOKEN, url))
    assert not verify(TOKEN, url, {}, sign_url_only(TOKEN, url), raw=b"")
    assert not verify(TOKEN, url, b"Digits=2", sign_url_only(TOKEN, url))
    assert verify(TOKEN, url, raw, sign_url_only(TOKEN, url))


def test_an_empty_or_upper_case_hash_in_the_query() -> None:
    empty = "https://example.com/?bodySHA256="
    assert not verify(TOKEN, empty, JSON, sign_url_only(TOKEN, empty))
    upper = f"https://example.com/?bodySHA256={sha256(JSON).hexdigest().upper()}"
    assert verify(TOKEN, upper, JSON, sign_url_only(TOKEN, upper))
    foreign = "https://example.com/?bodySHA256=%C3%A9"
    assert not verify(TOKEN, foreign, JSON, sign_url_only(TOKEN, foreign))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", "https://example.com?bodySHA256={}"),
        ("https://example.com/a?", "https://example.com/a?bodySHA256={}"),
        ("https://example.com/a?b=%20+c&&d", "https://example.com/a?b=%20+c&&d&bodySHA256={}"),
        ("https://example.com/?bodySHA256=0&a=1", "https://example.com/?a=1&bodySHA256={}"),
        ("https://example.com/?a=1&body%53HA256=0", "https://example.com/?a=1&bodySHA256={}"),
    ],
)
def test_with_body_hash(url: str, expected: str) -> None:
    hashed = with_body_hash(url, JSON)
    assert hashed == expected.format(sha256(JSON).hexdigest())
    assert with_body_hash(hashed, JSON) == hashed
    assert verify(TOKEN, hashed, JSON, sign_url_only(TOKEN, hashed))


# Against the official validator, both ways. It loses userinfo, drops a lone `?`, and never checks
# the hash of a form's body; the tests above hold ours to more.

HOSTS = st.sampled_from(["example.com", "a.example.org", "192.0.2.7"])
PORTS = st.sampled_from(["", ":443", ":80", ":8443"])
PATHS = st.from_regex(r"(/[a-z0-9%~._-]{0,8}){0,3}", fullmatch=True)
QUERIES = st.from_regex(r"(\?[a-z0-9&=%+./:@?-]{1,20})?", fullmatch=True)
URLS = st.builds(
    lambda scheme, *rest: f"{scheme}://{''.join(rest)}",
    st.sampled_from(["http", "https"]),
    HOSTS,
    PORTS,
    PATHS,
    QUERIES,
)
FORMS = st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=20)
MANY_FORMS = st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6)), max_size=6)


@given(st.text(min_size=1), URLS, FORMS)
def test_the_official_validator_takes_our_signatures(
    token: str, url: str, params: dict[str, str]
) -> None:
    validator = RequestValidator(token)
    signature = sign(token, url, params)
    assert signature == validator.compute_signature(url, params)
    assert validator.validate(url, params, signature)
    assert verify(token, url, params, signature)


@given(st.text(min_size=1), URLS, URLS, FORMS)
def test_verify_agrees_with_the_official_validator(
    token: str, seen: str, signed: str, params: dict[str, str]
) -> None:
    validator = RequestValidator(token)
    for url in (signed, seen.replace(":8443", ""), seen):
        signature = validator.compute_signature(url, params)
        assert verify(token, seen, params, signature) == validator.validate(seen, params, signature)


@given(URLS, MANY_FORMS)
def test_repeated_parameters_agree_with_the_official_validator(
    url: str, params: dict[str, list[str]]
) -> None:
    signature = RequestValidator(TOKEN).compute_signature(url, MultiDict(params))
    assert sign(TOKEN, url, params) == signature
    assert sign(TOKEN, url, [(n, v) for n, values in params.items() for v in values]) == signature


@given(URLS, st.text())
def test_bodies_agree_with_the_official_validator(url: str, body: str) -> None:
    assume("bodySHA256" not in url)
    hashed = with_body_hash(url, body.encode())
    signature = sign_url_only(TOKEN, hashed)
    assert verify(TOKEN, hashed, body.encode(), signature)
    assert RequestValidator(TOKEN).validate(hashed, body, signature)
    assert not verify(TOKEN, hashed, body.encode() + b".", signature)
    assert not RequestValidator(TOKEN).validate(hashed, body + ".", signature)


class MultiDict(dict[str, object]):
    """As much of a framework's multi-value dictionary as the official validator looks at."""

    def getall(self, name: str) -> list[str]:
        values = self[name]
        return [values] if isinstance(values, str) else list(values)  # type: ignore[call-overload]


def sorted_form(params: dict[str, str]) -> str:
    return "".join(name + value for name, value in sorted(params.items()))
