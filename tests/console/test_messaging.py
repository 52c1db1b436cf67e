"""Messaging: messages and those that are scheduled, Messaging Services, their senders and their
opt-out lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from maskline.model.console import Role
from tests.console.browser import Browser
from tests.console.conftest import Sign
from tests.console.test_operations import deed
from tests.console.town import ALICE, Town
from tests.support.world import Handset, eventually

HOUR = 3_600_000
URL = "https://user:secret@texts.example/in?token=secret"


@pytest.fixture(scope="module")
def texts(town: Town) -> dict[str, Any]:
    """A service of the first account with a number, and what its program sent: one that arrives,
    one that does not, one that waits for its hour."""
    client = town.client
    service = client.messaging.v1.services.create(
        friendly_name="Ride updates", use_inbound_webhook_on_number=True
    )
    number = client.incoming_phone_numbers.create(phone_number="+14155550150")
    service.phone_numbers.create(phone_number_sid=number.sid)
    Handset(town.server, "+12025550102").behave(outcome="undelivered", error_code=30005)
    sids = [
        client.messages.create(to=to, messaging_service_sid=service.sid, body=f"Text {to}").sid
        for to in ("+12025550101", "+12025550102")
    ]
    for sid, status in zip(sids, ("delivered", "undelivered"), strict=True):
        eventually(lambda sid=sid, status=status: client.messages(sid).fetch().status == status)
    return {"sid": service.sid, "number": number.sid, "sent": sids}


@pytest.fixture
def made(town: Town, sign_in: Sign) -> Callable[[], dict[str, Any]]:
    """Makes a service of its own for a test."""

    def make() -> dict[str, Any]:
        answer = sign_in().post("/messaging-services", {"name": "Reminders"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return make


def refused(answer: Any) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


class TestMessages:
    def test_all_of_an_account(self, town: Town, sign_in: Sign, texts: dict[str, Any]) -> None:
        page = sign_in(Role.SUPPORT).json("/messages")
        rows = {one["sid"]: one for one in page["messages"]}
        arrived, lost = (rows[sid] for sid in texts["sent"])
        assert (arrived["status"], arrived["direction"]) == ("delivered", "outbound-api")
        assert arrived["body"] == "Text +12025550101"
        assert arrived["recipient"] == {
            "text": "+1202555XXXX",
            "kind": "person",
            "ref": f"{arrived['sid']}:recipient",
        }
        assert arrived["sender"] == {"text": "+14155550150", "kind": "proxy", "ref": None}
        assert arrived["messaging_service_name"] == "Ride updates"
        assert (lost["error_code"], lost["error_text"]) == (
            30005,
            "No phone has the recipient's number",
        )
        masked = next(one for one in page["messages"] if one["direction"] == "inbound")
        assert masked["sender"]["kind"] == "person"
        assert masked["recipient"]["kind"] == "proxy"
        assert ALICE not in str(page)

    def test_a_viewer_reads_no_texts(
        self, town: Town, sign_in: Sign, texts: dict[str, Any]
    ) -> None:
        page = sign_in(Role.VIEWER).json("/messages")
        assert {one["body"] for one in page["messages"]} == {None}
        assert "Text +" not in str(page)

    def test_narrowed(self, town: Town, sign_in: Sign, texts: dict[str, Any]) -> None:
        browser = sign_in()
        found = browser.json("/messages", status="undelivered")["messages"]
        assert texts["sent"][1] in [one["sid"] for one in found]
        assert {one["status"] for one in found} == {"undelivered"}
        found = browser.json("/messages", service=texts["sid"], status="delivered")["messages"]
        assert [one["sid"] for one in found] == texts["sent"][:1]
        assert browser.json("/messages", service="MG" + "0" * 32)["messages"] == []
        assert refused(browser.get("/messages", status="wrong")) == (400, 20001)
        first = browser.json("/messages", size=1)
        assert browser.json("/messages", size=1, after=first["next"])["previous"] is not None

    def test_one_is_sent(self, town: Town, sign_in: Sign, texts: dict[str, Any]) -> None:
        browser = sign_in(Role.SUPPORT)
        body = {"to": "+1 (202) 555-0103", "body": "Hello", "sender": "+1 415 555 0150"}
        answer = browser.post("/messages", body)
        assert answer.status_code == 200, answer.text
        sent = answer.json()
        assert (sent["status"], sent["sender"]["text"]) == ("queued", "+14155550150")
        (got,) = Handset(town.server, "+12025550103").receives()
        assert got["body"] == "Hello"
        assert deed(sign_in(), "message-sent")["subject"] == sent["sid"]
        # By a service, with a picture.
        body = {
            "to": "+12025550104",
            "messaging_service_sid": texts["sid"],
            "media": ["https://a.example/1.png"],
        }
        sent = browser.post("/messages", body).json()
        assert (sent["status"], sent["sender"], sent["num_media"]) == ("accepted", None, 1)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"to": "wrong"}, 21211),
            ({"body": ""}, 21602),
            ({"sender": "+12025550199"}, 21606),
            ({"sender": ""}, 21603),
            ({"sender": "", "messaging_service_sid": "MG" + "0" * 32}, 21701),
            ({"send_at": 1}, 35118),
            ({"send_at": -1}, 20001),
            ({"send_at": 10**18}, 20001),
            ({"media": ["ftp://a.example/"]}, 21620),
            ({"body": "x" * 1601}, 21617),
        ],
    )
    def test_what_the_api_refuses(
        self, town: Town, sign_in: Sign, texts: dict[str, Any], changes: Any, code: int
    ) -> None:
        body = {"to": "+12025550103", "body": "Hello", "sender": "+14155550150", **changes}
        assert sign_in(Role.SUPPORT).post("/messages", body).json()["code"] == code

    def test_one_is_scheduled_and_cancelled(
        self, town: Town, sign_in: Sign, texts: dict[str, Any]
    ) -> None:
        browser = sign_in(Role.SUPPORT)
        now = town.server.server.env.clock()
        sids = []
        for hours in (3, 2, 4):
            body = {
                "to": "+12025550105",
                "body": f"In {hours}",
                "messaging_service_sid": texts["sid"],
                "send_at": now + hours * HOUR,
            }
            answer = browser.post("/messages", body)
            assert answer.status_code == 200, answer.text
            assert answer.json()["send_at"] == now + hours * HOUR
            sids.append(answer.json()["sid"])
        # The next to go at the head, and on from there.
        page = browser.json("/messages", status="scheduled", size=2)
        assert [one["body"] for one in page["messages"]] == ["In 2", "In 3"]
        assert page["next"] == sids[0]
        page = browser.json("/messages", status="scheduled", size=2, after=page["next"])
        assert [one["body"] for one in page["messages"]] == ["In 4"]
        assert page["next"] is None
        assert (
            browser.json("/messages", status="scheduled", service="MG" + "0" * 32)["messages"] == []
        )
        done = browser.post(f"/messages/{sids[1]}/cancel")
        assert done.json()["status"] == "canceled"
        assert done.json()["send_at"] is None
        assert deed(sign_in(), "message-canceled")["subject"] == sids[1]
        assert refused(browser.post(f"/messages/{sids[1]}/cancel")) == (409, 30409)
        left = browser.json("/messages", status="scheduled")["messages"]
        assert [one["body"] for one in left] == ["In 3", "In 4"]
        for sid in (sids[0], sids[2]):
            assert browser.post(f"/messages/{sid}/cancel").status_code == 200

    def test_feedback_is_shown(self, town: Town, sign_in: Sign, texts: dict[str, Any]) -> None:
        town.client.messages(texts["sent"][0]).feedback.create(outcome="confirmed")
        rows = sign_in().json("/messages", service=texts["sid"])["messages"]
        found = {one["sid"]: one["feedback"] for one in rows}
        assert [found[sid] for sid in texts["sent"]] == ["confirmed", None]


class TestServices:
    def test_a_new_one_defers(self, town: Town, sign_in: Sign, made: Any) -> None:
        found = made()
        service = found["service"]
        assert service["use_inbound_webhook_on_number"]
        assert (service["name"], service["numbers"], service["diverted"]) == ("Reminders", 0, 0)
        assert (found["senders"], found["most_senders"]) == (0, 400)
        assert found["may_change"]
        assert deed(sign_in(), "messaging-service-created")["subject"] == service["sid"]
        viewer = sign_in(Role.VIEWER).json(f"/messaging-services/{service['sid']}")
        assert viewer == {**found, "may_change": False}
        assert refused(sign_in().post("/messaging-services", {"name": ""})) == (400, 20001)

    def test_it_is_changed_and_secrets_stay_out_of_sight(
        self, town: Town, sign_in: Sign, made: Any
    ) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        change = {
            "name": "Texts",
            "inbound_request_url": URL,
            "use_inbound_webhook_on_number": False,
            "mms_converter": False,
            "validity_period": 60,
            "usecase": "marketing",
        }
        answer = browser.post(f"/messaging-services/{sid}", change)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["service"]["name"] == "Texts"
        assert "secret" not in answer.text
        assert "texts.example" in found["service"]["inbound_request_url"]
        assert (found["mms_converter"], found["validity_period"]) == (False, 60)
        assert found["smart_encoding"]
        kept = town.client.messaging.v1.services(sid).fetch()
        assert (kept.inbound_request_url, kept.usecase) == (URL, "marketing")
        entry = deed(browser, "messaging-service-changed")
        assert (entry["subject"], "secret" in str(entry)) == (sid, False)
        assert "InboundRequestUrl" in entry["detail"]
        emptied = browser.post(f"/messaging-services/{sid}", {"inbound_request_url": ""}).json()
        assert emptied["service"]["inbound_request_url"] is None
        for wrong in (
            {},
            {"validity_period": 0},
            {"fallback_url": "nothing"},
            {"name": "x" * 65},
        ):
            assert refused(browser.post(f"/messaging-services/{sid}", wrong)) == (400, 20001)
        unknown = browser.post(f"/messaging-services/{sid}", {"usecase": "fun"})
        assert refused(unknown) == (400, 21713)

    def test_one_is_deleted(self, town: Town, sign_in: Sign, made: Any) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        assert browser.post(f"/messaging-services/{sid}/delete").status_code == 200
        assert browser.get(f"/messaging-services/{sid}").status_code == 404
        assert browser.post(f"/messaging-services/{sid}/delete").status_code == 404
        assert deed(browser, "messaging-service-deleted")["subject"] == sid

    def test_nothing_of_another_accounts(self, town: Town, sign_in: Sign, texts: Any) -> None:
        stranger = sign_in(Role.ADMIN, town.other)
        one = f"/messaging-services/{texts['sid']}"
        lists = sign_in().post(f"{one}/opt-outs", {"enabled": True}).json()["lists"]
        words = {key: lists[0][key] for key in LIST}
        assert stranger.json("/messaging-services")["services"] == []
        assert stranger.json("/messages", service=texts["sid"])["messages"] == []
        for answer in (
            stranger.get(one),
            stranger.get(f"{one}/senders"),
            stranger.get(f"{one}/opt-out-lists"),
            stranger.post(one, {"name": "Mine"}),
            stranger.post(f"{one}/delete"),
            stranger.post(f"{one}/senders", {"numbers": ["+14158675320"]}),
            stranger.post(f"{one}/senders/{texts['number']}/remove"),
            stranger.post(f"{one}/opt-outs", {"enabled": False}),
            stranger.post(f"{one}/opt-out-lists", {"language": "FRENCH"}),
            stranger.post(f"{one}/opt-out-lists/{lists[0]['sid']}", words),
            stranger.post(f"{one}/opt-out-lists/{lists[0]['sid']}/remove"),
            stranger.post(f"/messages/{texts['sent'][0]}/cancel"),
        ):
            assert refused(answer) == (404, 20404), answer.url
        assert sign_in().json(one)["service"]["name"] == "Ride updates"
        sign_in().post(f"{one}/opt-outs", {"enabled": False})


class TestSenders:
    def test_numbers_join_all_or_none(self, town: Town, sign_in: Sign, made: Any) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        path = f"/messaging-services/{sid}/senders"
        for number in ("+14155550161", "+14155550162"):
            town.client.incoming_phone_numbers.create(phone_number=number)
        free = browser.json("/free-senders")["numbers"]
        assert {"+14155550161", "+14155550162"} <= {one["number"] for one in free}
        proxied = next(one for one in free if one["number"] == "+14158675310")
        assert proxied["in_proxy"]
        body = {"numbers": ["+1 415 555 0161", "+14158675320"]}
        # The second is another account's.
        assert refused(browser.post(path, body)) == (404, 20404)
        assert browser.json(path)["senders"] == []
        second = next(one["sid"] for one in free if one["number"] == "+14155550162")
        body = {"numbers": ["+1 415 555 0161", second, proxied["sid"]]}
        found = browser.post(path, body)
        assert found.status_code == 200, found.text
        pool = {one["sender"]: one for one in found.json()["senders"]}
        assert set(pool) == {"+14155550161", "+14155550162", "+14158675310"}
        one = pool["+14158675310"]
        assert (one["kind"], one["country"], one["capabilities"]) == ("phone", "US", 7)
        assert (one["proxy_service_sid"], one["diverted"]) == (town.service.sid, False)
        assert one["used_at"] is None
        assert deed(browser, "senders-added")["detail"] == "3"
        assert refused(browser.post(path, {"numbers": [second]})) == (409, 21710)
        # Once it takes inbound messages for itself, the masked number is not masked any more.
        change = {"use_inbound_webhook_on_number": False}
        detail = browser.post(f"/messaging-services/{sid}", change).json()
        assert detail["service"]["diverted"] == 1
        pool = {one["sender"]: one for one in browser.json(path)["senders"]}
        assert pool["+14158675310"]["diverted"]
        assert not pool["+14155550161"]["diverted"]
        for one in pool.values():
            assert browser.post(f"{path}/{one['sid']}/remove").status_code == 200
        assert browser.json(path)["senders"] == []
        assert deed(browser, "sender-removed")["subject"] == sid
        assert refused(browser.post(f"{path}/{second}/remove")) == (404, 20404)

    def test_names(self, town: Town, sign_in: Sign, made: Any) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        path = f"/messaging-services/{sid}/senders"
        assert browser.post(path, {"name": "ACME"}).status_code == 200
        found = browser.post(path, {"name": "ACME DE", "country": "DE"}).json()["senders"]
        names = {one["sender"]: one for one in found}
        assert (names["ACME"]["kind"], names["ACME"]["country"]) == ("name", "")
        assert (names["ACME DE"]["country"], names["ACME DE"]["capabilities"]) == ("DE", 2)
        for one in names.values():
            assert browser.post(f"{path}/{one['sid']}/remove").status_code == 200
        assert browser.json(path)["senders"] == []
        assert refused(browser.post(f"{path}/AI{'0' * 32}/remove")) == (404, 20404)
        for wrong in (
            {"name": "1234"},
            {"name": "much too long a name"},
            {"name": "ACME", "country": "US"},
            {"name": "ACME", "country": "XX"},
            {"name": "ACME", "numbers": ["+14155550150"]},
            {"numbers": []},
            {"numbers": ["+1"] * 401},
        ):
            assert refused(browser.post(path, wrong)) == (400, 20001), wrong


LIST = (
    "opt_out_keywords",
    "opt_in_keywords",
    "help_keywords",
    "opt_out_message",
    "opt_in_message",
    "help_message",
)


class TestOptOutLists:
    def lists(self, browser: Browser, sid: str) -> dict[str, Any]:
        found = browser.json(f"/messaging-services/{sid}/opt-out-lists")
        return {f"{one['language']} {one['country']}".strip(): one for one in found["lists"]}

    def test_they_begin_with_what_the_server_knows(
        self, town: Town, sign_in: Sign, made: Any
    ) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        path = f"/messaging-services/{sid}"
        found = browser.json(f"{path}/opt-out-lists")
        assert (found["enabled"], found["lists"]) == (False, [])
        assert {"ENGLISH", "FRENCH", "ALL"} <= set(found["languages"])
        found = browser.post(f"{path}/opt-outs", {"enabled": True}).json()
        assert found["enabled"]
        (english,) = found["lists"]
        assert english["fixed"]
        assert {"STOP", "REVOKE"} <= set(english["opt_out_keywords"])
        assert browser.json(path)["service"]["advanced_opt_out"]
        assert "on" in deed(browser, "messaging-service-changed")["detail"]
        body = {"language": "FRENCH", "country": "CA"}
        french = browser.post(f"{path}/opt-out-lists", body).json()
        assert "ARRET" in french["opt_out_keywords"]
        assert deed(browser, "opt-out-list-created")["detail"] == "FRENCH CA"
        assert list(self.lists(browser, sid)) == ["ENGLISH", "FRENCH CA"]
        assert not browser.post(f"{path}/opt-outs", {"enabled": False}).json()["enabled"]
        assert list(self.lists(browser, sid)) == ["ENGLISH", "FRENCH CA"]

    def test_one_is_written_anew_and_removed(self, town: Town, sign_in: Sign, made: Any) -> None:
        sid, browser = made()["service"]["sid"], sign_in()
        path = f"/messaging-services/{sid}/opt-out-lists"
        browser.post(f"/messaging-services/{sid}/opt-outs", {"enabled": True})
        browser.post(path, {"language": "FRENCH"})
        lists = self.lists(browser, sid)
        change = {key: lists["FRENCH"][key] for key in LIST}
        change |= {"opt_out_keywords": ["ASSEZ"], "opt_out_message": "Adieu", "help_keywords": []}
        french = f"{path}/{lists['FRENCH']['sid']}"
        done = browser.post(french, change)
        assert done.status_code == 200, done.text
        assert (done.json()["opt_out_keywords"], done.json()["help_keywords"]) == (["ASSEZ"], [])
        assert deed(browser, "opt-out-list-changed")["subject"] == lists["FRENCH"]["sid"]
        # What can't be gone stays.
        english = {key: lists["ENGLISH"][key] for key in LIST}
        english |= {"opt_out_keywords": [], "help_keywords": ["AYUDA"]}
        fixed = browser.post(f"{path}/{lists['ENGLISH']['sid']}", english).json()
        assert (fixed["opt_out_keywords"], fixed["help_keywords"]) == (["STOP"], ["HELP", "AYUDA"])
        for wrong in (
            {"opt_out_keywords": ["HELP"]},
            {"opt_out_keywords": ["AYUDA"]},
            {"opt_out_keywords": ["two words"]},
            {"opt_out_message": ""},
            {"opt_out_message": "x" * 321},
        ):
            assert refused(browser.post(french, {**change, **wrong})) == (400, 20001), wrong
        assert refused(browser.post(path, {"language": "FRENCH"})) == (400, 20001)
        assert refused(browser.post(path, {"language": "KLINGON"})) == (400, 20001)
        assert refused(browser.post(f"{path}/{lists['ENGLISH']['sid']}/remove")) == (400, 20001)
        assert browser.post(f"{french}/remove").status_code == 200
        assert deed(browser, "opt-out-list-removed")["detail"] == "FRENCH"
        assert refused(browser.post(f"{french}/remove")) == (404, 20404)
        assert list(self.lists(browser, sid)) == ["ENGLISH"]
