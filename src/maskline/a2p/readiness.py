"""What a masking program has to put right before it sends to people in the United States: each
finding says what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from maskline.a2p import pooling, review
from maskline.a2p.limits import limits_of
from maskline.a2p.registrations import terms
from maskline.env import Env
from maskline.model.a2p import Brand, BrandStatus, BrandType, Campaign, CampaignStatus, NumberStatus
from maskline.model.a2p import CampaignUsecase as U
from maskline.model.clock import iso
from maskline.model.finding import Finding, bad, ok, warn
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number
from maskline.model.pacific import day_ends
from maskline.model.registration import Terms
from maskline.model.tollfree import TollfreeStatus
from maskline.numbers.e164 import is_toll_free, is_us_long_code
from maskline.settings import Settings
from maskline.store.contract import Transaction

#: Use cases that masked conversations are registered as.
_FITTING: Final = frozenset({U.PROXY.value, U.CUSTOMER_CARE.value, U.MIXED.value})
#: Numbers that a finding names.
_NAMED: Final = 5
#: The percent of a day from which it is worth a look.
_MUCH: Final = 70


async def check(env: Env, tx: Transaction, account_sid: str) -> list[Finding]:
    """All findings on an account, in the order in which they are best put right."""
    pooled = await tx.registrations.pooled(account_sid)
    long_codes = [one for one in pooled if is_us_long_code(one.number)]
    found = [_pool(pooled, long_codes)]
    by_service: defaultdict[str | None, list[Number]] = defaultdict(list)
    for number in long_codes:
        by_service[number.messaging_service_sid].append(number)
    if homeless := by_service.pop(None, None):
        found.append(
            bad(
                "messaging-service",
                f"{len(homeless)} masked long codes are in no Messaging Service, so in no campaign",
                "Put them into the one that has your campaign: "
                "POST /messaging/v1/Services/MG…/PhoneNumbers with PhoneNumberSid.",
                *_named(homeless),
            )
        )
    for sid, numbers in sorted(by_service.items(), key=lambda one: str(one[0])):
        service = await tx.messaging_services.peek(sid or "")
        if service is not None:
            found += await _service(env, tx, service, numbers)
    found += await _toll_free(tx, pooled)
    found += _settings(env.settings)
    return found


def _pool(pooled: Sequence[Number], long_codes: Sequence[Number]) -> Finding:
    if not pooled:
        return warn(
            "numbers",
            "no number is in a Proxy Service's pool yet",
            "maskline numbers add NUMBER --service KS…",
        )
    if not long_codes:
        return ok("numbers", "no US long code is in a pool: nothing needs an A2P campaign")
    return ok("numbers", f"{len(long_codes)} of {len(pooled)} masked numbers are US long codes")


async def _service(
    env: Env, tx: Transaction, service: MessagingService, numbers: Sequence[Number]
) -> list[Finding]:
    name = f"the Messaging Service {service.sid}"
    found = []
    if not service.use_inbound_webhook_on_number:
        found.append(
            bad(
                "messaging-service",
                f"{name} takes what people write to {len(numbers)} masked numbers",
                f"POST /messaging/v1/Services/{service.sid} UseInboundWebhookOnNumber=true",
                *_named(numbers),
            )
        )
    campaign = await tx.campaigns.of_service(service.sid)
    if campaign is None:
        found.append(
            bad(
                "campaign",
                f"{name} has {len(numbers)} masked long codes and no campaign",
                f"Register one: POST /messaging/v1/Services/{service.sid}/Compliance/Usa2p; or say "
                "that it is registered elsewhere: POST /messaging/v1/Services/PreregisteredUsa2p.",
                *_named(numbers),
            )
        )
        return found
    brand = await tx.registrations.brand(campaign.brand_registration_sid)
    found += _brand(campaign, brand)
    found += _campaign(campaign)
    found += _numbers(campaign, numbers)
    count = await tx.campaigns.bound(campaign)
    limit = env.settings.a2p.warn_numbers
    if count >= limit:
        found.append(
            warn(
                "number-pooling",
                f"the campaign {campaign.sid} has {count} numbers; T-Mobile takes {limit} unasked",
                pooling.ADVICE,
            )
        )
    found.append(await _day(env, tx, terms(campaign, brand, limits_of(env.settings.a2p))))
    return found


def _brand(campaign: Campaign, brand: Brand | None) -> Iterator[Finding]:
    if brand is None:
        if not campaign.is_externally_registered:
            yield bad(
                "brand",
                f"the brand of the campaign {campaign.sid} is not known",
                "Register it: POST /messaging/v1/a2p/BrandRegistrations.",
            )
    elif brand.status == BrandStatus.APPROVED:
        person = brand.brand_type == BrandType.SOLE_PROPRIETOR
        if brand.is_unconfirmed:
            yield warn(
                "brand",
                f"the brand {brand.sid} is approved, and its owner has not confirmed it yet",
                "They answer the text that they were sent with YES, within a day. For a new one: "
                f"POST /messaging/v1/a2p/BrandRegistrations/{brand.sid}/SmsOtp.",
            )
        elif brand.brand_score is None and not brand.russell_3000 and not person:
            yield warn(
                "brand",
                f"the brand {brand.sid} has no score: T-Mobile takes the least of it in a day",
                "Have it vetted: POST /messaging/v1/a2p/BrandRegistrations/"
                f"{brand.sid}/Vettings. If it has a score, report it.",
            )
        else:
            yield ok("brand", f"{brand.sid} is approved")
    elif brand.status in (BrandStatus.PENDING, BrandStatus.IN_REVIEW):
        yield warn(
            "brand",
            f"the brand {brand.sid} is {brand.status}",
            "Wait for the registry, some days at most; or report what it decided.",
        )
    else:
        yield bad(
            "brand",
            f"the brand {brand.sid} is {brand.status}",
            "Correct what the registry names, and hand it in again: "
            f"POST /messaging/v1/a2p/BrandRegistrations/{brand.sid}.",
            *(one.description for one in brand.errors),
        )


def _campaign(campaign: Campaign) -> Iterator[Finding]:
    sid, status = campaign.sid, campaign.campaign_status
    if status == CampaignStatus.VERIFIED:
        yield ok("campaign", f"{sid} is verified as {campaign.us_app_to_person_usecase}")
    elif status in (CampaignStatus.PENDING, CampaignStatus.IN_PROGRESS):
        yield warn(
            "campaign",
            f"the campaign {sid} is {status}: carriers do not take its messages yet",
            "Wait for the review, often two or three weeks; or report what came of it.",
        )
    elif status == CampaignStatus.SUSPENDED:
        yield bad(
            "campaign",
            f"the campaign {sid} is suspended",
            "Ask your provider why and appeal; until then nothing of it arrives.",
        )
    else:
        yield bad(
            "campaign",
            f"the campaign {sid} failed",
            "Correct what the reviewer names, and register it anew.",
            *(one.description for one in campaign.errors),
        )
    if campaign.us_app_to_person_usecase not in _FITTING:
        yield warn(
            "use-case",
            f"the campaign {sid} is registered as {campaign.us_app_to_person_usecase}",
            "Masked conversations are registered as PROXY, or CUSTOMER_CARE or MIXED where they "
            "are part of more.",
        )
    if campaign.is_externally_registered:
        return
    if remarks := review.findings(campaign):
        yield warn(
            "content",
            f"a reviewer would stumble over {len(remarks)} things in the campaign {sid}",
            "Correct them: say in MessageFlow who writes to whom and how both agreed to it, and "
            "give the addresses of your privacy policy and terms.",
            *(one.description for one in remarks),
        )
    if not any("STOP" in one.upper() for one in campaign.message_samples):
        yield warn(
            "content",
            f"no sample of the campaign {sid} says how to opt out",
            'Have a sample be the first message of a session: your name, and "Reply STOP to opt '
            'out". Send such a message when a session begins.',
        )


def _numbers(campaign: Campaign, numbers: Sequence[Number]) -> Iterator[Finding]:
    unbound = [one for one in numbers if one.campaign_sid != campaign.sid]
    if unbound:
        yield bad(
            "registration",
            f"{len(unbound)} numbers are not bound to the campaign {campaign.sid}",
            "Take them out of the Messaging Service and put them in again.",
            *_named(unbound),
        )
    for status, says, do in (
        (NumberStatus.FAILED, "could not be registered", "Take them out and put them in again."),
        (
            NumberStatus.PENDING,
            "are not registered yet: their messages may fail with 30035",
            "Wait until the campaign is verified and carriers know them.",
        ),
    ):
        those = [one for one in numbers if one not in unbound and one.a2p_status == status.value]
        if those:
            how = bad if status is NumberStatus.FAILED else warn
            yield how("registration", f"{len(those)} numbers {says}", do, *_named(those))


async def _day(env: Env, tx: Transaction, of: Terms) -> Finding:
    """How much of the brand's day is used."""
    name, share = f"brand:{of.brand_key}", env.settings.a2p.tmobile_share
    if not share:
        return warn(
            "budget",
            "T-Mobile's segments a day are not counted (a2p.tmobile_share is 0)",
            "Set it to 1, or to the share of your messages that goes to T-Mobile.",
        )
    level, amount = await tx.paces.peek(name), int(of.daily_cap / share)
    now = env.clock()
    ends = day_ends(now)
    used = level.used if level is not None and level.at > now * 1000 else 0
    says = f"{used} of {amount} segments of the day that ends {iso(ends)} are used"
    if used * 100 < _MUCH * amount:
        return ok("budget", says)
    return warn(
        "budget",
        says,
        "Have the brand vetted for a higher tier; or, if you take it that others of your "
        "recipients are with other networks, set a2p.tmobile_share.",
    )


async def _toll_free(tx: Transaction, pooled: Sequence[Number]) -> list[Finding]:
    """Those that are not verified."""
    missing = []
    for number in pooled:
        if is_toll_free(number.number):
            found = await tx.tollfree_verifications.of_number(number.sid)
            if found is None or found.status != TollfreeStatus.APPROVED:
                missing.append(number)
    if not missing:
        return []
    return [
        bad(
            "toll-free",
            f"{_toll_free_numbers(len(missing))} not verified: carriers answer 30032",
            "POST /messaging/v1/Tollfree/Verifications for each, and wait for its approval.",
            *_named(missing),
        )
    ]


def _toll_free_numbers(count: int) -> str:
    return "1 masked toll-free number is" if count == 1 else f"{count} masked toll-free numbers are"


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.a2p.unregistered == "allow":
        yield warn(
            "guard",
            "messages of unregistered long codes are sent without a word",
            'Set a2p.unregistered to "warn", or to "block" once all of them are registered.',
        )
    else:
        yield ok("guard", f'a2p.unregistered is "{settings.a2p.unregistered}"')
    if "en" not in settings.optout.languages:
        yield warn(
            "opt-out",
            "English words such as STOP are not known (optout.languages)",
            'Add "en": carriers of the United States require STOP and HELP to work.',
        )
    elif ignored := [
        word for word in settings.optout.ignored_words if word.upper() in {"STOP", "HELP"}
    ]:
        yield bad(
            "opt-out",
            f"{', '.join(ignored)} is ignored (optout.ignored_words)",
            "Take it out: carriers of the United States require STOP and HELP to work.",
        )
    else:
        yield ok("opt-out", "STOP and HELP are answered and kept")


def _named(numbers: Sequence[Number]) -> Iterator[str]:
    for one in numbers[:_NAMED]:
        yield one.sid
    if len(numbers) > _NAMED:
        yield f"and {len(numbers) - _NAMED} more"
