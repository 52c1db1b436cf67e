"""A Messaging Service with senders of each kind, opt-out lists, and messages in each state: what
the console's pages of messaging show."""

from __future__ import annotations

import datetime
from typing import Any

import requests
from twilio.rest import Client

from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

NUMBERS = ("+14155550150", "+12125550151", "+14165550152", "+18885550153")
PEOPLE = tuple(f"+1202555{one:04d}" for one in range(101, 108))
GERMAN = "+4915112345678"

#: Every page of messaging, and words that stand on it when it is whole.
PAGES = {
    "messages": "hours early",
    "messages?status=scheduled": "Goes out",
    "messages?send=new": "What programs and people sent",
    "messaging-services": "Ride updates",
    "messaging-services/{texts}": "all that take names",
    "messaging-services/{texts}?view=settings": "Sticky sender",
    "messaging-services/{texts}?view=opt-outs": "ARRET",
    "a2p": "T-Mobile, today",
    "toll-free": "Without a verification",
    "toll-free/new": "What reviewers look for",
}


class Texts:
    """What is there: `texts` is the service, `scheduled` the SIDs of those that wait."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client: Client = server.client
        self.account = server.account_sid
        self.service = self.client.messaging.v1.services.create(
            friendly_name="Ride updates", use_inbound_webhook_on_number=True
        )
        self.texts = self.service.sid
        for number in NUMBERS:
            made = self.client.incoming_phone_numbers.create(phone_number=number)
            if number != NUMBERS[-1]:
                self.service.phone_numbers.create(phone_number_sid=made.sid)
        self.service.alpha_senders.create(alpha_sender="ACME Rides")
        self.post("DestinationAlphaSenders", AlphaSender="ACME DE", IsoCountryCode="DE")
        self.post("AdvancedOptOut", Enabled="true")
        self.post("AdvancedOptOut/Lists", Language="FRENCH", IsoCountryCode="CA")
        self.post("AdvancedOptOut/Lists", Language="SPANISH")
        self._register()
        self._send()

    def post(self, path: str, **form: str) -> dict[str, Any]:
        """Below the service, what the SDK has no name for."""
        answer = requests.post(
            f"{self.server.url}/messaging/v1/Services/{self.texts}/{path}",
            data=form,
            auth=(self.server.account_sid, self.server.auth_token),
            timeout=10,
        )
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def send(self, to: str, body: str, **more: Any) -> str:
        """By the service."""
        sent = self.client.messages.create(
            to=to, messaging_service_sid=self.texts, body=body, **more
        )
        return str(sent.sid)

    def _register(self) -> None:
        """A brand and its campaign, which a registrar for tests approves of; a brand that failed;
        a campaign that was registered elsewhere."""
        v1 = self.client.messaging.v1
        profiles = {
            "customer_profile_bundle_sid": "BU" + "1" * 32,
            "a2p_profile_bundle_sid": "BU" + "2" * 32,
        }
        brand = v1.brand_registrations.create(mock=True, **profiles)
        eventually(lambda: v1.brand_registrations(brand.sid).fetch().status == "APPROVED")
        self.brand = str(brand.sid)
        v1.brand_registrations(brand.sid).brand_vettings.create("aegis")
        made = self.service.us_app_to_person.create(
            brand_registration_sid=brand.sid,
            description="Riders and drivers text each other about a ride, by masked numbers.",
            message_flow="Both agree to it in the app, on the page on which a ride is booked.",
            message_samples=[
                "ACME Rides: you can text your driver here. Reply STOP to opt out.",
                "I am at the blue door, grey car.",
            ],
            us_app_to_person_usecase="PROXY",
            has_embedded_links=False,
            has_embedded_phone=False,
            opt_out_keywords=["STOP", "END"],
            opt_out_message="ACME Rides: you get no more messages. Reply START to go on.",
            help_keywords=["HELP", "INFO"],
            privacy_policy_url="https://rides.example/privacy",
            terms_and_conditions_url="https://rides.example/terms",
        )
        self.campaign = str(made.sid)
        eventually(
            lambda: self.service.us_app_to_person(made.sid).fetch().campaign_status == "VERIFIED"
        )
        self.failed = str(v1.brand_registrations.create(**profiles).sid)
        requests.post(
            f"{self.server.url}/messaging/v1/a2p/BrandRegistrations/{self.failed}/Report",
            data={
                "Status": "FAILED",
                "ErrorCode": "30792",
                "ErrorDescription": "The tax number does not match the company's name.",
            },
            auth=(self.server.account_sid, self.server.auth_token),
            timeout=10,
        ).raise_for_status()
        other = v1.services.create(friendly_name="Receipts by text")
        self.external = str(
            v1.external_campaign.create(campaign_id="CEXT42", messaging_service_sid=other.sid).sid
        )

    def _send(self) -> None:
        Handset(self.server, PEOPLE[1]).behave(outcome="undelivered", error_code=30005)
        Handset(self.server, PEOPLE[2]).text(NUMBERS[0], "STOP")
        last = [
            self.send(PEOPLE[0], "Your driver is at the blue door. Plate: MSK 1234"),
            self.send(PEOPLE[1], "Your driver is 5 minutes away"),
            self.send(PEOPLE[2], "Your driver is 5 minutes away"),
            self.send(GERMAN, "Ihr Fahrer ist da", media_url=["https://a.example/car.png"]),
        ]
        code = self.send(PEOPLE[3], "Your code is 482 913", provide_feedback=True)
        self.client.messages(code).feedback.create(outcome="confirmed")
        Handset(self.server, PEOPLE[0]).text(NUMBERS[0], "Thank you, I am coming down")
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
        self.scheduled = [
            self.send(
                person,
                f"Tomorrow at {7 + hour}:00 your ride comes. We remind you {hour + 2} hours early.",
                schedule_type="fixed",
                send_at=soon + datetime.timedelta(hours=hour),
            )
            for hour, person in enumerate(PEOPLE[4:])
        ]
        for sid in (*last, code):
            eventually(lambda sid=sid: self._is_over(sid))

    def _is_over(self, sid: str) -> bool:
        return self.client.messages(sid).fetch().status in {"delivered", "undelivered", "failed"}
