"""Records for tests: each function makes one that is whole and valid, changed as asked for."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from maskline.model.a2p import Brand, Campaign
from maskline.model.account import Account, AccountStatus, ApiKey
from maskline.model.alert import Alert
from maskline.model.call import Call
from maskline.model.clock import Clock
from maskline.model.exchange import Exchange
from maskline.model.handset import HandsetMessage
from maskline.model.interaction import Interaction
from maskline.model.job import Job
from maskline.model.message import Media, Message
from maskline.model.messaging_service import MessagingService
from maskline.model.number import ALL_CAPABILITIES, REACH, Number
from maskline.model.opt_out import OptOut
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.sid import SidFactory
from maskline.model.tollfree import TollfreeVerification
from maskline.numbers.dialling import area_code, dial_class
from maskline.numbers.e164 import friendly

R = TypeVar("R", bound=msgspec.Struct)

#: 2024-07-04T12:00:00Z
NOON = 1_720_094_400_000


class StoppedClock:
    """A clock that stands until it is told how far to go."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, ms: int) -> int:
        """Goes forward, and says what the time is then."""
        self.now += ms
        return self.now


class Records:
    """Makes records at the clock's time. SIDs grow in the order in which they are made."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or StoppedClock()
        self.sids = SidFactory(self.clock)
        self._numbers = 0

    def account(self, **changes: Any) -> Account:
        """An active account."""
        now = self.clock()
        return _changed(
            Account(self.sids.new("AC"), "Acme", "t" * 32, AccountStatus.ACTIVE, now, now),
            changes,
        )

    def api_key(self, account_sid: str, **changes: Any) -> ApiKey:
        """A key of an account."""
        now = self.clock()
        return _changed(
            ApiKey(self.sids.new("SK"), account_sid, "backend", "ab" * 32, now, now), changes
        )

    def service(self, account_sid: str, **changes: Any) -> Service:
        """A Service whose name is its SID, with Twilio's defaults."""
        now = self.clock()
        sid = self.sids.new("KS")
        blank = Service(
            sid=sid,
            account_sid=account_sid,
            unique_name=sid,
            chat_instance_sid=None,
            callback_url=None,
            intercept_callback_url=None,
            out_of_session_callback_url=None,
            default_ttl=0,
            geo_match_level="country",
            number_selection_behavior="prefer-sticky",
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def messaging_service(self, account_sid: str, **changes: Any) -> MessagingService:
        """A Messaging Service with Twilio's defaults, which does not defer."""
        now = self.clock()
        sid = self.sids.new("MG")
        return _changed(MessagingService(sid, account_sid, "Acme texts", now, now), changes)

    def brand(self, account_sid: str, **changes: Any) -> Brand:
        """A brand that waits to be registered."""
        now = self.clock()
        return _changed(
            Brand(
                sid=self.sids.new("BN"),
                account_sid=account_sid,
                customer_profile_bundle_sid="BU" + "1" * 32,
                a2p_profile_bundle_sid="BU" + "2" * 32,
                brand_type="STANDARD",
                status="PENDING",
                registrar="manual",
                date_created=now,
                date_updated=now,
            ),
            changes,
        )

    def campaign(self, service: MessagingService, brand: Brand, **changes: Any) -> Campaign:
        """A campaign for masking that waits to be registered."""
        now = self.clock()
        return _changed(
            Campaign(
                sid=self.sids.new("QE"),
                account_sid=service.account_sid,
                messaging_service_sid=service.sid,
                brand_registration_sid=brand.sid,
                registrar=brand.registrar,
                campaign_status="PENDING",
                us_app_to_person_usecase="PROXY",
                description="Riders and drivers write to each other without their numbers.",
                message_flow="Both agree to be written to when they book at rides.example.",
                message_samples_json='["Rides: I am at the corner.","Rides: I will be there."]',
                has_embedded_links=0,
                has_embedded_phone=0,
                date_created=now,
                date_updated=now,
            ),
            changes,
        )

    def verification(self, number: Number, **changes: Any) -> TollfreeVerification:
        """A toll-free number's verification that waits for its review."""
        now = self.clock()
        return _changed(
            TollfreeVerification(
                sid=self.sids.new("HH"),
                account_sid=number.account_sid,
                tollfree_phone_number_sid=number.sid,
                tollfree_phone_number=number.number,
                status="PENDING_REVIEW",
                registrar="manual",
                details_json='{"business_name":"Rides","notification_email":"ops@rides.example"}',
                date_created=now,
                date_updated=now,
            ),
            changes,
        )

    def number(self, account_sid: str, number: str = "", **changes: Any) -> Number:
        """A number in no pool, with all capabilities; another one each time when none is given."""
        now = self.clock()
        if not number:
            self._numbers += 1
            number = f"+1415868{self._numbers:04d}"
        capabilities = int(changes.pop("capabilities", ALL_CAPABILITIES))
        blank = Number(
            sid=self.sids.new("PN"),
            account_sid=account_sid,
            kind="phone",
            number=number,
            friendly_name=friendly(number),
            carrier="simulator",
            iso_country="US",
            dial_class=dial_class(number),
            area_code=area_code(number),
            capabilities=capabilities,
            reach=capabilities & REACH,
            service_sid=None,
            is_reserved=0,
            in_use=0,
            pool_created=None,
            pool_updated=None,
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def session(self, service: Service, **changes: Any) -> Session:
        """An open session without end."""
        now = self.clock()
        blank = Session(
            sid=self.sids.new("KC"),
            account_sid=service.account_sid,
            service_sid=service.sid,
            unique_name=None,
            status="open",
            closed_reason=None,
            mode="voice-and-message",
            ttl=0,
            date_expiry=None,
            date_started=None,
            date_ended=None,
            date_last_interaction=None,
            expires_at=None,
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def participant(
        self, session: Session, identifier: str, number: Number, **changes: Any
    ) -> Participant:
        """A participant who holds the pair (number, identifier)."""
        now = self.clock()
        blank = Participant(
            sid=self.sids.new("KP"),
            account_sid=session.account_sid,
            service_sid=session.service_sid,
            session_sid=session.sid,
            identifier=identifier,
            friendly_name=None,
            proxy_identifier=number.number,
            proxy_identifier_sid=number.sid,
            pair=int(Pair.HELD),
            date_deleted=None,
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def interaction(self, session: Session, **changes: Any) -> Interaction:
        """A message interaction without halves."""
        now = self.clock()
        blank = Interaction(
            sid=self.sids.new("KI"),
            account_sid=session.account_sid,
            service_sid=session.service_sid,
            session_sid=session.sid,
            type="message",
            data='{"body":"hello"}',
            num_media=0,
            inbound_participant_sid=None,
            inbound_resource_sid=None,
            inbound_resource_status=None,
            outbound_participant_sid=None,
            outbound_resource_sid=None,
            outbound_resource_status=None,
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def message(self, account_sid: str, **changes: Any) -> Message:
        """An inbound text, each with a provider id of its own."""
        now = self.clock()
        sid = self.sids.new("SM")
        blank = Message(
            sid=sid,
            account_sid=account_sid,
            direction="inbound",
            sender="+14158675310",
            recipient="+14158675311",
            body="hello",
            status="received",
            error_code=None,
            num_media=0,
            num_segments=1,
            carrier="simulator",
            provider_id=f"id-{sid}",
            interaction_sid=None,
            date_created=now,
            date_sent=None,
            date_updated=now,
        )
        return _changed(blank, changes)

    def media(self, message: Message, position: int, **changes: Any) -> Media:
        """A medium of a message."""
        blank = Media(
            sid=self.sids.new("ME"),
            account_sid=message.account_sid,
            message_sid=message.sid,
            position=position,
            content_type="image/png",
            url=f"https://media.example.com/{position}.png",
            date_created=self.clock(),
        )
        return _changed(blank, changes)

    def call(self, account_sid: str, **changes: Any) -> Call:
        """An inbound call that rings, each with a provider id of its own."""
        now = self.clock()
        sid = self.sids.new("CA")
        blank = Call(
            sid=sid,
            account_sid=account_sid,
            parent_call_sid=None,
            direction="inbound",
            caller="+14158675310",
            called="+14158675311",
            status="ringing",
            carrier="simulator",
            provider_id=f"id-{sid}",
            interaction_sid=None,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
        )
        return _changed(blank, changes)

    def job(self, account_sid: str, **changes: Any) -> Job:
        """A webhook job that is due now and that nobody holds."""
        now = self.clock()
        blank = Job(
            sid=self.sids.new("JB"),
            kind="webhook",
            account_sid=account_sid,
            ordering_key="",
            payload=b"{}",
            state="pending",
            attempts=0,
            due_at=now,
            owner="",
            last_error="",
            date_created=now,
        )
        return _changed(blank, changes)

    def opt_out(self, account_sid: str, sender: str, identifier: str, **changes: Any) -> OptOut:
        """Somebody who sent STOP to a number and was not answered."""
        now = self.clock()
        blank = OptOut(
            sid=self.sids.new("OO"),
            account_sid=account_sid,
            sender=sender,
            identifier=identifier,
            service_sid=None,
            messaging_service_sid=None,
            source="keyword",
            detail="stop",
            date_of_consent=now,
            date_replied=None,
            date_created=now,
        )
        return _changed(blank, changes)

    def alert(self, account_sid: str, **changes: Any) -> Alert:
        """A warning."""
        now = self.clock()
        blank = Alert(
            sid=self.sids.new("NO"),
            account_sid=account_sid,
            service_sid=None,
            resource_sid=None,
            error_code=80903,
            log_level="warning",
            alert_text="The sender is no participant of an active session",
            request_method=None,
            request_url=None,
            request_variables=None,
            request_headers=None,
            response_headers=None,
            response_body=None,
            date_generated=now,
            date_created=now,
        )
        return _changed(blank, changes)

    def exchange(self, status: int | None = 200, **changes: Any) -> Exchange:
        """A callback that was answered with a status, or not at all."""
        blank = Exchange(
            method="POST",
            url="https://app.example.com/callback",
            request_headers={"X-Twilio-Signature": "c2lnbmF0dXJl"},
            parameters=[("interactionSid", "KI1"), ("interactionData", '{"body":"hello"}')],
            status=status,
            response_headers={"content-type": "text/plain"} if status else {},
            response_body=b"well" if status else b"",
            error="" if status else "no answer in time",
        )
        return _changed(blank, changes)

    def handset_message(self, handset: str, **changes: Any) -> HandsetMessage:
        """A message that a handset received, without a reference."""
        blank = HandsetMessage(
            sid=self.sids.new("SM"),
            handset=handset,
            direction="received",
            peer="+14158675311",
            body="hello",
            media="[]",
            reference="",
            date_created=self.clock(),
        )
        return _changed(blank, changes)


def _changed(record: R, changes: dict[str, Any]) -> R:
    return msgspec.structs.replace(record, **changes) if changes else record
