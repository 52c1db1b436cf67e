"""The event stream: what is told, to whom, and what becomes of a stream that is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskline.console.resources import events
from maskline.model.console import Role
from tests.console.browser import Browser, add_user
from tests.console.conftest import Sign
from tests.console.town import ALICE, CAROL, Town
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually


def text(town: Town, body: str) -> None:
    town.phones[ALICE].text(town.alice.proxy_identifier, body)


@pytest.mark.both_engines
def test_what_happens_is_told_as_it_happens(town: Town, sign_in: Sign) -> None:
    with sign_in(Role.SUPPORT).listen(account=town.account) as stream:
        text(town, "live words")
        one = stream.until(
            lambda one: one["type"] == "interaction" and one["entry"]["body"] == "live words"
        )
        assert one["session_sid"] == town.session.sid
        sid = one["entry"]["interaction_sid"]
        stream.until(
            lambda one: (
                one["type"] == "message"
                and one["entry"]["interaction_sid"] == sid
                and one["entry"]["status"] == "delivered"
            )
        )
        stream.until(
            lambda one: one["type"] == "webhook" and one["entry"]["interaction_sid"] == sid
        )
        closing = town.service.sessions.create()
        closing.update(status="closed")
        stream.until(
            lambda one: (
                one["type"] == "session"
                and one["session"]["sid"] == closing.sid
                and one["session"]["status"] == "closed"
            )
        )
        Handset(town.server, "+17185559999").text(town.alice.proxy_identifier, "who?")
        stream.until(lambda one: one["type"] == "alert" and one["entry"]["code"] == 80903)
        call = town.phones[ALICE].call(town.alice.proxy_identifier)
        stream.until(lambda one: one["type"] == "call" and one["entry"]["direction"] == "inbound")
        stream.until(lambda one: one["type"] == "handset-call" and one["number"] == ALICE)
        town.phones[ALICE].act(call["id"], "hangup")
        stream.until(lambda one: one["type"] == "handset-message" and one["number"] == ALICE)
        told = str([one for one in stream.events if not one["type"].startswith("handset")])
        assert ALICE not in told


def test_viewers_are_told_without_words(town: Town, sign_in: Sign) -> None:
    with sign_in(Role.VIEWER).listen(topics="interactions,messages") as stream:
        text(town, "hidden words")
        stream.until(lambda one: one["type"] == "interaction")
        stream.until(lambda one: one["type"] == "message")
        assert "hidden words" not in str(stream.events)
        assert {one["type"] for one in stream.events} <= {"hello", "interaction", "message"}


def test_one_account_hears_nothing_of_another(town: Town, sign_in: Sign) -> None:
    with (
        sign_in(Role.ADMIN, town.other).listen() as other,
        sign_in(Role.ADMIN, town.account).listen(topics="interactions") as mine,
    ):
        text(town, "for one account")
        mine.until(lambda one: one["type"] == "interaction")
        town.phones[CAROL].text(town.carol.proxy_identifier, "for the other")
        other.until(lambda one: one["type"] == "interaction")
        told = [one for one in other.events if not one["type"].startswith("handset")]
        assert "for one account" not in str(told)
        assert {one["service_sid"] for one in other.of("interaction")} == {town.other_service.sid}
        assert {one["service_sid"] for one in mine.of("interaction")} == {town.service.sid}


def test_a_stream_is_narrowed_to_a_session_or_a_handset(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    other = town.service.sessions.create()
    with browser.listen(
        session=other.sid, topics="interactions,sessions,handsets", handset=ALICE
    ) as stream:
        text(town, "elsewhere")
        stream.until(lambda one: one["type"] == "handset-message")
        other.update(status="closed")
        stream.until(lambda one: one["type"] == "session")
        assert stream.of("interaction") == []
        assert {one["session"]["sid"] for one in stream.of("session")} == {other.sid}
        assert {one["number"] for one in stream.of("handset-message")} == {ALICE}


def test_what_was_missed_follows(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    watching = sign_in(Role.SUPPORT)
    with watching.listen() as other:
        with browser.listen(topics="interactions") as stream:
            text(town, "before")
            stream.until(
                lambda one: "before" in str(one) and one["entry"]["outbound_status"] == "delivered"
            )
            last = stream.last
        text(town, "in between")
        other.until(lambda one: "in between" in str(one))
        with browser.listen(last=last, topics="interactions") as stream:
            assert stream.of("hello")[0]["resumed"] is True
            # Whoever is cut off after the greeting alone has missed nothing yet.
            assert stream.ids[0] == last
            stream.until(lambda one: "in between" in str(one))
            assert "'before'" not in str(stream.events)
    for wrong in ("", "x", "00000000-1", f"{last.partition('-')[0]}-99999999", "-", last + "x"):
        with browser.listen(last=wrong, topics="alerts") as stream:
            assert stream.of("hello")[0]["resumed"] is False


def test_streams_end_with_the_sign_in(
    town: Town, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT", 0.2)
    browser, admin = sign_in(Role.VIEWER), sign_in(Role.ADMIN)
    with browser.listen(topics="alerts") as stream:
        stream.until(lambda one: one["type"] == "beat")
        admin.post(f"/users/{browser.me['sid']}", {"role": "support"})
        assert stream.ended.wait(5)
    with browser.listen(topics="alerts") as stream:
        browser.post("/sign-out")
        assert stream.ended.wait(5)
    assert browser.get("/events").status_code == 401


def test_nobody_listens_once_all_are_gone(town: Town, sign_in: Sign) -> None:
    feed = town.server.server.console._changes.feed
    eventually(lambda: feed.viewers == 0)
    browser = sign_in(Role.VIEWER)
    with browser.listen(), browser.listen():
        assert feed.viewers == 2
    eventually(lambda: feed.viewers == 0)
    assert feed.stirred == set()
    text(town, "for nobody")
    town.server.settle()
    assert town.server.server.console._changes._pending == {}


def test_an_error_in_one_event_keeps_no_other_back(
    town: Town, sign_in: Sign, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reader = town.server.server.console._changes._reader
    read = reader.read
    failures = [ValueError("private words")]

    async def fail(tx: Any, changed: Any) -> Any:
        if failures:
            raise failures.pop()
        return await read(tx, changed)

    monkeypatch.setattr(reader, "read", fail)
    with sign_in(Role.SUPPORT).listen(topics="interactions") as stream:
        text(town, "lost")
        eventually(lambda: not failures)
        text(town, "told")
        stream.until(lambda one: "'told'" in str(one))
    assert "failed: ValueError" in caplog.text
    assert "private" not in caplog.text


def test_topics_that_are_none_are_refused(sign_in: Sign) -> None:
    assert sign_in(Role.VIEWER).get("/events", topics="sessions,wrong").status_code == 400


def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    with RunningServer(tmp_path, MASKLINE_CONSOLE_VIEWERS="1") as server:
        browser = Browser(server.url)
        browser.enter(add_user(server, Role.VIEWER))
        with browser.listen():
            assert browser.get("/events").status_code == 429


def test_a_server_that_ends_lets_listeners_go(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        browser = Browser(server.url)
        browser.enter(add_user(server, Role.VIEWER))
        stream = browser.listen()
        server.run(_end(server))
        assert stream.ended.wait(5)


def _end(server: RunningServer) -> Any:
    async def end() -> None:
        server.server.end_listening()

    return end
