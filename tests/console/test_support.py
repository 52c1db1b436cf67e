"""What support does: search, timelines, reveals, actions, replays."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.model.console import Role
from tests.console.conftest import Sign
from tests.console.town import ALICE, BOB, HOSTILE, STRANGER, Town
from tests.support.world import eventually

pytestmark = pytest.mark.both_engines


def hits(browser: Any, words: str) -> set[tuple[str, str]]:
    return {(one["kind"], one["sid"]) for one in browser.json("/search", q=words)["hits"]}


def test_a_person_is_found_by_their_number_however_it_is_written(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    for words in (ALICE, ALICE[1:], " +1 (212) 555-1234 ", "212.555.1234", "(212) 555-1234"):
        found = browser.json("/search", q=words)
        assert found["understood"] == "number"
        assert [(one["sid"], one["session_sid"]) for one in found["hits"]] == [
            (town.alice.sid, town.session.sid)
        ]
    assert browser.json("/search", q="+12125550000") == {
        "understood": "number",
        "hits": [],
        "more": False,
    }


def test_everything_is_found_by_its_sid(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    for kind, sid in (
        ("session", town.session.sid),
        ("participant", town.bob.sid),
        ("interaction", town.sids["interaction"]),
        ("message", town.sids["message"]),
        ("call", town.sids["call"]),
        ("webhook", town.sids["webhook"]),
        ("service", town.service.sid),
        ("number", town.service.phone_numbers.list()[0].sid),
    ):
        assert hits(browser, sid) == {(kind, sid)}
        assert hits(browser, sid.lower()) == {(kind, sid)}
        assert hits(browser, sid[:-1] + ("0" if sid[-1] != "0" else "1")) == set()
    [found] = browser.json("/search", q=town.sids["message"])["hits"]
    assert found["session_sid"] == town.session.sid


def test_names_numbers_of_ours_and_strangers_are_found(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    assert hits(browser, "rides-1") == {("session", town.session.sid)}
    assert hits(browser, "rides") == {("service", town.service.sid)}
    assert {kind for kind, _ in hits(browser, town.alice.proxy_identifier)} == {
        "number",
        "participant",
    }
    [(kind, _)] = hits(browser, STRANGER)
    assert kind == "message"
    for words in ("", "nothing of that name", "x" * 255, "%", "' OR 1=1 --", "+"):
        assert hits(browser, words) == set()
    assert browser.get("/search", q="x" * 256).status_code == 400


def test_a_leg_outside_any_session_says_why(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    [(_, sid)] = hits(browser, STRANGER)
    entries = browser.json(f"/legs/{sid}")["entries"]
    assert [one["type"] for one in entries if one["type"] == "message"] == ["message"]
    assert {one["code"] for one in entries if one["type"] == "alert"} == {80903}
    calls = browser.json(f"/legs/{town.sids['call']}")["entries"]
    assert [one["direction"] for one in calls if one["type"] == "call"] != []
    for wrong in ("SM" + "0" * 32, "CA" + "0" * 32, "KC0", town.session.sid):
        assert browser.get(f"/legs/{wrong}").status_code == 404


def test_an_intercept_that_blocks_has_answered(town: Town, sign_in: Sign) -> None:
    town.service.update(intercept_callback_url=f"{town.receiver.url}/ask")
    town.receiver.pages["/ask"] = lambda form: 403
    try:
        town.phones[ALICE].text(town.alice.proxy_identifier, "to be blocked")
        browser = sign_in(Role.SUPPORT)

        def asked() -> list[Any]:
            town.flush()
            entries = browser.json(f"/sessions/{town.session.sid}/timeline")["entries"]
            return [one for one in entries if one.get("kind") == "intercept"]

        [one, *_] = eventually(asked)
    finally:
        town.service.update(intercept_callback_url="")
        del town.receiver.pages["/ask"]
    assert (one["status"], one["state"]) == (403, "delivered")
    detail = browser.json(f"/webhooks/{one['sid']}")
    assert detail["replayable"] is False
    assert detail["replay_hint"]
    again = browser.post(f"/webhooks/{one['sid']}/replay")
    assert again.status_code == 409


def test_a_timeline_tells_all_in_one_order(town: Town, sign_in: Sign) -> None:
    page = sign_in(Role.SUPPORT).json(f"/sessions/{town.session.sid}/timeline")
    entries = page["entries"]
    assert [one["at"] for one in entries] == sorted((one["at"] for one in entries), reverse=True)
    kinds = {one["type"] for one in entries}
    assert kinds >= {"session", "interaction", "message", "call", "webhook"}
    mine = [one for one in entries if one.get("interaction_sid") == town.sids["interaction"]]
    [text] = [one for one in mine if one["type"] == "interaction"]
    assert text["body"] == HOSTILE
    assert (text["sender_name"], text["recipient_name"]) == ("Person 0", "Person 1")
    legs = {one["direction"]: one for one in mine if one["type"] == "message"}
    assert legs["inbound"]["sender"]["kind"] == "person"
    assert legs["inbound"]["recipient"] == {
        "text": town.alice.proxy_identifier,
        "kind": "proxy",
        "ref": None,
    }
    assert legs["outbound-reply"]["status"] == "delivered"
    assert legs["outbound-reply"]["carrier"] == "simulator"
    told = [one for one in mine if one["type"] == "webhook"]
    assert len(told) >= 2
    assert {(one["kind"], one["status"], one["state"]) for one in told} == {
        ("callback", 200, "delivered")
    }
    calls = [one for one in entries if one["type"] == "call"]
    assert {one["direction"] for one in calls} == {"inbound", "outbound-dial"}
    steps = [one["what"] for one in entries if one["type"] == "session"]
    assert {"created", "started", "participant-added"} <= set(steps)


def test_pages_of_a_timeline_make_up_the_whole(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    path = f"/sessions/{town.session.sid}/timeline"
    whole = browser.json(path)["entries"]
    parts: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = browser.json(path, size=1, **({"after": after} if after else {}))
        parts += page["entries"]
        after = page["next"]

    def key(one: Any) -> tuple[str, str, str]:
        return one["type"], one.get("sid") or one["interaction_sid"], one.get("what", "")

    assert sorted(map(key, parts)) == sorted(map(key, whole))
    assert len(parts) == len(whole)


def test_viewers_read_nobodys_messages(town: Town, sign_in: Sign) -> None:
    page = sign_in(Role.VIEWER).get(f"/sessions/{town.session.sid}/timeline")
    assert "no problem" not in page.text
    assert "alert(1)" not in page.text


def test_a_session_shows_its_people_masked(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    found = browser.json(f"/sessions/{town.session.sid}")
    assert found["may_act"] is True
    assert found["session"]["service_name"] == "rides"
    first = found["participants"][0]
    assert first["identifier"]["text"] == "+1212555XXXX"
    shown = browser.post("/reveal", {"ref": first["identifier"]["ref"]})
    assert shown.json() == {"number": ALICE}
    [entry] = [
        one
        for one in sign_in(Role.ADMIN).json("/audit")["entries"]
        if one["what"] == "reveal" and one["user_sid"] == browser.me["sid"]
    ]
    assert (entry["subject"], entry["detail"]) == (town.alice.sid, "identifier")
    assert entry["address"] == "127.0.0.1"


def test_lists_of_sessions_are_narrowed_and_paged(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    service = town.client.proxy.v1.services.create(unique_name="many")
    made = [service.sessions.create(unique_name=f"many-{number}").sid for number in range(5)]
    service.sessions(made[1]).update(status="closed")
    for narrow in ({"service": service.sid}, {}):
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            query = {**narrow, "size": "2", **({"after": after} if after else {})}
            page = browser.json("/sessions", **query)
            assert len(page["sessions"]) <= 2
            seen += [one["sid"] for one in page["sessions"]]
            after = page["next"]
        assert [sid for sid in seen if sid in made] == made[::-1]
        assert len(seen) == len(set(seen))
        for status, expected in (
            ("closed", {made[1]}),
            ("active", set(made) - {made[1]}),
            ("open", set(made) - {made[1]}),
            ("in-progress", set()),
        ):
            found = browser.json("/sessions", status=status, **narrow)["sessions"]
            assert {one["sid"] for one in found} & set(made) == expected
    first = browser.json("/sessions", service=service.sid, size=2)
    second = browser.json("/sessions", service=service.sid, size=2, after=first["next"])
    back = browser.json("/sessions", service=service.sid, size=2, before=second["previous"])
    assert back["sessions"] == first["sessions"]
    assert browser.get("/sessions", status="wrong").status_code == 400
    assert browser.get("/sessions", size="101").status_code == 400
    assert browser.get("/sessions", service="KS0").status_code == 404
    listed = {one["name"]: one["numbers"] for one in browser.json("/services")["services"]}
    assert listed["many"] == 0
    assert listed["rides"] == 2


def test_a_session_is_closed_reopened_and_extended(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    session = town.service.sessions.create()
    path = f"/sessions/{session.sid}"
    closed = browser.post(path, {"action": "close"}).json()["session"]
    assert (closed["status"], closed["closed_reason"]) == ("closed", "api")
    assert browser.post(path, {"action": "extend", "ttl": 60}).status_code == 400
    opened = browser.post(path, {"action": "reopen"}).json()["session"]
    assert (opened["status"], opened["expires_at"]) == ("in-progress", None)
    extended = browser.post(path, {"action": "extend", "ttl": 3600}).json()
    assert extended["ttl"] == 3600
    assert extended["session"]["expires_at"] is not None
    at = 4_000_000_000_000
    dated = browser.post(path, {"action": "extend", "date_expiry": at}).json()
    assert (dated["date_expiry"], dated["session"]["expires_at"]) == (at, at)
    for wrong in (
        {"action": "extend"},
        {"action": "delete"},
        {"action": "extend", "ttl": -1},
        {"action": "extend", "date_expiry": -5},
    ):
        assert browser.post(path, wrong).status_code == 400
    told = [
        one["what"]
        for one in sign_in(Role.ADMIN).json("/audit")["entries"]
        if one["subject"] == session.sid
    ]
    assert told == ["session-extended", "session-extended", "session-reopened", "session-closed"]


def test_a_message_is_sent_as_the_application(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    body = f"Your ride is here <b>now</b> {browser.me['sid']}"
    path = f"/sessions/{town.session.sid}/messages"
    sent = browser.post(path, {"participant_sid": town.bob.sid, "body": body})
    assert sent.status_code == 200, sent.text
    eventually(lambda: [one for one in town.phones[BOB].inbox() if one["body"] == body])
    assert browser.post(path, {"participant_sid": town.bob.sid, "body": ""}).status_code == 400
    assert browser.post(path, {"participant_sid": "KP0", "body": "x"}).status_code == 404
    assert browser.post(path, {"participant_sid": town.carol.sid, "body": "x"}).status_code == 404


def test_a_webhook_is_shown_as_it_was_sent_and_sent_again(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    sid = town.sids["webhook"]
    found = browser.json(f"/webhooks/{sid}")
    params = {one["name"]: one["value"] for one in found["params"]}
    assert params["interactionSid"] == town.sids["interaction"]
    assert params["interactionData"] == "[redacted]"
    headers = {one["name"]: one["value"] for one in found["request_headers"]}
    assert headers["X-Twilio-Signature"] == "[redacted]"
    token = headers["I-Twilio-Idempotency-Token"]
    [sent] = [
        one
        for one in town.receiver.posted
        if one.headers.get("I-Twilio-Idempotency-Token") == token
    ]
    shown = {name: value for name, value in params.items() if value != "[redacted]"}
    assert shown.items() <= sent.form.items()
    assert found["attempt"]["status"] == 200
    assert found["replayable"] is True
    before = len(town.receiver.posted)
    again = browser.post(f"/webhooks/{sid}/replay")
    assert again.status_code == 200, again.text
    job = again.json()["job_sid"]
    eventually(lambda: len(town.receiver.posted) > before)
    [repeated] = [
        one
        for one in town.receiver.posted[before:]
        if one.headers.get("I-Twilio-Idempotency-Token") == job
    ]
    assert repeated.form == sent.form
    told = sign_in(Role.ADMIN).json("/audit")["entries"]
    assert [one["what"] for one in told if one["subject"] == job] == ["webhook-replayed"]


def test_a_failing_webhook_shows_why(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    secret = f"quoted {ALICE} and the words"
    town.receiver.answer = lambda form: 410
    try:
        town.phones[ALICE].text(town.alice.proxy_identifier, secret)
        sid = eventually(
            lambda: next(
                (
                    one.sid
                    for one in town.session.interactions.list(limit=3)
                    if secret in (one.data or "")
                ),
                "",
            )
        )

        def dead() -> list[Any]:
            town.flush()
            entries = browser.json(f"/sessions/{town.session.sid}/timeline")["entries"]
            return [
                one
                for one in entries
                if one["type"] == "webhook"
                and one["interaction_sid"] == sid
                and one["state"] == "dead"
            ]

        [first, *_] = eventually(dead)
    finally:
        town.receiver.answer = None
    assert (first["status"], first["attempt"]) == (410, 1)
    detail = browser.get(f"/webhooks/{first['sid']}")
    assert ALICE not in detail.text
    assert "the words" not in detail.text
    assert detail.json()["replayable"] is True
    alerts = [
        one
        for one in browser.json(f"/sessions/{town.session.sid}/timeline")["entries"]
        if one["type"] == "alert"
    ]
    assert 80908 in {one["code"] for one in alerts}
    assert browser.json("/overview")["dead_letters"] >= 1
    again = browser.post(f"/webhooks/{first['sid']}/replay")
    assert again.status_code == 200
    assert again.json()["job_sid"] == first["job_sid"]


def test_the_first_page_counts(town: Town, sign_in: Sign) -> None:
    whole = sign_in(Role.VIEWER).json("/overview")
    assert whole["sessions_active"] >= 1
    assert whole["messages_today"] >= 4
    assert whole["calls_today"] >= 2
    assert (whole["services"] >= 1, whole["numbers"]) == (True, 2)
    assert whole["queue_depth"] is not None
    assert 80903 in {one["code"] for one in whole["errors"]}
    own = sign_in(Role.VIEWER, town.other).json("/overview")
    assert own["sessions_active"] == 1
    assert own["messages_today"] == 2
    assert (own["queue_depth"], own["queue_age_ms"], own["errors"]) == (None, None, [])
