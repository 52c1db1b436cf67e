"""Two accounts with a session each, and what passed through the first: a text both ways, a call, a
stranger's text, and a callback that failed for good."""

from __future__ import annotations

from typing import Any

from twilio.rest import Client

from maskline.model.account import Account
from maskline.model.api_request import ApiRequest
from maskline.model.clock import DAY
from maskline.model.page import PageRequest
from tests.support.receiver import Receiver
from tests.support.records import Records, StoppedClock
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

ALICE, BOB = "+12125551234", "+13055551234"
CAROL, DAVE = "+12145551234", "+13175551234"
STRANGER = "+17185551234"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe\n'\"><img src=x onerror=alert(2)> " + "w" * 1000


class Town:
    """What is there. `account` has the traffic, `other` only a session."""

    def __init__(self, server: RunningServer, receiver: Receiver) -> None:
        self.server = server
        self.receiver = receiver
        self.account = server.account_sid
        self.other = "AC" + "2" * 32
        token = "token-of-the-other-0123456789abcdef"
        at = 1_700_000_000_000
        account = Account(self.other, "Another", token, "active", at, at)
        server.transact(lambda tx: tx.accounts.add(account))
        self.client: Client = server.client
        self.service, self.session, self.alice, self.bob = _session(
            self.client, "rides", ("+14158675310", "+14158675311"), (ALICE, BOB), receiver.url
        )
        self.other_service, self.other_session, self.carol, self.dave = _session(
            server.client_of(self.other, token),
            "care",
            ("+14158675320", "+14158675321"),
            (CAROL, DAVE),
            receiver.url,
        )
        self.phones = {one: Handset(server, one) for one in (ALICE, BOB, STRANGER, CAROL, DAVE)}
        self._play()

    def sid(self, kind: str) -> Any:
        """The SID of something that came of the play."""
        return self.sids[kind]

    def _play(self) -> None:
        alice, bob, stranger = (self.phones[one] for one in (ALICE, BOB, STRANGER))
        alice.text(self.alice.proxy_identifier, HOSTILE)
        bob.receives(1)
        bob.text(self.bob.proxy_identifier, "no problem")
        alice.receives(1)
        call = alice.call(self.alice.proxy_identifier)
        ringing = bob.rings()
        bob.act(ringing["id"], "answer")
        alice.act(call["id"], "hangup")
        bob.ends(ringing["id"])
        stranger.text(self.alice.proxy_identifier, "who is there?")
        self.phones[CAROL].text(self.carol.proxy_identifier, "a secret of theirs")
        self.phones[DAVE].receives(1)
        self.server.settle()
        self.flush()
        found = self.session.interactions.list()
        text = found[-1]
        self.sids = {
            "interaction": text.sid,
            "message": text.outbound_resource_sid,
            "call": next(one for one in found if one.type == "voice").inbound_resource_sid,
            "webhook": self._webhook(text.sid),
            "other webhook": self._webhook(self.other_session.interactions.list()[0].sid),
            "service": self.service.sid,
            "alert": self.client.monitor.v1.alerts.list(limit=1)[0].sid,
        }
        self._look_at_requests()
        self._add_theirs()

    def _look_at_requests(self) -> None:
        """One request of each kind has been written down."""
        self.session.participants(self.alice.sid).fetch()
        self.client.messaging.v1.services.list()

        def look() -> list[Any]:
            self.server.run(self.server.server._requests.write)
            page = self.server.transact(
                lambda tx: tx.api_requests.page(self.account, PageRequest(size=100))
            )
            kinds = [one.path.rpartition("/")[2] for one in page.records]
            return page.records if self.alice.sid in kinds else []

        found = eventually(look)
        self.sids["request"] = found[0].sid
        self.sids["participant request"] = next(
            one.sid for one in found if one.path.endswith(self.alice.sid)
        )

    def _add_theirs(self) -> None:
        """What the other account has since a few days."""
        records = Records(StoppedClock(self.server.server.env.clock() - 3 * DAY))
        alert, key = records.alert(self.other), records.api_key(self.other)
        opt_out = records.opt_out(self.other, "+14158675320", CAROL)
        job = records.job(self.other, kind="callback", state="dead")
        sid = records.sids.new("RQ")
        number = records.number(self.other, "+18005550199")
        one = records.verification(number)
        request = ApiRequest(sid, self.other, "", "GET", "/proxy/v1/Services", "", 200, None, 5)

        async def add(tx: Any) -> None:
            await tx.alerts.add_many([alert])
            await tx.accounts.add_key(key)
            await tx.opt_outs.add(opt_out)
            await tx.outbox.add_many([job])
            await tx.api_requests.add_many([request])
            await tx.numbers.add(number)
            await tx.tollfree_verifications.add(one)

        self.server.transact(add)
        self.theirs = {
            "service": self.other_service.sid,
            "alert": alert.sid,
            "key": key.sid,
            "opt_out": opt_out.sid,
            "job": job.sid,
            "request": sid,
            "verification": one.sid,
        }

    def flush(self) -> None:
        """Has what waits for it written down."""
        self.server.run(self.server.server._attempts.write)

    def _webhook(self, interaction_sid: str) -> str:
        def look() -> list[Any]:
            self.flush()
            return self.server.transact(lambda tx: tx.webhook_attempts.of([interaction_sid], 10))

        sid: str = eventually(look)[-1].sid
        return sid


def _session(
    client: Client, name: str, pool: tuple[str, ...], people: tuple[str, str], url: str
) -> tuple[Any, Any, Any, Any]:
    service = client.proxy.v1.services.create(unique_name=name, callback_url=url)
    for number in pool:
        bought = client.incoming_phone_numbers.create(phone_number=number)
        service.phone_numbers.create(sid=bought.sid)
    session = service.sessions.create(unique_name=f"{name}-1")
    first, second = (
        session.participants.create(identifier=one, friendly_name=f"Person {number}")
        for number, one in enumerate(people)
    )
    return service, session, first, second
