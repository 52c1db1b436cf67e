"""What brands, campaigns and toll-free verifications are made with in tests."""

from __future__ import annotations

from typing import Any

CUSTOMER, PROFILE = "BU" + "1" * 32, "BU" + "2" * 32

DESCRIPTION = "Riders and drivers write to each other about a ride, without their numbers."
MESSAGE_FLOW = (
    "Both agree to be written to when they book at https://rides.example/book, below the box for "
    "the phone number; nobody is signed up who does not tick it."
)
SAMPLES = [
    "Rides: your driver says: I am at the corner. Reply STOP to end.",
    "Rides: your rider says: two minutes. Reply STOP to end.",
]

#: A campaign for masking, as the official SDK takes it.
CAMPAIGN: dict[str, Any] = {
    "description": DESCRIPTION,
    "message_flow": MESSAGE_FLOW,
    "message_samples": SAMPLES,
    "us_app_to_person_usecase": "PROXY",
    "has_embedded_links": False,
    "has_embedded_phone": False,
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_and_conditions_url": "https://rides.example/terms",
}

#: The same as a form.
CAMPAIGN_FORM: dict[str, Any] = {
    "Description": DESCRIPTION,
    "MessageFlow": MESSAGE_FLOW,
    "MessageSamples": SAMPLES,
    "UsAppToPersonUsecase": "PROXY",
    "HasEmbeddedLinks": "false",
    "HasEmbeddedPhone": "false",
    "PrivacyPolicyUrl": "https://rides.example/privacy",
    "TermsAndConditionsUrl": "https://rides.example/terms",
}

#: What every toll-free verification needs, but for the number.
TOLLFREE_FORM: dict[str, Any] = {
    "BusinessName": "Rides",
    "BusinessWebsite": "https://rides.example",
    "NotificationEmail": "ops@rides.example",
    "UseCaseCategories": ["CUSTOMER_CARE", "DELIVERY_NOTIFICATIONS"],
    "UseCaseSummary": "Riders and drivers write to each other about a ride.",
    "ProductionMessageSample": "Rides: I am at the corner.",
    "OptInImageUrls": ["https://rides.example/opt-in.png"],
    "OptInType": "WEB_FORM",
    "MessageVolume": "10,000",
}
