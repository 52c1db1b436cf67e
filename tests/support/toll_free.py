"""Toll-free numbers in each state: what the console's pages of them show."""

from __future__ import annotations

import datetime
from typing import Any

import requests
from twilio.rest import Client

from tests.support.server import RunningServer

#: What a reviewer wants to know, as the official SDK takes it.
SAID: dict[str, Any] = {
    "business_name": "Rides, Inc.",
    "business_website": "https://rides.example",
    "notification_email": "ops@rides.example",
    "use_case_categories": ["CUSTOMER_CARE", "DELIVERY_NOTIFICATIONS"],
    "use_case_summary": "Riders and drivers of Rides write to each other about a ride through "
    "numbers of ours, so that neither sees the other's own.",
    "production_message_sample": "Rides: your driver says: I am at the corner. Reply STOP to end.",
    "opt_in_image_urls": ["https://rides.example/opt-in.png", "https://rides.example/box.png"],
    "opt_in_type": "WEB_FORM",
    "message_volume": "10,000",
    "business_type": "PRIVATE_PROFIT",
    "business_registration_number": "12-3456789",
    "business_registration_authority": "EIN",
    "business_registration_country": "US",
    "business_street_address": "1 Main Street",
    "business_city": "Anytown",
    "business_state_province_region": "CA",
    "business_postal_code": "94105",
    "business_country": "US",
    "business_contact_first_name": "Augusta",
    "business_contact_last_name": "Byron",
    "business_contact_email": "augusta@rides.example",
    "business_contact_phone": "+14155550100",
    "opt_in_keywords": ["START", "RIDE"],
    "opt_in_confirmation_message": "Rides: you get messages about your rides. "
    "Reply HELP for help, STOP to end.",
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_and_conditions_url": "https://rides.example/terms",
    "age_gated_content": False,
}
#: All of it that names a person or leads to one.
PEOPLE = ("ops@", "Augusta", "Byron", "augusta@", "4155550100")


def verification(client: Client, number: str) -> str:
    """The SID of a new verification of a new number."""
    sid = client.incoming_phone_numbers.create(phone_number=number).sid
    made = client.messaging.v1.tollfree_verifications.create(tollfree_phone_number_sid=sid, **SAID)
    return str(made.sid)


class TollFree:
    """What is there: verifications in each state, by its name, and two numbers of the pool `rides`
    that have none."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client: Client = server.client
        self.pool = self.client.proxy.v1.services.create(unique_name="rides").sid
        self.unverified = [self._pooled("+18885550153"), self._pooled("+18775550158")]
        self.client.incoming_phone_numbers.create(phone_number="+14155550150")
        self.rejected = verification(self.client, "+18005550154")
        self.approved = verification(self.client, "+18445550155")
        self.in_review = verification(self.client, "+18335550156")
        self.pending = verification(self.client, "+18665550157")
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=6)
        self.report(
            self.rejected,
            Status="TWILIO_REJECTED",
            ErrorCode="30484",
            ErrorDescription="The name is not that of the public record",
            EditAllowed="true",
            EditExpiration=ends.isoformat(),
        )
        self.report(self.approved, Status="TWILIO_APPROVED")
        self.report(self.in_review, Status="IN_REVIEW")

    def report(self, sid: str, **form: str) -> None:
        """What came of one."""
        requests.post(
            f"{self.server.url}/messaging/v1/Tollfree/Verifications/{sid}/Report",
            data=form,
            auth=(self.server.account_sid, self.server.auth_token),
            timeout=10,
        ).raise_for_status()

    def _pooled(self, number: str) -> str:
        sid = self.client.incoming_phone_numbers.create(phone_number=number).sid
        self.client.proxy.v1.services(self.pool).phone_numbers.create(sid=sid)
        return str(sid)
