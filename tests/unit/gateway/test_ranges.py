"""Parts of a file, as players ask for them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maskline.carriers.request import Answer
from maskline.gateway.ranges import ranged

FILE = Answer(b"0123456789", "video/mp4", 200, (("cache-control", "no-store"),))


@pytest.mark.parametrize(
    ("wanted", "status", "body", "shown"),
    [
        ("bytes=0-1", 206, b"01", "bytes 0-1/10"),
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("BYTES= 9-9 ", 206, b"9", "bytes 9-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=10-12", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        # What can't be read is as if it were not there.
        (None, 200, FILE.body, None),
        ("", 200, FILE.body, None),
        ("bytes=-", 200, FILE.body, None),
        ("bytes=5-4", 200, FILE.body, None),
        ("bytes=0-1,3-4", 200, FILE.body, None),
        ("pages=0-1", 200, FILE.body, None),
        ("bytes=x-1", 200, FILE.body, None),
        ("bytes=\u0661-2", 200, FILE.body, None),
        (f"bytes=0-{'9' * 5000}", 200, FILE.body, None),
    ],
)
def test_a_part(wanted: str | None, status: int, body: bytes, shown: str | None) -> None:
    found = ranged(FILE, wanted)
    headers = dict(found.headers)
    assert (found.status, found.body, headers.get("content-range")) == (status, body, shown)
    assert headers["accept-ranges"] == "bytes"
    assert (headers["cache-control"], found.content_type) == ("no-store", "video/mp4")


def test_a_condition_is_never_met() -> None:
    found = ranged(FILE, "bytes=0-1", '"a mark"')
    assert (found.status, found.body) == (200, FILE.body)


def test_of_an_empty_file_there_is_no_part() -> None:
    found = ranged(Answer(b"", "video/mp4"), "bytes=0-")
    assert (found.status, dict(found.headers)["content-range"]) == (416, "bytes */0")


@given(st.binary(max_size=64), st.integers(1, 80))
@example(b"0123456789", 10)
def test_the_parts_make_the_whole(body: bytes, step: int) -> None:
    """As a player fetches them: until it has as much as the first part said."""
    got = b""
    while len(got) < len(body):
        found = ranged(Answer(body, "audio/mpeg"), f"bytes={len(got)}-{len(got) + step - 1}")
        assert found.status == 206
        assert found.body
        assert dict(found.headers)["content-range"].endswith(f"/{len(body)}")
        got += found.body
    assert got == body
