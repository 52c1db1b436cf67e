from __future__ import annotations

import pytest

from maskline.carriers.redaction import HIDDEN, Secrets, redacted
from tests.support.carrier_desk import FORM, posted

SECRETS = Secrets(headers=frozenset({"x-sig"}), fields=frozenset({"sig", "api-key"}))


def test_headers() -> None:
    request = posted("in", b"", x_sig="s3cret", authorization="Basic s3cret", x_other="kept")
    kept = redacted(request, SECRETS, 100)
    assert kept.headers["x-sig"] == kept.headers["authorization"] == HIDDEN
    assert kept.headers["x-other"] == "kept"
    assert "s3cret" not in repr(kept)


@pytest.mark.parametrize(
    ("body", "content_type", "kept"),
    [
        (b"a=1&sig=s3cret&b=2", FORM, "a=1&sig=***&b=2"),
        (
            b"a=1&SIG=s3cret&s%69g=s3cret",
            FORM,
            "a=1&SIG=***&s%69g=***",
        ),
        (b"sig", FORM, "sig"),
        (
            b'{"a":{"api-key":"s3cret"},"b":[{"sig":1}]}',
            "application/json",
            '{"a":{"api-key":"***"},"b":[{"sig":"***"}]}',
        ),
        (b'{"sig":"s3cret"', "application/json", HIDDEN),
        (b'{"sig":"s3cret"}', "application/vnd.api+json; charset=utf-8", '{"sig":"***"}'),
        (b"sig=s3cret", "text/plain", HIDDEN),
        (b"", "text/plain", ""),
    ],
)
def test_bodies(body: bytes, content_type: str, kept: str) -> None:
    request = posted("in", body, content_type=content_type, query="sig=s3cret&x=1")
    found = redacted(request, SECRETS, 1000)
    assert found.body == kept
    assert found.query == "sig=***&x=1"
    assert "s3cret" not in repr(found)


def test_a_carrier_without_secret_fields_keeps_its_bodies() -> None:
    found = redacted(posted("in", b"a\0b\xff"), Secrets(), 3)
    assert (found.body, found.truncated) == ("ab", True)
    assert found.query == ""


def test_what_is_long_is_cut_after_its_secrets_are_out() -> None:
    found = redacted(posted("in", b"sig=s3cret&a=123456"), SECRETS, 10)
    assert (found.body, found.truncated) == ("sig=***&a=", True)
