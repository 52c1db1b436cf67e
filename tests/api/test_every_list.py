"""Every list pages alike: by size, by the links, and by a page's number."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from maskline.debugger.alerts import new_alert
from maskline.jobs import new_job
from maskline.model.carrier import CarrierRequest
from maskline.model.job import Status
from maskline.model.number import ALL_CAPABILITIES
from maskline.proxy.inventory import Offer, new_number
from tests.api.conftest import add_account
from tests.api.records import call_of, media_of, message_of, recording_of, short_code_of
from tests.api.wire import Wire
from tests.support.registration import CUSTOMER, PROFILE, TOLLFREE_FORM
from tests.support.server import RunningServer


class Account(NamedTuple):
    """A new account, and where its numbers come from."""

    server: RunningServer
    wire: Wire
    number: Callable[[], str]
    person: Callable[[], str]
    digits: Callable[[], str]

    def make(self, path: str, **form: str) -> dict[str, Any]:
        """A new record."""
        answer = self.wire.post(path, form)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json()
        return made

    def buy(self) -> str:
        """The SID of a new number."""
        path = self.wire.core("IncomingPhoneNumbers.json")
        return str(self.make(path, PhoneNumber=self.number())["sid"])

    def short_code(self) -> str:
        """The SID of a new short code."""
        row = short_code_of(self.server, self.wire.account_sid, self.digits())
        self.server.transact(lambda tx: tx.numbers.add(row))
        return row.sid

    def toll_free(self) -> str:
        """The SID of a new toll-free number."""
        offer = Offer(f"+188855{self.digits()}", "simulator", ALL_CAPABILITIES)
        row = new_number(self.server.server.env, self.wire.account_sid, offer)
        assert self.server.transact(lambda tx: tx.numbers.add(row))
        return row.sid

    def session(self) -> str:
        """The path of a session in a Service with two numbers."""
        service = self.wire.service()
        for _ in range(2):
            self.make(f"{service}/PhoneNumbers", Sid=self.buy())
        return f"{service}/Sessions/{self.make(f'{service}/Sessions')['sid']}"


class Listing(NamedTuple):
    """A list of three records: its path, the key of its records, their SIDs in its order."""

    path: str
    key: str
    sids: list[str]


def services(account: Account) -> Listing:
    made = [account.wire.service().rpartition("/")[2] for _ in range(3)]
    return Listing("/proxy/v1/Services", "services", made[::-1])


def sessions(account: Account) -> Listing:
    path = f"{account.wire.service()}/Sessions"
    return Listing(path, "sessions", [account.make(path)["sid"] for _ in range(3)][::-1])


def phone_numbers(account: Account) -> Listing:
    path = f"{account.wire.service()}/PhoneNumbers"
    made = [account.make(path, Sid=account.buy())["sid"] for _ in range(3)]
    return Listing(path, "phone_numbers", made[::-1])


def short_codes(account: Account) -> Listing:
    path = f"{account.wire.service()}/ShortCodes"
    made = [account.make(path, Sid=account.short_code())["sid"] for _ in range(3)]
    return Listing(path, "short_codes", made[::-1])


def messaging_services(account: Account) -> Listing:
    path = "/messaging/v1/Services"
    return Listing(
        path, "services", [account.make(path, FriendlyName="x")["sid"] for _ in range(3)][::-1]
    )


def senders(account: Account) -> Listing:
    path = f"{account.wire.messaging_service()}/PhoneNumbers"
    made = [account.make(path, PhoneNumberSid=account.buy())["sid"] for _ in range(3)]
    return Listing(path, "phone_numbers", made[::-1])


def short_code_senders(account: Account) -> Listing:
    path = f"{account.wire.messaging_service()}/ShortCodes"
    made = [account.make(path, ShortCodeSid=account.short_code())["sid"] for _ in range(3)]
    return Listing(path, "short_codes", made[::-1])


def alpha_senders(account: Account) -> Listing:
    path = f"{account.wire.messaging_service()}/AlphaSenders"
    made = [account.make(path, AlphaSender=text)["sid"] for text in ("Aa", "Bb", "Cc")]
    return Listing(path, "alpha_senders", made[::-1])


def destination_alpha_senders(account: Account) -> Listing:
    path = f"{account.wire.messaging_service()}/DestinationAlphaSenders"
    made = [account.make(path, AlphaSender=text)["sid"] for text in ("Aa", "Bb", "Cc")]
    return Listing(path, "alpha_senders", made[::-1])


def opt_out_lists(account: Account) -> Listing:
    path = f"{account.wire.messaging_service()}/AdvancedOptOut/Lists"
    made = [
        account.make(path, Language="ALL", IsoCountryCode=code)["sid"]
        for code in ("DE", "FR", "GB")
    ]
    return Listing(path, "lists", made[::-1])


def brands(account: Account) -> Listing:
    path = "/messaging/v1/a2p/BrandRegistrations"
    form = {"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE}
    return Listing(path, "data", [account.make(path, **form)["sid"] for _ in range(3)][::-1])


def verifications(account: Account) -> Listing:
    path = "/messaging/v1/Tollfree/Verifications"
    made = [
        account.make(path, **TOLLFREE_FORM, TollfreePhoneNumberSid=account.toll_free())["sid"]
        for _ in range(3)
    ]
    return Listing(path, "verifications", made[::-1])


def opt_outs(account: Account) -> Listing:
    path, sender = "/messaging/v1/OptOuts", account.number()
    account.make(account.wire.core("IncomingPhoneNumbers.json"), PhoneNumber=sender)
    form = {"SenderId": sender}
    made = [account.make(path, ContactId=account.person(), **form)["sid"] for _ in range(3)]
    return Listing(path, "opt_outs", made[::-1])


def participants(account: Account) -> Listing:
    path = f"{account.session()}/Participants"
    made = []
    for _ in range(3):
        made.append(account.make(path, Identifier=account.person())["sid"])
        if len(made) == 1:
            # Two at a time: who left stays on record.
            account.wire.delete(f"{path}/{made[0]}")
    return Listing(path, "participants", made[::-1])


def message_interactions(account: Account) -> Listing:
    people = f"{account.session()}/Participants"
    person = account.make(people, Identifier=account.person())["sid"]
    path = f"{people}/{person}/MessageInteractions"
    made = [account.make(path, Body="Hello")["sid"] for _ in range(3)]
    return Listing(path, "interactions", made[::-1])


def interactions(account: Account) -> Listing:
    path, key, sids = message_interactions(account)
    return Listing(f"{path.partition('/Participants')[0]}/Interactions", key, sids)


def keys(account: Account) -> Listing:
    path = account.wire.core("Keys.json")
    return Listing(path, "keys", [account.make(path)["sid"] for _ in range(3)][::-1])


def incoming_phone_numbers(account: Account) -> Listing:
    made = [account.buy() for _ in range(3)]
    return Listing(
        account.wire.core("IncomingPhoneNumbers.json"), "incoming_phone_numbers", made[::-1]
    )


def applications(account: Account) -> Listing:
    path = account.wire.core("Applications.json")
    return Listing(path, "applications", [account.make(path)["sid"] for _ in range(3)][::-1])


def messages(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    rows = [message_of(server, owner, account.person(), account.person()) for _ in range(3)]
    rows = [
        msgspec.structs.replace(row, date_created=row.date_created + place)
        for place, row in enumerate(rows)
    ]
    server.transact(lambda tx: tx.messages.add_many(rows))
    return Listing(account.wire.core("Messages.json"), "messages", [row.sid for row in rows][::-1])


def media(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    message = message_of(server, owner, account.person(), account.person())
    rows = media_of(server, message, 3)
    server.transact(lambda tx: tx.messages.add_many([message]))
    server.transact(lambda tx: tx.messages.add_media(rows))
    path = account.wire.core(f"Messages/{message.sid}/Media.json")
    return Listing(path, "media_list", [row.sid for row in rows])


def calls(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    rows = [call_of(server, owner, account.person(), account.person()) for _ in range(3)]
    server.transact(lambda tx: tx.calls.add_many(rows))
    return Listing(account.wire.core("Calls.json"), "calls", [row.sid for row in rows][::-1])


def recordings(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    call = call_of(server, owner, account.person(), account.person())
    rows = [recording_of(server, call) for _ in range(3)]
    server.transact(lambda tx: tx.calls.add_many([call]))
    for row in rows:
        assert server.transact(lambda tx, row=row: tx.recordings.add(row))
    path = account.wire.core("Recordings.json")
    return Listing(path, "recordings", [row.sid for row in rows][::-1])


def recordings_of_a_call(account: Account) -> Listing:
    path, key, sids = recordings(account)
    call = account.wire.get(path).json()[key][0]["call_sid"]
    return Listing(account.wire.core(f"Calls/{call}/Recordings.json"), key, sids)


def notifications(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    call = call_of(server, owner, account.person(), account.person())
    env = server.server.env
    rows = [new_alert(env, 11200, owner, None, call.sid) for _ in range(3)]
    server.transact(lambda tx: tx.calls.add_many([call]))
    server.transact(lambda tx: tx.alerts.add_many(rows))
    path = account.wire.core(f"Calls/{call.sid}/Notifications.json")
    return Listing(path, "notifications", [row.sid for row in rows][::-1])


def links(
    base: str, number: int, token: str, before: str | None, after: str | None
) -> tuple[str, str | None, str, str | None]:
    """Of a page with one record: to the first page, the previous one, itself and the next one."""

    def link(number: int, token: str) -> str:
        return f"{base}?PageSize=1&Page={number}" + (f"&PageToken={token}" if token else "")

    previous = link(number - 1, f"PB{before}") if before else None
    following = link(number + 1, f"PA{after}") if after else None
    return link(0, ""), previous, link(number, token), following


def alerts(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    env = server.server.env
    rows = [new_alert(env, 80903, owner, None, None) for _ in range(3)]
    rows = [
        msgspec.structs.replace(row, date_generated=rows[0].date_generated + place)
        for place, row in enumerate(rows)
    ]
    server.transact(lambda tx: tx.alerts.add_many(rows))
    return Listing("/monitor/v1/Alerts", "alerts", [row.sid for row in rows][::-1])


def jobs(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    told = Status("https://a.example/", "POST", owner, "KS", "SM", ())
    made = [new_job(server.server.env, "status", told, owner, "", 0) for _ in range(3)]
    rows = [msgspec.structs.replace(job, state="dead", owner="") for job in made]
    server.transact(lambda tx: tx.outbox.add_many(rows))
    return Listing("/monitor/v1/Jobs", "jobs", [row.sid for row in rows][::-1])


def carrier_requests(account: Account) -> Listing:
    server, owner = account.server, account.wire.account_sid
    rows = [
        CarrierRequest(
            sid=server.server.env.sids.new("CR"),
            account_sid=owner,
            carrier="one",
            method="POST",
            path="Message",
            query="",
            headers="{}",
            body="",
            truncated=0,
            status=200,
            date_created=1,
        )
        for _ in range(3)
    ]
    server.transact(lambda tx: tx.carrier_requests.add_many(rows))
    return Listing("/monitor/v1/CarrierRequests", "requests", [row.sid for row in rows][::-1])


@pytest.fixture
def account(
    server: RunningServer,
    number: Callable[[], str],
    person: Callable[[], str],
    digits: Callable[[], str],
) -> Account:
    """An account that has nothing yet."""
    return Account(server, add_account(server, f"AC{uuid.uuid4().hex}"), number, person, digits)


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param(
            services,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            sessions,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/Sessions",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            phone_numbers,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            short_codes,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/ShortCodes",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            alpha_senders,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services/{ServiceSid}/AlphaSenders",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            destination_alpha_senders,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            opt_out_lists,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            messaging_services,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            senders,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services/{ServiceSid}/PhoneNumbers",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            short_code_senders,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Services/{ServiceSid}/ShortCodes",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            brands,
            marks=pytest.mark.covers(
                "GET /messaging/v1/a2p/BrandRegistrations",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            verifications,
            marks=pytest.mark.covers(
                "GET /messaging/v1/Tollfree/Verifications",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            opt_outs,
            marks=pytest.mark.covers(
                "GET /messaging/v1/OptOuts",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            participants,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            message_interactions,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants"
                "/{ParticipantSid}/MessageInteractions",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            interactions,
            marks=pytest.mark.covers(
                "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            alerts,
            marks=pytest.mark.covers(
                "GET /monitor/v1/Alerts",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            carrier_requests,
            marks=pytest.mark.covers(
                "GET /monitor/v1/CarrierRequests",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            jobs,
            marks=pytest.mark.covers(
                "GET /monitor/v1/Jobs",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
    ],
)
def test_a_v1_list(account: Account, listing: Callable[[Account], Listing]) -> None:
    path, key, sids = listing(account)
    get, url = account.wire.get, account.wire.url + path

    def meta(number: int, token: str, before: str | None, after: str | None) -> dict[str, Any]:
        first, previous, this, following = links(url, number, token, before, after)
        return {
            "page": number,
            "page_size": 1,
            "first_page_url": first,
            "previous_page_url": previous,
            "url": this,
            "next_page_url": following,
            "key": key,
        }

    one, two, three = sids
    first = get(path, PageSize=1).json()
    second = get(first["meta"]["next_page_url"]).json()
    third = get(second["meta"]["next_page_url"]).json()
    back = get(third["meta"]["previous_page_url"]).json()
    numbered = get(path, PageSize=1, Page=1).json()
    for body, shown, expected in (
        (first, one, meta(0, "", None, one)),
        (second, two, meta(1, f"PA{one}", two, two)),
        (third, three, meta(2, f"PA{two}", three, None)),
        (back, two, meta(1, f"PB{three}", two, two)),
        (numbered, two, meta(1, "", two, two)),
    ):
        assert set(body) == {key, "meta"}
        assert [record["sid"] for record in body[key]] == [shown]
        assert body["meta"] == expected
    assert [record["sid"] for record in get(path).json()[key]] == sids


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param(
            keys,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json",
                "param:*",
                "field:*",
            ),
        ),
        pytest.param(
            incoming_phone_numbers,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            applications,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Applications.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            messages,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            media,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            calls,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Calls.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            recordings,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Recordings.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            recordings_of_a_call,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
        pytest.param(
            notifications,
            marks=pytest.mark.covers(
                "GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Notifications.json",
                "param:PageSize",
                "param:Page",
                "param:PageToken",
                "field:*",
            ),
        ),
    ],
)
def test_a_list_of_the_2010_api(account: Account, listing: Callable[[Account], Listing]) -> None:
    path, key, sids = listing(account)
    get, uri = account.wire.get, path.removeprefix("/api")

    def around(number: int, token: str, before: str | None, after: str | None) -> dict[str, Any]:
        first, previous, this, following = links(uri, number, token, before, after)
        return {
            "first_page_uri": first,
            "next_page_uri": following,
            "previous_page_uri": previous,
            "uri": this,
            "page": number,
            "page_size": 1,
            "start": number,
            "end": number,
        }

    one, two, three = sids
    first = get(path, PageSize=1).json()
    second = get(f"/api{first['next_page_uri']}").json()
    third = get(f"/api{second['next_page_uri']}").json()
    back = get(f"/api{third['previous_page_uri']}").json()
    numbered = get(path, PageSize=1, Page=1).json()
    for body, shown, expected in (
        (first, one, around(0, "", None, one)),
        (second, two, around(1, f"PA{one}", two, two)),
        (third, three, around(2, f"PA{two}", three, None)),
        (back, two, around(1, f"PB{three}", two, two)),
        (numbered, two, around(1, "", two, two)),
    ):
        assert [record["sid"] for record in body.pop(key)] == [shown]
        assert body == expected
    assert [record["sid"] for record in get(path).json()[key]] == sids
