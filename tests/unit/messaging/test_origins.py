"""Names as senders, and which senders reach whom."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maskline.messaging import alpha_senders, opt_out_lists, origins, sending
from maskline.model.errors import Fault
from maskline.model.message import Message
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability
from maskline.model.opt_out import OptOut
from maskline.numbers.e164 import iso_country
from tests.support.memory import World, form

GERMAN = "+4915123456789"
FRENCH = "+33612345678"
AMERICAN = "+12125550187"
BRAZILIAN = "+5511961234567"
OURS = "+14155550100"
HERE = "+4915112345678"
FREE = "+18005550100"
CODE = "12345"


def name(
    world: World, service: MessagingService, text: str = "Acme", country: str = "", **more: str
) -> str:
    """Gives the service a name; its SID."""
    asked = form({"AlphaSender": text, **more})
    account = world.account.sid
    work = alpha_senders.add(world.env, world.tx, account, service.sid, country, asked)
    return world.do(work).sid


def send(world: World, service: MessagingService | None = None, **values: Any) -> Message:
    """`POST Messages`; as it was stored, not as it was shown."""
    fields = {"To": GERMAN, "Body": "Hello", **values}
    if service is not None:
        fields["MessagingServiceSid"] = service.sid
    asked = form(fields)
    made = world.do(sending.create(world.env, world.tx, world.account.sid, asked))
    found = world.do(world.tx.messages.by_sid(made.sid))
    assert found is not None
    return found


def refused(world: World, service: MessagingService | None = None, **values: Any) -> int:
    with pytest.raises(Fault) as caught:
        send(world, service, **values)
    return caught.value.code


def opt_out(world: World, person: str, sender: str) -> None:
    row = OptOut(
        world.env.sids.new("OO"), world.account.sid, sender, person, None, None, "api", "", 1, None,
        1,
    )  # fmt: skip
    world.do(world.tx.opt_outs.add(row))


class TestChosen:
    def test_a_name_goes_before_a_number_where_it_is_allowed(self, world: World) -> None:
        service = world.add_messaging_service(
            world.add_number(OURS), world.add_number(HERE, iso_country="DE")
        )
        name(world, service)
        sent = send(world, service)
        assert (sent.sender, sent.carrier, sent.status) == ("Acme", "simulator", "queued")
        (relay,) = world.relays()
        assert (relay.sender, relay.recipient, relay.carrier) == ("Acme", GERMAN, "simulator")
        assert send(world, service, To=AMERICAN).sender == OURS
        assert send(world, service, To=BRAZILIAN).sender == OURS
        # And no picture.
        assert send(world, service, MediaUrl=["https://a.example/1.png"]).sender == HERE

    def test_a_countrys_own_name_goes_before_one_for_all(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        name(world, service, "Acme DE", "DE")
        name(world, service, "Acme BR", "BR")
        assert send(world, service).sender == "Acme DE"
        assert send(world, service, To=FRENCH).sender == "Acme"
        # Where names must be registered, one that is counts.
        assert send(world, service, To=BRAZILIAN).sender == "Acme BR"

    def test_names_take_turns(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS), sticky_sender=0)
        for text in ("Acme", "Other"):
            name(world, service, text)
        found = Counter(send(world, service).sender for _ in range(6))
        assert found == {"Acme": 3, "Other": 3}

    def test_a_person_keeps_their_sender(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(HERE, iso_country="DE"))
        assert send(world, service).sender == HERE
        name(world, service)
        assert send(world, service).sender == HERE
        assert send(world, service, To=FRENCH).sender == "Acme"
        other = name(world, service, "Other")
        assert send(world, service, To=FRENCH).sender == "Acme"
        assert other

    def test_a_name_that_is_taken_out_is_nobodys(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(HERE, iso_country="DE"))
        sid = name(world, service)
        assert send(world, service).sender == "Acme"
        account = world.account.sid
        world.do(alpha_senders.remove(world.tx, account, service.sid, sid, default=True))
        assert send(world, service).sender == HERE

    def test_the_carrier_is_that_of_most_numbers_or_its_own(self, world: World) -> None:
        numbers = [world.add_number(carrier=carrier) for carrier in ("b", "a", "b")]
        service = world.add_messaging_service(*numbers)
        name(world, service)
        assert send(world, service).carrier == "b"
        own = world.add_messaging_service()
        name(world, own, Carrier="simulator")
        assert send(world, own).carrier == "simulator"

    def test_a_name_without_a_carrier_is_no_sender(self, world: World) -> None:
        service = world.add_messaging_service()
        assert refused(world, service) == 21704
        name(world, service)
        failed = send(world, service)
        assert (failed.status, failed.error_code, failed.sender) == ("failed", 21703, "")

    def test_nobody_left(self, world: World) -> None:
        silent = world.add_number(OURS, capabilities=int(Capability.VOICE))
        service = world.add_messaging_service(silent)
        name(world, service)
        assert send(world, service).sender == "Acme"
        assert send(world, service, To=AMERICAN).error_code == 21703


class TestNamed:
    """`From` says who sends."""

    def test_a_name_of_the_account(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        sent = send(world, From="Acme")
        assert (sent.sender, sent.messaging_service_sid) == ("Acme", None)
        name(world, service, "Own", Carrier="simulator")
        assert send(world, From="Own").sender == "Own"
        pinned = send(world, service, From="Acme")
        assert (pinned.sender, pinned.messaging_service_sid) == ("Acme", service.sid)
        # Nor does a pinned sender become a person's own.
        assert world.do(world.tx.sending.sticky(service.sid, GERMAN)) is None

    def test_of_several_the_one_that_reaches(self, world: World) -> None:
        brazil = world.add_messaging_service(world.add_number(carrier="far"))
        name(world, brazil, "Acme", "BR")
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service, "Acme", "DE")
        assert send(world, From="Acme").carrier == "simulator"
        assert send(world, From="Acme", To=BRAZILIAN).carrier == "far"

    def test_what_is_refused(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        assert refused(world, From="Acme") == 21606
        name(world, service)
        second = world.add_messaging_service(world.add_number(HERE, iso_country="DE"))
        assert refused(world, second, From="Acme") == 21711
        for to in (AMERICAN, "+15145550134", BRAZILIAN):
            assert refused(world, From="Acme", To=to) == 21612
            assert refused(world, service, From="Acme", To=to) == 21612
        assert refused(world, From="Acme", MediaUrl=["https://a.example/1.png"]) == 21612
        bare = world.add_messaging_service()
        name(world, bare, "Bare")
        assert refused(world, From="Bare") == 21612
        assert world.rows("SELECT * FROM messages") == []

    def test_another_accounts_name(self, world: World) -> None:
        other = world.add_account()
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        asked = form({"To": GERMAN, "Body": "Hello", "From": "Acme"})
        with pytest.raises(Fault) as caught:
            world.do(sending.create(world.env, world.tx, other.sid, asked))
        assert caught.value.code == 21606

    def test_a_name_that_went_before_its_hour(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        sid = name(world, service)
        when = "2024-07-04T13:00:00Z"
        kept = send(world, service, From="Acme", ScheduleType="fixed", SendAt=when)
        assert kept.status == "scheduled"
        account = world.account.sid
        world.do(alpha_senders.remove(world.tx, account, service.sid, sid, default=True))
        world.clock.advance(3_600_000)
        world.do(sending.send_due(world.env, world.tx, 10))
        failed = world.do(world.tx.messages.by_sid(kept.sid))
        assert failed is not None
        assert (failed.status, failed.error_code) == ("failed", 21703)

    @pytest.mark.parametrize(
        ("ours", "to", "code"),
        [
            (FREE, AMERICAN, None),
            (FREE, "+15145550134", None),
            (FREE, GERMAN, 21612),
            (CODE, AMERICAN, None),
            (CODE, GERMAN, 21612),
            (OURS, GERMAN, None),
            (HERE, AMERICAN, None),
        ],
    )
    def test_toll_free_numbers_and_short_codes_stay_at_home(
        self, world: World, ours: str, to: str, code: int | None
    ) -> None:
        kind = {"kind": "short-code", "iso_country": "US"} if ours == CODE else {}
        country = {"iso_country": "DE"} if ours == HERE else {}
        service = world.add_messaging_service(world.add_number(ours, **kind, **country))
        for values in ({"From": ours}, {"From": ours, "MessagingServiceSid": service.sid}):
            if code is None:
                assert send(world, To=to, **values).sender == ours
            else:
                assert refused(world, To=to, **values) == code


class TestOptOuts:
    """Nobody can answer a name: what holds for its services holds for it."""

    def test_from_the_service(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        opt_out(world, GERMAN, service.sid)
        assert refused(world, From="Acme") == 21610
        assert send(world, service).error_code == 21610
        assert send(world, service, To=FRENCH).error_code is None

    def test_a_word_to_one_of_its_numbers(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        row = OptOut(
            world.env.sids.new("OO"), world.account.sid, OURS, GERMAN, None, service.sid,
            "keyword", "stop", 1, None, 1,
        )  # fmt: skip
        world.do(world.tx.opt_outs.add(row))
        # By itself it is from that number alone.
        assert send(world, From="Acme").error_code is None
        world.change("optout", scope="messaging_service")
        assert refused(world, From="Acme") == 21610
        world.change("optout", scope="number")
        on = form({"Enabled": "true"})
        account = world.account.sid
        world.do(opt_out_lists.switch(world.env, world.tx, account, service.sid, on))
        assert refused(world, From="Acme") == 21610

    def test_of_another_service(self, world: World) -> None:
        service = world.add_messaging_service(world.add_number(OURS))
        name(world, service)
        opt_out(world, GERMAN, world.add_messaging_service().sid)
        opt_out(world, GERMAN, OURS)
        assert send(world, From="Acme").error_code is None


# Whatever the pool, and whoever is written to


SENDERS = st.lists(
    st.sampled_from(["us", "us2", "ca", "de", "free", "name", "name-de", "name-br"]),
    min_size=1,
    max_size=6,
    unique=True,
)
PEOPLE = st.lists(
    st.sampled_from([GERMAN, FRENCH, AMERICAN, BRAZILIAN, "+15145550134", "+16045550134"]),
    min_size=1,
    max_size=14,
)
NUMBERS = {
    "us": ("+12125550100", "US"),
    "us2": ("+14155550100", "US"),
    "ca": ("+16045550100", "CA"),
    "de": (HERE, "DE"),
    "free": (FREE, "US"),
}
NAMES = {"name": ("Acme", ""), "name-de": ("Acme DE", "DE"), "name-br": ("Acme BR", "BR")}
COUNTRIES = {
    GERMAN: "DE",
    FRENCH: "FR",
    AMERICAN: "US",
    BRAZILIAN: "BR",
    "+15145550134": "CA",
    "+16045550134": "CA",
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120)
@given(pool=SENDERS, people=PEOPLE, sticky=st.booleans())
def test_senders(pool: list[str], people: list[str], sticky: bool) -> None:
    """Sticky stays, load spreads, geography is kept, and no name goes where it may not."""
    world = World()
    numbers = [
        world.add_number(number, iso_country=country)
        for key, (number, country) in NUMBERS.items()
        if key in pool
    ]
    service = world.add_messaging_service(*numbers, sticky_sender=int(sticky), area_code_geomatch=0)
    for key, (text, country) in NAMES.items():
        if key in pool:
            name(world, service, text, country, Carrier="simulator")
    mine: dict[str, str] = {}
    uses: Counter[tuple[str, str]] = Counter()
    for person in people:
        sent = send(world, service, To=person)
        country = COUNTRIES[person]
        able = {
            NUMBERS[key][0] if key in NUMBERS else NAMES[key][0]
            for key in pool
            if _may(key, country)
        }
        if not able:
            assert sent.error_code == 21703
            continue
        assert sent.sender in able
        if sticky and person in mine:
            assert sent.sender == mine[person]
            continue
        mine[person] = sent.sender
        uses[country, sent.sender] += 1
        # The class, then the nearest.
        names = able & {text for text, _ in NAMES.values()}
        if names:
            assert sent.sender in names
            if f"Acme {country}" in names:
                assert sent.sender == f"Acme {country}"
        elif country == "DE" and "de" in pool:
            assert sent.sender == HERE
        elif country == "CA" and "free" in pool:
            assert sent.sender == FREE
        elif country == "CA" and "ca" in pool:
            assert sent.sender == NUMBERS["ca"][0]
    if not sticky and set(people) == {AMERICAN}:
        shares = [uses["US", number.number] for number in numbers if number.iso_country == "US"]
        assert not shares or max(shares) - min(shares) <= 1
    world.close()


def _may(key: str, country: str) -> bool:
    if key == "free":
        return country in ("US", "CA")
    if key in NAMES:
        return country == (NAMES[key][1] or country) and (
            key != "name" or country not in ("US", "CA", "BR")
        )
    return True


def test_the_load_spreads_over_numbers_of_one_kind(world: World) -> None:
    numbers = [world.add_number(f"+141555501{i:02}") for i in range(5)]
    service = world.add_messaging_service(*numbers)
    people = [f"+1212555{i:04}" for i in range(100, 200)]
    found = Counter(send(world, service, To=person).sender for person in people)
    assert set(found.values()) == {20}
    # And each goes on to hear from the same one.
    first = {person: send(world, service, To=person).sender for person in people}
    again = {person: send(world, service, To=person).sender for person in reversed(people)}
    assert first == again


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"scan_message_content": "enable"},
        {"synchronous_validation": 1},
        {"usecase": "marketing"},
        {"fallback_to_long_code": 0},
    ],
)
def test_fields_without_effect(world: World, fields: dict[str, Any]) -> None:
    """What Twilio reserves or has given up changes nothing of what is sent."""
    code = world.add_number(CODE, kind="short-code", iso_country="US")
    service = world.add_messaging_service(code, **fields)
    # A short code alone is no way to Germany, with fallback_to_long_code or without.
    assert send(world, service).error_code == 21703
    assert send(world, service, To=AMERICAN).sender == CODE


@pytest.mark.parametrize("media", [{}, {"MediaUrl": "https://example.com/a.png"}])
def test_a_large_pool_asks_for_the_recipient_s_country_once(
    world: World, monkeypatch: pytest.MonkeyPatch, media: dict[str, str]
) -> None:
    """It takes 20 µs, as long as much of the rest."""
    service = world.add_messaging_service(*(world.add_number() for _ in range(50)))
    asked: list[str] = []

    def country(number: str) -> str:
        asked.append(number)
        return iso_country(number)

    monkeypatch.setattr(origins, "iso_country", country)
    send(world, service, To=AMERICAN, **media)
    assert len(asked) == 1


def test_a_number_that_takes_media_alone_is_never_chosen(world: World) -> None:
    service = world.add_messaging_service(world.add_number(capabilities=int(Capability.MMS)))
    sent = send(world, service, To=AMERICAN)
    assert (sent.status, sent.error_code) == ("failed", 21703)
