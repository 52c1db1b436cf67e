from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.voice.documents import settled
from maskline.voice.instructions import (
    LEG_EVENTS,
    Client,
    Conference,
    Dial,
    Gather,
    Message,
    Number,
    Play,
    Record,
    Redirect,
    Response,
    Say,
    Sip,
    Verb,
)

HERE = "https://a.example/voice/start?x=1"
NEAR = "+14158670001"


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (Redirect("next"), Redirect("https://a.example/voice/next")),
        (Redirect("/next"), Redirect("https://a.example/next")),
        (Redirect("//b.example/next"), Redirect("https://b.example/next")),
        (Redirect("http://b.example/"), Redirect("http://b.example/")),
        (Redirect(""), Redirect(HERE)),
        (Redirect("http://["), Redirect("http://[")),
        (Play("a.mp3"), Play("https://a.example/voice/a.mp3")),
        (Play(digits="12"), Play(digits="12")),
        (Say("hi"), Say("hi")),
        (Gather((Play("a.mp3"),)), Gather((Play("https://a.example/voice/a.mp3"),), action=HERE)),
        (Gather(action=""), Gather(action=HERE)),
        (
            Record(recording_status_callback="r"),
            Record(action=HERE, recording_status_callback="https://a.example/voice/r"),
        ),
        (
            Message("x", action="m", status_callback="s"),
            Message(
                "x", action="https://a.example/voice/m", status_callback="https://a.example/voice/s"
            ),
        ),
        (
            Dial((Number("+1", url="w", status_callback="s"),), action="over"),
            Dial(
                (
                    Number(
                        "+1",
                        url="https://a.example/voice/w",
                        status_callback="https://a.example/voice/s",
                    ),
                ),
                caller_id=NEAR,
                action="https://a.example/voice/over",
            ),
        ),
        (
            Dial((Sip("sip:x@b.example"), Client("c"), Conference("f", wait_url="")), "+15"),
            Dial((Sip("sip:x@b.example"), Client("c"), Conference("f", wait_url="")), "+15"),
        ),
        (
            Dial((Conference("f", wait_url="music"),), ""),
            Dial((Conference("f", wait_url="https://a.example/voice/music"),), NEAR),
        ),
    ],
)
def test_urls_are_absolute_and_callers_hidden(verb: Verb, expected: Verb) -> None:
    assert settled(Response((verb,)), HERE, NEAR) == Response((expected,))


def test_urls_may_be_rewritten() -> None:
    def rewrite(url: str) -> str:
        return url.replace("a.example", "b.example")

    verbs: tuple[Any, ...] = (Redirect("next"), Gather())
    found = settled(Response(verbs), HERE, NEAR, rewrite)
    there = HERE.replace("a.example", "b.example")
    expected = Redirect("https://b.example/voice/next"), Gather(action=there)
    assert found == Response(expected)


def test_legs_that_nobody_is_told_about_are_reported() -> None:
    own = Number("+1", status_callback="https://a.example/own")
    verbs = (Dial((Number("+1"), own), "+15"),)
    told = Number("+1", status_callback="https://b.example/leg", status_callback_events=LEG_EVENTS)
    found = settled(Response(verbs), HERE, NEAR, legs="https://b.example/leg")
    assert found == Response((Dial((told, own), "+15"),))


@given(st.text(), st.text())
def test_whatever_a_document_names_is_no_mistake_of_ours(url: str, document: str) -> None:
    (verb,) = settled(Response((Redirect(url),)), document, NEAR).verbs
    assert isinstance(verb, Redirect)
